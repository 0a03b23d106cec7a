"""The hearing (听证, 行政处罚法 63–65): a sub-procedure."""

from models.act import Act
from models.acts.general_penalty import RequestHearing
from models.acts.hearing import NoShow, RecordHearing, ScheduleHearing
from models.acts.service import RecordService
from models.basis import PENALTY
from models.case_file import CaseFile, Hearing, Stage
from workflows.procedure import Procedure
from workflows.service import notice_served


async def hold_hearing(case: Procedure[CaseFile], request: RequestHearing) -> Hearing:
    """From the request to the record, or to the party's absence. Put off, or with another chair, it is scheduled again."""
    case.enter(Stage.HEARING)
    hearing = case.file.hearing = Hearing(requested_at=request.moment.now)
    act: Act | None = await case.expect(ScheduleHearing, due="decide")
    while isinstance(act, ScheduleHearing | RecordService):
        if isinstance(act, ScheduleHearing):
            _notify(case, hearing, act)
        else:
            hearing.notified_on = notice_served(case, act)
        service = () if hearing.notified_on else (RecordService,)
        act = await case.first_of(RecordHearing, NoShow, ScheduleHearing, *service, due="decide")
    if isinstance(act, RecordHearing):
        hearing.outcome, hearing.report = "held", act.report
        case.issue("hearing_record", "听证笔录", PENALTY("64(8)"), act=act)
        case.issue("hearing_report", "听证报告", PENALTY(65), act=act)
    elif isinstance(act, NoShow):
        hearing.outcome = "waived"
        case.step("hearing_waived", "视为放弃听证权利，终止听证", PENALTY("64(6)"), how=act.how)
    return hearing


def _notify(case: Procedure[CaseFile], hearing: Hearing, scheduled: ScheduleHearing) -> None:
    hearing.chair, hearing.held_at = scheduled.moment.actor.username, scheduled.at
    hearing.notified_on = None
    notice = case.issue(
        "hearing_notice",
        "听证通知书",
        PENALTY("64(2)"),
        act=scheduled,
        at=scheduled.at.isoformat(),
        place=scheduled.place,
    )
    announced = case.issue("hearing_announcement", "听证公告", PENALTY("64(3)"), act=scheduled)
    for document in (notice, announced):
        case.supersede(document, "听证另行安排")
