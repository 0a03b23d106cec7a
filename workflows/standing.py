"""What the acts do that may come beside the main line of a penalty case (常设行为)."""

from datetime import timedelta

from models.act import Act
from models.acts.hearing import DecideRecusal
from models.acts.inquiry import (
    AddEvidence,
    ExcludeEvidence,
    OrderCorrection,
    RecordInspection,
    RecordInterview,
    RecordReinspection,
)
from models.acts.standing import (
    AddNote,
    CorrectParty,
    ExtendDecision,
    LinkIncident,
    ReassignOfficers,
    RequestRecusal,
    ResumeCase,
    SuspendCase,
)
from models.basis import PENALTY
from models.case_file import CaseFile
from models.evidence import Correction, EvidenceItem, EvidenceKind
from models.suspension import Suspension, civil_day
from workflows.procedure import Procedure

Case = Procedure[CaseFile]


def add_evidence(case: Case, act: AddEvidence) -> None:
    """One more piece on the file."""
    file_evidence(case, act, act.kind, act.title, act.digest, source=act.source)


def record_inspection(case: Case, act: RecordInspection) -> None:
    """The record is evidence of its own kind (行政处罚法 46)."""
    file_evidence(case, act, EvidenceKind.RECORD, act.term, act.digest)
    case.issue("inspection", "现场检查（勘验）笔录", PENALTY(55), act=act)


def record_interview(case: Case, act: RecordInterview) -> None:
    """What the party says is evidence; what others say, witness evidence."""
    own = act.person == case.file.party.name
    kind = EvidenceKind.STATEMENT if own else EvidenceKind.WITNESS
    file_evidence(case, act, kind, f"{act.term}（{act.person}）", act.digest)
    case.issue("interview", "询问（调查）笔录", PENALTY(55), act=act)


def file_evidence(  # noqa: PLR0913 -- what a piece of evidence is
    case: Case,
    act: Act,
    kind: EvidenceKind,
    name: str,
    digest: str | None,
    /,
    *,
    source: str | None = None,
) -> None:
    """One more piece of evidence, by its digest where it is a file."""
    facts = act.moment.evidence.get(digest) if digest else None
    case.file.evidence.append(
        EvidenceItem(
            no=len(case.file.evidence) + 1,
            kind=kind,
            name=name,
            digest=digest,
            media_type=facts.media_type if facts else None,
            size=facts.size if facts else None,
            taken_at=facts.taken_at if facts else None,
            source=source,
            at=case.now(),
        )
    )
    case.cite(digest)


def exclude_evidence(case: Case, act: ExcludeEvidence) -> None:
    """From here on it supports nothing."""
    for item in case.file.evidence:
        if item.no == act.no:
            item.excluded = act.reason


def order_correction(case: Case, act: OrderCorrection) -> None:
    """To be done at once or by a day (行政处罚法 28)."""
    due = civil_day(case.now()) + timedelta(days=act.days)
    no = len(case.file.corrections) + 1
    case.file.corrections.append(Correction(no=no, content=act.content, due_on=due))
    case.issue("correction", "责令（限期）改正通知书", PENALTY(28), act=act, due_on=due.isoformat())


def record_reinspection(case: Case, act: RecordReinspection) -> None:
    """The oldest open order is met, or not."""
    order = next(order for order in case.file.corrections if order.passed is None)
    order.passed, order.refused = act.corrected, act.refused
    order.checked_on = civil_day(case.now())
    case.issue("reinspection", "复查（整改）记录", PENALTY(28), act=act)


def reassign_officers(case: Case, act: ReassignOfficers) -> None:
    """The new officers carry the case from here."""
    case.file.hand_over_to(tuple(act.moment.people[name] for name in act.officers))


def suspend_case(case: Case, act: SuspendCase) -> None:
    """Every clock of the bureau stands still until the ground is gone."""
    case.file.suspended = act.reason
    pause = Suspension(
        ground="case_suspended",
        document=act.document,
        decided_by=act.moment.actor.username,
        since=case.now(),
        basis=act.basis,
    )
    case.suspend_clocks(pause, "decide", "serve")


def resume_case(case: Case, act: ResumeCase) -> None:
    """The clocks go on where they stopped."""
    case.file.suspended = None
    case.resume_clocks("case_suspended")


def extend_decision(case: Case, act: ExtendDecision) -> None:
    """Only where a rule allows it; the rule is on the paper."""
    due = case.clocks["decide"].due_on
    assert due is not None  # noqa: S101 -- it was reckoned when the case was docketed
    end = {"new_end": (due + timedelta(days=act.days)).isoformat()}
    case.extend_clock("decide", act.days)
    case.issue("extension", "延长办案期限审批表", PENALTY(60), act=act, given=end)


def correct_party(case: Case, act: CorrectParty) -> None:
    """The file goes on with the right party; the old entry stays on the timeline."""
    case.file.party = act.party
    case.file.party_digest = act.moment.party_digest
    if case.file.claim != act.moment.claim:
        case.release(case.file.claim)
    case.file.claim = act.moment.claim
    case.keep_party(act.party.model_dump(mode="json"))


async def request_recusal(case: Case, act: RequestRecusal) -> None:
    """The head decides; the inquiry does not stop meanwhile (行政处罚法 43)."""
    case.file.recusal = act.person
    decision = await case.expect(DecideRecusal)
    case.issue(
        "recusal",
        "回避决定书",
        PENALTY(43),
        act=decision,
        given={"person": act.person, "grounds": act.reason},
    )
    case.file.recusal = None
    if not decision.approved:
        return
    if case.file.hearing and case.file.hearing.chair == act.person:
        case.file.hearing.recused += (act.person,)
        case.file.hearing.chair = None
        return
    stay = {o.username: o for o in case.file.officers if o.username != act.person}
    new = decision.moment.people.get(decision.replacement or "")
    case.file.hand_over_to(tuple((stay | ({new.username: new} if new else {})).values()))


def link_incident(case: Case, act: LinkIncident) -> None:
    """The case and the incident know each other."""
    if act.incident not in case.file.incidents:
        case.file.incidents.append(act.incident)


def add_note(case: Case, act: AddNote) -> None:
    """The entry on the timeline is all."""
