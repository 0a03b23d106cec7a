"""The application file (办件): everything known about one application, as its procedure holds it. Papers are checked against it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel

from models.account import Account
from models.application import Agent, Channel, Contest
from models.basis import Basis
from models.check import Check
from models.item import Item, Renewal, Validity
from models.lead import Place
from models.matter import ApprovalUnit, MatterFile
from models.money import to_number
from models.party import Party
from models.person import Actor
from models.sharing import SharedFact
from models.situation import Needed, Situation


class Stage(StrEnum):
    """Where an application stands (环节)."""

    INTAKE = "intake"
    SUPPLEMENT = "supplement"
    EXAMINATION = "examination"
    HEARING = "hearing"
    DECISION = "decision"
    PAYMENT = "payment"
    ISSUE = "issue"
    PLEDGE = "pledge_check"
    CLOSED = "closed"


STAGE_TERMS: dict[Stage, str] = {
    Stage.INTAKE: "收件",
    Stage.SUPPLEMENT: "待补正",
    Stage.EXAMINATION: "审查",
    Stage.HEARING: "听证",
    Stage.DECISION: "决定",
    Stage.PAYMENT: "待缴费",
    Stage.ISSUE: "制证送达",
    Stage.PLEDGE: "承诺核查",
    Stage.CLOSED: "已办结",
}


class Outcome(StrEnum):
    """How an application ended (行政许可法 32, 38; 最多跑一次 11)."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_ACCEPTED = "not_accepted"
    NOT_NEEDED = "not_needed"
    NOT_OURS = "not_ours"
    ACCEPTANCE_REVOKED = "acceptance_revoked"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class ItemFacts(BaseModel):
    """The item as it was in force on the day of filing; later changes of the catalogue do not reach back."""

    code: str
    name: str
    name_en: str
    nature: str
    basis: tuple[Basis, ...]
    decided_by: str
    document: str | None
    validity: Validity | None
    renewal: Renewal | None
    scope: str
    conditions: tuple[str, ...]
    dogs: bool
    public_safety: bool = False
    ours: bool = True

    @classmethod
    def of(cls, item: Item, organ: str | None = None) -> "ItemFacts":
        """As `organ` handles it: what another decides, it receives and passes on (行政许可法 35)."""
        kept = {name: getattr(item, name) for name in cls.model_fields if name != "ours"}
        return cls.model_validate(kept | {"ours": organ in {None, item.decided_by}})


class Received(BaseModel):
    """One material that is there: from the applicant, from a register, or one of his earlier papers."""

    material: str
    name: str
    origin: str
    digest: str | None = None
    at: datetime
    by: str
    valid_to: date | None = None


class Lack(BaseModel):
    """What is missing or wrong with one material."""

    material: str
    what: str


class Supplement(BaseModel):
    """The one supplement: all of it, with its day (行政许可法 32(1)(4))."""

    missing: tuple[Lack, ...]
    until: date
    asked_at: datetime | None = None
    supplied: bool = False
    supplied_at: datetime | None = None


class Gaps(BaseModel):
    """Accepted although these are still to come (容缺受理, 最多跑一次 11)."""

    materials: tuple[str, ...]
    until: date
    filled: bool = False


class Visit(BaseModel):
    """The applicant came: where, and what for; ``ordered``: a second one, by order, with its cause."""

    at: datetime
    channel: Channel
    purpose: str
    by: str
    ordered: str | None = None


class AskedDepartment(BaseModel):
    """A department that is asked (行政许可法 26): its clock, and what it answered."""

    id: str
    name: str
    days: int
    agrees: bool | None = None
    opinion: str | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    binding: bool = True
    late: bool = False


class Opinion(BaseModel):
    """What the reviewer proposes."""

    grant: bool
    reasons: str
    conditions: tuple[str, ...] = ()
    by: str
    at: datetime
    returned: str | None = None


class SiteChecked(BaseModel):
    """What two of the staff saw on site (行政许可法 34(3))."""

    staff: tuple[str, ...]
    findings: str
    conforms: bool
    at: datetime


class LicenceHearing(BaseModel):
    """The hearing of an application (行政许可法 46–48)."""

    offered_at: datetime
    persons: tuple[str, ...]
    asking: bool = False
    waived: list[str] = []
    requested_at: datetime | None = None
    at: datetime | None = None
    chair: str | None = None
    held: bool = False


class Excluded(BaseModel):
    """Time that does not count, told in writing (行政许可法 45)."""

    kind: str
    until: date
    ended: bool = False


class LicenceDecision(BaseModel):
    """Granted or refused; ``at_once``: on the spot, by rule (行政许可法 34(2), 38)."""

    grant: bool
    reasons: str
    standards: str | None = None
    conditions: tuple[str, ...] = ()
    at: datetime
    by: str
    higher: str | None = None
    at_once: bool = False
    overdue_days: int = 0


class Granted(BaseModel):
    """The licence an application ended in."""

    matter: str
    number: str | None = None
    document: str
    valid_from: date
    valid_to: date | None = None


class ApplicationFile(MatterFile):
    """Everything about the application that its procedure needs."""

    kind: ClassVar[str] = "application"
    unit: ApprovalUnit = "approval"
    procedure: str = "approval"
    stage: str = Stage.INTAKE
    item: ItemFacts
    situation: Situation
    party: Party
    agent: Agent | None = None
    channel: Channel
    filed_by: str
    content: str | None = None
    place: Place | None = None
    materials: list[Received] = []
    shared: dict[str, SharedFact] = {}
    contested: tuple[Contest, ...] = ()
    unchecked: list[str] = []
    checks: tuple[Check, ...] = ()
    dog: dict[str, Any] | None = None
    visits: list[Visit] = []
    second_visit: str | None = None
    accepted_at: datetime | None = None
    received_at: datetime
    supplement: Supplement | None = None
    gaps: Gaps | None = None
    pledged: bool = False
    pledge_barred: bool = False
    statements: list[str] = []
    pledge_correction: date | None = None
    opinions: list[Opinion] = []
    site_checks: list[SiteChecked] = []
    departments: list[AskedDepartment] = []
    hearing: LicenceHearing | None = None
    excluded: Excluded | None = None
    extended: bool = False
    decide_by: date | None = None
    announced_until: date | None = None
    decision: LicenceDecision | None = None
    licence: Granted | None = None
    account: Account | None = None
    claim: str | None = None
    claims: list[str] = []
    handlers: list[str] = []

    @property
    def closed(self) -> bool:
        return self.stage == Stage.CLOSED

    @property
    def lacking(self) -> tuple[Needed, ...]:
        """Materials of the situation that are not there yet."""
        there = {received.material for received in self.materials}
        return tuple(needed for needed in self.situation.materials if needed.id not in there)

    @property
    def submitted(self) -> Opinion | None:
        """The opinion that waits for its decision."""
        last = self.opinions[-1] if self.opinions else None
        return last if last and last.returned is None else None

    @property
    def unanswered(self) -> list[AskedDepartment]:
        return [d for d in self.departments if d.asked_at and d.answered_at is None]

    def needs(self, kind: str) -> bool:
        """Whether this situation needs such a step."""
        return any(step.kind == kind for step in self.situation.steps)

    def has(self, username: str) -> bool:
        """Whether this person took part in filing, accepting or reviewing it."""
        return username in self.handlers

    def took_part(self, username: str) -> None:
        """Whoever handles it does not approve it."""
        if username not in self.handlers:
            self.handlers.append(username)

    def face(self, now: datetime) -> dict[str, Any]:
        """Title, applicant, place and money, with personal data masked."""
        promised = self.situation.promised_days
        return {
            "title": self.item.name,
            "cause": self.item.code,
            "basis": [b.model_dump() for b in self.item.basis],
            "stage_term": STAGE_TERMS[Stage(self.stage)],
            "party": self.party.masked(),
            "place": self.place.model_dump(mode="json", exclude_none=True) if self.place else None,
            "channel": self.channel,
            "officers": [{"username": u, "name": u} for u in self._named()],
            "money": self.money(),
            "promised_days": promised,
            "materials": [_shown(m) for m in self.materials],
            "lacking": [
                {"id": m.id, "name": m.name, "tolerated": m.tolerated} for m in self.lacking
            ],
            "shared": {name: fact.answer for name, fact in self.shared.items()},
            "unchecked": self.unchecked,
            "checks": [check.model_dump(mode="json") for check in self.checks],
            "visits": len(self.visits),
            "steps": [step.kind for step in self.situation.steps],
            "departments": [d.model_dump(mode="json", exclude_none=True) for d in self.departments],
            "supplement": self.supplement.model_dump(mode="json") if self.supplement else None,
            "gaps": self.gaps.model_dump(mode="json") if self.gaps else None,
            "pledged": self.pledged,
            "agent": self.filed_by if self.agent else None,
            "licence": self.licence.model_dump(mode="json") if self.licence else None,
        }

    def _named(self) -> list[str]:
        """The window or the kiosk that filed it finds it again."""
        return [self.filed_by] if self.channel is not Channel.WEB or self.agent else []

    def party_of(self, actor: Actor) -> str | None:
        """The applicant, and whoever files for him with his authority (行政许可法 29)."""
        agent = self.agent is not None and actor.username == self.filed_by
        return actor.id_digest if agent else self.party_digest

    def money(self) -> dict[str, Any] | None:
        """The fee, what of it is paid, yuan."""
        if self.account is None:
            return None
        return {
            "fee": to_number(self.account.principal),
            "paid": to_number(self.account.paid),
            "owed": to_number(
                max(self.account.principal - self.account.paid, type(self.account.paid)(0))
            ),
            "account": self.account.model_dump(mode="json"),
        }


def _shown(received: Received) -> dict[str, Any]:
    return received.model_dump(mode="json", include={"material", "name", "origin", "digest", "at"})
