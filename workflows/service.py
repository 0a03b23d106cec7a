"""Service of a paper (送达): the sub-procedure every procedure uses (行政处罚法 61; 民事诉讼法 87–95)."""

from datetime import date, datetime, time, timedelta

from models.act import Act
from models.acts.service import RecordService, Way
from models.basis import CIVIL_PROCEDURE
from models.case_file import CaseFile, Served
from models.suspension import SHANGHAI, civil_day
from workflows.procedure import Procedure

ANNOUNCED_DAYS = 30


def at_start_of(day: date) -> datetime:
    """The civil day as a moment; periods count from the day, not the hour."""
    return datetime.combine(day, time(), SHANGHAI)


async def serve(
    case: Procedure[CaseFile], paper: str, *answers: type[Act], due: str | None = None
) -> Act | None:
    """Wait until the paper has reached the party. A party who answers it has it in hand; that answer is returned."""
    act = await case.first_of(RecordService, *answers, due=due)
    if not isinstance(act, RecordService):
        assert act is not None  # noqa: S101 -- no clock lapses here
        _served(case, paper, act, "answered", civil_day(act.moment.now))
        return act
    if act.way is Way.ANNOUNCEMENT:
        answer = await _announced(case, act, answers)
        if answer is not None:
            _served(case, paper, answer, "answered", civil_day(answer.moment.now))
            return answer
        last = case.clocks["announce_service"].due_on
        _served(case, paper, act, act.way, last or act.on, set_out=act.on)
        return None
    _served(case, paper, act, act.way, act.on)
    return None


def notice_served(case: Procedure[CaseFile], act: RecordService) -> date:
    """The notice of a hearing; no period runs from it. Announced, it is served thirty days later (民事诉讼法 95)."""
    announced = act.way is Way.ANNOUNCEMENT
    on = act.on + timedelta(days=ANNOUNCED_DAYS) if announced else act.on
    _served(case, "hearing_notice", act, act.way, on, set_out=act.on if announced else None)
    return on


async def _announced(
    case: Procedure[CaseFile], act: RecordService, answers: tuple[type[Act], ...]
) -> Act | None:
    """Thirty days after the announcement it counts as served (民事诉讼法 95)."""
    case.start_clock("announce_service", since=at_start_of(act.on))
    if answers:
        return await case.first_of(*answers, within="announce_service")
    await case.until(lambda: False, "announce_service")
    return None


def _served(
    case: Procedure[CaseFile],
    paper: str,
    act: Act,
    way: str,
    on: date,
    set_out: date | None = None,
) -> None:
    case.file.services.append(Served(paper=paper, way=way, on=on, set_out=set_out))
    case.stop_clock("announce_service")
    case.issue(
        "service",
        "送达回证",
        CIVIL_PROCEDURE(87),
        act=act,
        paper=paper,
        way=str(way),
        served_on=on.isoformat(),
    )
