"""Side lines of a case: preserved evidence (行政处罚法 56) and sealing or seizing (行政强制法 18–28)."""

from datetime import timedelta

from models.acts.measures import (
    ApprovePreservation,
    ApproveSeizure,
    DisposePreserved,
    ExtendSeizure,
    PreserveEvidence,
    ReleaseSeizure,
    Seize,
    StartTesting,
)
from models.basis import COERCION, PENALTY
from models.case_file import CaseFile
from models.evidence import Measure
from models.suspension import Suspension
from workflows.procedure import Procedure

Case = Procedure[CaseFile]


async def preserve(case: Case, act: PreserveEvidence) -> None:
    """Approved first; dealt with within seven working days, or it lapses (行政处罚法 56)."""
    measure = case.file.preservation = Measure(things=act.things, reason=act.reason)
    decision = await case.expect(ApprovePreservation)
    measure.approved = decision.approved
    if not decision.approved:
        return
    measure.since = decision.moment.now
    case.issue("preservation_approval", "先行登记保存证据审批表", PENALTY(56), act=decision)
    case.issue(
        "preservation",
        "先行登记保存证据通知书（清单）",
        PENALTY(56),
        act=decision,
        things=list(act.things),
    )
    case.start_clock("preserve")
    disposal = await case.first_of(DisposePreserved, within="preserve")
    if isinstance(disposal, DisposePreserved):
        measure.disposal = disposal.disposal
        case.stop_clock("preserve")
        case.issue("preservation_disposal", "先行登记保存证据处理决定书", PENALTY(56), act=disposal)
        return
    measure.disposal = "lapsed"
    case.file.flags.append("preservation_lapsed")
    case.step("preservation_lapsed", "逾期未处理，先行登记保存措施自动解除", PENALTY(56))


async def seize(case: Case, act: Seize) -> None:
    """Approved first, or in an emergency reported within 24 hours; lifted when its time is over (行政强制法 18, 19, 25, 28)."""
    measure = case.file.seizure = Measure(
        things=act.things,
        reason=act.reason,
        measure_basis=act.measure_basis,
        heard=act.heard,
        witness=act.witness,
        urgent=act.urgent,
    )
    if act.urgent:
        _take(case, measure, act)
        case.start_clock("urgent_report")
    decision = await case.first_of(ApproveSeizure, due="urgent_report" if act.urgent else None)
    assert isinstance(decision, ApproveSeizure)  # noqa: S101 -- no clock lapses here
    measure.approved = decision.approved
    _reported_in_time(case, decision)
    if not decision.approved:
        _refused(case, measure, decision)
        return
    case.issue("seizure_approval", "查封（扣押）审批表", COERCION(18), act=decision)
    if not act.urgent:
        _take(case, measure, decision)
    await _until_lifted(case, measure)


def _refused(case: Case, measure: Measure, decision: ApproveSeizure) -> None:
    """Nothing is taken; what was taken in an emergency goes back at once (行政强制法 18, 19)."""
    if measure.since is None:
        case.step("seizure_refused", "负责人不同意，不予实施", COERCION(18))
        return
    measure.disposal = "returned"
    case.stop_clock("seal")
    case.step("seizure_refused", "负责人不同意，立即解除", COERCION(19))
    case.issue("seizure_release", "解除查封（扣押）决定书", COERCION(19, 28), act=decision)


def _take(case: Case, measure: Measure, act: Seize | ApproveSeizure) -> None:
    measure.since = case.now()
    case.issue("seizure", "查封（扣押）决定书", COERCION(24), act=act, things=list(measure.things))
    case.start_clock("seal")
    case.issue("seizure_list", "查封（扣押）清单", COERCION(24), act=act)
    case.issue("seizure_record", "查封（扣押）现场笔录", COERCION(18), act=act)


def _reported_in_time(case: Case, decision: ApproveSeizure) -> None:
    clock = case.clocks.get("urgent_report")
    if clock is None or not clock.live:
        return
    if clock.over(decision.moment.now):
        case.file.flags.append("urgent_seizure_reported_late")
        case.step("urgent_report_late", "未在二十四小时内补办批准手续", COERCION(19))
    case.stop_clock("urgent_report")


async def _until_lifted(case: Case, measure: Measure) -> None:
    act = await case.first_of(ReleaseSeizure, ExtendSeizure, within="seal")
    while isinstance(act, ExtendSeizure):
        measure.extended = True
        end = _longer(case, "seal", act.days)
        case.extend_clock("seal", act.days)
        case.issue(
            "seizure_extension", "延长查封（扣押）期限决定书", COERCION(25), act=act, given=end
        )
        act = await case.first_of(ReleaseSeizure, ExtendSeizure, within="seal")
    case.stop_clock("seal")
    lifted = act if isinstance(act, ReleaseSeizure) else await _give_back(case, measure)
    measure.disposal = lifted.disposal
    case.issue("seizure_release", "解除查封（扣押）决定书", COERCION(27, 28), act=lifted)


def _longer(case: Case, clock: str, days: int) -> dict[str, str]:
    """The new last day, as the document states it; both periods are in calendar days."""
    due = case.clocks[clock].due_on
    assert due is not None  # noqa: S101 -- it was reckoned when it began
    return {"new_end": (due + timedelta(days=days)).isoformat()}


async def _give_back(case: Case, measure: Measure) -> ReleaseSeizure:
    """The period is over: lifted by law; the things must be returned at once (行政强制法 25, 28)."""
    measure.over = True
    case.file.flags.append("seizure_period_over")
    case.step("seizure_period_over", "查封扣押期限届满，应当立即解除并退还", COERCION(25, 28))
    return await case.expect(ReleaseSeizure)


def testing(case: Case, act: StartTesting) -> None:
    """Testing time is not counted, is definite, and was told in writing (行政强制法 25(3))."""
    now = case.now()
    case.suspend_clocks(
        Suspension(
            ground="testing",
            document=act.document,
            decided_by=act.moment.actor.username,
            since=now,
            until=now + timedelta(days=act.days),
            basis=COERCION("25(3)"),
        ),
        "seal",
    )
    case.issue("testing_notice", "检测（检验）期间告知书", COERCION("25(3)"), act=act)
