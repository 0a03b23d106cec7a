"""Counting days: known dates, and what must hold for every period, suspension and extension."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from models.basis import PENALTY, Basis
from models.calendar import Calendar
from models.catalogue import Catalogue
from models.period import (
    SHANGHAI,
    LedgerKind,
    Period,
    Reckoning,
    Span,
    Suspension,
    Unit,
    add_working_days,
    reckon,
)

ROOT = Path(__file__).parents[2] / "catalogue"
CATALOGUE = Catalogue.load(ROOT)
CALENDAR = CATALOGUE.calendar
WORKING, CIVIL, MONTH, HOUR = Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.MONTH, Unit.HOUR


def a_period(length: int = 7, unit: Unit = WORKING, **changes: Any) -> Period:
    return Period(
        id="test",
        term="期限",
        term_en="Period",
        length=length,
        unit=unit,
        basis=PENALTY(60),
        valid_from=None,
        **changes,
    )


def at(day: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour), SHANGHAI)


def pause(since: str, until: str | None, hours: tuple[int, int] = (9, 17)) -> Suspension:
    return Suspension(
        ground="鉴定",
        document="鉴定委托书",
        since=at(since, hours[0]),
        until=at(until, hours[1]) if until else None,
    )


def due(period: Period, start: str, *pauses: Suspension, extra: int = 0) -> str:
    return str(reckon(period, at(start), CALENDAR, pauses, extra).due_on)


VECTORS = [
    ("2026-02-13", 7, WORKING, False, "2026-03-02"),
    ("2026-02-12", 5, WORKING, False, "2026-02-26"),
    ("2026-09-18", 5, WORKING, False, "2026-09-24"),
    ("2026-09-29", 7, WORKING, False, "2026-10-14"),
    ("2026-04-30", 2, WORKING, False, "2026-05-07"),
    ("2026-05-08", 3, WORKING, False, "2026-05-12"),
    ("2026-06-18", 10, WORKING, False, "2026-07-03"),
    ("2025-12-31", 20, WORKING, False, "2026-01-29"),
    ("2026-01-30", 20, WORKING, False, "2026-03-05"),
    ("2026-09-17", 15, CIVIL, False, "2026-10-02"),
    ("2026-09-17", 15, CIVIL, True, "2026-10-08"),
    ("2026-09-20", 15, CIVIL, False, "2026-10-05"),
    ("2026-09-20", 15, CIVIL, True, "2026-10-08"),
    ("2026-02-01", 15, CIVIL, False, "2026-02-16"),
    ("2026-02-01", 15, CIVIL, True, "2026-02-24"),
    ("2026-07-01", 90, CIVIL, False, "2026-09-29"),
    ("2026-07-01", 90, CIVIL, True, "2026-09-29"),
    ("2026-08-31", 6, MONTH, False, "2027-02-28"),
    ("2026-02-28", 6, MONTH, False, "2026-08-28"),
    ("2026-11-30", 3, MONTH, False, "2027-02-28"),
    ("2026-08-31", 6, MONTH, True, "2027-03-01"),
]


@pytest.mark.parametrize(("start", "length", "unit", "rolls", "expected"), VECTORS)
def test_a_known_period_ends_on_its_known_day(
    start: str, length: int, unit: Unit, *, rolls: bool, expected: str
) -> None:
    assert due(a_period(length, unit, rolls=rolls), start) == expected


def test_a_hearing_is_notified_seven_working_days_before() -> None:
    notice = CATALOGUE.period("hearing_notice", date(2026, 3, 10))
    assert due(notice, "2026-03-10") == "2026-02-28"


@pytest.mark.parametrize(
    ("period_id", "start", "expected"),
    [
        ("decide", "2026-07-05", "2026-10-03"),  # inside the holiday: the bureau does not roll
        ("pay", "2026-09-17", "2026-10-08"),
        ("seal", "2026-09-05", "2026-10-05"),
        ("sue", "2026-04-02", "2026-10-08"),
        ("demand_court", "2026-06-18", "2026-07-03"),
        ("renewal_apply", "2026-12-31", "2026-12-01"),
    ],
)
def test_a_period_of_the_catalogue_counts_as_its_law_says(
    period_id: str, start: str, expected: str
) -> None:
    assert due(CATALOGUE.period(period_id, date.fromisoformat(start)), start) == expected


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    reckoning = reckon(a_period(1, CIVIL), datetime(2026, 3, 1, 16, 30, tzinfo=UTC), CALENDAR)
    assert reckoning.due_on == date(2026, 3, 3)  # 16:30 UTC is already 2 March
    assert reckoning.due_at == datetime(2026, 3, 3, 16, tzinfo=UTC)


def test_the_start_day_counts_where_the_law_says_so() -> None:
    assert due(a_period(3, start_day_counts=True), "2026-03-02") == "2026-03-04"
    assert due(a_period(1, MONTH, start_day_counts=True), "2026-03-02") == "2026-04-01"


def test_hours_run_by_the_clock_and_stop_while_suspended() -> None:
    period = a_period(24, HOUR)
    plain = reckon(period, at("2026-02-16"), CALENDAR)
    assert plain.due_at == at("2026-02-17").astimezone(UTC)
    paused = reckon(
        period,
        at("2026-02-16"),
        CALENDAR,
        (pause("2026-02-16", "2026-02-16", (12, 15)), pause("2026-02-16", "2026-02-16", (13, 16))),
    )
    assert paused.due_at == at("2026-02-17", 14).astimezone(UTC)
    opened = reckon(period, at("2026-02-16"), CALENDAR, (pause("2026-02-16", None, (12, 12)),))
    assert (opened.due_on, opened.due_at) == (None, None)


def test_a_suspension_takes_out_its_days_but_not_the_day_of_resumption() -> None:
    assert due(a_period(10, CIVIL), "2026-03-01", pause("2026-03-03", "2026-03-06")) == "2026-03-14"
    assert due(a_period(10, CIVIL), "2026-03-01", pause("2026-03-03", "2026-03-03")) == "2026-03-11"
    assert due(a_period(1, MONTH), "2026-03-01", pause("2026-03-03", "2026-03-06")) == "2026-04-04"


def test_the_ledger_names_ground_and_paper_of_a_suspended_day() -> None:
    reckoning = reckon(
        a_period(3, CIVIL), at("2026-03-01"), CALENDAR, (pause("2026-03-02", "2026-03-03"),)
    )
    suspended = [day for day in reckoning.days if day.kind is LedgerKind.SUSPENDED]
    assert [(day.date, day.ground, day.document) for day in suspended] == [
        (date(2026, 3, 2), "鉴定", "鉴定委托书")
    ]


def test_nothing_is_due_while_a_suspension_is_open() -> None:
    reckoning = reckon(
        a_period(10, CIVIL), at("2026-03-01"), CALENDAR, (pause("2026-03-03", None),)
    )
    assert (reckoning.due_on, reckoning.due_at) == (None, None)
    assert reckoning.days[-1].kind is LedgerKind.SUSPENDED
    assert due(a_period(10, CIVIL), "2026-03-01", pause("2026-03-12", None)) == "2026-03-11"


def test_only_days_asked_of_an_unpublished_year_make_a_date_provisional() -> None:
    def provisional(period: Period, start: str) -> bool:
        return reckon(period, at(start), CALENDAR).provisional

    assert provisional(a_period(7), "2026-12-28")
    assert provisional(a_period(7, CIVIL, rolls=True), "2026-12-28")
    assert not provisional(a_period(7, CIVIL), "2026-12-28")
    assert not provisional(a_period(2), "2026-12-28")


@pytest.mark.parametrize(
    "changes",
    [
        {"rolls": True},
        {"unit": HOUR, "backwards": True},
        {"set_by": "bureau"},
        {"length": 0},
        {"valid_from": date(2026, 1, 2), "valid_to": date(2026, 1, 1)},
    ],
)
def test_a_period_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    data = {**a_period().model_dump(), **changes}
    with pytest.raises(ValidationError):
        Period.model_validate(data)


def test_a_suspension_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValidationError):
        pause("2026-03-03", "2026-03-02")


def test_a_start_without_offset_and_a_negative_extension_are_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        reckon(a_period(), datetime(2026, 3, 1), CALENDAR)  # noqa: DTZ001 – the point of it
    with pytest.raises(ValueError, match="negative"):
        reckon(a_period(), at("2026-03-01"), CALENDAR, (), -1)


# ── what holds for all of them ──────────────────────────────────────────────────────────────────

moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 8, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@st.composite
def periods(draw: st.DrawFn, units: tuple[Unit, ...] = (WORKING, CIVIL, MONTH)) -> Period:
    unit = draw(st.sampled_from(units))
    longest = {WORKING: 60, CIVIL: 120, MONTH: 6, HOUR: 200}[unit]
    rolls = unit in (CIVIL, MONTH) and draw(st.booleans())
    return a_period(draw(st.integers(1, longest)), unit, rolls=rolls)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[Suspension]:
    spans = draw(
        st.lists(st.tuples(st.integers(-200, 2000), st.integers(0, 700)), min_size=0, max_size=4)
    )
    return [
        Suspension(
            ground=f"第{n}次",
            since=start + timedelta(hours=begin),
            until=start + timedelta(hours=begin + length),
        )
        for n, (begin, length) in enumerate(spans)
    ]


def dated(reckoning: Reckoning) -> datetime:
    assert reckoning.due_at is not None
    return reckoning.due_at


@given(st.data(), periods(), moments, st.integers(0, 5))
def test_the_ledger_explains_the_due_date(
    data: st.DataObject, period: Period, start: datetime, extra: int
) -> None:
    pauses = data.draw(pauses_after(start))
    found = reckon(period, start, CALENDAR, pauses, extra)
    days = [day.date for day in found.days]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert days[-1] == found.due_on
    assert all(day.reason and day.reason_en and day.basis for day in found.days)
    counted = sum(day.kind.counts for day in found.days)
    assert counted == found.days[-1].count
    if period.unit is not MONTH:
        assert counted == period.length + extra


@given(st.data(), periods((WORKING, CIVIL, MONTH, HOUR)), moments)
def test_a_suspension_never_shortens_a_period(
    data: st.DataObject, period: Period, start: datetime
) -> None:
    pauses = data.draw(pauses_after(start))
    before = dated(reckon(period, start, CALENDAR))
    for n in range(1, len(pauses) + 1):
        after = dated(reckon(period, start, CALENDAR, pauses[:n]))
        assert after >= before
        before = after


@given(st.data(), periods((WORKING, CIVIL, MONTH, HOUR)), moments)
def test_overlapping_suspensions_count_once(
    data: st.DataObject, period: Period, start: datetime
) -> None:
    pauses = data.draw(pauses_after(start))
    found = reckon(period, start, CALENDAR, pauses)
    again = reckon(period, start, CALENDAR, [*reversed(pauses), *pauses])
    assert (again.due_on, again.due_at) == (found.due_on, found.due_at)


@given(st.data(), periods((WORKING, CIVIL, MONTH, HOUR)), moments, st.integers(1, 30))
def test_an_extension_never_shortens_a_period(
    data: st.DataObject, period: Period, start: datetime, extra: int
) -> None:
    pauses = data.draw(pauses_after(start))
    without = dated(reckon(period, start, CALENDAR, pauses))
    assert dated(reckon(period, start, CALENDAR, pauses, extra)) >= without


@given(periods(), moments)
def test_a_rolled_period_ends_on_a_working_day(period: Period, start: datetime) -> None:
    found = reckon(period, start, CALENDAR)
    assert found.due_on is not None
    if period.rolls or period.unit is WORKING:
        assert CALENDAR.is_workday(found.due_on)


@given(st.dates(date(2020, 2, 1), date(2026, 6, 1)), st.integers(1, 60))
def test_working_days_forward_agree_with_a_second_source(day: date, n: int) -> None:
    counted, end = 0, day
    while counted < n:
        end += timedelta(days=1)
        counted += chinese_calendar.is_workday(end)
    assert add_working_days(CALENDAR, day, n) == end
    start = datetime.combine(day, time(12), SHANGHAI)
    assert reckon(a_period(n), start, CALENDAR).due_on == end


@given(st.dates(date(2020, 6, 1), date(2026, 12, 1)), st.integers(1, 60))
def test_working_days_backwards_agree_with_a_second_source(day: date, n: int) -> None:
    counted, end = 0, day
    while counted < n:
        end -= timedelta(days=1)
        counted += chinese_calendar.is_workday(end)
    assert add_working_days(CALENDAR, day, -n) == end
    start = datetime.combine(day, time(12), SHANGHAI)
    assert reckon(a_period(n, backwards=True), start, CALENDAR).due_on == end


@settings(max_examples=20)
@given(periods((CIVIL,)), moments)
def test_civil_days_that_do_not_roll_need_no_calendar(period: Period, start: datetime) -> None:
    plain = period.model_copy(update={"rolls": False})
    nothing, known = reckon(plain, start, Calendar()), reckon(plain, start, CALENDAR)
    assert (nothing, nothing.provisional) == (known, False)


# ---- working hours ------------------------------------------------------------------------------

OFFICE_HOURS = (
    Span(opens=time(8, 30), closes=time(12)),
    Span(opens=time(13, 30), closes=time(17, 30)),
)


def _working_hours(length: int) -> Period:
    return Period(
        id="work",
        term="工作时",
        term_en="working hours",
        length=length,
        unit=Unit.WORKING_HOUR,
        between=OFFICE_HOURS,
        basis=(Basis(law="-", article="1"),),
        valid_from=None,
    )


@given(
    day=st.dates(date(2020, 1, 2), date(2026, 9, 1)),
    minute=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 60),
)
def test_working_hours_are_exactly_the_office_hours_between_start_and_due(
    day: date, minute: int, length: int
) -> None:
    """Counted minute by minute in another way."""
    start = datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)
    due = reckon(_working_hours(length), start, CALENDAR).due_at
    assert due is not None
    worked, moment = 0, start
    while moment < due:
        worked += CALENDAR.is_workday(moment.date()) and any(
            span.opens <= moment.time() < span.closes for span in OFFICE_HOURS
        )
        moment += timedelta(minutes=1)
    assert worked == length * 60


def test_a_suspension_takes_its_own_office_hours_out() -> None:
    start = datetime(2026, 9, 1, 10, tzinfo=SHANGHAI)
    pause = Suspension(
        ground="x", since=start + timedelta(hours=1), until=start + timedelta(hours=5)
    )
    due = reckon(_working_hours(4), start, CALENDAR, (pause,)).due_at
    assert due == datetime(2026, 9, 2, 9, tzinfo=SHANGHAI)
    open_ended = Suspension(ground="x", since=start + timedelta(hours=1))
    assert reckon(_working_hours(4), start, CALENDAR, (open_ended,)).due_at is None
