"""Incidents over HTTP: what reporters, units and others get to see, and what is like a report already."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.approvals.stage import bring
from tests.costs.desk_hours import RealOffice, real_office

pytestmark = pytest.mark.slow
NEXT = count(1)
EVENTS_TO_CLOSE = 45


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


def a_report(**changed: Any) -> dict[str, Any]:
    """By somebody on the web, at a place nobody else reported."""
    return {
        "channel": "web",
        "category": "E0405",
        "place": {"street": "凯旋街道", "address": f"测试路{next(NEXT)}号"},
        "seen_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        "description": "店外经营占用人行道",
    } | changed


async def test_an_incident_from_report_to_close_costs_at_most_forty_five_events(
    office: RealOffice,
) -> None:
    after = "sha256:" + "c" * 64
    await bring(office, "handler.kaixuan", after)  # type: ignore[arg-type]
    async with (
        office.visitor("citizen.wang") as wang,
        office.visitor("dispatcher") as dispatcher,
        office.visitor("handler.kaixuan") as handler,
        office.visitor("officer.zhang") as officer,
    ):
        state = (await wang.post("/api/incidents", json=a_report())).json()
        path = f"/api/incidents/{state['id']}/acts"
        for who, act, paper in (
            (dispatcher, "docket", {"category": "E0405"}),
            (dispatcher, "dispatch", {}),
            (handler, "accept_task", {}),
            (handler, "submit_result", {"text": "已清理", "after": [after]}),
            (officer, "check_result", {"passed": True, "remarks": "已恢复"}),
        ):
            answer = await who.post(f"{path}/{act}", json=paper)
            assert answer.is_success, answer.text
        rated = await wang.post(f"{path}/rate_handling", json={"stars": 5})
        assert (rated.json()["stage"], rated.json()["rating"]) == ("closed", 5)
        assert await _events(office, state["id"]) <= EVENTS_TO_CLOSE


async def test_what_is_like_it_is_shown_before_it_is_filed_twice(office: RealOffice) -> None:
    report = a_report(
        place={"street": "凯旋街道", "address": "相似路1号", "lon": 120.19, "lat": 30.26}
    )
    close = report | {"place": report["place"] | {"address": "相似路3号", "lat": 30.2603}}
    far = report | {"place": report["place"] | {"address": "远处", "lat": 30.2613}}
    async with office.visitor("citizen.wang") as wang, office.visitor("citizen.chen") as chen:
        first = (await wang.post("/api/incidents", json=report)).json()
        found = (await chen.post("/api/incidents/similar", json=close)).json()["items"]
        assert [one["id"] for one in found] == [first["id"]]
        assert "reported_by" not in str(found)
        refused = await chen.post("/api/incidents", json=close)
        assert (refused.status_code, refused.json()["field"]) == (409, "another")
        assert (
            await chen.post("/api/incidents", json=close | {"another": True})
        ).status_code == 201
        assert (await chen.post("/api/incidents", json=far)).status_code == 201


@pytest.mark.parametrize(
    ("username", "may"),
    [
        ("citizen.wang", True),
        ("citizen.chen", False),
        ("dispatcher", True),
        ("officer.zhang", True),
        ("supervisor", True),
        ("handler.kaixuan", False),
        ("kiosk.hall1", False),
        ("treasury", False),
        ("licence.reviewer", False),
        ("camera.hub", False),
    ],
)
async def test_who_sees_a_fresh_report(office: RealOffice, username: str, may: bool) -> None:  # noqa: FBT001
    async with office.visitor("citizen.wang") as wang:
        state = (await wang.post("/api/incidents", json=a_report())).json()
    async with office.visitor(username) as visitor:
        assert (await visitor.get(f"/api/incidents/{state['id']}")).is_success == may


async def test_a_unit_sees_what_was_dispatched_to_it(office: RealOffice) -> None:
    async with (
        office.visitor("citizen.wang") as wang,
        office.visitor("dispatcher") as dispatcher,
        office.visitor("handler.kaixuan") as ours,
        office.visitor("handler.nanxing") as theirs,
    ):
        state = (await wang.post("/api/incidents", json=a_report())).json()
        path = f"/api/incidents/{state['id']}"
        await dispatcher.post(f"{path}/acts/docket", json={"category": "E0405"})
        await dispatcher.post(f"{path}/acts/dispatch", json={})
        assert (await ours.get(path)).json()["why"] == "凯旋街道属本队责任区（守土责任）"
        assert (await theirs.get(path)).status_code == 404
        (task,) = (await ours.get(path)).json()["tasks"]
        assert [one["rule"] for one in task["considered"]][-3:] == ["away", "duty", "load"]
        assert "considered" not in (await wang.get(path)).text  # who is away is the office's own
        todo = (await ours.get("/api/todo")).json()["items"]
        assert {"accept_task", "return_task"} <= {
            t["act"] for t in todo if t["matter"] == state["id"]
        }


async def test_a_task_moved_while_it_is_accepted_is_moved(office: RealOffice) -> None:
    """Whichever comes first, what was answered with yes is so in the end."""
    async with (
        office.visitor("citizen.wang") as wang,
        office.visitor("dispatcher") as dispatcher,
        office.visitor("handler.kaixuan") as ours,
    ):
        for _ in range(6):
            state = (await wang.post("/api/incidents", json=a_report())).json()
            path = f"/api/incidents/{state['id']}"
            await dispatcher.post(f"{path}/acts/docket", json={"category": "E0405"})
            await dispatcher.post(f"{path}/acts/dispatch", json={})
            moving = {"unit": "nanxing", "ground": "南星更近"}
            _, moved = await asyncio.gather(
                ours.post(f"{path}/acts/accept_task", json={}),
                dispatcher.post(f"{path}/acts/reassign_task", json=moving),
            )
            await dispatcher.post(f"{path}/acts/add_note", json={"text": "备注"})
            now = (await dispatcher.get(path)).json()
            assert moved.status_code == 200, moved.text
            assert (now["owner"], now["transfers"]) == ("南星街道综合行政执法队", 1)


async def test_a_report_is_filed_once_however_often_it_is_sent(office: RealOffice) -> None:
    key = {"Idempotency-Key": "report-1"}
    report = a_report(another=True)
    async with office.visitor("citizen.wang") as wang:
        first = await wang.post("/api/incidents", json=report, headers=key)
        again = await wang.post("/api/incidents", json=report, headers=key)
        assert first.json()["id"] == again.json()["id"]


async def test_classes_can_be_looked_up(office: RealOffice) -> None:
    async with office.visitor("citizen.wang") as wang:
        found = (await wang.get("/api/incident-classes")).json()["items"]
        assert len(found) == 98 + 92
        assert (await wang.get("/api/incident-classes", params={"q": "井盖"})).json()["items"]


async def _events(office: RealOffice, matter: str) -> int:
    assert office.counter.temporal is not None
    handle = office.counter.temporal.get_workflow_handle(matter)
    return len((await handle.fetch_history()).events)
