"""The licence file (许可证件): one licence as its life holds it, from issue to its end (行政许可法 8, 49, 50, 69, 70)."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel

from models.application_file import ItemFacts
from models.bar import BarRule
from models.basis import Basis
from models.matter import ApprovalUnit, MatterFile
from models.party import Party


class Stage(StrEnum):
    """What a licence is (状态)."""

    VALID = "valid"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    CANCELLED = "cancelled"


STAGE_TERMS: dict[Stage, str] = {
    Stage.VALID: "有效",
    Stage.SUSPENDED: "暂停使用",
    Stage.EXPIRED: "已过期",
    Stage.WITHDRAWN: "已撤回",
    Stage.REVOKED: "已撤销",
    Stage.CANCELLED: "已注销",
}
LIVING = frozenset({Stage.VALID, Stage.SUSPENDED})


class Wish(BaseModel):
    """A renewal or a change that is asked for and not decided yet."""

    kind: str
    what: str
    until: date | None = None
    at: datetime
    party: Party | None = None
    party_digest: str | None = None
    dog: dict[str, Any] = {}
    place_claim: str | None = None
    in_time: bool = True


class Turn(BaseModel):
    """One turn of its life (状态历史)."""

    at: datetime
    what: str
    until: date | None = None
    reason: str | None = None


class Penalised(BaseModel):
    """A penalty of its holder that counts against it."""

    case: str
    number: str | None
    on: date


class DogKept(BaseModel):
    """The dog a licence is for, and the rules of its city as they were when it was registered."""

    city: str
    name: str
    breed: str
    breed_name: str
    sex: str
    born_on: date
    colour: str | None = None
    chip: str | None = None
    immunity_no: str | None = None
    immunity_until: date | None = None
    zone: str | None = None
    street: str | None = None
    home: str | None = None
    household: str | None = None
    home_digest: str | None = None
    valid_to: date | None = None
    annual_check_month: int | None = None
    annual_checks_missed: int | None = None
    penalties_revoke: int | None = None
    penalties_within_months: int | None = None
    bars: tuple[BarRule, ...] = ()
    change_days: int | None = None
    renew_before_days: int | None = None
    basis: tuple[Basis, ...] = ()


class LicenceFile(MatterFile):
    """Everything about one licence that its life needs."""

    kind: ClassVar[str] = "licence"
    unit: ApprovalUnit = "approval"
    procedure: str = "licence"
    stage: str = Stage.VALID
    item: ItemFacts
    party: Party
    application: str | None = None
    filed_by: str | None = None
    content: str | None = None
    place: str | None = None
    conditions: tuple[str, ...] = ()
    valid_from: date
    valid_to: date | None = None
    history: list[Turn] = []
    wish: Wish | None = None
    reminded_for: date | None = None
    dog: DogKept | None = None
    missed_checks: int = 0
    checks_reckoned_from: date | None = None
    penalties: list[Penalised] = []
    prints: int = 0
    claims: list[str] = []
    imported: str | None = None

    @property
    def closed(self) -> bool:
        return self.stage not in LIVING

    @property
    def apply_by(self) -> date | None:
        """The last day to apply for renewal: as the rule of the dog's city says, else the item's (行政许可法 50)."""
        if self.item.renewal is None or self.valid_to is None:
            return None
        of_city = self.dog.renew_before_days if self.dog else None
        before = self.item.renewal.before_days if of_city is None else of_city
        return self.valid_to - timedelta(days=before)

    def face(self, now: datetime) -> dict[str, Any]:
        """What it is for, whose, until when; personal data masked."""
        return {
            "title": self.item.name,
            "cause": self.item.code,
            "basis": [b.model_dump() for b in self.item.basis],
            "stage_term": STAGE_TERMS[Stage(self.stage)],
            "party": self.party.masked(),
            "place": None,
            "officers": [{"username": self.filed_by, "name": self.filed_by}]
            if self.filed_by
            else [],
            "money": None,
            "application": self.application,
            "scope": self.item.scope,
            "content": self.content,
            "conditions": list(self.conditions),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "history": [turn.model_dump(mode="json", exclude_none=True) for turn in self.history],
            "wish": self.wish.kind if self.wish else None,
            "dog": self._dog(),
            "prints": self.prints,
        }

    def _dog(self) -> dict[str, Any] | None:
        hidden = {"bars", "basis"}
        return self.dog.model_dump(mode="json", exclude=hidden) if self.dog else None
