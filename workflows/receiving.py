"""Receipt and acceptance (收件与受理, 行政许可法 32; 最多跑一次 5–11): five outcomes, one supplement, deemed acceptance, tolerated gaps."""

from datetime import datetime

from models.act import Act
from models.acts.intake import (
    Accept,
    AcceptWithGaps,
    CorrectApplication,
    NotNeeded,
    NotOurs,
    OrderVisit,
    RecordStatement,
    RecordVisit,
    RefuseAcceptance,
    RequestSupplement,
    RevokeAcceptance,
    SupplyMaterials,
)
from models.acts.pledge import Pledge
from models.acts.sharing import RecordRegisterAnswer
from models.application import Channel
from models.application_file import (
    ApplicationFile,
    Gaps,
    Lack,
    Outcome,
    Received,
    Stage,
    Supplement,
    Visit,
)
from models.basis import LICENSING, VISIT_ONCE
from models.sharing import SharedFact
from workflows import papers
from workflows.application_case import ApplicationCase as Case

OUTCOMES = (Accept, AcceptWithGaps, RequestSupplement, RefuseAcceptance, NotNeeded, NotOurs)


def receive(case: Case) -> None:
    """The slip with number and code; whoever came, came once (最多跑一次 5)."""
    file = case.file
    case.keep_party(file.party.model_dump(mode="json"))
    case.filed(
        "apply",
        "申请",
        LICENSING(29, 31),
        case.filer,
        item=file.item.code,
        name=file.item.name,
        channel=file.channel,
        party=file.party.masked(),
        materials=[m.material for m in file.materials],
        shared={name: fact.answer for name, fact in file.shared.items()},
        contested=[contest.source for contest in file.contested],
        checks={check.name: check.result for check in file.checks},
    )
    case.cite(*(material.digest for material in file.materials))
    case.cite(file.agent.authority if file.agent else None)
    papers.intake_slip(case)
    case.name_matter("intake_slip")
    for visit in file.visits:
        case.step("visited", "申请人到场", VISIT_ONCE(2), channel=visit.channel, count=1)
    if file.pledged:
        papers.pledge(case)
    if file.unchecked:
        case.file.flags.append("shared_data_unchecked")
        papers.check_later(case)


async def accepted(case: Case) -> bool:
    """Whether it is accepted; if not, it has ended."""
    if _complete_by_rule(case.file):
        _accept(case, "齐全，当场受理")
        return True
    case.start_clock("supplement_notice")
    act = await _outcome(case)
    if isinstance(act, RequestSupplement):
        act = await _supplemented(case, act)
    return _taken(case, act)


def _complete_by_rule(file: ApplicationFile) -> bool:
    """Nothing is missing, the checks hold, and nobody need look at it first: no slip of acceptance to wait for."""
    return not file.lacking and file.situation.at_once and not file.unchecked


async def _outcome(case: Case) -> Act | None:
    """Told within five working days, or accepted from the day of receipt (32(1)(4))."""
    act = await case.first_of(*OUTCOMES, within="supplement_notice")
    case.stop_clock("supplement_notice")
    return act


async def _supplemented(case: Case, act: RequestSupplement) -> Act | None:
    """All of it by the day, or the application counts as withdrawn (最多跑一次 11(3))."""
    file = case.file
    file.took_part(act.moment.actor.username)
    missing = tuple(Lack(material=w.material, what=w.what) for w in act.missing)
    file.supplement = Supplement(missing=missing, until=act.until, asked_at=case.now())
    case.start_fixed("supplement", act.until, "补正期限", VISIT_ONCE("11(3)"))
    papers.supplement(case, act)
    case.enter(Stage.SUPPLEMENT)
    while not file.supplement.supplied:
        given = await case.first_of(SupplyMaterials, within="supplement")
        if given is None:
            papers.deemed_withdrawn(case)
            case.finish(Outcome.DEEMED_WITHDRAWN)
            return None
        assert isinstance(given, SupplyMaterials)  # noqa: S101 -- nothing else is awaited
        _supplied(case, given)
    case.stop_clock("supplement")
    case.enter(Stage.INTAKE)
    case.start_clock("supplement_notice")
    return await _outcome(case)


def _taken(case: Case, act: Act | None) -> bool:
    if case.file.closed:
        return False
    if act is not None:
        case.file.took_part(act.moment.actor.username)
    match act:
        case None:
            case.step(
                "deemed_accepted",
                "逾期未告知补正，自收到申请材料之日起即为受理",
                LICENSING("32(1)(4)"),
            )
            supplement = case.file.supplement
            complete = supplement.supplied_at if supplement else None
            _accept(case, "视为受理", since=complete or case.file.received_at)
        case Accept():
            _accept(case, act.opinion or "材料齐全，符合法定形式", act)
        case AcceptWithGaps():
            _accept_with_gaps(case, act)
        case _:
            _not_taken(case, act)
            return False
    return True


def _accept(case: Case, why: str, act: Act | None = None, since: datetime | None = None) -> None:
    """In writing, with seal and day; the clocks run (32(2), 42)."""
    file = case.file
    file.accepted_at = since or case.now()
    case.enter(Stage.EXAMINATION)
    at_once = file.situation.at_once and not file.lacking
    if not at_once:  # finished on the spot, no slip is needed (最多跑一次 11(1))
        _start_deciding(case)
        papers.acceptance(case, act)
    case.step("accepted", "受理", LICENSING("32(1)(5)"), why=why)


def _start_deciding(case: Case) -> None:
    file = case.file
    situation = file.situation
    case.start_clock(
        situation.statutory, "licence_decide", file.accepted_at, length=situation.statutory_days
    )
    if situation.promised_days:
        case.start_clock("licence_promised", since=file.accepted_at, length=situation.promised_days)


def _accept_with_gaps(case: Case, act: AcceptWithGaps) -> None:
    file = case.file
    file.gaps = Gaps(materials=tuple(m.id for m in file.lacking), until=act.until)
    file.accepted_at = case.now()
    case.enter(Stage.EXAMINATION)
    _start_deciding(case)
    case.start_fixed("gaps", act.until, "容缺材料补交期限", VISIT_ONCE("11(2)"))
    papers.tolerant_acceptance(case, act)


def _not_taken(case: Case, act: Act | None) -> None:
    outcome = {
        RefuseAcceptance: Outcome.NOT_ACCEPTED,
        NotNeeded: Outcome.NOT_NEEDED,
        NotOurs: Outcome.NOT_OURS,
    }[type(act)]  # type: ignore[index]
    papers.non_acceptance(case, act)
    case.finish(outcome)


def corrected(case: Case, act: CorrectApplication) -> None:
    """On the spot (32(1)(3))."""
    case.file.content = act.content or case.file.content
    case.file.place = act.place or case.file.place


def acceptance_revoked(case: Case, act: RevokeAcceptance) -> None:
    """What came for a gap is still not right (最多跑一次 11(2))."""
    papers.acceptance_revoked(case, act.reason)
    case.leave(Outcome.ACCEPTANCE_REVOKED)


def stated(case: Case, act: RecordStatement) -> None:
    """The applicant and whoever is touched by it may speak (36)."""
    case.file.statements.append(f"{act.who}：{act.text}")


def fill_gaps(case: Case, act: SupplyMaterials) -> None:
    """What was tolerated, or simply forgotten, is there (32(1)(3); 最多跑一次 11(2))."""
    _supplied(case, act)


def _supplied(case: Case, act: SupplyMaterials) -> None:
    file = case.file
    for one in act.materials:
        needed = file.situation.material(one.material)
        assert needed is not None  # noqa: S101 -- the gate asked for it
        file.materials = [m for m in file.materials if m.material != one.material]
        file.materials.append(
            Received(
                material=one.material,
                name=needed.name,
                origin="applicant",
                digest=one.digest,
                at=case.now(),
                by=act.moment.actor.username,
                valid_to=one.valid_to,
            )
        )
    case.cite(*act.evidence_cited())
    if act.channel is not Channel.WEB:
        _count_visit(case, act, "补交材料")
    asked = file.supplement
    if asked is not None and asked.asked_at is not None and not asked.supplied:
        since = asked.asked_at
        there = {received.material for received in file.materials if received.at > since}
        asked.supplied = {lack.material for lack in asked.missing} <= there
        asked.supplied_at = case.now() if asked.supplied else None
    if file.gaps is not None and not file.lacking:
        file.gaps.filled = True
        case.stop_clock("gaps")


def visited(case: Case, act: RecordVisit) -> None:
    """Counted for the whole matter (最多跑一次 2)."""
    _count_visit(case, act, act.purpose)


def _count_visit(case: Case, act: RecordVisit | SupplyMaterials, purpose: str) -> None:
    file = case.file
    ordered = file.second_visit if file.visits else None
    by = act.moment.actor.username
    file.visits.append(
        Visit(at=case.now(), channel=act.channel, purpose=purpose, by=by, ordered=ordered)
    )
    file.second_visit = None
    case.step("visited", "申请人到场", VISIT_ONCE(2), channel=act.channel, count=len(file.visits))


def visit_ordered(case: Case, act: OrderVisit) -> None:
    """A broken promise is flagged, with its cause (最多跑一次 43)."""
    case.file.second_visit = act.cause
    case.file.flags.append("visit_promise_broken")


def pledged(case: Case, act: Pledge) -> None:
    """Decided first, checked afterwards (最多跑一次 14)."""
    case.file.pledged = True
    papers.pledge(case, act)


def _held_after_all(case: Case, source: str) -> None:
    """What the register holds need not be brought."""
    file = case.file
    there = {received.material for received in file.materials}
    for needed in file.situation.materials:
        if needed.source == source and needed.id not in there:
            file.materials.append(
                Received(
                    material=needed.id,
                    name=needed.name,
                    origin="register",
                    at=case.now(),
                    by=source,
                )
            )


def register_answered(case: Case, act: RecordRegisterAnswer) -> None:
    """Checked later (最多跑一次 7): what differs is for a person to look at."""
    file = case.file
    source = act.source.value
    file.unchecked = [name for name in file.unchecked if name != source]
    file.shared[source] = SharedFact(
        source=act.source, answer=act.answer, data=act.data, asked_at=case.now()
    )
    if not act.agrees:
        file.flags.append(f"{source}_differs")
    else:
        _held_after_all(case, source)
    if not file.unchecked and "shared_data_unchecked" in file.flags:
        file.flags.remove("shared_data_unchecked")
