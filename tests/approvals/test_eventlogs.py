"""Real logs of permit desks against our rules: who is late, and who approved what he submitted."""

import csv
import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.deadlines import reckoned
from models.act import Moment
from models.acts.examination import Decide, ReturnOpinion, SubmitOpinion
from models.application_file import ApplicationFile, Opinion
from models.catalogue import Catalogue
from models.clock import Clock
from models.person import Actor, Role
from models.refusal import Code, Refused
from models.suspension import SHANGHAI, civil_day
from tests.approvals.files import an_application_file
from worker import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ANJUAN_SHARED_DATA", ROOT.parent / "shared" / "data")) / "eventlog"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"no event logs at {DATA}")


def cases(name: str, key: str) -> dict[str, list[dict[str, str]]]:
    grouped: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            grouped[row[key]].append(row)
    return grouped


@needs_data
def test_the_ended_intakes_past_their_deadline_are_exactly_those_our_clock_calls_late() -> None:
    """365 intakes of a Dutch permit desk. Its deadlines are the first moments of a civil day, so that the day before is the last; its wall
    clock is read as ours. Late as the log says: ended after the moment of the deadline.
    """
    catalogue = Catalogue.load(CATALOGUE)
    ended, late, ours = 0, set(), set()
    for case, rows in cases("receipt_dev.csv", "case:concept:name").items():
        end, deadline = (rows[0][f"case:{name}"] for name in ("enddate", "deadline"))
        if not end or not deadline:
            continue
        ended += 1
        if datetime.fromisoformat(end) > datetime.fromisoformat(deadline):
            late.add(case)
        last = civil_day(_as_ours(deadline)) - timedelta(days=1)
        started = _as_ours(rows[0]["case:startdate"])
        clock = Clock(name="deadline", period="", fixed_on=last, started_at=started)
        clock.due_at = reckoned(clock, catalogue)[0].due_at
        if clock.over(_as_ours(end)):
            ours.add(case)
    assert ended > 300
    assert len(late) > 100
    assert ours == late


def _as_ours(said: str) -> datetime:
    """A moment of the log on the wall clock of its desk (summer time from March's last Sunday to October's), as if it hung in Shanghai."""
    moment = datetime.fromisoformat(said)
    begins, ends = (_last_sunday(moment.year, month) for month in (3, 10))
    hours = 2 if begins <= moment < ends else 1
    return (moment + timedelta(hours=hours)).replace(tzinfo=SHANGHAI)


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=last.isoweekday() % 7)


@needs_data
def test_in_every_real_loop_who_submitted_never_approves() -> None:
    """540 submissions with their approvals, rejections and re-submissions, replayed through our gates: the employee who submitted is
    refused each time, another is not. Its people are anonymous: one name stands for whoever submitted, one for any other.
    """
    loops = approvals = 0
    for rows in cases("approvals_domestic_dev.csv", "case:concept:name").values():
        file = an_application_file()
        for row in rows:
            step = row["concept:name"].split()[1] if " " in row["concept:name"] else ""
            if step == "SUBMITTED":
                _submit(file)
                loops += len(file.opinions) > 1
            elif step in {"APPROVED", "FINAL_APPROVED", "REJECTED"} and file.submitted:
                approvals += 1
                _decided_by_another_only(file, step)
    assert approvals > 500
    assert loops > 20


def _submit(file: ApplicationFile) -> None:
    SubmitOpinion(grant=True, reasons="符合").gate(file, _moment("employee"))
    file.took_part("employee")
    file.opinions.append(Opinion(grant=True, reasons="符合", by="employee", at=datetime.now(UTC)))


def _decided_by_another_only(file: ApplicationFile, step: str) -> None:
    act: Any = Decide(grant=True, reasons="同意")
    if step == "REJECTED":
        act = ReturnOpinion(reason="退回")
    with pytest.raises(Refused) as told:
        act.gate(file, _moment("employee"))
    assert told.value.refusal.code is Code.CONFLICT_OF_INTEREST
    act.gate(file, _moment("supervisor"))
    if step == "REJECTED":
        file.opinions[-1].returned = "退回"


def _moment(username: str) -> Moment:
    roles = (Role.LICENCE_APPROVER, Role.LICENCE_REVIEWER)
    return Moment(now=datetime.now(UTC), actor=Actor(username=username, name=username, roles=roles))
