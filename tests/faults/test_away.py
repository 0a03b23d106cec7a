"""A part is away: nothing is half done, and the same key succeeds when it is back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.faults.house import House
from tests.faults.visitor import COME_AGAIN, UNIT, ZHANG, Visitors, _at, _now, opened
from tests.replay.papers import YES, a_lead

pytestmark = pytest.mark.slow

Asked = Callable[[], Awaitable[httpx.Response]]


@asynccontextmanager
async def away(house: House, part: str) -> AsyncIterator[None]:
    await house.kill(part)
    try:
        yield
    finally:
        await house.start(part)


def filing(visitors: Visitors, name: str) -> Asked:
    lead = a_lead(_now(), place=_at(name))
    return lambda: visitors.ask("/api/cases", lead, ZHANG, name)


def docketing(visitors: Visitors, case: str) -> Asked:
    path = f"/api/cases/{case}/acts/decide_docketing"
    return lambda: visitors.ask(path, YES, UNIT, f"{case}:docket")


def come_again(answer: httpx.Response, *codes: int) -> None:
    assert answer.status_code in codes, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    if answer.status_code == 202:
        assert answer.headers["Location"].startswith("/api/cases/")


@pytest.mark.parametrize(
    ("part", "codes"), [("worker", COME_AGAIN), ("temporal", COME_AGAIN), ("postgres", (503,))]
)
async def test_a_write_waits_for_the_part_and_is_done_once(
    installed: House, visitors: Visitors, part: str, codes: tuple[int, ...]
) -> None:
    case = await opened(visitors, f"before-{part}")
    asked = (filing(visitors, f"without-{part}"), docketing(visitors, case))
    async with away(installed, part):
        for answer in await asyncio.gather(*(ask() for ask in asked)):
            come_again(answer, *codes)
    filed, docketed = [await _at_last(ask) for ask in asked]
    assert (filed.status_code, docketed.status_code) == (201, 200)
    again = [await ask() for ask in asked]
    assert [answer.json() for answer in again] == [filed.json(), docketed.json()]
    for matter, act in ((filed.json()["id"], "file_case"), (case, "decide_docketing")):
        names = [entry["name"] for entry in await visitors.timeline(matter)]
        assert names.count(act) == 1


async def test_a_front_that_never_met_temporal_says_so(
    installed: House, visitors: Visitors
) -> None:
    case = await opened(visitors, "before-both")
    asked = (filing(visitors, "without-both"), docketing(visitors, case))
    async with away(installed, "temporal"):
        await installed.kill("api")
        await installed.start("api")
        for ask in asked:
            come_again(await ask(), 503)
    assert [(await _at_last(ask)).status_code for ask in asked] == [201, 200]


async def _at_last(ask: Asked) -> httpx.Response:
    answer = await ask()
    while answer.status_code in COME_AGAIN:
        await asyncio.sleep(0.2)
        answer = await ask()
    return answer
