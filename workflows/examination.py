"""Examination (审查, 行政许可法 26, 34–36, 42, 45–48): departments, site check, excluded time, hearing, opinion, decision; each once the
item needs it.
"""

from models.act import Act
from models.acts.examination import (
    Announce,
    Decide,
    DepartmentOpinion,
    EndExpertReview,
    ExtendLicensing,
    ReturnOpinion,
    SiteCheck,
    StartExpertReview,
    SubmitOpinion,
)
from models.acts.licence_hearing import (
    OfferLicenceHearing,
    RecordLicenceHearing,
    RequestLicenceHearing,
    ScheduleLicenceHearing,
    WaiveLicenceHearing,
)
from models.application_file import (
    ApplicationFile,
    AskedDepartment,
    Excluded,
    LicenceDecision,
    LicenceHearing,
    Opinion,
    Outcome,
    SiteChecked,
    Stage,
)
from models.basis import LICENSING, VISIT_ONCE
from models.check import all_passed
from models.suspension import Suspension, civil_day
from workflows import papers
from workflows.application_case import ApplicationCase as Case

CLOCKS = ("licence_decide", "licence_promised")
SPECIAL_TERMS = {
    "expert_review": "专家评审",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "tender": "招标",
    "auction": "拍卖",
}


def nothing_left_to_judge(file: ApplicationFile) -> bool:
    """Complete, and every check holds: decided on the spot (34(2))."""
    ready = not file.lacking and not file.unchecked and not file.situation.steps
    return ready and file.situation.at_once and all_passed(file.checks)


async def examine(case: Case) -> LicenceDecision:
    """From acceptance to the decision; an opinion may come back to its reviewer (34, 38, 42)."""
    if "licence_decide" not in case.clocks:
        _clocks_run(case)
    _ask_departments(case)
    if case.file.needs("hearing"):  # by law or for the public: nobody need ask for it (46)
        case.beside(_hold(case))
    if case.file.gaps is not None and not case.file.gaps.filled:
        case.beside(_revoke_if_gaps_stay(case))
    while True:
        opinion = await case.expect(SubmitOpinion, due=_due(case))
        assert isinstance(opinion, SubmitOpinion)  # noqa: S101 -- nothing else is awaited
        _submitted(case, opinion)
        act = await case.first_of(Decide, ReturnOpinion, due=_due(case))
        if isinstance(act, Decide):
            return _decision(case, act)
        if isinstance(act, ReturnOpinion):
            case.file.opinions[-1].returned = act.reason
            case.enter(Stage.EXAMINATION)


def _clocks_run(case: Case) -> None:
    """What was to be decided on the spot needs a person after all: the periods run from acceptance."""
    file = case.file
    case.start_clock(
        file.situation.statutory,
        "licence_decide",
        file.accepted_at,
        length=file.situation.statutory_days,
    )
    if promised := file.situation.promised_days:
        case.start_clock("licence_promised", since=file.accepted_at, length=promised)
    papers.acceptance(case, None)


def _due(case: Case) -> str:
    return "licence_promised" if "licence_promised" in case.clocks else "licence_decide"


def _submitted(case: Case, act: SubmitOpinion) -> None:
    file = case.file
    by = act.moment.actor.username
    file.took_part(by)
    file.opinions.append(
        Opinion(
            grant=act.grant, reasons=act.reasons, conditions=act.conditions, by=by, at=case.now()
        )
    )
    case.enter(Stage.DECISION)


def _decision(case: Case, act: Decide) -> LicenceDecision:
    clock = case.clocks["licence_decide"]
    late = clock.due_on is not None and clock.live and clock.over(case.now())
    days = (civil_day(case.now()) - clock.due_on).days if late and clock.due_on else 0
    if days:
        case.file.flags.append("decided_late")
        case.step("decided_late", "超过审批期限作出决定", LICENSING(42), days=days)
    if act.false_papers:
        case.file.flags.append("false_papers")
    proposed = case.file.submitted
    return LicenceDecision(
        grant=act.grant,
        reasons=act.reasons,
        standards=act.standards,
        conditions=act.conditions or (proposed.conditions if proposed else ()),
        at=case.now(),
        by=act.moment.actor.username,
        higher=act.higher_decision,
        overdue_days=days,
    )


# ---- departments (26; 最多跑一次 5)


def _ask_departments(case: Case) -> None:
    file = case.file
    for step in file.situation.steps:
        for asked in step.departments:
            file.departments.append(
                AskedDepartment(
                    id=asked.id, name=asked.name, days=asked.days, binding=asked.binding
                )
            )
    if not file.departments:
        return
    serial = any(step.serial for step in file.situation.steps)
    _ask(case, file.departments[:1] if serial else file.departments)


def _ask(case: Case, departments: list[AskedDepartment]) -> None:
    """Each has its own clock: side by side, or from the finish of the one before."""
    for asked in departments:
        asked.asked_at = case.now()
        case.step("department_asked", f"征求{asked.name}意见", LICENSING(26), department=asked.id)
        case.start_clock("department_answer", f"department_{asked.id}", length=asked.days)
    papers.consultation(case, departments)


def department_answered(case: Case, act: DepartmentOpinion) -> None:
    """Late or not, it is on record; in series, the next one's time begins."""
    case.file.took_part(act.moment.actor.username)
    file = case.file
    asked = next(d for d in file.departments if d.id == act.department)
    clock = case.clocks[f"department_{asked.id}"]
    asked.late = clock.over(case.now())
    asked.agrees, asked.opinion, asked.answered_at = act.agrees, act.opinion, case.now()
    case.stop_clock(clock.name)
    if asked.late:
        case.step("department_late", f"{asked.name}逾期答复", LICENSING(26), department=asked.id)
    waiting = [d for d in file.departments if d.asked_at is None]
    if waiting:
        _ask(case, waiting[:1])


# ---- site check, excluded time, extension (34(3), 42, 45)


def site_checked(case: Case, act: SiteCheck) -> None:
    """By two or more of the staff."""
    names = tuple(act.moment.staff[name] for name in act.staff)
    for name in act.staff:
        case.file.took_part(name)
    case.file.site_checks.append(
        SiteChecked(staff=names, findings=act.findings, conforms=act.conforms, at=act.at)
    )
    case.cite(*act.photos)
    papers.site_check(case, act, names)


def excluded_begins(case: Case, act: StartExpertReview) -> None:
    """Told in writing; then it does not count. Longer than was told, it counts again."""
    case.file.took_part(act.moment.actor.username)
    case.file.excluded = Excluded(kind=act.what, until=act.until)
    papers.excluded_time(case, act, SPECIAL_TERMS[act.what], act.required_by_law)
    if not act.required_by_law:
        return  # what no law asks for counts (最多跑一次 28)
    basis = LICENSING(45) + VISIT_ONCE(28)
    case.suspend_clocks(
        Suspension(ground="special_procedure", since=case.now(), basis=basis), *CLOCKS
    )
    case.start_fixed("special_procedure", act.until, "特别程序告知的时间", basis)
    case.beside(_counts_again_after_what_was_told(case))


async def _counts_again_after_what_was_told(case: Case) -> None:
    def over() -> bool:
        return case.file.excluded is None or case.file.excluded.ended

    if await case.until(over, "special_procedure"):
        case.resume_clocks("special_procedure")
        case.file.flags.append("special_procedure_overran")


def excluded_ends(case: Case, act: EndExpertReview) -> None:
    """The clock runs on."""
    case.file.took_part(act.moment.actor.username)
    assert case.file.excluded is not None  # noqa: S101 -- the gate asked for it
    case.file.excluded.ended = True
    case.cite(act.report)
    case.resume_clocks("special_procedure")
    case.stop_clock("special_procedure")


def announced(case: Case, act: Announce) -> None:
    """Until its last day is over (36)."""
    case.file.took_part(act.moment.actor.username)
    case.file.announced_until = act.until


def extended(case: Case, act: ExtendLicensing) -> None:
    """Ten days, fifteen where several departments handle it (42)."""
    case.file.extended = True
    joint = case.clocks["licence_decide"].period == "licence_decide_joint"
    days = 15 if joint else 10
    for name in CLOCKS:
        if name in case.clocks and case.clocks[name].live:
            case.extend_clock(name, days)
    papers.licence_extension(case, act, days)


# ---- hearing (36, 46–48)


def hearing_offered(case: Case, act: OfferLicenceHearing) -> None:
    """They are told, and have five working days."""
    case.file.hearing = LicenceHearing(offered_at=case.now(), persons=act.persons)
    papers.interested(case, act)
    case.file.took_part(act.moment.actor.username)
    case.start_clock("licence_hearing_ask")
    case.beside(_asked_for(case))


async def _asked_for(case: Case) -> None:
    """Everybody who was told has his five days; the window closes early only when all of them waive (47)."""
    hearing = case.file.hearing
    assert hearing is not None  # noqa: S101 -- it was offered
    told = {case.file.party.name, *hearing.persons}
    hearing.asking = True
    act: Act | None = None
    while not isinstance(act, RequestLicenceHearing) and not told <= {*hearing.waived}:
        act = await case.first_of(
            RequestLicenceHearing, WaiveLicenceHearing, within="licence_hearing_ask"
        )
        if act is None:
            break
        if isinstance(act, WaiveLicenceHearing):
            hearing.waived.append(act.who)
    hearing.asking = False
    case.stop_clock("licence_hearing_ask")
    if isinstance(act, RequestLicenceHearing):
        await _hold(case)


async def _hold(case: Case) -> None:
    """Within twenty days; its time does not count, as long as it is held in time (45, 46, 47)."""
    hearing = case.file.hearing = case.file.hearing or LicenceHearing(
        offered_at=case.now(), persons=()
    )
    hearing.requested_at = case.now()
    case.start_clock("licence_hearing_hold")
    ground = Suspension(ground="hearing", since=case.now(), basis=LICENSING(45))
    case.suspend_clocks(ground, *CLOCKS)
    case.beside(_counts_again_if_not_held(case))
    held: Act | None = await case.expect(ScheduleLicenceHearing, due="licence_hearing_hold")
    while isinstance(held, ScheduleLicenceHearing):
        hearing.at, hearing.chair = held.at, held.moment.actor.username
        papers.hearing_notice(case, held)
        held = await case.first_of(
            RecordLicenceHearing, ScheduleLicenceHearing, due="licence_hearing_hold"
        )
    hearing.held = True
    assert isinstance(held, RecordLicenceHearing)  # noqa: S101 -- nothing else is awaited
    papers.hearing_record(case, held)
    case.stop_clock("licence_hearing_hold")
    case.resume_clocks("hearing")


async def _counts_again_if_not_held(case: Case) -> None:
    def held() -> bool:
        return case.file.hearing is not None and case.file.hearing.held

    if await case.until(held, "licence_hearing_hold"):
        case.resume_clocks("hearing")
        case.file.flags.append("hearing_overdue")


# ---- gaps


async def _revoke_if_gaps_stay(case: Case) -> None:
    def filled() -> bool:
        return case.file.gaps is None or case.file.gaps.filled or case.file.closed

    if await case.until(filled, "gaps"):
        papers.acceptance_revoked(case)
        case.leave(Outcome.ACCEPTANCE_REVOKED)
