"""The calendar: what the notices say, checked against a second source, and unlisted years."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from models.calendar import Calendar, CalendarYear, DayKind, Off, Status
from models.catalogue_file import CatalogueError

FOLDER = Path(__file__).parents[2] / "catalogue" / "calendar"
CALENDAR = Calendar.load(FOLDER)
OFFICIAL_YEARS = range(2015, 2027)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", OFFICIAL_YEARS)
def test_every_day_agrees_with_a_second_source(year: int) -> None:
    days = days_of(year)
    assert [
        day for day in days if CALENDAR.is_workday(day) != chinese_calendar.is_workday(day)
    ] == []
    assert all(CALENDAR.is_official(day) for day in days)


def test_2026_has_248_working_days() -> None:
    assert sum(map(CALENDAR.is_workday, days_of(2026))) == 248


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2026, 2, 17), DayKind.HOLIDAY, "春节"),
        (date(2026, 2, 14), DayKind.MAKE_UP_WORKDAY, "春节"),
        (date(2026, 10, 3), DayKind.HOLIDAY, "国庆节"),
        (date(2026, 11, 21), DayKind.WEEKEND, None),
        (date(2026, 11, 23), DayKind.WORKDAY, None),
        (date(2022, 12, 31), DayKind.HOLIDAY, "元旦"),  # announced with the year after
        (date(2020, 1, 31), DayKind.HOLIDAY, "春节"),  # the holiday was prolonged
        (date(2020, 2, 3), DayKind.WORKDAY, None),
    ],
)
def test_a_day_has_a_kind_and_a_name(day: date, kind: DayKind, name: str | None) -> None:
    found = CALENDAR.day(day)
    assert (found.kind, found.name) == (kind, name)
    assert found.source


def test_2027_knows_the_statutory_days_and_is_provisional() -> None:
    off = [date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 8), date(2027, 4, 5)]
    off += [date(2027, 6, 9), date(2027, 9, 15), date(2027, 10, 1)]
    assert [day for day in off if CALENDAR.is_workday(day)] == []
    assert not any(map(CALENDAR.is_official, days_of(2027)))


@pytest.mark.parametrize("year", [2005, 2028])
def test_a_year_nobody_has_listed_knows_only_weekdays(year: int) -> None:
    for day in days_of(year):
        assert CALENDAR.is_workday(day) == (day.weekday() < 5)
        assert not CALENDAR.is_official(day)


def test_a_published_year_replaces_the_provisional_one() -> None:
    run = Off.model_validate({"from": date(2027, 2, 4), "to": date(2027, 2, 11), "name": "春节"})
    year = CalendarYear(year=2027, status=Status.OFFICIAL, source="通知", days_off=(run,))
    published = CALENDAR.with_year(year)
    assert published.is_official(date(2027, 3, 1))
    assert not published.is_workday(date(2027, 2, 11))
    assert CALENDAR.is_workday(date(2027, 2, 11))


def test_a_calendar_file_named_after_another_year_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2031.yaml").write_text((FOLDER / "2026.yaml").read_text(encoding="utf-8"), "utf-8")
    with pytest.raises(CatalogueError, match=r"2031\.yaml:2: 2031\.yaml holds the year 2026"):
        Calendar.load(tmp_path)
