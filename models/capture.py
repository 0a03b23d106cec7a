"""A capture (电子技术监控记录): what a device recorded, of what, when; evidence only once a person has passed it (行政处罚法 41)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from models.identifiers import id_digest, mask_plate
from models.party import Party
from models.rules import Rules
from models.text import Digest, Line, Text, ask
from models.when import Instant


class ObjectKind(StrEnum):
    """What a capture is about: a vehicle by its plate, a shop by its credit code, or a spot whose user is not known yet."""

    PLATE = "plate"
    SHOP = "shop"
    SPOT = "spot"


class Captured(BaseModel):
    """What a device sends of one capture."""

    model_config = ConfigDict(extra="forbid", strict=True)

    cause: Line = ask("案由", "Cause")
    taken_at: Instant = ask("采集时间", "Captured at")
    object: ObjectKind = ask("对象类型", "What it shows")
    value: Line = ask("号牌、统一社会信用代码或者位置", "Plate, credit code or spot")
    facts: Text = ask("违法事实", "What is seen")
    generated: bool = ask("生成的示例数据", "Made up, for demonstration", default=False)


class Verdict(StrEnum):
    """What a person said of it; unreviewed is never evidence (41(2)). Nobody is asked about one whose device lacked something (41(1))."""

    UNUSABLE = "unusable"
    PENDING = "pending"
    PASSED = "passed"
    REJECTED = "rejected"
    CLOSED = "closed"  # its case ended before anybody looked


class Capture(BaseModel):
    """One capture as its case holds it. ``sampled``: another person reviews it too, ``again_by``."""

    id: str
    device: str
    taken_at: datetime
    media: tuple[Digest, ...]
    facts: Text
    verdict: Verdict = Verdict.PENDING
    reason: str | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    again_by: str | None = None
    sampled: bool = False


def in_sample(capture: str, percent: int, key: bytes) -> bool:
    """Whether a second person looks too: so many in a hundred; without the key nobody can tell which, nor pick them."""
    return int(id_digest(capture, key)[:8], 16) % 100 < percent


class Site(BaseModel):
    """The device as it was when it captured: what the review puts on paper (41(1))."""

    device: str
    name: str
    published: str
    legal_review: str
    technical_review: str


class Found(BaseModel):
    """Who the party is, by a register or by an officer, with the rules for that kind of party."""

    party: Party
    party_digest: str | None
    claim: str
    rules: Rules
    source: str


class Objection(BaseModel):
    """The party says the record is wrong, excused, or another's (41(3))."""

    statement: str
    at: datetime
    answer: str | None = None
    upheld: bool | None = None
    another: bool = False


class Monitoring(BaseModel):
    """What a case that began with a camera knows besides: its captures, its device, what was told and objected."""

    site: Site
    object: ObjectKind
    value: str
    captures: list[Capture]
    lookup: str
    party_since: int | None = None
    warn_days: int | None = None
    found: bool = False
    accepted_at: datetime | None = None
    objections: list[Objection] = []

    def face(self) -> dict[str, Any]:
        """What the state shows: captures and objections; the plate masked."""
        return {
            "device": self.site.device,
            "site": self.site.name,
            "object": self.object,
            "value": mask_plate(self.value) if self.object is ObjectKind.PLATE else self.value,
            "captures": [c.model_dump(mode="json", exclude_none=True) for c in self.captures],
            "warn_days": self.warn_days,
            "found": self.found,
            "accepted_at": self.accepted_at.isoformat() if self.accepted_at else None,
            "objections": [o.model_dump(mode="json", exclude_none=True) for o in self._his],
            "party_since": self.party_since,
        }

    def capture(self, known: str) -> Capture | None:
        """The capture of that id."""
        return next((capture for capture in self.captures if capture.id == known), None)

    @property
    def passed(self) -> list[Capture]:
        """Those that may be evidence."""
        return [capture for capture in self.captures if capture.verdict is Verdict.PASSED]

    @property
    def _his(self) -> list[Objection]:
        """Of the present party: what another said is not his to read."""
        others = [n for n, one in enumerate(self.objections) if one.another]
        return self.objections[others[-1] + 1 :] if others else self.objections

    @property
    def between_two_reviews(self) -> bool:
        """A capture of the sample waits for the second person."""
        return any(one.reviewed_by and one.verdict is Verdict.PENDING for one in self.captures)

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Whoever reviewed a capture: none of them answers an objection, or decides."""
        named = {
            one for capture in self.captures for one in (capture.reviewed_by, capture.again_by)
        }
        return tuple(sorted(one for one in named if one))

    @property
    def fell(self) -> bool:
        """An objection was upheld, and nobody else is looked for: the record proves nothing."""
        return any(one.upheld and not one.another for one in self.objections)

    @property
    def objection(self) -> Objection | None:
        """The one that waits for its answer."""
        return next((one for one in self.objections if one.upheld is None), None)


def of_another(state: dict[str, Any], seq: int) -> bool:
    """Whether this of the file concerns who was taken for the party before; the present one does not read it (个人信息保护法 6)."""
    since = (state.get("monitoring") or {}).get("party_since")
    return since is not None and seq <= since


def withheld(entry: dict[str, Any]) -> dict[str, Any]:
    """A timeline entry of which only the link remains."""
    nobody = {"username": "-", "name": "-", "role": entry["actor"]["role"]}
    return entry | {"data": {}, "actor": nobody, "withheld": True}
