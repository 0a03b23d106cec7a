"""The incident file (案卷): what was reported, who owns it now, what was done, who checked it (数字城管 closed loop)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel

from models.assignment import Considered
from models.incident_class import ClassFacts, Limit, TaskOffer
from models.lead import Place
from models.matter import MatterFile
from models.report import ReportChannel, Reporter
from models.text import Digest


class Stage(StrEnum):
    """The seven stages (信息收集 → 综合评价)."""

    COLLECTED = "collected"
    DOCKETED = "docketed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HANDING_OVER = "handing_over"
    CHECKING = "checking"
    RATING = "rating"
    CLOSED = "closed"


STAGE_TERMS: dict[Stage, str] = {
    Stage.COLLECTED: "信息收集",
    Stage.DOCKETED: "案卷建立",
    Stage.DISPATCHED: "任务派遣",
    Stage.HANDLING: "任务处理",
    Stage.HANDING_OVER: "跨部门移交",
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


STEPS = frozenset({*Stage, *Outcome} - {Stage.CLOSED})
COMMAND, COMMAND_NAME = "command", "指挥中心"


EDITION = 2  # of the procedure; what began under an earlier one goes on as it began


class IncidentRules(BaseModel):
    """What the bureau had set on the day of the report, and the edition of the procedure."""

    edition: int = 1
    rating_days: int = 5
    most_transfers: int = 1
    told: tuple[str, ...] = ()


class Told(BaseModel):
    """What a list from elsewhere says of a report that was handled there; ``transfers``: how often it changed hands."""

    source: str
    key: str
    due_at: datetime | None = None
    closed_at: datetime | None = None
    transfers: int = 0


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
    person: str | None = None
    person_name: str | None = None
    considered: tuple[Considered, ...] = ()


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


class HandOver(BaseModel):
    """To a department outside the bureau; ``accepted`` is None until it answers, and stays so when it does not in time."""

    department: str
    name: str
    ground: str
    at: datetime
    accepted: bool | None = None
    by: str | None = None
    reference: str | None = None
    remarks: str | None = None
    overdue: bool = False


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
    reporter: Reporter | None = None
    channels: tuple[str, ...] = ()
    lookup: str | None = None
    approximate: bool = False
    hand_overs: list[HandOver] = []
    rules: IncidentRules = IncidentRules()
    told: Told | None = None

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

    @property
    def holder(self) -> Task | None:
        """The task that somebody has, also one he returned (首办责任); None while the command centre has the incident."""
        return None if self.stage == Stage.HANDING_OVER else self.task

    @property
    def step(self) -> str:
        """Where it is, in the words a reporter is told."""
        return self.outcome or self.stage

    def give(self, offer: TaskOffer, at: datetime) -> bool:
        """Somebody has to handle it from now on; whether another unit than before. The same unit counts no transfer."""
        another = self.task is None or self.task.unit != offer.unit
        self.transfers += another and self.task is not None
        self.tasks.append(Task(**offer.model_dump(), at=at))
        self.unit = offer.unit
        return another

    def moved_too_often(self) -> bool:
        """Whether it is to be flagged now: more transfers than the bureau lets pass (首办责任)."""
        often = self.transfers > self.rules.most_transfers
        return often and "transferred_often" not in self.flags

    def owner(self) -> dict[str, Any]:
        """Who answers for it at this moment, and why; always somebody."""
        task = self.holder
        if task is None:
            why = "新上报的由指挥中心受理"
            if self.stage == Stage.HANDING_OVER:
                why = f"{self.hand_overs[-1].name}确认之前，仍由指挥中心负责"
            name = {"owner": COMMAND_NAME, "owner_name": COMMAND_NAME}
            return {**name, "owner_id": COMMAND, "person": None, "why": why}
        person = None if task.returned else task.person
        who = f"{task.person_name}（{task.unit_name}）" if person else task.unit_name
        return {
            "owner": task.unit_name,
            "owner_name": who,
            "owner_id": person or task.unit,
            "person": person,
            "why": task.why,
        }

    def face(self, now: datetime) -> dict[str, Any]:
        """What it is, where, who owns it; nobody's name."""
        task = self.holder
        named = dict.fromkeys((self.reported_by, *((task.person,) if task and task.person else ())))
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
            "officers": [{"username": name, "name": name} for name in named],
            "money": None,
            **self.owner(),
            "approximate": self.approximate,
            "lookup": self.lookup,
            "hand_overs": [h.model_dump(mode="json", exclude_none=True) for h in self.hand_overs],
            "imported": self.told.model_dump(mode="json", exclude_none=True) if self.told else None,
            "tasks": [t.model_dump(mode="json", exclude_none=True) for t in self.tasks],
            "results": [r.model_dump(mode="json", exclude_none=True) for r in self.results],
            "transfers": self.transfers,
            "rating": self.rating,
            "duplicate_of": self.duplicate_of,
            "cases": self.cases,
        }
