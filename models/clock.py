"""A clock: a statutory period running on one matter, with its suspensions and extensions (期限的计时)."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel

from models.basis import Basis
from models.suspension import Suspension


class Running(StrEnum):
    """What a clock is doing."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    LAPSED = "lapsed"


class Clock(BaseModel):
    """One running period. ``due_at`` is the exclusive end (24:00 of ``due_on``, Asia/Shanghai); None until reckoned or while suspended."""

    name: str
    period: str
    fixed_on: date | None = None
    fixed_at: datetime | None = None
    length: int | None = None
    started_at: datetime
    suspensions: tuple[Suspension, ...] = ()
    extra: int = 0
    status: Running = Running.RUNNING
    stopped_at: datetime | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    provisional: bool = False
    term: str = ""
    basis: tuple[Basis, ...] = ()
    reckoned: bool = False

    @property
    def live(self) -> bool:
        return self.status in (Running.RUNNING, Running.SUSPENDED)

    def suspend(self, pause: Suspension) -> None:
        """Stop counting from `pause.since` on; while its end is open, so is the due date."""
        self.suspensions += (pause,)
        self._stand()

    def resume(self, ground: str, at: datetime) -> None:
        """End the open suspension on this ground; the others go on."""
        self.suspensions = tuple(
            s.model_copy(update={"until": at}) if s.ground == ground and s.until is None else s
            for s in self.suspensions
        )
        self._stand()

    def _stand(self) -> None:
        still = any(s.until is None for s in self.suspensions)
        self.status = Running.SUSPENDED if still else Running.RUNNING
        self.reckoned = False

    def extend(self, extra: int) -> None:
        """Lengthen by `extra` of the period's own unit."""
        self.extra += extra
        self.reckoned = False

    def over(self, now: datetime) -> bool:
        """Whether the last moment has passed."""
        return self.due_at is not None and now >= self.due_at


class Due(BaseModel):
    """What the register answers about a clock: its term, its last day and moment."""

    due_on: date | None
    due_at: datetime | None
    provisional: bool
    term: str
    basis: tuple[Basis, ...]
