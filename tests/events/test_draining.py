"""What was kept is handled afterwards: in order, once, by as many drains as there are; what cannot be goes to a list, and round again."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
import sqlalchemy as sa
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.courier import NotTaken
from models.basis import PENALTY
from models.device import Device
from models.event import Event, Poison
from models.refusal import Code, Refusal
from tests.events.stage import PATIENCE, TYPE, Front, Noted, a_device, an_event
from tests.events.test_taking_in import send
from workflows.events_in import Desk, drain

pytestmark = pytest.mark.slow

BURST, AT_ONCE = 5_000, 500


@dataclass
class Moody:
    """Raises what it is told to, for events of that number."""

    fault: Exception | None
    number: int
    seen: list[int] = field(default_factory=list)

    async def handle(self, _desk: Desk, event: Event, _device: Device) -> str:
        number: int = event.data["number"]
        if self.fault is not None and number == self.number:
            raise self.fault
        self.seen.append(number)
        return f"matter-{number}"


async def numbers(house: Front, **where: str) -> list[int]:
    return [int(row.id.removeprefix("e-")) for row in await house.rows(**where)]


@pytest.mark.parametrize("lanes", [1, 40])
async def test_a_burst_is_taken_while_no_worker_runs_and_drained_in_order_by_two(
    house: Front, hub: httpx.AsyncClient, lanes: int
) -> None:
    for start in range(0, BURST, AT_ONCE):
        events = [an_event(n, subject=f"lane-{n % lanes}") for n in range(start, start + AT_ONCE)]
        answer = await send(hub, *events)
        assert answer.status_code == 202, answer.text
    assert await numbers(house, status="waiting") == list(range(BURST))
    first, second = Noted([]), Noted([])
    await asyncio.gather(*(house.drained({TYPE: one.handle}) for one in (first, second)))
    assert len(await house.rows(status="done")) == BURST
    for noted in (first, second):
        for lane in range(lanes):
            mine = [e.data["number"] for e in noted.seen if e.subject == f"lane-{lane}"]
            assert mine == sorted(mine)
    both = [event.data["number"] for event in (*first.seen, *second.seen)]
    assert sorted(both) == list(range(BURST))


async def test_an_event_keeps_what_it_led_to(house: Front, hub: httpx.AsyncClient) -> None:
    await send(hub, an_event(1))
    await house.drained({TYPE: Moody(None, 0).handle})
    (row,) = await house.rows()
    assert (row.status, row.outcome, row.attempts) == ("done", "matter-1", 1)


async def test_poison_holds_up_nobody_is_listed_with_its_reason_and_goes_round_again(
    house: Front, hub: httpx.AsyncClient
) -> None:
    await send(hub, *(an_event(n) for n in (1, 2, 3)))
    moody = Moody(Poison("号牌无法识别", "the plate cannot be read", PENALTY(41)), 2)
    await house.drained({TYPE: moody.handle})
    assert moody.seen == [1, 3]
    async with house.visitor("supervisor") as supervisor, house.visitor("admin") as admin:
        (item,) = (await supervisor.get("/api/events/poison")).json()["items"]
        assert item["reason"] == {
            "zh": "号牌无法识别",
            "en": "the plate cannot be read",
            "basis": [{"law": "行政处罚法", "article": "41"}],
        }
        assert "浙A" not in json.dumps(item, ensure_ascii=False)
        which = {"events": [{"source": item["source"], "id": item["id"]}]}
        replay = "/api/events/poison/replay"
        assert (await supervisor.post(replay, json=which)).status_code == 403
        again = await admin.post(replay, json=which)
        assert again.json() == {"replayed": 1}
        assert (await admin.post(replay, json=which)).json() == {"replayed": 0}
        moody.fault = None
        await house.drained({TYPE: moody.handle})
        assert (await admin.get("/api/events/poison")).json()["items"] == []
    assert moody.seen == [1, 3, 2]
    assert len(await house.rows(status="done")) == 3


async def test_all_of_a_type_go_round_again_once_there_is_a_handler(
    house: Front, hub: httpx.AsyncClient
) -> None:
    unheard = "cn.anjuan.unheard"
    await send(hub, *(an_event(n, type=unheard) for n in range(5)), an_event(9, type="other"))
    await house.drained({})
    async with house.visitor("admin") as admin:
        for wrong in ({}, {"type": unheard, "events": [{"source": "a", "id": "b"}]}):
            answer = await admin.post("/api/events/poison/replay", json=wrong)
            assert answer.status_code == 422, answer.text
        again = await admin.post("/api/events/poison/replay", json={"type": unheard})
        assert again.json() == {"replayed": 5}
    noted = Noted([])
    await house.drained({unheard: noted.handle})
    assert [event.id for event in noted.seen] == [f"e-{n}" for n in range(5)]
    assert await numbers(house, status="poison") == [9]


@pytest.mark.parametrize("username", ["officer.zhang", "camera.hub", "citizen.wang", "dispatcher"])
async def test_poison_is_for_administrator_and_supervisor(house: Front, username: str) -> None:
    async with house.visitor(username) as client:
        assert (await client.get("/api/events/poison")).status_code == 403


async def test_the_list_of_poison_has_pages(house: Front, hub: httpx.AsyncClient) -> None:
    await send(hub, *(an_event(n, type="cn.anjuan.unheard") for n in range(5)))
    await house.drained({})
    async with house.visitor("admin") as admin:
        seen: list[str] = []
        cursor: str | None = None
        while cursor is not None or not seen:
            params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await admin.get("/api/events/poison", params=params)).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
        assert sorted(seen) == [f"e-{n}" for n in range(5)]
        assert "cn.anjuan.unheard" in page["items"][0]["reason"]["en"]


@pytest.mark.parametrize("fault", [NotTaken("store: HTTP 503"), TimeoutError(), RuntimeError()])
async def test_what_is_away_delays_its_lane_and_no_other(
    house: Front, hub: httpx.AsyncClient, fault: Exception
) -> None:
    other = [an_event(n, subject="lane-2") for n in (11, 12)]
    await send(hub, *(an_event(n) for n in (1, 2, 3)), *other)
    moody = Moody(fault, 2)
    await house.drained({TYPE: moody.handle})
    assert sorted(moody.seen) == [1, 11, 12]
    assert await numbers(house, status="waiting") == [2, 3]
    late, after = await house.rows(status="waiting")
    assert (late.attempts, after.attempts) == (1, 0)
    async with house.visitor("supervisor") as supervisor:
        listed = await supervisor.get("/api/events/poison", params={"delayed": True})
        assert [item["id"] for item in listed.json()["items"]] == ["e-2"]
        assert (await supervisor.get("/api/events/poison")).json()["items"] == []
    assert late.reason["en"]
    assert late.next_at > late.received_at
    moody.fault = None
    async with asyncio.timeout(PATIENCE):
        while await house.rows(status="waiting"):
            await house.drained({TYPE: moody.handle})
            await asyncio.sleep(0.05)
    assert moody.seen[-2:] == [2, 3]


async def test_what_a_procedure_refuses_is_listed_in_the_words_of_the_law(
    house: Front, hub: httpx.AsyncClient
) -> None:
    no = Refusal(code=Code.NOT_OPEN, zh="案件已结案", en="closed", basis=PENALTY(47))
    failed = WorkflowUpdateFailedError(ApplicationError("no", no.model_dump(mode="json")))
    await send(hub, an_event(1))
    await house.drained({TYPE: Moody(failed, 1).handle})
    (row,) = await house.rows(status="poison")
    assert (row.reason["zh"], row.reason["basis"]) == (
        "案件已结案",
        [{"law": "行政处罚法", "article": "47"}],
    )


async def test_a_fault_of_ours_holds_up_nobody_and_can_be_replayed(
    house: Front, hub: httpx.AsyncClient
) -> None:
    faults: dict[int, Exception] = {
        1: KeyError("plate"),
        2: RecursionError(),
        3: sa.exc.IntegrityError("insert", {}, ValueError()),
    }
    for number, fault in faults.items():
        await send(hub, an_event(number), an_event(number * 10))
        await house.drained({TYPE: Moody(fault, number).handle})
    assert [row.reason["en"] for row in await house.rows(status="poison")] == [
        type(fault).__name__ for fault in faults.values()
    ]
    assert await numbers(house, status="done") == [10, 20, 30]


async def test_a_drain_that_dies_leaves_everything_waiting(
    house: Front, hub: httpx.AsyncClient
) -> None:
    await send(hub, *(an_event(n) for n in (1, 2)))
    begun = asyncio.Event()

    async def slow(_desk: Desk, _event: Event, _device: Device) -> str:
        begun.set()
        await asyncio.sleep(60)
        return ""

    drained = asyncio.create_task(drain(house.desk, {TYPE: slow}))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    drained.cancel()
    await asyncio.gather(drained, return_exceptions=True)
    noted = Noted([])
    await house.drained({TYPE: noted.handle})
    assert [event.id for event in noted.seen] == ["e-1", "e-2"]


async def test_a_handler_gets_the_device_as_it_was_registered_on_the_day_of_the_event(
    house: Front, hub: httpx.AsyncClient
) -> None:
    await house.register(a_device("cam-3", causes=["SR-02"]))
    async with house.visitor("admin") as admin:
        facts = (await admin.get("/api/devices/cam-3")).json()["device"]
        kept = ("id", "states", "legal_review", "technical_review")
        changed = {k: v for k, v in facts.items() if k not in kept} | {"causes": ["SR-01"]}
        answer = await admin.put("/api/devices/cam-3", json=changed)
        assert answer.status_code == 200, answer.text
    devices: list[Device] = []

    async def note(_desk: Desk, _event: Event, device: Device) -> str:
        devices.append(device)
        return "kept"

    now = datetime.now(UTC).isoformat()  # not a minute ago: that may be the day before the change
    days = (now, "2026-03-01T09:00:00Z")
    events = [an_event(n, source="cam-3", time=day) for n, day in enumerate(days)]
    await send(hub, *events)
    await house.drained({TYPE: note})
    assert [device.causes for device in devices] == [("SR-01",), ("SR-02",)]
