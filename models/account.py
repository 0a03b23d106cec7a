"""The account of one fine: bill, payments, deferral, surcharge. What is paid plus what is owed is always what is charged
(行政处罚法 66, 67, 72, 73).
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from models.collection_regime import Surcharge
from models.money import Yuan, to_number


class Hold(BaseModel):
    """Days on which no surcharge runs: review, lawsuit, deferral, execution ended; from its first day up to but not including its last."""

    kind: str
    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class PaymentKind(StrEnum):
    """Where money came from."""

    TREASURY = "treasury"
    CASH = "cash"
    COURT = "court"


class Paid(BaseModel):
    """One payment, kept by the payer's bank reference so that a repeat changes nothing."""

    reference: str
    amount: Yuan
    on: date
    at: datetime
    kind: PaymentKind = PaymentKind.TREASURY


class Instalment(BaseModel):
    """One part of a deferred fine: due on, amount in yuan."""

    due_on: date
    amount: Yuan


class Account(BaseModel):
    """What one party owes for one decision."""

    bill: str
    fine: Yuan
    confiscation: Yuan = Decimal(0)
    costs: Yuan = Decimal(0)
    due_on: date | None = None
    late_from: date | None = None
    payments: tuple[Paid, ...] = ()
    holds: tuple[Hold, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    paid_before: Yuan = Decimal(0)
    refunds: tuple[Paid, ...] = ()
    bills_sent: int = 0

    @property
    def principal(self) -> Decimal:
        """Fine, confiscated gains and costs, without surcharge."""
        return self.fine + self.confiscation + self.costs

    @property
    def paid(self) -> Decimal:
        return sum((p.amount for p in self.payments), Decimal(0))

    @property
    def kept(self) -> Decimal:
        """What was paid and not refunded."""
        return self.paid - sum((r.amount for r in self.refunds), Decimal(0))

    def payment(self, reference: str) -> Paid | None:
        """The payment of this bank reference, if it is in."""
        return next((p for p in self.payments if p.reference == reference), None)

    def refunded_by(self, reference: str) -> bool:
        """Whether this refund is entered."""
        return any(r.reference == reference for r in self.refunds)

    def unpaid_on(self, day: date, rule: Surcharge) -> bool:
        """Whether what the surcharge rests on was unpaid at the start of `day`; money goes to the fine first."""
        paid = sum((p.amount for p in self.payments if p.on < day), Decimal(0))
        return paid < (self.fine if rule.until_paid == "fine" else self.principal)

    def chargeable_days(self, today: date, rule: Surcharge) -> int:
        """Days after the due day up to and including `today` on which a fine stood unpaid and nothing held it."""
        if self.late_from is None or today < self.late_from:
            return 0
        days = (
            date.fromordinal(n) for n in range(self.late_from.toordinal(), today.toordinal() + 1)
        )
        stops = rule.stops_during
        return sum(1 for day in days if self.unpaid_on(day, rule) and not self._held(day, stops))

    def _held(self, day: date, stops: tuple[str, ...]) -> bool:
        return any(
            (hold.kind == "ended" or hold.kind in stops) and hold.covers(day) for hold in self.holds
        )

    def surcharge(self, today: date, rule: Surcharge) -> Decimal:
        """Surcharge accrued up to and including `today`, yuan; never above the cap (行政处罚法 72(1))."""
        return rule.on(self.fine, self.chargeable_days(today, rule))

    def charged(self, today: date, rule: Surcharge) -> Decimal:
        return self.principal + self.surcharge(today, rule)

    def owed(self, today: date, rule: Surcharge) -> Decimal:
        return max(self.charged(today, rule) - self.kept, Decimal(0))

    def overpaid(self, today: date, rule: Surcharge) -> Decimal:
        return max(self.kept - self.charged(today, rule), Decimal(0))

    def end_hold(self, kind: str, until: date) -> None:
        """End the open hold of this kind on `until`."""
        self.holds = tuple(
            h.model_copy(update={"until": max(until, h.since)})
            if h.kind == kind and h.until is None
            else h
            for h in self.holds
        )

    def end(self, today: date) -> None:
        """Execution is ended: no surcharge any more (行政强制法 40)."""
        self.holds += (Hold(kind="ended", since=today),)

    def reduce_to(self, fine: Decimal | None, today: date) -> None:
        """The fine after a review or suit; None when the decision is revoked and nothing is owed."""
        if fine is None:
            self.fine = self.confiscation = self.costs = Decimal(0)
            self.end(today)
        else:
            self.fine = fine

    def defer(self, instalments: tuple[Instalment, ...], asked_on: date) -> None:
        """Later, or in parts, held from the day it was asked for; what was paid before counts for none of them (行政处罚法 66)."""
        self.instalments, self.paid_before = instalments, self.paid
        self.holds += (Hold(kind="deferral", since=asked_on),)

    @property
    def deferred(self) -> bool:
        """Whether a deferral runs."""
        return any(hold.kind == "deferral" and hold.until is None for hold in self.holds)

    def next_instalment(self, today: date) -> Instalment | None:
        """The first part that lies ahead."""
        return next((part for part in self.instalments if part.due_on >= today), None)

    def behind(self, today: date, rule: Surcharge) -> bool:
        """Whether the parts due before `today` are not all paid, or the last day has passed with money owed."""
        due = [part for part in self.instalments if part.due_on < today]
        short = self.paid - self.paid_before < sum((part.amount for part in due), Decimal(0))
        ended = len(due) == len(self.instalments) and self.owed(today, rule) > 0
        return short or ended


def statement(account: Account, rule: Surcharge, today: date) -> dict[str, Any]:
    """The account as people read it on `today`, yuan; ``account`` and ``surcharge_rule`` let a reader bring it up to date."""
    return {
        "bill": account.bill,
        "fine": to_number(account.fine),
        "confiscation": to_number(account.confiscation),
        "costs": to_number(account.costs),
        "surcharge": to_number(account.surcharge(today, rule)),
        "paid": to_number(account.kept),
        "owed": to_number(account.owed(today, rule)),
        "overpaid": to_number(account.overpaid(today, rule)),
        "due_on": account.due_on.isoformat() if account.due_on else None,
        "as_of": today.isoformat(),
        "account": account.model_dump(mode="json", exclude_defaults=True),
        "surcharge_rule": rule.model_dump(mode="json"),
    }
