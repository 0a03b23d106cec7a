"""Due dates: period, start, suspensions and calendar make an absolute moment and a day-by-day ledger."""

from datetime import date

from models.catalogue import Catalogue
from models.clock import Clock, Due
from models.period import LedgerDay, reckon
from models.suspension import civil_day, end_of


def reckoned(clock: Clock, catalogue: Catalogue) -> tuple[Due, tuple[LedgerDay, ...]]:
    """When the clock is due, and why: the period in force on the day it started, or the day somebody set."""
    if clock.fixed_on is not None:
        return _fixed(clock, clock.fixed_on), ()
    period = catalogue.period(clock.period, civil_day(clock.started_at))
    if clock.length is not None:
        period = period.model_copy(update={"length": clock.length})
    reckoning = reckon(
        period, clock.started_at, catalogue.calendar, clock.suspensions, extra=clock.extra
    )
    due = Due(
        due_on=reckoning.due_on,
        due_at=reckoning.due_at,
        provisional=reckoning.provisional,
        term=period.term,
        basis=period.basis,
    )
    return due, reckoning.days


def _fixed(clock: Clock, on: date) -> Due:
    at = clock.fixed_at or end_of(on)
    return Due(due_on=on, due_at=at, provisional=False, term=clock.term, basis=clock.basis)
