"""The calendar of civil days in Asia/Shanghai: which day is worked, which is not, and who says so.

Law: 全国年节及纪念日放假办法 (2024) lists the holidays; the State Council's yearly notice moves
rest days and names the weekend days worked instead. A year without a notice is provisional.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import ConfigDict, Field, model_validator

from models.catalogue_file import (
    CatalogueError,
    CatalogueFile,
    Location,
    Problem,
    Row,
    Text,
    refuse,
)

SATURDAY = 5


class DayKind(StrEnum):
    """What a civil day is."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"


class Status(StrEnum):
    """Official when a State Council notice fixed the year; provisional until then."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class Day(Row):
    """One civil day, e.g. 2026-02-17: holiday, 春节, official."""

    date: date
    kind: DayKind
    name: str | None = None
    source: str | None = None
    status: Status = Status.PROVISIONAL

    @property
    def is_workday(self) -> bool:
        """Whether the office works that day."""
        return self.kind in (DayKind.WORKDAY, DayKind.MAKE_UP_WORKDAY)


class Off(Row):
    """Days off in a row, both ends included."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    name: Text

    @model_validator(mode="after")
    def _ordered(self) -> "Off":
        if self.first > self.last:
            raise ValueError("off days end before they begin")
        return self

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the run."""
        length = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=n) for n in range(length))


class MakeUp(Row):
    """A weekend day worked in exchange for a day off."""

    date: date
    name: Text

    @model_validator(mode="after")
    def _on_a_weekend(self) -> "MakeUp":
        if self.date.weekday() < SATURDAY:
            raise ValueError(f"make-up workday {self.date} is not a weekend day")
        return self


class CalendarYear(Row):
    """What one year's notice says: the days off and the weekend days worked."""

    year: int
    status: Status
    source: Text
    notices: tuple[str, ...] = ()
    days_off: tuple[Off, ...]
    make_up: tuple[MakeUp, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _inside_its_year(self) -> "CalendarYear":
        listed: list[tuple[date, Location]] = [
            *((day, ("days_off", n)) for n, run in enumerate(self.days_off) for day in run.days),
            *((day.date, ("make_up", n)) for n, day in enumerate(self.make_up)),
        ]
        outside = [
            (f"{day} is not in {self.year}", at) for day, at in listed if day.year != self.year
        ]
        days = [day for day, _ in listed]
        twice = [
            (f"{day} is listed twice", at) for n, (day, at) in enumerate(listed) if day in days[:n]
        ]
        refuse([*outside, *twice])
        return self

    def exceptions(self) -> tuple[Day, ...]:
        """The days that are not what their weekday says, and weekend days inside a holiday."""
        off = [
            self._day(day, DayKind.HOLIDAY, run.name) for run in self.days_off for day in run.days
        ]
        worked = [self._day(day.date, DayKind.MAKE_UP_WORKDAY, day.name) for day in self.make_up]
        return (*off, *worked)

    def _day(self, day: date, kind: DayKind, name: str) -> Day:
        return Day(date=day, kind=kind, name=name, source=self.source, status=self.status)


class Calendar:
    """The days of the listed years; other years know only weekdays and are provisional."""

    def __init__(self, years: Iterable[CalendarYear] = ()) -> None:
        self.years = {year.year: year for year in years}
        self._exceptions = {
            day.date: day for year in self.years.values() for day in year.exceptions()
        }

    @classmethod
    def load(cls, folder: Path) -> "Calendar":
        """Read every ``<year>.yaml`` in ``folder``; raises CatalogueError with all problems."""
        problems: list[Problem] = []
        years = read_years(folder, folder, problems)
        if problems:
            raise CatalogueError(problems)
        return cls(years)

    def with_year(self, year: CalendarYear) -> "Calendar":
        """This calendar with one year published or replaced."""
        return Calendar({**self.years, year.year: year}.values())

    def day(self, day: date) -> Day:
        """What ``day`` is."""
        return self._exceptions.get(day) or self._ordinary(day)

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is worked."""
        return self.day(day).is_workday

    def is_official(self, day: date) -> bool:
        """Whether a notice has fixed the year of ``day``."""
        return self.day(day).status is Status.OFFICIAL

    def _ordinary(self, day: date) -> Day:
        kind = DayKind.WORKDAY if day.weekday() < SATURDAY else DayKind.WEEKEND
        year = self.years.get(day.year)
        if year is None:
            return Day(date=day, kind=kind)
        return Day(date=day, kind=kind, source=year.source, status=year.status)


def read_years(folder: Path, root: Path, problems: list[Problem]) -> list[CalendarYear]:
    """The years in ``folder``, problems named from ``root``."""
    years = []
    for path in sorted(folder.glob("*.yaml")):
        file = CatalogueFile.read(path, root, problems)
        year = file.parse(CalendarYear, file.data)
        if year is None:
            continue
        if path.stem != str(year.year):
            file.report(f"{path.name} holds the year {year.year}", ("year",))
        years.append(year)
    return years
