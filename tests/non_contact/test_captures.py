"""What becomes of captures: one act is one case, whatever comes at once; what no device may prove is kept and proves nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

from models.capture import Captured, Site, in_sample
from models.captures import CaptureRow
from models.capturing import Camera
from models.database import Matter
from models.lead import Place
from models.lookup import shown
from models.refusal import Refused
from tests.costs.desk_hours import RealOffice, real_office
from tests.office import KEY, MEDIA
from workflows.capturing import KEPT, Capturing

pytestmark = pytest.mark.slow
NEXT = count(1)
PLATE, FINE = "浙A12345", {"fine": 100, "tier": "ordinary"}


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


@pytest.fixture
def camera() -> Camera:
    """One of its own, at a spot of its own."""
    device = f"SC-{next(NEXT):04}"
    site = Site(
        device=device,
        name=f"{device} 号点位",
        published="公告〔2026〕3号",
        legal_review="法审〔2026〕12号",
        technical_review="技审〔2026〕12号",
    )
    return Camera(site=site, place=Place(street="凯旋街道", address=device), unit="kaixuan")


def sent(minutes_ago: int = 10, **changed: Any) -> Captured:
    taken_at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    paper = {"cause": "TC-01", "object": "plate", "value": PLATE, "facts": "停放在人行道上"}
    return Captured.model_validate(
        {**paper, "taken_at": taken_at, "generated": True, **changed}, strict=False
    )


async def take(
    office: RealOffice, captured: Captured, known: str, camera: Camera, media: str = MEDIA
) -> str:
    client = office.counter.temporal
    assert client is not None
    counter = office.counter
    taking = Capturing(client, counter.engine, counter.catalogue, counter.settings)
    hub, now = office.people["camera.hub"], datetime.now(UTC)
    return await taking.take(captured, known, (media,), camera, hub, now)


def ids(camera: Camera) -> list[str]:
    """Names of captures that are not of the sample."""
    names = (f"{camera.site.device}/{n}" for n in count())
    return [next(name for name in names if not in_sample(name, 10, KEY)) for _ in range(8)]


async def events(office: RealOffice, matter: str) -> int:
    assert office.counter.temporal is not None
    handle = office.counter.temporal.get_workflow_handle(matter)
    return int((await handle.describe()).history_length)


async def in_the_register(office: RealOffice, matter: str) -> Any:
    """Once its procedure has written it."""
    async with asyncio.timeout(20):
        while True:
            row = await office.counter.row(sa.select(Matter.__table__).where(Matter.id == matter))
            if row is not None:
                return row
            await asyncio.sleep(0.05)


async def test_a_capture_that_joins_an_open_case_wakes_nobody(
    office: RealOffice, camera: Camera
) -> None:
    first, *more = ids(camera)
    matter = await take(office, sent(20), first, camera)
    await in_the_register(office, matter)
    assert office.counter.temporal is not None
    # Saved, its task may still be on its way into the history; a query waits for it and leaves nothing there.
    await office.counter.temporal.get_workflow_handle(matter).query("state")
    before = await events(office, matter)
    for known in more:
        assert await take(office, sent(5), known, camera) == matter
    assert await events(office, matter) == before
    kept = await office.counter.rows(sa.select(CaptureRow.id).where(CaptureRow.matter == matter))
    assert len(kept) == 8


async def test_eight_at_once_are_one_case_and_twice_is_once(
    office: RealOffice, camera: Camera
) -> None:
    known = ids(camera)
    cases = await asyncio.gather(*(take(office, sent(), one, camera) for one in known))
    assert len(set(cases)) == 1
    again = await asyncio.gather(*(take(office, sent(), one, camera) for one in known))
    assert set(again) == set(cases)
    rows = await office.counter.rows(sa.select(CaptureRow.id).where(CaptureRow.matter == cases[0]))
    assert len(rows) == 8


async def test_beyond_the_window_or_of_another_plate_it_is_another_case(
    office: RealOffice, camera: Camera
) -> None:
    known = ids(camera)
    one = await take(office, sent(), known[0], camera)
    assert await take(office, sent(60 * 25), known[1], camera) != one
    assert await take(office, sent(value="浙AD12345"), known[2], camera) != one


async def test_what_the_device_lacked_is_said_and_nothing_begins(
    office: RealOffice, camera: Camera
) -> None:
    unfit = replace(camera, lacks=("地点未公布 / site not published",))
    known = ids(camera)[0]
    assert await take(office, sent(), known, unfit) == KEPT
    row = await office.counter.row(sa.select(CaptureRow.__table__).where(CaptureRow.id == known))
    assert row is not None
    assert (row.matter, row.lacks) == (None, ["地点未公布 / site not published"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"cause": "XX-99"}, "cause"), ({"value": "不是号牌"}, "value")],
)
async def test_what_cannot_be_is_refused_by_field(
    office: RealOffice, camera: Camera, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as no:
        await take(office, sent(**changed), ids(camera)[0], camera)
    assert no.value.refusal.field == field


async def test_from_the_queue_to_the_party_at_home(office: RealOffice, camera: Camera) -> None:
    known = ids(camera)[0]
    matter = await take(office, sent(), known, camera)
    await in_the_register(office, matter)
    acts = f"/api/cases/{matter}/acts"
    async with office.visitor("officer.zhang") as zhang:
        mine = [c for c in await queue(zhang) if c["id"] == known]
        assert [(c["value"], c["generated"], c["matter"]) for c in mine] == [
            ("浙A12345", True, matter)
        ]
        paper = {"capture": known, "passed": True, "officers": ["officer.zhang", "officer.li"]}
        assert (await zhang.post(f"{acts}/review_capture", json=paper)).status_code == 200
        assert known not in {c["id"] for c in await queue(zhang)}
    async with office.visitor("unit.head") as head:
        own = await head.get("/api/captures?verdict=passed&limit=100")
        assert {c["value"] for c in own.json()["items"] if c["id"] == known} == {"浙A****5"}
        yes = {"approved": True, "opinion": "同意"}
        state = (await head.post(f"{acts}/decide_docketing", json=yes)).json()
    async with office.visitor("kiosk.hall1") as kiosk:
        looked = await kiosk.get(f"/api/violations/{shown(state['lookup']).lower()}")
        assert looked.status_code == 200
        told = looked.json()
        assert {act["name"] for act in told["open_to_the_party"]} >= {
            "object_not_mine",
            "accept_facts",
        }
        assert "王小明" not in looked.text
        assert (await kiosk.get("/api/violations/0000-0000-0000")).status_code == 404
        assert (await kiosk.get("/api/violations/-")).status_code == 404
    async with office.visitor("citizen.wang") as wang:
        seen = (await wang.get(f"/api/cases/{matter}")).json()
        assert seen["monitoring"]["captures"][0]["media"] == [MEDIA]
        objecting = await wang.post(f"{acts}/object_not_mine", json={"statement": "车已卖出"})
        assert objecting.status_code == 200
    async with office.visitor("citizen.chen") as chen:
        assert (await chen.get(f"/api/cases/{matter}")).status_code == 404


async def queue(person: Any) -> list[dict[str, Any]]:
    """All of it."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = (await person.get(f"/api/captures?limit=5{cursor}")).json()
        items += answer["items"]
        cursor = f"&cursor={answer['next']}" if answer["next"] else None
    return items


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("officer.zhang", True),
        ("unit.head", True),
        ("legal.reviewer", True),
        ("supervisor", True),
        ("citizen.wang", False),
        ("kiosk.hall1", False),
        ("camera.hub", False),
        ("window.clerk", False),
    ],
)
async def test_who_sees_the_queue(
    office: RealOffice, camera: Camera, who: str, *, sees: bool
) -> None:
    known = ids(camera)[0]
    await take(office, sent(), known, camera)
    async with office.visitor(who) as person:
        assert (known in {c["id"] for c in await queue(person)}) is sees


@given(percent=st.integers(0, 100), known=st.text(min_size=1, max_size=40))
def test_who_is_in_a_sample_is_in_every_larger_one(percent: int, known: str) -> None:
    assert in_sample(known, 100, KEY)
    assert not in_sample(known, 0, KEY)
    assert not in_sample(known, percent, KEY) or in_sample(known, min(percent + 1, 100), KEY)


def test_the_sample_is_about_as_large_as_the_bureau_set_it() -> None:
    drawn = sum(in_sample(f"capture-{n}", 10, KEY) for n in range(10_000))
    assert 900 < drawn < 1_100
