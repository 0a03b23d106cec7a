"""The event log: 3,582 road fines of an Italian town, 2000–2013 (4TU 10.4121/uuid:270fd440, a sample of whole cases)."""

import csv
import os
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NAME = "eventlog/road_fines_dev.csv"

CREATED, SENT, NOTIFIED = "Create Fine", "Send Fine", "Insert Fine Notification"
PAID, PENALTY, COLLECTED = "Payment", "Add penalty", "Send for Credit Collection"
APPEALED, FORWARDED = "Insert Date Appeal to Prefecture", "Send Appeal to Prefecture"
ANSWERED, TOLD = "Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender"
SUED = "Appeal to Judge"

APPEAL_DAYS = timedelta(days=60)


class Event(NamedTuple):
    """One row: what happened on which day, and the money it speaks of."""

    name: str
    on: date
    amount: Decimal = Decimal(0)


class Trace(NamedTuple):
    """The history of one fine."""

    id: str
    events: tuple[Event, ...]

    @property
    def variant(self) -> tuple[str, ...]:
        return tuple(event.name for event in self.events)

    @property
    def fine(self) -> Decimal:
        return self.events[0].amount

    def first(self, name: str) -> Event | None:
        return next((event for event in self.events if event.name == name), None)

    @property
    def appealed_early(self) -> bool:
        """An appeal stands before the notification, or there never was one."""
        appeal, told = self.first(APPEALED), self.first(NOTIFIED)
        return appeal is not None and (told is None or appeal.on < told.on)

    @property
    def appealed_late(self) -> bool:
        appeal, told = self.first(APPEALED), self.first(NOTIFIED)
        return bool(appeal and told and appeal.on - told.on > APPEAL_DAYS)

    @property
    def paid_up_in_time(self) -> bool:
        """Fine and postage were paid in full before the day of the penalty."""
        penalty = self.first(PENALTY)
        before = [event for event in self.events if penalty and event.on < penalty.on]
        owed = sum(event.amount for event in before if event.name in (CREATED, SENT))
        paid = sum(event.amount for event in before if event.name == PAID)
        return penalty is not None and paid >= owed

    @property
    def out_of_line(self) -> bool:
        """What a lawyer would look at twice."""
        return self.appealed_early or self.appealed_late or self.paid_up_in_time


def path() -> Path:
    """Where the log lies: under ANJUAN_SHARED_DATA, or beside the repository."""
    shared = os.environ.get("ANJUAN_SHARED_DATA") or ROOT / "../shared/data"
    return Path(shared) / NAME


def read(log: Path) -> Iterator[Trace]:
    """Trace by trace, as the rows stand."""
    with log.open(encoding="utf-8", newline="") as rows:
        for case, events in groupby(csv.DictReader(rows), key=lambda row: row["case:concept:name"]):
            yield Trace(case, tuple(map(_event, events)))


def _event(row: dict[str, str]) -> Event:
    money = row["amount"] or row["expense"] or row["paymentAmount"] or "0"
    day = date.fromisoformat(row["date_local"])
    return Event(row["concept:name"], day, Decimal(money))


def telling(traces: Iterable[Trace]) -> list[Trace]:
    """One trace of every variant, and every trace that is out of line."""
    seen: set[tuple[str, ...]] = set()
    chosen = []
    for trace in traces:
        if trace.variant not in seen or trace.out_of_line:
            chosen.append(trace)
        seen.add(trace.variant)
    return chosen
