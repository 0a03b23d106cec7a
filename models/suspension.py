"""A suspension (中止): a time in which a period does not run, with its ground, paper and decider.

Civil days are those of Asia/Shanghai.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from models.basis import Basis

# No summer time since 1991: a fixed offset needs no time zone file.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def civil_day(moment: datetime) -> date:
    """The day of ``moment`` in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """24:00 of the civil day: the exclusive end of a period whose last day it is (民法典 203)."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


class Suspension(BaseModel):
    """A time in which the period does not run. ``until`` None: still suspended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ground: str
    document: str | None = None
    decided_by: str | None = None
    since: AwareDatetime
    until: AwareDatetime | None = None
    basis: tuple[Basis, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> "Suspension":
        if self.until is not None and self.until < self.since:
            raise ValueError("a suspension cannot end before it begins")
        return self

    def takes_out(self, day: date) -> bool:
        """Whether ``day`` does not count: from the first day up to, not including, the last."""
        ends = civil_day(self.until) if self.until else date.max
        return civil_day(self.since) <= day < ends


def push_out(start: datetime, due: datetime, pauses: Iterable[Suspension]) -> datetime | None:
    """``due`` later by the time suspended after ``start``; None while an open one began in time.

    Overlapping suspensions count once: each adds only what lies after the end of those before it.
    """
    reached = start
    for pause in sorted(pauses, key=lambda pause: pause.since):
        if pause.since >= due:
            break
        if pause.until is None:
            return None
        begins = max(pause.since, reached)
        due += max(pause.until - begins, timedelta())
        reached = max(reached, pause.until)
    return due
