"""An incident (数字城管案卷, CJ/T 315-2009): seen, docketed, dispatched, handled, checked by another, closed, rated; always owned by
somebody, and whoever reported it is told at each step.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, ClassVar

from temporalio import workflow

from models.act import Act
from models.acts import incident as papers, standing
from models.basis import CITY, LOOP, PRACTICE, Basis
from models.change import Start
from models.incident_class import TaskOffer
from models.incident_file import HandOver, IncidentFile, Outcome, Result, Stage, Told
from models.person import Role
from workflows import standing as effects
from workflows.procedure import Procedure, Standing

RATE_WITHIN = "rating"
ALWAYS = None
WITH_UNIT = frozenset({Stage.DISPATCHED, Stage.HANDLING})
BEFORE_DISPATCH = frozenset({Stage.COLLECTED, Stage.DOCKETED})


@workflow.defn(name="incident")
class Incident(Procedure[IncidentFile]):
    """From the report to the rating."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        papers.VerifyReport: Standing(
            lambda case, act: case.verified(act), frozenset({Stage.COLLECTED})
        ),
        papers.CorrectPlace: Standing(lambda case, act: case.corrected(act), BEFORE_DISPATCH),
        papers.ExtendTask: Standing(lambda case, act: case.extended(act), WITH_UNIT),
        papers.ReassignTask: Standing(lambda case, act: case.reassigned(act), WITH_UNIT),
        papers.RaiseCase: Standing(lambda case, act: case.raised(act), ALWAYS),
        standing.AddNote: Standing(effects.add_note, ALWAYS),
    }

    @workflow.init
    def __init__(self, file: IncidentFile, start: Start) -> None:
        super().__init__(file, start)
        self._moved_to: TaskOffer | None = None

    @workflow.run
    async def run(self, file: IncidentFile, start: Start) -> str:
        """Ends with how it ended."""
        await self.conduct(self._procedure())
        return self.file.outcome or ""

    async def _procedure(self) -> None:
        self._collect()  # 信息收集
        if self.file.told and self._handled_elsewhere(self.file.told):
            return
        if not await self._docketed():  # 案卷建立
            return
        if not await self._handled():  # 任务派遣、处理、反馈、核查
            return
        await self._rated()  # 综合评价
        self._finish(Outcome.SOLVED)

    def _collect(self) -> None:
        file = self.file
        if file.reporter is not None:
            self.keep_party(file.reporter.model_dump(mode="json"))
        self.filed(
            "report",
            "上报",
            CITY("信息收集"),
            self.filer,
            channel=file.channel,
            place=file.place.model_dump(mode="json", exclude_none=True),
            seen_at=file.seen_at.isoformat(),
            description=file.description,
            photos=len(file.photos),
        )
        self.cite(*file.photos)
        self._tell()

    def _handled_elsewhere(self, told: Told) -> bool:
        """A list says how it went there; our own clock and our own rule say what is to be flagged. Whether it is closed."""
        file = self.file
        if told.due_at is not None:
            self.start_until("handle", told.due_at, "原定办结期限", CITY("处置"))
        file.transfers = told.transfers
        self._flag_transfers()
        if told.closed_at is None:
            return False
        self._flag_late(told.closed_at)
        self._finish(Outcome.SOLVED)
        return True

    async def _docketed(self) -> bool:
        """Whether somebody will handle it; if not, the reporter is told why."""
        act = await self.first_of(papers.Docket, papers.RejectReport)
        if isinstance(act, papers.RejectReport):
            self.file.duplicate_of = act.duplicate_of
            outcome = Outcome.DUPLICATE if act.duplicate_of else Outcome.REJECTED
            self._finish(outcome, because=act.reason)
            return False
        assert isinstance(act, papers.Docket)  # noqa: S101 -- nothing else is awaited
        self.file.category = act.moment.category
        self._reach(Stage.DOCKETED)
        return True

    async def _handled(self) -> bool:
        """Until a result passes the check; False when another department has it."""
        while True:
            offer = self._moved_to or await self._dispatched()
            self._moved_to = None
            if offer is None:
                self._finish(Outcome.HANDED_OVER)
                return False
            self._give(offer)
            if await self._accepted() and await self._solved():
                self.stop_clock("handle")
                return True

    async def _dispatched(self) -> TaskOffer | None:
        """To a unit, or to a department outside that takes it (None)."""
        while True:
            act = await self.first_of(papers.Dispatch, papers.HandOver, due="handle")
            if isinstance(act, papers.Dispatch):
                return act.moment.task
            assert isinstance(act, papers.HandOver)  # noqa: S101 -- nothing else is awaited
            if await self._confirmed(act):
                return None

    def _give(self, offer: TaskOffer) -> None:
        if self.file.give(offer, self.now()):
            self.start_clock(offer.limit.unit.period, "handle", length=offer.limit.value)
        self._assigned(offer)
        self._flag_transfers()
        self._reach(Stage.DISPATCHED)

    def _assigned(self, offer: TaskOffer) -> None:
        """On the timeline too: who has it from now on, and the rule that chose him."""
        if self.file.rules.edition < 2:
            return
        by = CITY("处置") + PRACTICE("守土责任")
        self.step("assigned", "确定承办", by, unit=offer.unit, person=offer.person, why=offer.why)

    async def _confirmed(self, act: papers.HandOver) -> bool:
        """Whether the department confirms within its clock; if not, the dispatcher has it again (条例 18)."""
        department, file = act.moment.department, self.file
        assert department is not None  # noqa: S101 -- the gate asked for it
        given = HandOver(
            department=department.id, name=department.name, ground=act.ground, at=self.now()
        )
        file.hand_overs.append(given)
        self._reach(Stage.HANDING_OVER)
        self.start_clock("handover")
        answer = await self.first_of(papers.AcknowledgeHandOver, within="handover")
        self.stop_clock("handover")
        if isinstance(answer, papers.AcknowledgeHandOver):
            given.accepted, given.by = answer.accepted, answer.answered_by
            given.reference, given.remarks = answer.reference, answer.remarks
            if answer.accepted:
                return True
        else:
            given.overdue = True
            self._flag("hand_over_unanswered", "接收部门逾期未确认，退回派遣", LOOP(18))
        self._reach(Stage.DOCKETED)
        return False

    async def _accepted(self) -> bool:
        """Accepted, or returned: then the dispatcher decides who has it (首办责任)."""
        act = await self.first_of(papers.AcceptTask, papers.ReturnTask, due="handle")
        if isinstance(act, papers.ReturnTask):
            self._returned(act)
            return False
        task = self.file.task
        assert task is not None  # noqa: S101 -- it was dispatched
        assert act is not None  # noqa: S101 -- nothing lapses
        who = act.moment.actor
        task.accepted_at, task.accepted_by = self.now(), who.username
        task.person, task.person_name = who.username, who.name
        self._reach(Stage.HANDLING)
        return True

    def _returned(self, act: papers.ReturnTask) -> None:
        task = self.file.task
        assert task is not None  # noqa: S101 -- it was dispatched
        task.returned = act.reason
        self._reach(Stage.DOCKETED)

    async def _solved(self) -> bool:
        """Result after result, until one passes; or the task comes back after all."""
        while True:
            act = await self.first_of(papers.SubmitResult, papers.ReturnTask, due="handle")
            if isinstance(act, papers.ReturnTask):
                self._returned(act)
                return False
            assert isinstance(act, papers.SubmitResult)  # noqa: S101 -- nothing else is awaited
            self._result(act)
            check = await self.expect(papers.CheckResult, due="handle")
            result = self.file.results[-1]
            result.passed, result.checked_by = check.passed, check.moment.actor.username
            result.remarks = check.remarks
            if check.passed:
                return True
            self._reach(Stage.HANDLING)
            self.step("rework", "核查未通过，返工", CITY("结案"), remarks=check.remarks)

    def _result(self, act: papers.SubmitResult) -> None:
        file = self.file
        by = act.moment.actor.username
        file.results.append(
            Result(text=act.text, before=act.before, after=act.after, by=by, at=self.now())
        )
        self.cite(*act.evidence_cited())
        self._flag_late(self.now())
        self._reach(Stage.CHECKING)

    async def _rated(self) -> None:
        """By who reported it, within five working days; nobody need."""
        self._reach(Stage.RATING)
        self.start_clock("handle_work_day", RATE_WITHIN, length=self.file.rules.rating_days)
        act = await self.first_of(papers.RateHandling, within=RATE_WITHIN)
        self.stop_clock(RATE_WITHIN)
        if isinstance(act, papers.RateHandling):
            self.file.rating = act.stars

    async def _until_moved(self, moved: Callable[[], bool], within: timedelta | None) -> None:
        """The wait for the rating is the last one: its timer is not taken back but ends with the run, one event less."""
        rating = self.file.stage == Stage.RATING and self.file.rules.edition >= 2
        if not rating or within is None:
            await super()._until_moved(moved, within)
            return
        alarm = asyncio.create_task(asyncio.sleep(within.total_seconds()))
        await workflow.wait_condition(lambda: moved() or alarm.done())

    def _finish(self, outcome: Outcome, because: str | None = None) -> None:
        self.file.outcome = outcome
        self.release(self.file.claim)
        self.shut_everything()
        self.enter(Stage.CLOSED)
        self.step("closed", "结案", CITY("结案"), outcome=outcome)
        self._tell(because)

    def _reach(self, stage: Stage) -> None:
        """The next stage; the reporter hears of it."""
        self.enter(stage)
        self._tell()

    def _tell(self, because: str | None = None) -> None:
        """Once a step, by the ways he gave; nothing but the step and the reason goes out from here."""
        file, step = self.file, self.file.step
        if step in file.rules.told:
            for channel in file.channels:
                self.send(channel, step, step=step, because=because)

    def _flag(self, name: str, term: str, basis: tuple[Basis, ...], **data: Any) -> None:
        self.file.flags += [] if name in self.file.flags else [name]
        self.step(name, term, basis, **data)

    def _flag_transfers(self) -> None:
        if self.file.moved_too_often():
            self._flag(
                "transferred_often", "多次改派", PRACTICE("首办责任"), transfers=self.file.transfers
            )

    def _flag_late(self, at: datetime) -> None:
        """Handled after its limit; a task is late once."""
        clock, task = self.clocks.get("handle"), self.file.task
        if clock is None or not clock.over(at) or (task is not None and task.overdue):
            return
        if task is not None:
            task.overdue = True
        self._flag("handled_late", "超过处置时限", CITY("处置"))

    # ---- beside the main line

    def verified(self, act: papers.VerifyReport) -> None:
        """Somebody looked."""
        self.file.verified = act.as_reported
        self.cite(*act.photos)

    def extended(self, act: papers.ExtendTask) -> None:
        """Once, by the dispatcher."""
        task = self.file.task
        assert task is not None  # noqa: S101 -- the gate asked for it
        task.extended = act.extra
        self.extend_clock("handle", act.extra)

    def corrected(self, act: papers.CorrectPlace) -> None:
        """From now on it is another street's."""
        place = {"street": act.street} | ({"address": act.address} if act.address else {})
        self.file.place = self.file.place.model_copy(update=place)
        self.file.grid, self.file.approximate = act.moment.grid, False

    def reassigned(self, act: papers.ReassignTask) -> Coroutine[Any, Any, None] | None:
        """Another person of the unit has it; or another unit: then it is accepted anew, and counts as a transfer (首办责任)."""
        offer, task = act.moment.task, self.file.task
        assert offer is not None  # noqa: S101 -- the gate asked for it
        assert task is not None  # noqa: S101 -- it was dispatched
        if offer.unit != task.unit:
            return self._moves_on(offer, act.ground)
        task.person, task.person_name = offer.person, offer.person_name
        task.why, task.considered = offer.why, offer.considered
        self._assigned(offer)
        return None

    async def _moves_on(self, offer: TaskOffer, ground: str) -> None:
        """Once the unit that has it could return it; if it has reported a result meanwhile, it keeps it."""
        await workflow.wait_condition(
            lambda: self.waits_for(papers.ReturnTask) or self.file.stage not in WITH_UNIT
        )
        if self.waits_for(papers.ReturnTask):
            self.step("moved", "改派其他单位", PRACTICE("首办责任"), unit=offer.unit)
            self._moved_to = offer
            self.answer(papers.ReturnTask(reason=ground))
        else:
            self.step("not_moved", "承办单位已反馈结果，未改派", PRACTICE("首办责任"))

    def raised(self, act: papers.RaiseCase) -> None:
        """The case and the incident know each other."""
        if act.case not in self.file.cases:
            self.file.cases.append(act.case)
        if Role.SYSTEM not in act.moment.actor.roles:  # else it is the case that told us
            link = {"to": act.case, "act": "link_incident", "paper": {"incident": self.file.id}}
            self.send("link", act.case, **link)
