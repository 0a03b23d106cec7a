"""The verbs of every procedure: expect, first_of, until, clocks, issue. The rest of a procedure file is the law.

A person moves a matter only through the one update, `perform`; its validator refuses before anything is written. Whatever one act
causes is written to the register in one transaction, once the procedure has fallen silent: see `_keep_register`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from models.act import ACTS, Act, Moment, not_your_role, relation
from models.basis import Basis
from models.change import Answers, Change, ClockAsk, NumberAsk, Out, Request, Start, Todo, answered
from models.clock import Clock, Running
from models.matter import MatterFile
from models.person import ROLE_TERMS, Actor, Role
from models.refusal import Code, Refused, refuse
from models.suspension import Suspension
from models.timeline import GENESIS, By, Entry

F = TypeVar("F", bound=MatterFile)
A = TypeVar("A", bound=Act)

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


class Standing(NamedTuple):
    """An act that may come beside the main line: what it does, and in which stages."""

    effect: Callable[[Any, Any], Coroutine[Any, Any, None] | None]
    stages: frozenset[str] | None = None
    while_suspended: bool = False


class Procedure(Generic[F]):
    """A matter that runs. Subclasses write `run` like the statute and declare their standing acts."""

    standing: ClassVar[Mapping[type[Act], Standing]] = {}

    def __init__(self, file: F, start: Start) -> None:
        self.file = file
        self.clocks: dict[str, Clock] = dict(start.clocks)
        self._seq = self._saved = start.seq
        self._head = start.head or GENESIS
        self._open: dict[str, Slot] = {}
        self._missed: dict[str, str] = dict(start.missed)
        self._entries: list[Entry] = []
        self._asked: list[NumberAsk] = []
        self._moved: dict[str, int] = {}
        self._outgoing: list[Out] = []
        self._party: dict[str, Any] | None = None
        self._fresh = start.seq == 0
        self._ahead = start.ahead
        self._rehearsal = start.rehearsal
        self._stirs = self._taken = 0
        self._writing = self._begun = False
        self._lines: list[asyncio.Task[None]] = []

    # ---- verbs -------------------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time of the case: the server's, but for rehearsals, which live at another time."""
        return workflow.now() + self._ahead

    async def expect(self, act: type[A], due: str | None = None) -> A:
        """Wait for a person's paper; `due` names the clock it should be done by."""
        answer = await self.first_of(act, due=due)
        assert isinstance(answer, act)  # noqa: S101 -- nothing lapses here, so there is an answer
        return answer

    async def first_of(
        self, *acts: type[Act], within: str | None = None, due: str | None = None
    ) -> Act | None:
        """Wait for the first of these papers, or until the clock `within` lapses (None). A clock that moves, moves the wait."""
        slot = Slot(asyncio.get_running_loop().create_future(), within or due)
        self._open |= {act.name: slot for act in acts}
        self._missed = {
            name: clock for name, clock in self._missed.items() if name not in self._open
        }
        self._stir()
        await self.until(slot.answer.done, *([within] if within else []))
        self._shut(slot)
        if slot.answer.done():
            return slot.answer.result()
        self._missed |= {act.name: within for act in acts if within}
        return None

    async def until(self, done: Callable[[], bool], *clocks: str) -> str | None:
        """Wait until `done`, or until the first of these clocks lapses; then its name."""
        while not done():
            await workflow.wait_condition(self._quiet)
            first = self._earliest(clocks)
            if done():
                return None
            if first is not None and first.over(self.now()):
                self._lapse(first)
                return first.name
            await self._wait(done, first, clocks)
        return None

    def start_clock(
        self, period: str, name: str | None = None, since: datetime | None = None
    ) -> None:
        """Start a statutory period, running from now or from `since`; its last day goes into the latest entry."""
        key = name or period
        self.clocks[key] = Clock(name=key, period=period, started_at=since or self.now())
        self._reckon(key)

    def start_fixed(self, name: str, on: date, term: str, basis: tuple[Basis, ...]) -> None:
        """A day somebody set, not a period of the catalogue: it ends with that civil day."""
        self.clocks[name] = Clock(
            name=name, period="", fixed_on=on, started_at=self.now(), term=term, basis=basis
        )
        self._reckon(name)

    def waits_for(self, act: type[Act]) -> bool:
        """Whether this paper is awaited now."""
        return act.name in self._open

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

    def step(self, name: str, term: str, basis: tuple[Basis, ...], /, **data: Any) -> None:
        """What the system does goes on the timeline too."""
        self._record("step", name, term, basis, _SYSTEM, data)

    def issue(
        self, paper: str, term: str, basis: tuple[Basis, ...], word: str, /, **data: Any
    ) -> None:
        """A paper of the file, numbered in the transaction that issues it."""
        self.step(f"issue_{paper}", term, basis, **data)
        self.file.with_document(paper, term, self.now())
        copies = sum(1 for document in self.file.documents if document["kind"] == paper)
        self._asked.append(NumberAsk(paper=f"{paper}#{copies}", word=word, seq=self._seq))

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
        self._record("act", name, term, basis, by, data)

    def shut_everything(self, *, but_clocks: bool = False) -> None:
        """Nobody is waited for any more; the side lines end, and the clocks stop unless the matter goes on."""
        self._open = {}
        for line in self._lines:
            line.cancel()
        if not but_clocks:
            self.stop_clock(*self.clocks)
        self._stir()

    def send(self, kind: str, key: str, /, **payload: Any) -> None:
        """Another system must get this: it leaves with the transaction and is sent until taken."""
        self._outgoing.append(Out(id=f"{self.file.id}/{kind}/{key}", kind=kind, payload=payload))
        self._stir()

    def keep_party(self, party: dict[str, Any]) -> None:
        """The register keeps the party's personal data sealed, apart from the state."""
        self._party = party
        self._stir()

    def enter(self, stage: str) -> None:
        """The matter is in another stage."""
        self.file.stage = stage
        self._stir()

    def beside(self, line: Coroutine[Any, Any, None]) -> None:
        """A side line runs beside the main line."""
        self._lines = [task for task in self._lines if not task.done()]
        self._lines.append(asyncio.create_task(line))

    async def conduct(self, main: Coroutine[Any, Any, None]) -> None:
        """Run the main line with the register kept; return when everything is written and everyone answered."""
        saver = asyncio.create_task(self._keep_register())
        await main
        await workflow.wait_condition(self._quiet)
        await workflow.wait_condition(workflow.all_handlers_finished)
        saver.cancel()

    def tired(self) -> bool:
        """The history is long, and nothing but clocks is running: a good moment to go on in a new run."""
        idle = not self._open and all(line.done() for line in self._lines)
        return idle and workflow.info().is_continue_as_new_suggested()

    async def continue_in_a_new_run(self) -> None:
        """The file, the clocks and the chain go on; the history starts again."""
        await workflow.wait_condition(self._quiet)
        await workflow.wait_condition(workflow.all_handlers_finished)
        start = Start(seq=self._seq, head=self._head, clocks=self.clocks, ahead=self._ahead)
        workflow.continue_as_new(args=[self.file, start])

    # ---- the one door ------------------------------------------------------------------------------------------------------------

    @workflow.update
    async def opened(self) -> dict[str, Any]:
        """Filed: answers once the register has it."""
        await workflow.wait_condition(lambda: self._saved > 0)
        return self.state()

    @workflow.update
    async def perform(self, request: Request) -> dict[str, Any]:
        """Hand in a paper; answers the new state once the register has it."""
        if not self._begun:
            await self._begin_before(request)
        act, moment = ACTS[request.act].read(request.paper), self._moment(request)
        act.handed_in(moment)
        role = relation(moment.actor, self.file.party_digest, act.by) or Role.SYSTEM
        by = By(username=moment.actor.username, name=moment.actor.name, role=role)
        self._record("act", act.name, act.term, act.basis, by, act.disclosed())
        mine = self._seq
        self._take(act)
        await workflow.wait_condition(lambda: self._saved >= mine)
        return self.state()

    @perform.validator
    def _refuse(self, request: Request) -> None:
        if self._begun:
            self._admit_or_fail(request)

    def _admit_or_fail(self, request: Request) -> None:
        try:
            self._admit(request)
        except Refused as no:
            detail = no.refusal.model_dump(mode="json")
            raise ApplicationError(
                no.refusal.zh, detail, type=no.refusal.code, non_retryable=True
            ) from None

    async def _begin_before(self, request: Request) -> None:
        """A paper that arrives with the first task of a run comes before the run knows what it waits for."""
        await workflow.wait_condition(lambda: self._begun)
        self._admit_or_fail(request)

    @workflow.update
    async def turn_calendar(self, to: datetime) -> dict[str, Any]:
        """A rehearsal lives at a time turned by hand; what runs out on the way lapses in its order."""
        while (due := self._next_due(to)) is not None:
            await self._turn(due)
        await self._turn(to)
        return self.state()

    @turn_calendar.validator
    def _forward_and_in_rehearsal_only(self, to: datetime) -> None:
        if not self._rehearsal or to < self.now():
            raise ApplicationError("not a rehearsal, or backwards", type="conflict")

    async def _turn(self, to: datetime) -> None:
        self._ahead += to - self.now()
        self._stir()
        await workflow.wait_condition(self._quiet)

    def _next_due(self, to: datetime) -> datetime | None:
        dues = [clock.due_at for clock in self.clocks.values() if clock.live and clock.due_at]
        return min((due for due in dues if self.now() < due <= to), default=None)

    @workflow.query
    def state(self) -> dict[str, Any]:
        """The live state, personal data masked."""
        file, now = self.file, self.now()
        return {
            "id": file.id,
            "number": file.number,
            "kind": file.kind,
            "procedure": file.procedure,
            "stage": file.stage,
            "outcome": file.outcome,
            **file.face(now),
            "suspended": file.suspended,
            "flags": file.flags,
            "rehearsal": self._ahead.total_seconds() if self._rehearsal else None,
            "open_acts": [self._offer(name, slot) for name, slot in self._open.items()],
            "standing_acts": sorted(act.name for act in self._standing_now()),
            "clocks": [_face(clock) for clock in self.clocks.values()],
            "documents": file.documents,
            "version": self._seq,
            "updated_at": now.isoformat(),
        }

    # ---- how it is done ----------------------------------------------------------------------------------------------------------

    def _admit(self, request: Request) -> None:
        """Everything the law asks before a paper is taken. Raises `Refused`."""
        act = ACTS.get(request.act)
        if act is None or (act.name not in self._open and act not in self._standing_now()):
            raise self._not_open(act)
        if self.file.suspended and not self._goes_on_while_suspended(act):
            raise self._not_open(act)
        moment = self._moment(request)
        if relation(moment.actor, self.file.party_digest, act.by) is None:
            raise not_your_role(act)
        act.read(request.paper).gate(self.file, moment)

    def _goes_on_while_suspended(self, act: type[Act]) -> bool:
        """The party's rights, and the standing acts that say so."""
        return Role.PARTY in act.by or act in self._standing_now()

    def _not_open(self, act: type[Act] | None) -> Refused:
        if act is not None and act.name in self._missed:
            return self._too_late(act, self.clocks[self._missed[act.name]])
        due = "、".join(ACTS[name].term for name in self._open) or "无"
        due_en = ", ".join(ACTS[name].en for name in self._open) or "nothing"
        why = f"（{self.file.suspended}）" if self.file.suspended else ""
        return refuse(
            Code.NOT_OPEN,
            f"现在不能办理{act.term if act else ''}{why}；现在应办：{due}",
            f"not open now; due now: {due_en}",
            act.basis if act else (),
        )

    def _too_late(self, act: type[Act], clock: Clock) -> Refused:
        return refuse(
            Code.PERIOD_OVER,
            f"{act.term}：{clock.term}已于 {clock.due_on} 届满",
            f"{act.en}: the time for it ran out on {clock.due_on}",
            act.basis + clock.basis,
        )

    def _moment(self, request: Request) -> Moment:
        return request.moment.model_copy(update={"now": self.now()})

    def _take(self, act: Act) -> None:
        """Give the paper to whoever waits for it. Closed before anything else can run, so a second one is refused."""
        slot = self._open.get(act.name)
        if slot is not None:
            self._shut(slot)
            slot.answer.set_result(act)
            return
        line = self.standing[type(act)].effect(self, act)
        if line is not None:
            self.beside(line)

    def _shut(self, slot: Slot) -> None:
        self._open = {name: other for name, other in self._open.items() if other is not slot}
        self._stir()

    def _standing_now(self) -> list[type[Act]]:
        if self.file.closed:
            return []
        return [act for act, rule in self.standing.items() if self._stands(rule)]

    def _stands(self, rule: Standing) -> bool:
        in_stage = rule.stages is None or self.file.stage in rule.stages
        return in_stage and (self.file.suspended is None or rule.while_suspended)

    def _offer(self, name: str, slot: Slot) -> dict[str, Any]:
        act = ACTS[name]
        clock = self.clocks.get(slot.clock) if slot.clock else None
        return {
            "name": name,
            "term": act.term,
            "roles": list(act.by),
            "role": ROLE_TERMS[act.by[0]],
            "basis": [basis.model_dump() for basis in act.basis],
            "clock": slot.clock,
            "due": clock.due_at.isoformat() if clock and clock.due_at else None,
        }

    def _record(  # noqa: PLR0913, PLR0917 -- what an entry is made of
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

    def _earliest(self, names: tuple[str, ...]) -> Clock | None:
        running = [
            clock
            for name in names
            if (clock := self.clocks.get(name))
            and clock.status is Running.RUNNING
            and clock.reckoned
            and clock.due_at
        ]
        return min(
            running,
            key=lambda clock: clock.due_at or datetime.max.replace(tzinfo=UTC),
            default=None,
        )

    async def _wait(
        self, done: Callable[[], bool], first: Clock | None, clocks: tuple[str, ...]
    ) -> None:
        at, ahead = first.due_at if first else None, self._ahead
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: (
                    done()
                    or self._ahead != ahead
                    or (self._quiet() and _due(self._earliest(clocks)) != at)
                ),
                timeout=max(at - self.now(), timedelta(0)) if at else None,
            )

    def _lapse(self, clock: Clock) -> None:
        clock.status, clock.stopped_at = Running.LAPSED, self.now()
        last = clock.due_on.isoformat() if clock.due_on else None
        self.step(f"lapse_{clock.name}", f"{clock.term}届满", clock.basis, last_day=last)

    # ---- the register ------------------------------------------------------------------------------------------------------------

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

    def _stir(self) -> None:
        self._stirs += 1

    def _quiet(self) -> bool:
        """Everything is written, and every due date known."""
        return self._stirs == self._taken and not self._writing

    async def _save(self) -> None:
        change = self._change()
        workflow.set_current_details(self._details())
        answers = await workflow.execute_local_activity(
            SAVE,
            change,
            result_type=Answers,
            start_to_close_timeout=SAVE_WITHIN,
            retry_policy=SAVE_RETRY,
            local_retry_threshold=timedelta(seconds=10),
        )
        entries = answered(change, answers)
        if entries and entries[-1].hash != answers.head:
            raise RuntimeError(
                f"the register's chain of {change.matter} differs from the procedure's"
            )
        self._head = answers.head or self._head
        self._saved = change.version
        self._settle(change, answers)

    def _change(self) -> Change:
        """Everything unsaved, taken at once; what happens while it is written goes into the next change."""
        file = self.file
        change = Change(
            matter=file.id,
            version=self._seq,
            entries=self._entries,
            head=self._head,
            state=self.state(),
            clocks=[
                ClockAsk(clock=self.clocks[name].model_copy(), seq=seq)
                for name, seq in self._moved.items()
            ],
            stopped=[c for c in self.clocks.values() if not c.live and c.name not in self._moved],
            numbers=self._asked,
            todos=[self._todo(name, slot) for name, slot in self._open.items()],
            outgoing=self._outgoing,
            unit=file.unit,
            party_digest=file.party_digest,
            party=self._party,
            file=file.model_dump(mode="json") if file.closed else None,
            claim_released=self._claim_released(),
            opened_at=file.opened_at,
            updated_at=self.now(),
            closed_at=self.now() if file.closed else None,
        )
        self._entries, self._asked, self._outgoing, self._moved = [], [], [], {}
        self._party, self._taken = None, self._stirs
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
        for ask in change.numbers:
            number = answers.numbers[ask.paper]
            if ask.names_matter:
                self.file.number = number
            self.file.numbered(ask.paper.partition("#")[0], number)

    def _details(self) -> str:
        """What Temporal's own pages show of the matter; nothing personal."""
        waiting = "、".join(ACTS[name].term for name in self._open) or "无"
        return f"{self.file.number or self.file.id} · {self.file.stage} · 待办：{waiting}"

    def _todo(self, name: str, slot: Slot) -> Todo:
        act = ACTS[name]
        return Todo(act=name, term=act.term, roles=act.by, basis=act.basis, clock=slot.clock)

    def _claim_released(self) -> str | None:
        """A claim on an act given back when the matter ends without a penalty; procedures that claim override this."""
        return None


def _due(clock: Clock | None) -> datetime | None:
    return clock.due_at if clock else None


def _face(clock: Clock) -> dict[str, Any]:
    return {
        "name": clock.name,
        "term": clock.term,
        "status": clock.status.value,
        "started_at": clock.started_at.isoformat(),
        "due_on": clock.due_on.isoformat() if clock.due_on else None,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "provisional": clock.provisional,
    }
