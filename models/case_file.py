"""The case file (案卷): everything known about one penalty case, as its procedure holds it. Papers are checked against it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel

from models.account import Account, statement
from models.capture import Monitoring
from models.collection_regime import CollectionRegime
from models.evidence import Correction, EvidenceItem, Measure
from models.exhibit import Exhibit
from models.lead import OnTheSpot, Place, Source
from models.matter import MatterFile
from models.party import Party
from models.penalty import Penalty
from models.person import Officer
from models.rules import Rules
from models.suspension import civil_day
from models.text import Text


class Stage(StrEnum):
    """Where a case stands (环节)."""

    LEAD = "lead"
    INQUIRY = "inquiry"
    NOTICE = "notice"
    HEARING = "hearing"
    REVIEW = "review"
    DECISION = "decision"
    SERVICE = "service"
    COLLECTION = "collection"
    CLOSING = "closing"
    JUDICIARY = "judiciary"
    CLOSED = "closed"
    AFTER_CLOSING = "after_closing"


STAGE_TERMS: dict[Stage, str] = {
    Stage.LEAD: "线索",
    Stage.INQUIRY: "调查取证",
    Stage.NOTICE: "事先告知",
    Stage.HEARING: "听证",
    Stage.REVIEW: "审核",
    Stage.DECISION: "决定",
    Stage.SERVICE: "送达",
    Stage.COLLECTION: "执行",
    Stage.CLOSING: "待结案",
    Stage.JUDICIARY: "移送司法",
    Stage.CLOSED: "已结案",
    Stage.AFTER_CLOSING: "结案后处理",
}


class Outcome(StrEnum):
    """How a case is proposed to end, or ended (行政处罚法 57)."""

    PENALISE = "penalise"
    NO_PENALTY = "no_penalty"
    NOT_PROVEN = "not_proven"
    TRANSFER = "transfer"
    WITHDRAW = "withdraw"
    NOT_DOCKETED = "not_docketed"


class NoPenaltyGround(StrEnum):
    """Why an act that was done is not penalised (行政处罚法 30, 31, 33)."""

    SLIGHT_CORRECTED = "slight_corrected_no_harm"
    FIRST_SLIGHT_CORRECTED = "first_slight_corrected"
    NO_FAULT = "no_subjective_fault"
    UNDER_14 = "under_14"
    INCAPACITY = "mental_incapacity"
    LIMITATION = "limitation_passed"


GROUND_ARTICLES: dict[NoPenaltyGround, str] = {
    NoPenaltyGround.SLIGHT_CORRECTED: "33(1)",
    NoPenaltyGround.FIRST_SLIGHT_CORRECTED: "33(1)",
    NoPenaltyGround.NO_FAULT: "33(2)",
    NoPenaltyGround.UNDER_14: "30",
    NoPenaltyGround.INCAPACITY: "31",
    NoPenaltyGround.LIMITATION: "36",
}


class Finding(BaseModel):
    """What the investigation report proposes."""

    outcome: Outcome
    facts: Text
    penalty: Penalty | None = None
    ground: NoPenaltyGround | None = None
    complex_or_serious: bool = False
    public_interest: bool = False


class Notice(BaseModel):
    """The advance notice (事先告知书): what the party was told is the ceiling of the decision."""

    number: str | None = None
    penalty: Penalty
    hearing_offered: bool
    served_on: date | None = None
    dropped: bool = False


class Defence(BaseModel):
    """One statement of the party, and the answer to it (行政处罚法 45)."""

    statement: str
    at: datetime
    answered: bool = False


class Hearing(BaseModel):
    """The hearing of a case (行政处罚法 63–65)."""

    requested_at: datetime
    chair: str | None = None
    held_at: datetime | None = None
    number: str | None = None
    recused: tuple[str, ...] = ()
    notified_on: date | None = None
    outcome: str | None = None
    report: str | None = None


class Decision(BaseModel):
    """The decision: final once made; served, it binds (行政处罚法 57, 59)."""

    outcome: Outcome
    penalty: Penalty | None = None
    ground: NoPenaltyGround | None = None
    number: str | None = None
    made_at: datetime
    made_by: str
    overdue_days: int = 0
    published: bool = False
    revoked: bool = False


class Served(BaseModel):
    """A paper reached the party (送达); ``set_out``: the day it was announced, where service takes thirty days more."""

    paper: str
    way: str
    on: date
    set_out: date | None = None
    number: str | None = None


class Challenge(BaseModel):
    """A review or a suit against the decision (行政复议法 20; 行政诉讼法 45, 46)."""

    kind: str
    filed_on: date
    late: bool = False
    result: str | None = None
    served_on: date | None = None

    @property
    def weighs(self) -> bool:
        """In time; or late, and yet it changed the decision. Others are recorded, and hold nothing up."""
        return not self.late or self.result in {"change", "revoke"}


class CaseFile(MatterFile):
    """Everything about the case that its procedure needs, carried whole when a run is continued."""

    kind: ClassVar[str] = "case"
    stage: str = Stage.LEAD
    source: Source
    place: Place
    party: Party
    plate: str | None = None
    facts: str
    occurred_at: datetime
    ended_at: datetime | None = None
    rules: Rules
    regime: CollectionRegime
    officers: tuple[Officer, ...]
    former_officers: tuple[str, ...] = ()
    claim: str | None = None
    on_the_spot: OnTheSpot | None = None
    docketed_at: datetime | None = None
    evidence: list[EvidenceItem] = []
    exhibits: list[Exhibit] = []
    corrections: list[Correction] = []
    preservation: Measure | None = None
    seizure: Measure | None = None
    finding: Finding | None = None
    notice: Notice | None = None
    defences: list[Defence] = []
    hearing: Hearing | None = None
    reviewed: bool = False
    discussed: bool = False
    decision: Decision | None = None
    services: list[Served] = []
    sendings: int = 0
    account: Account | None = None
    challenges: list[Challenge] = []
    cash: str | None = None
    deferral_asked: bool = False
    demand: str | None = None
    demand_answers: list[str] = []
    court_window: str | None = None
    court: str | None = None
    execution_suspended: date | None = None
    execution_ended: str | None = None
    recusal: str | None = None
    monitoring: Monitoring | None = None
    incidents: list[str] = []

    @property
    def investigators(self) -> tuple[str, ...]:
        return tuple(officer.username for officer in self.officers)

    @property
    def ever_investigators(self) -> tuple[str, ...]:
        """They, who was one before, and who reviewed a capture: none of them reviews, chairs or decides (行政处罚法 43, 64)."""
        reviewers = self.monitoring.reviewers if self.monitoring else ()
        return (*self.investigators, *self.former_officers, *reviewers)

    def hand_over_to(self, officers: tuple[Officer, ...]) -> None:
        """Other officers carry the case on; who leaves it is remembered."""
        stay = {officer.username for officer in officers}
        gone = {*self.former_officers, *self.investigators} - stay
        self.officers, self.former_officers = officers, tuple(sorted(gone))

    @property
    def supporting(self) -> list[EvidenceItem]:
        """Evidence that may carry a decision: not excluded (行政处罚法 46)."""
        return [item for item in self.evidence if not item.excluded]

    @property
    def exhibits_held(self) -> list[Exhibit]:
        """Things still in custody."""
        return [exhibit for exhibit in self.exhibits if not exhibit.disposal]

    @property
    def correction_failed(self) -> bool:
        """An order was not met: refused outright, or its day passed (拒不改正)."""
        return self._failed_on_record or any(order.passed is False for order in self.corrections)

    @property
    def correction_overdue(self) -> bool:
        """An order was found unmet after its day (逾期不改正)."""
        return self._failed_on_record or any(order.overdue for order in self.corrections)

    @property
    def _failed_on_record(self) -> bool:
        return bool(self.on_the_spot and self.on_the_spot.failed_correction)

    @property
    def correction_ordered(self) -> bool:
        spot = self.on_the_spot
        return bool(self.corrections) or bool(spot and (spot.correction or spot.failed_correction))

    @property
    def corrections_settled(self) -> bool:
        return all(order.passed is not None for order in self.corrections)

    @property
    def defences_open(self) -> bool:
        return any(not defence.answered for defence in self.defences)

    @property
    def review_first(self) -> bool:
        """On-the-spot penalties go to review before any suit (行政复议法 23)."""
        return self.procedure == "summary_penalty" and self.regime.review_first_on_the_spot

    @property
    def to_be_unpublished(self) -> bool:
        """Changed or revoked, and still on the public list (行政处罚法 48)."""
        undone = any(c.result in {"change", "revoke"} for c in self.challenges)
        return undone and self.decision is not None and self.decision.published

    def pending(self, kind: str) -> bool:
        """Whether a review or lawsuit that was filed in time is running."""
        return any(c.kind == kind and c.result is None and not c.late for c in self.challenges)

    def unresolved(self, kind: str) -> Challenge | None:
        """The review or lawsuit that waits for its result, one filed in time before a late one."""
        waiting = [c for c in self.challenges if c.kind == kind and c.result is None]
        return min(waiting, key=lambda challenge: challenge.late, default=None)

    def opens_suit(self, review: Challenge) -> bool:
        """Whether fifteen days to sue run from the service of its result (行政诉讼法 45; 行政复议法 34)."""
        results = {"uphold", "change"} | ({"rejected"} if self.review_first else set())
        return review.kind == "review" and review.weighs and review.result in results

    @property
    def review_unserved(self) -> bool:
        """A review is decided, and the time to sue waits for its service."""
        return any(self.opens_suit(c) and c.served_on is None for c in self.challenges)

    @property
    def changed_by_review(self) -> bool:
        """Then the review body enforces (行政复议法 78)."""
        return any(c.kind == "review" and c.result == "change" for c in self.challenges)

    @property
    def heard(self) -> bool:
        return self.hearing is not None and self.hearing.outcome == "held"

    @property
    def ceiling(self) -> Penalty | None:
        """The heaviest the decision may be: what was noticed."""
        return self.notice.penalty if self.notice else None

    def served_on(self, paper: str) -> date | None:
        return next((s.on for s in reversed(self.services) if s.paper == paper), None)

    def was_served(self, document: dict[str, Any]) -> bool:
        """Whether this version of the document has reached the party."""
        kind = "decision" if document["kind"] in {"summary", "no_penalty"} else document["kind"]
        served, issued = self.served_on(kind), datetime.fromisoformat(document["issued_at"])
        return served is not None and served >= civil_day(issued)

    def issued_on(self, *papers: str) -> date | None:
        """The civil day on which the last of these papers was issued."""
        issued = (d["issued_at"] for d in reversed(self.documents) if d["kind"] in papers)
        return next((civil_day(datetime.fromisoformat(at)) for at in issued), None)

    @property
    def closed(self) -> bool:
        return self.stage == Stage.CLOSED

    def face(self, now: datetime) -> dict[str, Any]:
        """Title, party, place and money, with personal data masked."""
        return {
            "title": self.rules.title,
            "cause": self.rules.cause,
            "basis": [b.model_dump() for b in self.rules.basis],
            "stage_term": STAGE_TERMS[Stage(self.stage)],
            "party": self.party.masked(),
            "place": self.place.model_dump(mode="json", exclude_none=True),
            "occurred_at": self.occurred_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "officers": [{"username": o.username, "name": o.name} for o in self.officers],
            "money": self.money(civil_day(now)),
            "evidence": [_brief(item) for item in self.evidence],
            "incidents": self.incidents,
            "exhibits": [e.model_dump(mode="json", exclude_none=True) for e in self.exhibits],
            "monitoring": self.monitoring.face() if self.monitoring else None,
            "lookup": self.monitoring.lookup if self.monitoring else None,
        }

    def money(self, today: date) -> dict[str, Any] | None:
        """What is charged, paid and owed on `today`, yuan."""
        if self.account is None:
            return None
        return statement(self.account, self.regime.surcharge, today)


def _brief(item: EvidenceItem) -> dict[str, Any]:
    """A piece of evidence as the state shows it; excluded, with the reason."""
    shown = {"no", "kind", "name", "digest", "excluded"}
    return item.model_dump(mode="json", include=shown, exclude_none=True)
