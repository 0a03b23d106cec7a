"""Evidence, orders to correct and measures of a case (行政处罚法 28, 46, 54–56; 行政强制法 18–28)."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel


class EvidenceKind(StrEnum):
    """The eight kinds (行政处罚法 46)."""

    DOCUMENT = "document"
    OBJECT = "object"
    AUDIO_VISUAL = "audio_visual"
    ELECTRONIC = "electronic_data"
    WITNESS = "witness"
    STATEMENT = "party_statement"
    EXPERT = "expert_opinion"
    RECORD = "inspection_record"


class EvidenceFacts(BaseModel):
    """A file of evidence as the counter knows it."""

    media_type: str
    size: int
    taken_at: datetime | None = None
    unreviewed: bool = False  # a camera recorded it, and nobody passed it (41(2))


class EvidenceItem(BaseModel):
    """One piece of evidence, by its digest where it is a file."""

    no: int
    kind: EvidenceKind
    name: str
    digest: str | None = None
    media_type: str | None = None
    size: int | None = None
    taken_at: datetime | None = None
    source: str | None = None
    at: datetime
    excluded: str | None = None


class Correction(BaseModel):
    """An order to correct, and what the re-inspection found (行政处罚法 28)."""

    no: int
    content: str
    due_on: date | None = None
    number: str | None = None
    passed: bool | None = None
    refused: bool = False
    checked_on: date | None = None

    @property
    def overdue(self) -> bool:
        """Found unmet after its day."""
        unmet = self.passed is False and self.due_on is not None and self.checked_on is not None
        return bool(unmet and self.checked_on and self.due_on and self.checked_on > self.due_on)


class Measure(BaseModel):
    """Things preserved (行政处罚法 56) or seized (行政强制法 25), and what became of them."""

    things: tuple[str, ...]
    reason: str
    measure_basis: str | None = None
    heard: str | None = None
    witness: str | None = None
    urgent: bool = False
    approved: bool | None = None
    since: datetime | None = None
    extended: bool = False
    over: bool = False
    disposal: str | None = None
    number: str | None = None

    @property
    def live(self) -> bool:
        return self.approved is not False and self.disposal is None
