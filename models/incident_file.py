"""The incident file (案卷): what was reported, who owns it now, what was done, who checked it (数字城管 closed loop)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel

from models.incident_class import ClassFacts, Limit
from models.lead import Place
from models.matter import MatterFile
from models.report import ReportChannel
from models.text import Digest


class Stage(StrEnum):
    """The seven stages (信息收集 → 综合评价)."""

    COLLECTED = "collected"
    DOCKETED = "docketed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    CHECKING = "checking"
    RATING = "rating"
    CLOSED = "closed"


STAGE_TERMS: dict[Stage, str] = {
    Stage.COLLECTED: "信息收集",
    Stage.DOCKETED: "案卷建立",
    Stage.DISPATCHED: "任务派遣",
    Stage.HANDLING: "任务处理",
    Stage.CHECKING: "核查",
    Stage.RATING: "综合评价",
    Stage.CLOSED: "已结案",
}


class Outcome(StrEnum):
    """How it ended."""

    SOLVED = "solved"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    HANDED_OVER = "handed_over"


class Task(BaseModel):
    """Who has to handle it: since when, within what, and how it went."""

    unit: str
    unit_name: str
    why: str
    limit: Limit
    at: datetime
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    returned: str | None = None
    extended: int = 0
    overdue: bool = False


class Result(BaseModel):
    """What was done."""

    text: str
    before: tuple[Digest, ...] = ()
    after: tuple[Digest, ...]
    by: str
    at: datetime
    passed: bool | None = None
    checked_by: str | None = None
    remarks: str | None = None


class IncidentFile(MatterFile):
    """Everything its procedure needs."""

    kind: ClassVar[str] = "incident"
    procedure: str = "incident"
    stage: str = Stage.COLLECTED
    channel: ReportChannel
    place: Place
    grid: str | None = None
    seen_at: datetime
    description: str
    photos: tuple[str, ...] = ()
    category: ClassFacts | None = None
    reported_by: str
    tasks: list[Task] = []
    results: list[Result] = []
    transfers: int = 0
    verified: bool | None = None
    duplicate_of: str | None = None
    rating: int | None = None
    cases: list[str] = []
    claim: str | None = None

    @property
    def closed(self) -> bool:
        return self.stage == Stage.CLOSED

    @property
    def task(self) -> Task | None:
        """The one that runs."""
        return self.tasks[-1] if self.tasks else None

    @property
    def first_handler(self) -> str | None:
        """The unit it was first sent to keeps it until the dispatcher decides (首办责任)."""
        return self.tasks[0].unit if self.tasks else None

    def face(self, now: datetime) -> dict[str, Any]:
        """What it is, where, who owns it; nobody's name."""
        task = self.task
        return {
            "title": self.category.name if self.category else self.description[:40],
            "cause": self.category.code if self.category else None,
            "basis": [],
            "stage_term": STAGE_TERMS[Stage(self.stage)],
            "party": None,
            "place": self.place.model_dump(mode="json", exclude_none=True),
            "grid": self.grid,
            "seen_at": self.seen_at.isoformat(),
            "description": self.description,
            "channel": self.channel,
            "officers": [{"username": self.reported_by, "name": self.reported_by}],
            "money": None,
            "owner": task.unit_name if task else "指挥中心",
            "why": task.why if task else "新上报的由指挥中心受理",
            "tasks": [t.model_dump(mode="json", exclude_none=True) for t in self.tasks],
            "results": [r.model_dump(mode="json", exclude_none=True) for r in self.results],
            "transfers": self.transfers,
            "rating": self.rating,
            "duplicate_of": self.duplicate_of,
            "cases": self.cases,
        }
