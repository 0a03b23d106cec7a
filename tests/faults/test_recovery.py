"""Two hundred cases run, each with an act in flight, and a part is killed: soon all are moving again."""

import asyncio
import time

import pytest

from tests.faults.house import House
from tests.faults.visitor import ZHANG, Visitors, opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # a slow machine takes its time

CASES = 200


@pytest.fixture(scope="module")
def running() -> list[str]:
    return []


@pytest.mark.parametrize("part", ["worker", "temporal"])
async def test_all_are_moving_again(
    installed: House, visitors: Visitors, running: list[str], part: str
) -> None:
    if not running:
        running += await asyncio.gather(*(opened(visitors, f"run-{n}") for n in range(CASES)))
    acts = visitors.done.total()
    await moving_again(installed, visitors, running, part)
    assert visitors.done.total() == acts + CASES


async def moving_again(house: House, visitors: Visitors, cases: list[str], part: str) -> float:
    """Seconds from the restarted part being ready until every act in flight is done."""
    async with asyncio.TaskGroup() as group:
        for case in cases:
            path = f"/api/cases/{case}/acts/add_note"
            key = f"{case}:{part}"
            group.create_task(visitors.insist(path, {"text": part}, ZHANG, key))
        await asyncio.sleep(0.3)
        await house.kill(part)
        await house.start(part)
        begun = time.monotonic()
    return time.monotonic() - begun
