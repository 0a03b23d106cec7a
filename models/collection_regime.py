"""A collection regime: the law under which a fine is paid, surcharged, challenged and enforced.

Data, so that the collection procedure also runs under another country's or another year's law.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from models.catalogue_file import Bases, Row, Text
from models.money import to_fen


class Surcharge(Row):
    """What lateness adds to a fine.

    ``daily``: the rate for every late day; ``flat``: the rate once. ``cap`` is a multiple of the
    fine (行政处罚法 72: 3 % a day, never more than the fine). It runs while the ``fine`` is unpaid,
    or while anything of ``all`` that was imposed is.
    """

    kind: Literal["daily", "flat"]
    rate: Decimal = Field(gt=0)
    cap: Decimal | None = Field(default=None, gt=0)
    until_paid: Literal["fine", "all"] = "fine"
    stops_during: tuple[Literal["review", "lawsuit", "deferral"], ...] = ()
    basis: Bases

    def on(self, fine: Decimal, late_days: int) -> Decimal:
        """The surcharge in yuan after so many chargeable days past the due date."""
        if late_days <= 0:
            return Decimal(0)
        times = late_days if self.kind == "daily" else 1
        amount = fine * self.rate * times
        return to_fen(amount if self.cap is None else min(amount, fine * self.cap))


class Review(Row):
    """Administrative review: the time to ask. A late request is recorded and flagged, never lost."""

    period: Text
    basis: Bases


class Lawsuit(Row):
    """The suit: the time to sue at once, and after a review."""

    period: Text
    after_review: Text
    while_review_runs: bool = False
    basis: Bases


class CollectionRegime(Row):
    """One regime of ``collection/``; the periods are ids of ``periods.yaml``."""

    id: Text
    term: Text
    term_en: Text
    valid_from: date | None = None
    pay_period: Text
    payable_from: Literal["decision", "service"]
    surcharge: Surcharge
    review: Review
    lawsuit: Lawsuit
    demand_required: bool
    demand_period: Text
    court_window: Text
    handed_over: Literal["on_the_spot", "by_service"] = "on_the_spot"
    review_first_on_the_spot: bool = True
    costs_charged: bool = False
    basis: Bases
    note: str | None = None

    def period_ids(self) -> dict[str, str]:
        """Every period the regime runs on, by the key that names it."""
        return {
            "pay_period": self.pay_period,
            "demand_period": self.demand_period,
            "court_window": self.court_window,
            "review.period": self.review.period,
            "lawsuit.period": self.lawsuit.period,
            "lawsuit.after_review": self.lawsuit.after_review,
        }
