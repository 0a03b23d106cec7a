"""Lives a trace as a case of our own: every event is a paper over the desk, and what the law does by itself is only waited for."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from models.refusal import Refused
from models.suspension import SHANGHAI, civil_day
from models.timeline import Entry
from tests.office import Case, Office
from tests.road_fines import traces as log
from tests.road_fines.traces import Event, Trace

LAW = Path(__file__).parent / "foreign_law"
AT_ONCE = 16
OPENS = time(9)

BACK = {
    "file_case": log.CREATED,
    "record_dispatch": log.SENT,
    "record_service": log.NOTIFIED,
    "receive_payment": log.PAID,
    "surcharge": log.PENALTY,
    "record_review": log.APPEALED,
    "reply_to_review": log.FORWARDED,
    "record_review_result": log.ANSWERED,
    "record_review_service": log.TOLD,
    "record_lawsuit": log.SUED,
    "apply_court_enforcement": log.COLLECTED,
}
"""What an entry of our timeline is called in the log."""


class Happened(NamedTuple):
    """An event without its money: what is compared."""

    name: str
    on: date


class Turned(NamedTuple):
    """An event our procedure refused, and why."""

    event: Event
    code: str
    reason: str


class Stuck(NamedTuple):
    """A trace that could not be lived to its end."""

    id: str
    error: str


@dataclass
class Life:
    """What became of one trace."""

    trace: Trace
    lived: list[Happened]
    refused: list[Turned]
    flags: list[str]
    paid: Decimal
    surcharge: Decimal | None
    overpaid: Decimal

    @property
    def expected(self) -> list[Happened]:
        """The trace without what was refused, and without a penalty on a fine that was paid in full and in time."""
        turned = {id(no.event) for no in self.refused}
        return [
            Happened(event.name, event.on)
            for event in self.trace.events
            if id(event) not in turned
            and not (self.trace.paid_up_in_time and event.name == log.PENALTY)
        ]


async def live(office: Office, trace: Trace) -> Life:
    """From the filing to the last event of the trace."""
    case = await _file(office, trace)
    refused = []
    for n, event in enumerate(trace.events[1:], start=1):
        await case.go_to(_moment(event.on, n))
        no = await _act(case, event, n)
        refused += [no] if no else []
    return await _told(case, trace, refused)


async def live_all(office: Office, traces: Iterable[Trace]) -> "Report":
    """At most so many at a time. A case that breaks off does not end the others, and is not forgotten."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(trace: Trace) -> Life | Stuck:
        async with room:
            try:
                return await live(office, trace)
            except Exception as error:  # noqa: BLE001 -- told in the report, and no report with one passes
                return Stuck(trace.id, repr(error))

    ends = await asyncio.gather(*map(one, traces))
    lives = [end for end in ends if isinstance(end, Life)]
    return Report(lives, [end for end in ends if isinstance(end, Stuck)])


def _moment(on: date, n: int) -> datetime:
    """Events of one day in the order they stand."""
    return datetime.combine(on, OPENS, SHANGHAI) + timedelta(minutes=n)


async def _file(office: Office, trace: Trace) -> Case:
    at = _moment(trace.events[0].on, 0)
    lead = {
        "procedure": "summary",
        "cause": "RF-01",
        "occurred_at": at.isoformat(),
        "source": "patrol",
        "place": {"street": "清波街道", "address": "Via Roma"},
        "party": {"kind": "person", "name": trace.id, "address": "Via Roma 1"},
        "facts": "Codice della strada",
        "officers": ["officer.zhang", "officer.li"],
        "decision": {
            "penalty": {"fine": float(trace.fine)},
            "heard": "-",
            "confirmed": True,
        },
    }
    return await office.file(lead, "officer.zhang", at, trace.id)


async def _act(case: Case, event: Event, n: int) -> Turned | None:
    """Hand in the paper of this event; a refusal is kept, with its reason. Nobody hands in the penalty."""
    paper = PAPERS.get(event.name)
    if paper is None:
        return None
    act, by, fields = paper
    try:
        await case.hand_in(act, by, **fields(case.id, event, n))
    except Refused as no:
        return Turned(event, str(no.refusal.code), no.refusal.en)
    return None


Fields = Callable[[str, Event, int], dict[str, Any]]


def _dispatch(case: str, event: Event, n: int) -> dict[str, Any]:
    return {"carrier": "Poste Italiane", "costs": float(event.amount)}


def _service(case: str, event: Event, n: int) -> dict[str, Any]:
    return {"way": "post", "on": event.on, "slip": f"{case}-{n}"}


def _payment(case: str, event: Event, n: int) -> dict[str, Any]:
    paid_at = _moment(event.on, n).isoformat()
    bill = {"bill": f"{case}-1", "reference": f"{case}-{n}"}
    return {**bill, "amount": float(event.amount), "paid_at": paid_at}


def _challenge(body: str) -> Fields:
    return lambda case, event, n: {"filed_on": event.on, "body": body}


PAPERS: dict[str, tuple[str, str, Fields]] = {
    log.SENT: ("record_dispatch", "officer.zhang", _dispatch),
    log.NOTIFIED: ("record_service", "officer.zhang", _service),
    log.PAID: ("receive_payment", "treasury", _payment),
    log.APPEALED: ("record_review", "officer.zhang", _challenge("Prefettura")),
    log.FORWARDED: (
        "reply_to_review",
        "officer.zhang",
        lambda case, event, n: {"document": f"{case}-{n}"},
    ),
    log.ANSWERED: (
        "record_review_result",
        "officer.zhang",
        lambda case, event, n: {"result": "uphold", "document": f"{case}-{n}"},
    ),
    log.TOLD: ("record_review_service", "officer.zhang", lambda case, event, n: {"on": event.on}),
    log.SUED: ("record_lawsuit", "officer.zhang", _challenge("Giudice di pace")),
    log.COLLECTED: (
        "apply_court_enforcement",
        "bureau.head",
        lambda case, event, n: {"court": "Riscossione", "content": "ruolo"},
    ),
}
"""The act, who hands it in, and its fields. The log keeps no upshot of an appeal that went on: it was upheld."""


async def _told(case: Case, trace: Trace, refused: list[Turned]) -> Life:
    entries, state = await case.timeline(), await case.state()
    money = state["money"]
    return Life(
        trace=trace,
        lived=[Happened(BACK[e.name], civil_day(e.at)) for e in entries if e.name in BACK],
        refused=refused,
        flags=state["flags"],
        paid=Decimal(str(money["paid"])),
        surcharge=_surcharge(entries),
        overpaid=Decimal(str(money["overpaid"])),
    )


def _surcharge(entries: list[Entry]) -> Decimal | None:
    return next((Decimal(str(e.data["amount"])) for e in entries if e.name == "surcharge"), None)


@dataclass
class Report:
    """What the whole log came to."""

    lives: list[Life]
    stuck: list[Stuck] = field(default_factory=list)
    off: Counter[Decimal] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.off.update(
            penalty.amount - life.trace.fine - life.surcharge
            for life in self.lives
            if life.surcharge is not None and (penalty := life.trace.first(log.PENALTY))
        )

    @property
    def equal(self) -> int:
        """Timelines that are the trace, event by event and day by day."""
        return sum(life.lived == life.expected for life in self.lives)

    @property
    def acts(self) -> int:
        return sum(len(life.trace.events) for life in self.lives) - self.penalties_due

    @property
    def penalties_due(self) -> int:
        return sum(life.trace.first(log.PENALTY) is not None for life in self.lives)

    @property
    def penalties_on_the_day(self) -> int:
        """The surcharge came by itself on the civil day of the trace's penalty."""
        return sum(
            (p := life.trace.first(log.PENALTY)) is not None
            and Happened(p.name, p.on) in life.lived
            for life in self.lives
        )

    @property
    def paid_up(self) -> list[str]:
        """The log adds a penalty though all was paid in time; our law does not."""
        return [life.trace.id for life in self.lives if life.trace.paid_up_in_time]

    @property
    def quarantined(self) -> Counter[str]:
        return Counter(no.event.name for life in self.lives for no in life.refused)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(no.reason for life in self.lives for no in life.refused)

    def flagged(self, flag: str) -> list[str]:
        return [life.trace.id for life in self.lives if flag in life.flags]

    def __str__(self) -> str:
        late = [len(self.flagged(flag)) for flag in ("review_late", "lawsuit_late")]
        turned = sum(self.quarantined.values())
        over = sum(1 for life in self.lives if life.overpaid)
        lines = [
            f"案件 cases {len(self.lives)}, 行为 acts {self.acts}, 相符 equal to the trace {self.equal}",
            f"加处罚款 penalties {self.penalties_due}, 同日自动发生 by themselves on the same day {self.penalties_on_the_day}",
            f"按期缴清而原记录仍加处 paid up in time, penalty in the log only: {', '.join(self.paid_up) or '-'}",
            f"逾期复议 late appeals {late[0]}, 逾期诉讼 late suits {late[1]} (flagged, kept)",
            f"隔离 quarantined {turned} events: {dict(self.quarantined)}",
            *(f"  {count} × {reason}" for reason, count in self.reasons.most_common()),
            f"加处数额之差 penalty of the log less ours: {_spread(self.off)}",
            f"多缴待退 overpaid under our doubling: {over}",
            *(f"中断 broke off: {end.id} {end.error}" for end in self.stuck),
        ]
        return "\n".join(lines)


def _spread(off: Counter[Decimal]) -> str:
    return ", ".join(f"{gap:+} × {count}" for gap, count in off.most_common())
