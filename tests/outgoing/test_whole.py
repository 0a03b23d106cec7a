"""The whole way: people act over HTTP, procedures run, and outside it is known, of every kind of matter."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from activities import publishing
from activities.webhooks import Webhooks
from models.database import TimelineEntry
from models.feed import ChangeRow
from tests.approvals.test_http import a_dog_paper
from tests.builders import WANG
from tests.costs.desk_hours import RealOffice, real_office
from tests.incidents.test_http import a_report
from tests.outgoing.subscriber import Subscriber, data_of
from tests.outgoing.test_killed import until
from tests.replay.papers import YES, a_lead

pytestmark = pytest.mark.slow
TYPE = re.compile(r"cn\.anjuan\.(case|application|licence|incident)\.(changed|(act|step)\.[a-z_]+)")


@pytest.fixture
async def office(subscriber: Subscriber) -> AsyncIterator[RealOffice]:
    """At work, and telling the subscriber."""
    async with real_office() as opened:
        engine = opened.counter.engine
        errands = [
            asyncio.create_task(publishing.run(engine)),
            asyncio.create_task(Webhooks(engine, opened.counter.settings).run()),
        ]
        async with opened.visitor("admin") as admin:
            answer = await admin.post("/api/subscriptions", json={"url": subscriber.url})
            subscriber.secret = answer.json()["secret"]
        yield opened
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)


async def test_what_happens_to_any_matter_is_known_outside_as_it_stands_on_its_timeline(
    office: RealOffice, subscriber: Subscriber
) -> None:
    async with office.visitor("officer.zhang") as zhang, office.visitor("unit.head") as head:
        lead = a_lead(datetime.now(UTC))
        case = await _id(zhang.post("/api/cases", json=lead))
        await _id(head.post(f"/api/cases/{case}/acts/decide_docketing", json=YES))
    async with office.visitor("citizen.wang") as wang:
        incident = await _id(wang.post("/api/incidents", json=a_report()))
        paper = await a_dog_paper(office, WANG, "citizen.wang")
        application = await _id(wang.post("/api/applications", json=paper))
    told = sa.select(sa.func.count()).select_from(ChangeRow)
    entries = await office.counter.rows(sa.select(TimelineEntry.__table__))
    assert (await office.counter.rows(told))[0][0] == len(entries)
    await until(lambda: {"licence", "application"} <= {_kind(t) for t in subscriber.took})
    await asyncio.sleep(0.6)  # what was still on its way
    assert {_kind(t) for t in subscriber.took} == {"case", "application", "licence", "incident"}
    assert {case, incident, application} <= {t.get_subject() for t in subscriber.took}
    assert all(TYPE.fullmatch(t.get_type()) for t in subscriber.took)
    stand = {(row.matter, row.seq): row.hash for row in entries}
    for change in map(data_of, subscriber.took):
        assert stand[change["matter"], change["seq"]] == change["hash"]
    for matter in {row.matter for row in entries}:
        assert subscriber.seqs(matter) == sorted(set(subscriber.seqs(matter)))
    assert not any(name in str([data_of(t) for t in subscriber.took]) for name in _names(lead))
    docketed = [t for t in subscriber.took if t.get_subject() == case][-1]
    assert data_of(docketed)["stage"] == "inquiry"


def _kind(told: Any) -> str:
    return str(data_of(told)["kind"])


def _names(lead: dict[str, Any]) -> list[str]:
    """Who must not be named."""
    return [lead["party"]["name"], WANG["name"], "张强", "周建国", WANG["id_no"]]


async def _id(asked: Any) -> str:
    answer = await asked
    assert answer.is_success, answer.text
    return str(answer.json()["id"])
