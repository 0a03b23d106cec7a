"""The verbs of every procedure: expect, first_of, until, beside; and the one door. The rest of a procedure file is the law.

A person moves a matter only through the one update, `perform`; its validator refuses before anything is written.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.act import ACTS, Act, Moment, not_your_role, relation
from models.change import Request, Start
from models.clock import Clock, Running
from models.person import ROLE_TERMS, Role
from models.refusal import Code, Refused, refuse
from models.timeline import By
from workflows.record import F, Record, Slot

A = TypeVar("A", bound=Act)


class Standing(NamedTuple):
    """An act that may come beside the main line: what it does, and in which stages."""

    effect: Callable[[Any, Any], Coroutine[Any, Any, None] | None]
    stages: frozenset[str] | None = None
    while_suspended: bool = False


class Procedure(Record[F]):
    """A matter that runs. Subclasses write `run` like the statute and declare their standing acts."""

    standing: ClassVar[Mapping[type[Act], Standing]] = {}
    reopened_by: ClassVar[tuple[type[Act], ...]] = ()

    def __init__(self, file: F, start: Start) -> None:
        super().__init__(file, start)
        self._missed: dict[str, str] = dict(start.missed)
        self._lines: list[asyncio.Task[None]] = []
        self._bearing = 0

    # ---- verbs

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

    def waits_for(self, act: type[Act]) -> bool:
        """Whether this paper is awaited now."""
        return act.name in self._open

    def answer(self, act: Act) -> None:
        """The system hands in what is awaited, on the strength of what it was told; entered by whoever told it."""
        slot = self._open.get(act.name)
        if slot is not None:
            self._shut(slot)
            slot.answer.set_result(act)

    def unask(self, act: type[Act]) -> None:
        """This paper is awaited no more; the line that waited for it ends."""
        slot = self._open.get(act.name)
        if slot is not None:
            self._shut(slot)
            slot.answer.cancel()

    def beside(self, line: Coroutine[Any, Any, None]) -> None:
        """A side line runs beside the main line."""
        self._lines = [task for task in self._lines if not task.done()]
        self._lines.append(asyncio.create_task(line))

    @asynccontextmanager
    async def bearing(self) -> AsyncIterator[None]:
        """Another life starts from this one; whoever caused it is answered when it is there."""
        self._bearing += 1
        await workflow.wait_condition(self._quiet)
        yield
        self._bearing -= 1

    async def unless(self, left: Callable[[], bool], main: Coroutine[Any, Any, None]) -> bool:
        """Run the line unless somebody takes the matter off it first; whether he did."""
        line = asyncio.create_task(main)
        await workflow.wait_condition(lambda: line.done() or left())
        if left():
            line.cancel()
            return True
        await line
        return False

    async def conduct(self, main: Coroutine[Any, Any, None]) -> None:
        """Run the main line with the register kept; return when everything is written and everyone answered."""
        saver, line = asyncio.create_task(self._keep_register()), asyncio.create_task(main)
        await workflow.wait_condition(
            lambda: line.done() or saver.done() or self._fallen() is not None
        )
        if fallen := saver if saver.done() else self._fallen():
            fallen.result()  # fails the task, so that it is tried again; nothing falls silently
        await line
        await self._everyone_answered()
        saver.cancel()

    def shut_everything(self, *, but_clocks: bool = False) -> None:
        """Nobody is waited for any more; the side lines end, and the clocks stop unless the matter goes on."""
        self._open = {}
        for line in self._lines:
            line.cancel()
        if not but_clocks:
            self.stop_clock(*self.clocks)
        self._stir()

    def _fallen(self) -> asyncio.Task[None] | None:
        """A side line that ended with an error."""
        ended = (line for line in self._lines if line.done() and not line.cancelled())
        return next((line for line in ended if line.exception()), None)

    def tired(self) -> bool:
        """The history is long, and nothing but clocks is running: a good moment to go on in a new run."""
        idle = not self._open and all(line.done() for line in self._lines)
        return idle and workflow.info().is_continue_as_new_suggested()

    async def continue_in_a_new_run(self) -> None:
        """The file, the clocks and the chain go on; the history starts again."""
        await self._everyone_answered()
        if not self.tired():
            return
        start = Start(
            seq=self._seq,
            head=self._head,
            clocks=self.clocks,
            missed=self._missed,
            ahead=self._ahead,
            rehearsal=self._rehearsal,
        )
        workflow.continue_as_new(args=[self.file, start])

    async def _everyone_answered(self) -> None:
        """Everything is written, and no handler is on its way."""
        await workflow.wait_condition(lambda: self._quiet() and workflow.all_handlers_finished())

    # ---- the one door

    @workflow.update
    async def opened(self) -> dict[str, Any]:
        """Filed: answers once the register has it."""
        await workflow.wait_condition(lambda: self._saved > 0 and not self._bearing)
        return self.state()

    @workflow.update
    async def perform(self, request: Request) -> dict[str, Any]:
        """Hand in a paper; answers the new state once the register has it."""
        if not self._begun:
            await self._begin_before(request)
        act, moment = ACTS[request.act].read(request.paper), self._moment(request)
        act.handed_in(moment)
        role = relation(moment.actor, self.file.party_of(moment.actor), act.by) or Role.SYSTEM
        by = By(username=moment.actor.username, name=moment.actor.name, role=role)
        basis = act.basis_in(self.file.kind)
        self._enter("act", act.name, act.term, basis, by, act.disclosed())
        mine = self._seq
        self._take(act)
        await workflow.wait_condition(lambda: self._saved >= mine and not self._bearing)
        return self.state()

    @perform.validator
    def _refuse(self, request: Request) -> None:
        if self._begun:
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
            "reopened_by": sorted(act.name for act in self.reopened_by) if file.closed else [],
            "clocks": [_face(clock) for clock in self.clocks.values()],
            "documents": file.shown_documents(),
            "version": self._seq,
            "updated_at": now.isoformat(),
        }

    @workflow.query
    def chain(self) -> dict[str, Any]:
        """How far the timeline is written, and its head: the register's copy must agree."""
        return {"seq": self._saved, "head": self._head}

    # ---- how it is done

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

    async def _turn(self, to: datetime) -> None:
        self._ahead += to - self.now()
        self._stir()
        await workflow.wait_condition(self._quiet)

    def _next_due(self, to: datetime) -> datetime | None:
        dues = [clock.due_at for clock in self.clocks.values() if clock.live and clock.due_at]
        return min((due for due in dues if self.now() < due <= to), default=None)

    def _admit(self, request: Request) -> None:
        """Everything the law asks before a paper is taken. Raises `Refused`."""
        act = ACTS.get(request.act)
        if act is None or (act.name not in self._open and act not in self._standing_now()):
            raise self._not_open(act)
        if self.file.suspended and not self._goes_on_while_suspended(act):
            raise self._not_open(act)
        moment = self._moment(request)
        if relation(moment.actor, self.file.party_of(moment.actor), act.by) is None:
            raise not_your_role(act, self.file.kind)
        if request.seen is not None and request.seen != self._seq:
            raise self._stale()
        act.read(request.paper).gate(self.file, moment)

    def _goes_on_while_suspended(self, act: type[Act]) -> bool:
        """The party's rights, the standing acts that say so, and whatever is waited for on a clock that runs on."""
        slot = self._open.get(act.name)
        clock = self.clocks.get(slot.clock) if slot and slot.clock else None
        runs_on = clock is not None and clock.status is Running.RUNNING
        return Role.PARTY in act.by or runs_on or act in self._standing_now()

    def _not_open(self, act: type[Act] | None) -> Refused:
        if act is not None and (closed := act.why_closed(self.file)):
            return closed
        if act is not None and act.name in self._missed:
            return self._too_late(act, self.clocks[self._missed[act.name]])
        due = "、".join(ACTS[name].term for name in self._open) or "无"
        due_en = ", ".join(ACTS[name].en for name in self._open) or "nothing"
        why = f"（{self.file.suspended}）" if self.file.suspended else ""
        return refuse(
            Code.NOT_OPEN,
            f"现在不能办理{act.term if act else ''}{why}；现在应办：{due}",
            f"not open now; due now: {due_en}",
            act.basis_in(self.file.kind) if act else (),
        )

    def _stale(self) -> Refused:
        return refuse(
            Code.STALE,
            f"案卷已更新到第 {self._seq} 版，请刷新后再办理",
            f"the case is at version {self._seq} by now; look again first",
        )

    def _too_late(self, act: type[Act], clock: Clock) -> Refused:
        return refuse(
            Code.PERIOD_OVER,
            f"{act.term}：{clock.term}已于 {clock.due_on} 届满",
            f"{act.en}: the time for it ran out on {clock.due_on}",
            act.basis_in(self.file.kind) + clock.basis,
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
            "basis": [basis.model_dump() for basis in act.basis_in(self.file.kind)],
            "clock": slot.clock,
            "due": clock.due_at.isoformat() if clock and clock.due_at else None,
        }

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

        def moved() -> bool:
            turned = self._ahead != ahead
            return done() or turned or (self._quiet() and _due(self._earliest(clocks)) != at)

        await self._until_moved(moved, max(at - self.now(), timedelta(0)) if at else None)

    async def _until_moved(self, moved: Callable[[], bool], within: timedelta | None) -> None:
        with suppress(TimeoutError):
            await workflow.wait_condition(moved, timeout=within)

    def _lapse(self, clock: Clock) -> None:
        clock.status, clock.stopped_at = Running.LAPSED, self.now()
        last = clock.due_on.isoformat() if clock.due_on else None
        self.step(f"lapse_{clock.name}", f"{clock.term}届满", clock.basis, last_day=last)


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
