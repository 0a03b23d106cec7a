"""A statutory period (期限): its length, unit and way of counting; the reckoning of its due date.

Pure day arithmetic: the calendar is handed in, nothing is read. Days are those of Asia/Shanghai.
How days count: 民法典 201-203, 行政处罚法 85, 行政强制法 69, 行政许可法 82, 行政复议法 88.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.basis import CIVIL_CODE, Basis
from models.calendar import Calendar, DayKind
from models.catalogue_file import Bases, Row, Text, refuse
from models.suspension import SHANGHAI, Suspension, civil_day, push_out

__all__ = [
    "SHANGHAI",
    "LedgerDay",
    "LedgerKind",
    "Period",
    "Reckoning",
    "Suspension",
    "Unit",
    "add_months",
    "add_working_days",
    "civil_day",
    "reckon",
]

ONE_DAY = timedelta(days=1)
START_DAY_OUT = CIVIL_CODE(201)
ROLLS_ON = CIVIL_CODE(203)


class Unit(StrEnum):
    """What a period is counted in."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    HOUR = "hour"
    WORKING_HOUR = "working_hour"


class Span(Row):
    """Office hours of a working day, from the minute it opens to the minute it closes, Asia/Shanghai."""

    opens: time
    closes: time


class Period(Row):
    """One period of the catalogue, e.g. ``decide``: 90 calendar days (行政处罚法 60)."""

    id: Text
    term: Text
    term_en: Text
    length: int = Field(ge=1)
    unit: Unit
    backwards: bool = False
    start_day_counts: bool = False
    rolls: bool = False
    between: tuple[Span, ...] = ()
    basis: Bases
    valid_from: date | None
    valid_to: date | None = None
    note: str | None = None
    set_by: Literal["law", "bureau"] = "law"
    rolls_set_by: Literal["law", "bureau"] = "law"

    @model_validator(mode="after")
    def _consistent(self) -> "Period":
        rules = {
            ("rolls", f"a period in {self.unit}s does not roll"): (
                not self.rolls or self.unit in (Unit.CALENDAR_DAY, Unit.MONTH)
            ),
            ("backwards", "a backwards period neither rolls nor counts hours"): (
                not self.backwards
                or not (self.rolls or self.unit in (Unit.HOUR, Unit.WORKING_HOUR))
            ),
            ("between", "exactly working hours need office hours"): (
                (self.unit is Unit.WORKING_HOUR) == bool(self.between)
            ),
            ("set_by", "what the bureau sets needs a note"): (
                "bureau" not in (self.set_by, self.rolls_set_by) or bool(self.note)
            ),
            ("valid_to", "valid_to is before valid_from"): (
                not (self.valid_from and self.valid_to) or self.valid_from <= self.valid_to
            ),
        }
        refuse((rule, (key,)) for (key, rule), holds in rules.items() if not holds)
        return self

    def in_force(self, day: date) -> bool:
        """Whether this row of the period applies on that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


class LedgerKind(StrEnum):
    """Why a day of the ledger counts or does not."""

    START = "start"
    COUNTED = "counted"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"
    SUSPENDED = "suspended"
    ROLLED = "rolled"

    @property
    def counts(self) -> bool:
        """Whether a day of this kind uses up the period."""
        return self in (LedgerKind.COUNTED, LedgerKind.MAKE_UP_WORKDAY)


class LedgerDay(BaseModel):
    """One day between start and due, its one reason, and how many days have counted up to it.

    ``count`` is in days, also for months; a period in hours counts none.
    """

    model_config = ConfigDict(frozen=True)

    date: date
    kind: LedgerKind
    count: int
    reason: str
    reason_en: str
    basis: tuple[Basis, ...]
    ground: str | None = None
    document: str | None = None
    provisional: bool = False


class Reckoning(BaseModel):
    """When a period ends and why.

    ``due_at`` is the exclusive end in UTC: 24:00 of ``due_on`` in Shanghai, or for hours the moment
    itself. Both are None while a suspension that began in time is open.
    """

    model_config = ConfigDict(frozen=True)

    due_on: date | None
    due_at: datetime | None
    provisional: bool
    days: tuple[LedgerDay, ...]


def reckon(
    period: Period,
    start: datetime,
    calendar: Calendar,
    suspensions: Sequence[Suspension] = (),
    extra: int = 0,
) -> Reckoning:
    """The due date of ``period`` from ``start`` (with offset), day by day.

    ``extra`` is an extension in the period's own unit. A backwards period leads to a fixed day
    (a hearing, an expiry), so nothing suspends it.
    """
    if start.tzinfo is None:
        raise ValueError("start needs an offset")
    if extra < 0:
        raise ValueError("an extension cannot be negative")
    pauses = () if period.backwards else tuple(sorted(suspensions, key=lambda s: s.since))
    length = _length_in_days(period, civil_day(start), extra)
    ledger = _Ledger(period, calendar, pauses, length)
    if period.unit is Unit.HOUR:
        return _reckon_hours(ledger, start, timedelta(hours=period.length + extra))
    if period.unit is Unit.WORKING_HOUR:
        return _reckon_working_hours(ledger, start, timedelta(hours=period.length + extra))
    return _reckon_days(ledger, civil_day(start))


def add_working_days(calendar: Calendar, day: date, n: int) -> date:
    """The ``n``-th working day after ``day`` (before it when negative); ``day`` itself for 0."""
    step = ONE_DAY if n > 0 else -ONE_DAY
    left = abs(n)
    while left:
        day += step
        left -= calendar.is_workday(day)
    return day


def add_months(day: date, n: int) -> date:
    """The same day number ``n`` months on, or that month's last day (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _reckon_days(ledger: "_Ledger", start: date) -> Reckoning:
    days = tuple(ledger.days(start))
    last = days[-1].date
    provisional = any(day.provisional for day in days)
    if ledger.is_open(last):
        return Reckoning(due_on=None, due_at=None, provisional=provisional, days=days)
    ends = datetime.combine(last + ONE_DAY, time(), SHANGHAI).astimezone(UTC)
    return Reckoning(due_on=last, due_at=ends, provisional=provisional, days=days)


def _reckon_hours(ledger: "_Ledger", start: datetime, length: timedelta) -> Reckoning:
    """Clock hours run through the night and through holidays (行政强制法 19)."""
    due = push_out(start, start + length, ledger.pauses)
    # Ending at midnight is ending with the day before; while suspended, the plain end is shown.
    last = civil_day((due or start + length) - timedelta(microseconds=1))
    days = tuple(ledger.clock_days(civil_day(start), last))
    if due is None:
        return Reckoning(due_on=None, due_at=None, provisional=False, days=days)
    return Reckoning(due_on=last, due_at=due.astimezone(UTC), provisional=False, days=days)


def _reckon_working_hours(ledger: "_Ledger", start: datetime, length: timedelta) -> Reckoning:
    """Only office hours of working days count, less what was suspended; each day says how much."""
    days: list[LedgerDay] = []
    day, left = civil_day(start), length
    while True:
        if ledger.is_open(day) and days:
            days.append(ledger.worked(day, timedelta(0)))
            provisional = any(d.provisional for d in days)
            return Reckoning(due_on=None, due_at=None, provisional=provisional, days=tuple(days))
        taken = timedelta(0)
        for begins, ends in ledger.open_hours(day, start):
            if ends - begins >= left - taken:
                due = begins + (left - taken)
                days.append(ledger.worked(day, left))
                provisional = any(d.provisional for d in days)
                return Reckoning(
                    due_on=day,
                    due_at=due.astimezone(UTC),
                    provisional=provisional,
                    days=tuple(days),
                )
            taken += ends - begins
        left -= taken
        days.append(ledger.worked(day, taken))
        day += ONE_DAY


def _length_in_days(period: Period, start: date, extra: int) -> int:
    length = period.length + extra
    if period.unit is not Unit.MONTH:
        return length
    return abs((add_months(start, -length if period.backwards else length) - start).days)


def _without(
    begins: datetime, ends: datetime, pauses: Sequence[Suspension]
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a stretch in which nothing is suspended."""
    for pause in pauses:
        if begins < ends and pause.since < ends and (pause.until is None or pause.until > begins):
            if pause.since > begins:
                yield begins, pause.since
            begins = pause.until if pause.until is not None else ends
    if begins < ends:
        yield begins, ends


class _Why(NamedTuple):
    """Kind and reason of a day, before it is counted."""

    kind: LedgerKind
    reason: str
    reason_en: str
    provisional: bool = False


class _Ledger:
    """Writes the days of one period in the order they are counted."""

    def __init__(
        self, period: Period, calendar: Calendar, pauses: tuple[Suspension, ...], length: int
    ) -> None:
        self.period = period
        self.calendar = calendar
        self.pauses = pauses
        self.length = length
        self.counted = 0

    def days(self, start: date) -> Iterator[LedgerDay]:
        """From ``start`` to the due day, or to the first day of an open suspension."""
        step = -ONE_DAY if self.period.backwards else ONE_DAY
        day = start
        if not self.period.start_day_counts:
            yield self._start(day)
            day += step
        yield self._next(day)
        while self.counted < self.length and not self.is_open(day):
            day += step
            yield self._next(day)
        if self.period.rolls and not self.calendar.is_workday(day):
            yield from self._roll(day)

    def clock_days(self, start: date, last: date) -> Iterator[LedgerDay]:
        """The days a period in hours touches; none is counted, for the clock counts."""
        why = _Why(LedgerKind.START, "自此时起按小时计", "hours run from this moment")
        yield self._entry(start, why, self.period.basis)
        why = _Why(LedgerKind.COUNTED, "按小时连续计", "hours run on")
        for n in range((last - start).days):
            day = start + ONE_DAY * (n + 1)
            pause = self._pause_on(day)
            yield self._suspended(day, pause) if pause else self._entry(day, why, self.period.basis)

    def open_hours(self, day: date, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Office hours of the day after `start`, without what is suspended."""
        if not self.calendar.is_workday(day):
            return
        for span in self.period.between:
            begins = max(datetime.combine(day, span.opens, SHANGHAI), start)
            ends = datetime.combine(day, span.closes, SHANGHAI)
            yield from _without(begins, ends, self.pauses)

    def worked(self, day: date, taken: timedelta) -> LedgerDay:
        """The day, and how much of the period it used up."""
        minutes = int(taken.total_seconds() // 60)
        if not taken and (pause := self._pause_on(day)):
            return self._suspended(day, pause)
        why = self._working(day)
        said = f"计{minutes // 60}小时{minutes % 60}分" if why.kind.counts else why.reason
        said_en = f"{minutes // 60} h {minutes % 60} min" if why.kind.counts else why.reason_en
        return self._entry(day, why._replace(reason=said, reason_en=said_en), self.period.basis)

    def is_open(self, day: date) -> bool:
        """Whether a suspension without an end has begun by ``day``."""
        return any(p.until is None and civil_day(p.since) <= day for p in self.pauses)

    def _roll(self, day: date) -> Iterator[LedgerDay]:
        """On to the first working day that is not suspended (民法典 203)."""
        resting = True
        while resting and not self.is_open(day):
            day += ONE_DAY
            pause = self._pause_on(day)
            yield self._suspended(day, pause) if pause else self._rolled(day)
            resting = pause is not None or not self.calendar.is_workday(day)

    def _next(self, day: date) -> LedgerDay:
        paused = self._pause_on(day)
        if paused:
            return self._suspended(day, paused)
        why = self._working(day) if self.period.unit is Unit.WORKING_DAY else self._civil(day)
        self.counted += why.kind.counts
        return self._entry(day, why, self.period.basis)

    def _start(self, day: date) -> LedgerDay:
        why = _Why(LedgerKind.START, "起算当日不计入", "the first day is not counted")
        return self._entry(day, why, START_DAY_OUT)

    def _working(self, day: date) -> _Why:
        """By the calendar: weekends and holidays are out, make-up workdays are in."""
        today = self.calendar.day(day)
        unsure = not self.calendar.is_official(day)
        match today.kind:
            case DayKind.WORKDAY:
                return _Why(LedgerKind.COUNTED, "工作日", "working day", unsure)
            case DayKind.WEEKEND:
                return _Why(LedgerKind.WEEKEND, "周末休息日", "weekend", unsure)
            case DayKind.HOLIDAY:
                zh, en = f"节假日（{today.name}）", f"public holiday ({today.name})"
                return _Why(LedgerKind.HOLIDAY, zh, en, unsure)
            case DayKind.MAKE_UP_WORKDAY:
                zh, en = f"调休上班（{today.name}）", f"make-up workday ({today.name})"
                return _Why(LedgerKind.MAKE_UP_WORKDAY, zh, en, unsure)

    def _civil(self, day: date) -> _Why:
        """Every day counts; only the last asks the calendar, and only when the period rolls."""
        last = self.period.rolls and self.counted + 1 == self.length
        unsure = last and not self.calendar.is_official(day)
        return _Why(LedgerKind.COUNTED, "自然日", "calendar day", unsure)

    def _rolled(self, day: date) -> LedgerDay:
        rest = not self.calendar.is_workday(day)
        zh = "末日为休息日，顺延" if rest else "末日为休息日，顺延至此工作日"
        en = "rest day at the end" if rest else "first workday after a rest day at the end"
        why = _Why(LedgerKind.ROLLED, zh, en, not self.calendar.is_official(day))
        return self._entry(day, why, ROLLS_ON)

    def _suspended(self, day: date, pause: Suspension) -> LedgerDay:
        paper = f"（{pause.document}）" if pause.document else ""
        paper_en = f" ({pause.document})" if pause.document else ""
        why = _Why(
            LedgerKind.SUSPENDED,
            f"中止：{pause.ground}{paper}",
            f"suspended: {pause.ground}{paper_en}",
        )
        entry = self._entry(day, why, pause.basis or self.period.basis)
        return entry.model_copy(update={"ground": pause.ground, "document": pause.document})

    def _pause_on(self, day: date) -> Suspension | None:
        return next((pause for pause in self.pauses if pause.takes_out(day)), None)

    def _entry(self, day: date, why: _Why, basis: tuple[Basis, ...]) -> LedgerDay:
        return LedgerDay(
            date=day,
            kind=why.kind,
            count=self.counted,
            reason=why.reason,
            reason_en=why.reason_en,
            basis=basis,
            provisional=why.provisional,
        )
