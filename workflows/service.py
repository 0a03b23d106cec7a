"""Service of a paper (送达): the sub-procedure every procedure uses (行政处罚法 61; 民事诉讼法 87–95)."""

from datetime import date, datetime, time, timedelta

from models.act import Act
from models.acts.service import RecordReturn, RecordService, ServeDocument, Way
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
        return _in_hand(case, paper, act)
    if act.way is Way.ANNOUNCEMENT:
        answer = await _announced(case, paper, act, answers)
        if answer is not None:
            return _in_hand(case, paper, answer)
        last = case.clocks["announce_service"].due_on or act.on
        record(case, act, Served(paper=paper, way=act.way, on=last, set_out=act.on))
        return None
    record(case, act, Served(paper=paper, way=act.way, on=act.on))
    return None


def _in_hand(case: Procedure[CaseFile], paper: str, answer: Act) -> Act:
    on = civil_day(answer.moment.now)
    record(case, answer, Served(paper=paper, way="answered", on=on))
    return answer


def notice_served(case: Procedure[CaseFile], act: RecordService) -> date:
    """The notice of a hearing; no period runs from it. Announced, it is served thirty days later (民事诉讼法 95)."""
    if act.way is Way.ANNOUNCEMENT:
        on = _announce(case, "hearing_notice", act)
        record(
            case,
            act,
            Served(paper="hearing_notice", way=act.way, on=on, set_out=act.on),
        )
        return on
    record(case, act, Served(paper="hearing_notice", way=act.way, on=act.on))
    return act.on


def _announce(case: Procedure[CaseFile], paper: str, act: RecordService | ServeDocument) -> date:
    """The announcement itself; the day it ends."""
    ends = act.on + timedelta(days=ANNOUNCED_DAYS)
    said = {"paper": paper, "ends_on": ends.isoformat()}
    case.issue("service_announcement", "公告送达", CIVIL_PROCEDURE(95), act=act, given=said)
    return ends


async def _announced(
    case: Procedure[CaseFile], paper: str, act: RecordService, answers: tuple[type[Act], ...]
) -> Act | None:
    """Thirty days after the announcement it counts as served (民事诉讼法 95)."""
    _announce(case, paper, act)
    case.start_clock("announce_service", since=at_start_of(act.on))
    if answers:
        return await case.first_of(*answers, within="announce_service")
    await case.until(lambda: False, "announce_service")
    return None


def record(case: Procedure[CaseFile], act: Act, served: Served) -> None:
    """It is served, and has its receipt (民事诉讼法 87)."""
    case.file.services.append(served)
    case.stop_clock("announce_service")
    case.issue(
        "service",
        "送达回证",
        CIVIL_PROCEDURE(87),
        act=act,
        paper=served.paper,
        way=str(served.way),
        served_on=served.on.isoformat(),
    )


def serve_document(case: Procedure[CaseFile], act: ServeDocument) -> None:
    """A document that no step waits for; announced, it is served thirty days later."""
    document = case.file.document(act.document)
    assert document is not None  # noqa: S101 -- the gate asked for it
    kind = document["kind"]
    on = _announce(case, kind, act) if act.way is Way.ANNOUNCEMENT else act.on
    record(case, act, Served(paper=kind, way=act.way, on=on))


def returned(case: Procedure[CaseFile], act: RecordReturn) -> None:
    """The to-do to serve stays; the attempt is on file (民事诉讼法 91, 95)."""
    if "mail_returned" not in case.file.flags:
        case.file.flags.append("mail_returned")
