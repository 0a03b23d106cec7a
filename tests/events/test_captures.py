"""What a camera records of an act: of a whole device it waits for a person, of another it is kept with what that lacked."""

from typing import Any

import pytest
import sqlalchemy as sa

from models.captures import CaptureRow
from tests.api.pictures import photograph
from tests.costs.desk_hours import RealOffice
from tests.events.stage import HUB, Front, a_device, an_event
from tests.events.test_taking_in import send
from worker import HANDLERS
from workflows.capturing import KEPT
from workflows.events_capture import NO_PICTURE, TYPE

pytestmark = pytest.mark.slow
SEEN = {"cause": "SR-02", "object": "shop", "value": "91330102MA00000009", "facts": "店外经营"}


def a_capture(number: int, media: list[dict[str, str]], **changed: Any) -> dict[str, Any]:
    data = SEEN | {"generated": True, "media": media}
    return an_event(f"capture-{number}", type=TYPE, data=data) | changed


async def brought(person: Any) -> dict[str, str]:
    """A picture the hub uploaded before."""
    files = {"file": ("capture.jpg", photograph(), "image/jpeg")}
    answer = await person.post("/api/evidence", files=files)
    assert answer.status_code == 201, answer.text
    return {"digest": answer.json()["digest"]}


async def test_captures_wait_for_a_person_in_one_case(
    at_work: Front,
    office: RealOffice,
) -> None:
    async with at_work.visitor(HUB) as hub, at_work.visitor("officer.zhang") as zhang:
        picture = await brought(hub)
        await send(hub, a_capture(1, [picture]))
        await send(hub, a_capture(2, [picture], subject="lane-2"))
        await at_work.drained(HANDLERS)
        first, second = await at_work.rows()
        assert (first.status, second.status) == ("done", "done"), (first.reason, second.reason)
        assert first.outcome == second.outcome
        assert office.counter.temporal is not None
        handle = office.counter.temporal.get_workflow_handle(first.outcome)
        await handle.execute_update("opened", id="opened")
        queue = (await zhang.get("/api/captures")).json()["items"]
        assert [item["matter"] for item in queue] == [first.outcome] * 2
        shown = await zhang.get(f"/api/evidence/{picture['digest']}")
        assert shown.status_code == 200
        act = f"/api/cases/{first.outcome}/acts/review_capture"
        paper = {"passed": True, "officers": ["officer.zhang", "officer.li"]}
        passed = await zhang.post(act, json=paper | {"capture": queue[0]["id"]})
        assert passed.status_code == 200, passed.text


async def test_what_the_device_lacked_is_kept_with_the_capture(at_work: Front) -> None:
    await at_work.register(a_device("cam-9", published_at=None))
    async with at_work.visitor(HUB) as hub:
        await send(hub, a_capture(3, [], source="/cameras/cam-9"))
        await at_work.drained(HANDLERS)
        row = (await at_work.rows())[-1]
        assert row.outcome == KEPT
    query = sa.select(CaptureRow.lacks).where(CaptureRow.device == "cam-9")
    async with at_work.engine.connect() as connection:
        (lacks,) = (await connection.execute(query)).scalars()
    assert lacks == ["设置地点未向社会公布 / its site was not published by that day", NO_PICTURE]
    async with at_work.visitor("officer.zhang") as zhang:
        shown = (await zhang.get("/api/captures?verdict=unusable")).json()["items"]
        assert [c["device"] for c in shown] == ["cam-9"]


async def test_a_capture_that_names_no_cause_goes_to_the_list(at_work: Front) -> None:
    async with at_work.visitor(HUB) as hub:
        wrong = {**SEEN, "cause": "没有", "media": []}
        await send(hub, an_event("capture-4", type=TYPE, data=wrong))
        await at_work.drained(HANDLERS)
        row = (await at_work.rows())[-1]
    assert row.status == "poison"
    assert "cause" in row.reason["zh"]
