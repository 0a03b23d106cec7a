"""What a running matter keeps: its file, its clocks, its part of the timeline, and how all of it reaches the register.

A procedure declares (this step, that paper with a number, a clock) and waits for nobody. Whatever one act causes is written in one
transaction once the procedure has fallen silent: see `_keep_register`.
"""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from models.act import ACTS, Act
from models.bar import Bar
from models.basis import Basis
from models.capture import Capture
from models.change import (
    Answers,
    Change,
    ClockAsk,
    DocumentAsk,
    Facts,
    Out,
    Overtaken,
    Reviewed,
    Start,
    Todo,
    answered,
)
from models.clock import Clock, Running
from models.document import document_id
from models.matter import MatterFile
from models.person import Actor, Role
from models.suspension import Suspension, civil_day
from models.timeline import GENESIS, By, Entry

F = TypeVar("F", bound=MatterFile)

SAVE = "save"
SAVE_WITHIN = timedelta(seconds=10)
SAVE_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=5)
)
_SYSTEM = By(username="system", name="系统", role=Role.SYSTEM)


class Slot(NamedTuple):
    """What a procedure waits for: the answer to come, and the clock whose due date the to-do shows."""

    answer: asyncio.Future[Act]
    clock: str | None


class Record(Generic[F]):
    """The record of one running matter. `state` is what people see of it; the procedure above says so."""

    def __init__(self, file: F, start: Start) -> None:
        self.file = file
        self.clocks: dict[str, Clock] = dict(start.clocks)
        self._open: dict[str, Slot] = {}
        self._seq = self._saved = self._began_at = start.seq
        self._head = start.head or GENESIS
        self._fresh = start.seq == 0
        self._ahead, self._rehearsal = start.ahead, start.rehearsal
        self._filer = start.filer
        self._entries: list[Entry] = []
        self._asked: list[DocumentAsk] = []
        self._overtaken: list[Overtaken] = []
        self._cited: list[str] = []
        self._moved: dict[str, int] = {}
        self._outgoing: list[Out] = []
        self._party: dict[str, Any] | None = None
        self._released: list[str] = []
        self._taken_over: list[str] = []
        self._bars: list[Bar] = []
        self._seen: list[Reviewed] = []
        self._stirs = self._taken = self._turns = 0
        self._writing = self._begun = False

    def state(self) -> dict[str, Any]:
        """What people see."""
        raise NotImplementedError

    # ---- what is declared

    @property
    def filer(self) -> Actor | None:
        """Who filed the matter."""
        return self._filer

    def now(self) -> datetime:
        """The time of the case: the server's, but for rehearsals, which live at another time."""
        return workflow.now() + self._ahead

    def step(self, name: str, term: str, basis: tuple[Basis, ...], /, **data: Any) -> None:
        """What the system does goes on the timeline too."""
        self._enter("step", name, term, basis, _SYSTEM, data)

    def issue(  # noqa: PLR0913 -- what a document is made of
        self,
        kind: str,
        term: str,
        basis: tuple[Basis, ...],
        /,
        *,
        act: Act | None = None,
        given: Mapping[str, Any] | None = None,
        replaces: str | None = None,
        **data: Any,
    ) -> str:
        """A document of the file: its content taken now from file, act and data, its number given in the transaction that issues it.
        `data` stands on the timeline too, what is `given` only in the document. Answers its id.
        """
        self.step(f"issue_{kind}", term, basis, **data)
        copy = 1 + sum(1 for document in self.file.documents if document["kind"] == kind)
        paper = f"{kind}#{copy}"
        known = document_id(self.file.id, paper)
        ask = DocumentAsk(
            paper=paper,
            kind=kind,
            term=term,
            seq=self._seq,
            issued_at=self.now(),
            facts=self._facts(act, {**data, **(given or {})}),
            replaces=replaces,
        )
        self.file.with_document(known, kind, term, self.now())
        self._asked.append(ask)
        return known

    def _facts(self, act: Act | None, data: dict[str, Any]) -> Facts:
        return Facts(
            file=self.file.model_dump(mode="json"),
            act=act.model_dump(mode="json") if act else {},
            by=_hand(act) if act else self._filing_hand(),
            data=data,
        )

    def cite(self, *digests: str | None) -> None:
        """The file cites these files of evidence: whoever may read it, may read them."""
        self._cited += [digest for digest in digests if digest]
        self._stir()

    def supersede(self, known: str, reason: str) -> None:
        """Earlier documents of its kind stand no more: this one is in their place."""
        fresh = self.file.document(known)
        for old in self.file.documents:
            same = fresh is not None and old is not fresh and old["kind"] == fresh["kind"]
            if same and old["status"] == "valid":
                self.overtake(old["id"], reason, known)

    def overtake(self, known: str, reason: str, replaced_by: str | None = None) -> None:
        """A document stands no more: void, or replaced by another."""
        status: Literal["void", "replaced"] = "replaced" if replaced_by else "void"
        document = self.file.document(known)
        if document is not None:
            document["status"] = status
        self._overtaken.append(
            Overtaken(id=known, status=status, reason=reason, replaced_by=replaced_by)
        )
        self._stir()

    def _filing_hand(self) -> dict[str, Any]:
        """Who filed the matter; the first documents are his."""
        filer = self._filer
        who = {"username": filer.username, "name": filer.name} if filer else {}
        return who | {"at": self.file.opened_at.isoformat()}

    def name_matter(self, paper: str) -> None:
        """The number of this paper, just issued, is the number of the matter."""
        self._asked = [
            ask.model_copy(update={"names_matter": ask.paper == f"{paper}#1"})
            for ask in self._asked
        ]

    def filed(
        self, name: str, term: str, basis: tuple[Basis, ...], filer: Actor | None, /, **data: Any
    ) -> None:
        """The paper a matter begins with."""
        by = By(username=filer.username, name=filer.name, role=filer.roles[0]) if filer else _SYSTEM
        self._enter("act", name, term, basis, by, data)

    def send(self, kind: str, key: str, /, **payload: Any) -> None:
        """Another system must get this: it leaves with the transaction and is sent until taken."""
        self._outgoing.append(Out(id=f"{self.file.id}/{kind}/{key}", kind=kind, payload=payload))
        self._stir()

    def keep_party(self, party: dict[str, Any]) -> None:
        """The register keeps the party's personal data sealed, apart from the state."""
        self._party = party
        self._stir()

    def release(self, claim: str | None) -> None:
        """The matter gives its claim on an act back: another may be filed on it (行政处罚法 29)."""
        self._released += [claim] if claim else []
        self._stir()

    def take_over(self, claims: list[str]) -> None:
        """Claims that an earlier matter held are this one's now."""
        self._taken_over += claims
        self._stir()

    def bar(self, bar: Bar) -> None:
        """The party may not apply again for so long."""
        self._bars.append(bar)
        self._stir()

    def reviewed(self, capture: Capture) -> None:
        """The queue of captures learns what was said of this one."""
        assert capture.reviewed_by  # noqa: S101 -- just reviewed
        assert capture.reviewed_at  # noqa: S101 -- just reviewed
        self._seen.append(
            Reviewed(
                id=capture.id,
                verdict=capture.verdict,
                reason=capture.reason,
                by=capture.reviewed_by,
                at=capture.reviewed_at,
            )
        )
        self._stir()

    def enter(self, stage: str) -> None:
        """The matter is in another stage."""
        self.file.stage = stage
        self._stir()

    def start_clock(
        self,
        period: str,
        name: str | None = None,
        since: datetime | None = None,
        length: int | None = None,
    ) -> None:
        """Start a statutory period, running from now or from `since`; its last day goes into the latest entry. `length`, in the period's
        own unit, is what an item promises or another law sets.
        """
        key = name or period
        started = since or self.now()
        self.clocks[key] = Clock(name=key, period=period, started_at=started, length=length)
        self._reckon(key)

    def start_fixed(self, name: str, on: date, term: str, basis: tuple[Basis, ...]) -> None:
        """A day somebody set, not a period of the catalogue: it ends with that civil day."""
        self.clocks[name] = Clock(
            name=name, period="", fixed_on=on, started_at=self.now(), term=term, basis=basis
        )
        self._reckon(name)

    def start_until(self, name: str, at: datetime, term: str, basis: tuple[Basis, ...]) -> None:
        """A moment somebody else set; known at once, no calendar is asked."""
        on = civil_day(at)
        self.clocks[name] = Clock(
            name=name,
            period="",
            fixed_on=on,
            fixed_at=at,
            due_on=on,
            due_at=at,
            started_at=self.file.opened_at,
            term=term,
            basis=basis,
        )
        self._reckon(name)

    def stop_clock(self, *names: str) -> None:
        """The period has done its duty."""
        for name in names:
            clock = self.clocks.get(name)
            if clock and clock.live:
                clock.status, clock.stopped_at = Running.STOPPED, self.now()
                self._stir()

    def suspend_clocks(self, pause: Suspension, *names: str) -> None:
        """The named running clocks stop counting, on this ground."""
        for name in names:
            if name in self.clocks and self.clocks[name].live:
                self.clocks[name].suspend(pause)
                self._reckon(name)

    def resume_clocks(self, ground: str) -> None:
        """Whatever stood still on this ground counts again."""
        for name, clock in self.clocks.items():
            if clock.live and any(
                s.ground == ground and s.until is None for s in clock.suspensions
            ):
                clock.resume(ground, self.now())
                self._reckon(name)

    def extend_clock(self, name: str, extra: int) -> None:
        """Lengthen by so many of the period's own unit."""
        self.clocks[name].extend(extra)
        self._reckon(name)

    def _enter(  # noqa: PLR0913, PLR0917 -- what an entry is made of
        self,
        kind: Literal["act", "step"],
        name: str,
        term: str,
        basis: tuple[Basis, ...],
        by: By,
        data: dict[str, Any],
    ) -> None:
        self._seq += 1
        self._stir()
        self._entries.append(
            Entry(
                matter=self.file.id,
                seq=self._seq,
                at=self.now(),
                kind=kind,
                name=name,
                term=term,
                actor=by,
                basis=basis,
                data=data,
            )
        )

    def _reckon(self, clock: str) -> None:
        self.clocks[clock].reckoned = False
        self._moved[clock] = self._seq
        self._stir()

    # ---- how it is written

    async def _keep_register(self) -> None:
        """Write whenever something is unsaved and nothing else can run: so one act is one write, whatever it set off."""
        await self._silence()
        self._begun = True
        while True:
            await workflow.wait_condition(lambda: self._stirs != self._taken)
            await self._silence()
            self._writing = True
            await self._save()
            self._writing = False

    async def _silence(self) -> None:
        """Until a whole turn of the loop brought nothing new: every line has run on to its next wait."""
        before = -1
        while before != self._stirs:
            before = self._stirs
            await workflow.wait_condition(lambda: True)

    def _written_anything(self) -> bool:
        """Whether this run has put anything on the timeline."""
        return self._seq > self._began_at

    def _stir(self) -> None:
        self._stirs += 1

    def _quiet(self) -> bool:
        """Everything is written, and every due date known."""
        return self._stirs == self._taken and not self._writing

    async def _save(self) -> None:
        self._turns += 1
        change = self._change()
        workflow.set_current_details(self._details())
        try:
            answers = await self._written(change)
        except (
            ActivityError
        ) as wrong:  # as a failure it would end the case; so the task is tried again
            raise RuntimeError(f"{change.matter} could not be written") from wrong
        entries = answered(change, answers)
        if entries and entries[-1].hash != answers.head:
            raise RuntimeError(
                f"the register's chain of {change.matter} differs from the procedure's"
            )
        self._head = answers.head or self._head
        self._saved = change.version
        self._settle(change, answers)

    async def _written(self, change: Change) -> Answers:
        answers: Answers = await workflow.execute_local_activity(
            SAVE,
            change,
            result_type=Answers,
            start_to_close_timeout=SAVE_WITHIN,
            retry_policy=SAVE_RETRY,
            local_retry_threshold=timedelta(seconds=10),
        )
        return answers

    def _change(self) -> Change:
        """Everything unsaved, taken at once; what happens while it is written goes into the next change."""
        file = self.file
        change = Change(
            matter=file.id,
            base=self._saved,
            version=self._seq,
            turn=self._turns,
            entries=self._entries,
            head=self._head,
            state=self.state(),
            clocks=[
                ClockAsk(clock=self.clocks[name].model_copy(), seq=seq)
                for name, seq in self._moved.items()
            ],
            stopped=[c for c in self.clocks.values() if not c.live and c.name not in self._moved],
            documents=self._asked,
            overtaken=self._overtaken,
            cited=self._cited,
            todos=[self._todo(name, slot) for name, slot in self._open.items()],
            outgoing=self._outgoing,
            unit=file.unit,
            party_digest=file.party_digest,
            party=self._party,
            file=file.model_dump(mode="json") if file.closed else None,
            claims_released=self._released,
            claims_taken=self._taken_over,
            bars=self._bars,
            reviewed=self._seen,
            opened_at=file.opened_at,
            updated_at=self.now(),
            closed_at=self.now() if file.closed else None,
        )
        self._entries, self._asked, self._outgoing, self._moved = [], [], [], {}
        self._overtaken, self._cited = [], []
        self._party, self._released, self._taken_over, self._bars = None, [], [], []
        self._seen = []
        self._taken = self._stirs
        return change

    def _settle(self, change: Change, answers: Answers) -> None:
        """Put the register's answers where they belong."""
        for name, due in answers.dues.items():
            clock = self.clocks[name]
            if name not in self._moved:
                clock.due_on, clock.due_at, clock.provisional = (
                    due.due_on,
                    due.due_at,
                    due.provisional,
                )
                clock.term, clock.basis, clock.reckoned = due.term, due.basis, True
        for ask in change.documents:
            number = answers.numbers[ask.paper]
            if ask.names_matter:
                self.file.number = number
            self.file.numbered(document_id(self.file.id, ask.paper), number)

    def _details(self) -> str:
        """What Temporal's own pages show of the matter; nothing personal."""
        waiting = "、".join(ACTS[name].term for name in self._open) or "无"
        return f"{self.file.number or self.file.id} · {self.file.stage} · 待办：{waiting}"

    def _todo(self, name: str, slot: Slot) -> Todo:
        act, basis = ACTS[name], ACTS[name].basis_in(self.file.kind)
        return Todo(act=name, term=act.term, roles=act.by, basis=basis, clock=slot.clock)


def _hand(act: Act) -> dict[str, Any]:
    """Who handed the act in, when, and the officers it names."""
    moment = act.moment
    people = {name: officer.model_dump(mode="json") for name, officer in moment.people.items()}
    return {
        "username": moment.actor.username,
        "name": moment.actor.name,
        "at": moment.now.isoformat(),
        "people": people,
        "lighter": moment.lighter.model_dump(mode="json") if moment.lighter else None,
    }
