"""What a device reports becomes an incident, once, by the real procedure; and what it may not, goes to the list."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.incoming import IncomingEvent
from tests.events.stage import HUB, PATIENCE, Front, an_event
from tests.events.test_taking_in import send
from tests.office import KEY
from worker import HANDLERS
from workflows.client import connect
from workflows.events_report import TYPE

pytestmark = pytest.mark.slow


def a_report(number: int, **changed: Any) -> dict[str, Any]:
    return an_event(
        f"{number}-{datetime.now(UTC).timestamp()}",
        type=TYPE,
        subject=f"spot-{number}",
        data={"category": "E0405", "description": "店外经营占用人行道"} | changed,
    )


async def test_a_camera_reports_and_its_hub_sees_the_incident_the_dispatcher_dockets(
    at_work: Front,
) -> None:
    async with at_work.visitor(HUB) as hub, at_work.visitor("dispatcher") as dispatcher:
        report = a_report(1)
        await send(hub, report)
        await at_work.drained(HANDLERS)
        (row,) = await at_work.rows()
        assert (row.status, row.reason) == ("done", None)
        path = f"/api/incidents/{row.outcome}"
        state = (await hub.get(path)).json()
        assert state["stage"] == "collected"
        docketed = await dispatcher.post(f"{path}/acts/docket", json={"category": "E0405"})
        assert docketed.status_code == 200, docketed.text
        state = (await dispatcher.get(path)).json()
        assert state["place"]["address"] == "凯旋路 8 号"
        assert datetime.fromisoformat(state["seen_at"]) == datetime.fromisoformat(report["time"])


async def test_an_event_handled_twice_is_one_incident(at_work: Front) -> None:
    async with at_work.visitor(HUB) as hub:
        await send(hub, a_report(2))
        await at_work.drained(HANDLERS)
        (first,) = await at_work.rows()
        again = sa.update(IncomingEvent).values(
            status="waiting", outcome=None, next_at=sa.func.now()
        )
        async with at_work.engine.begin() as connection:
            await connection.execute(again)
        await at_work.drained(HANDLERS)
        (second,) = await at_work.rows()
        assert (second.status, second.outcome) == ("done", first.outcome)
        timeline = (await hub.get(f"/api/incidents/{first.outcome}")).json()
        assert timeline["version"] == 1


async def test_many_reports_become_as_many_incidents(at_work: Front) -> None:
    async with at_work.visitor(HUB) as hub:
        events = [a_report(n) | {"source": "river-1"} for n in range(60)]
        assert (await send(hub, *events)).status_code == 202
    async with asyncio.timeout(PATIENCE):
        await at_work.drained(HANDLERS)
    outcomes = [row.outcome for row in await at_work.rows(status="done")]
    assert len(set(outcomes)) == len(events)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"category": "E9999"}, "category"),
        ({"description": ""}, "description"),
        ({"place": {"street": "别处街道", "address": "1 号"}}, "place.street"),
        ({"surprise": 1}, "surprise"),
        ({"media": [{"digest": "sha256:" + "0" * 64}]}, "media"),
        ({"media": [{}]}, "media"),
        ({"media": "all"}, "media"),
        ({"photos": ["sha256:" + "0" * 64]}, "photos.0"),
    ],
)
async def test_a_report_that_will_never_do_is_listed_with_its_reason(
    at_work: Front, changed: dict[str, Any], words: str
) -> None:
    async with at_work.visitor(HUB) as hub:
        await send(hub, a_report(3, **changed))
    await at_work.drained(HANDLERS)
    (row,) = await at_work.rows()
    assert (row.status, row.outcome) == ("poison", None)
    assert words in row.reason["en"]


@pytest.mark.parametrize(("ahead", "status"), [(60, "done"), (3600, "poison")])
async def test_a_clock_a_little_fast_is_forgiven_and_one_far_ahead_is_not(
    at_work: Front, ahead: int, status: str
) -> None:
    seen = datetime.now(UTC) + timedelta(seconds=ahead)
    async with at_work.visitor(HUB) as hub:
        await send(hub, a_report(4) | {"time": seen.isoformat()})
    await at_work.drained(HANDLERS)
    (row,) = await at_work.rows()
    assert row.status == status


async def test_an_engine_that_is_away_leaves_the_report_waiting(
    at_work: Front, opened: Front
) -> None:
    async with at_work.visitor(HUB) as hub:
        await send(hub, a_report(5))
    nowhere = replace(at_work.desk, client=await connect("127.0.0.1:1", KEY, lazy=True))
    await replace(at_work, desk=nowhere).drained(HANDLERS)
    (row,) = await at_work.rows()
    assert (row.status, row.attempts) == ("waiting", 1)
    async with asyncio.timeout(PATIENCE):
        while await at_work.rows(status="waiting"):
            await at_work.drained(HANDLERS)
            await asyncio.sleep(0.05)
    assert await at_work.rows(status="done")
