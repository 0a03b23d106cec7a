"""An incident (数字城管案卷, CJ/T 315-2009): seen, docketed, dispatched, handled, checked by another, closed, rated; always owned by
somebody.
"""

from typing import ClassVar

from temporalio import workflow

from models.act import Act
from models.acts import incident as papers, standing
from models.acts.incident import MOST_TRANSFERS
from models.basis import CITY, LOOP
from models.change import Start
from models.incident_file import IncidentFile, Outcome, Result, Stage, Task
from workflows import standing as effects
from workflows.procedure import Procedure, Standing

RATE_WITHIN = "rating"
ALWAYS = None
WITH_UNIT = frozenset({Stage.DISPATCHED, Stage.HANDLING})


@workflow.defn(name="incident")
class Incident(Procedure[IncidentFile]):
    """From the report to the rating."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        papers.VerifyReport: Standing(
            lambda case, act: case.verified(act), frozenset({Stage.COLLECTED})
        ),
        papers.ExtendTask: Standing(lambda case, act: case.extended(act), WITH_UNIT),
        papers.RaiseCase: Standing(lambda case, act: case.raised(act), ALWAYS),
        standing.AddNote: Standing(effects.add_note, ALWAYS),
    }

    @workflow.init
    def __init__(self, file: IncidentFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: IncidentFile, start: Start) -> str:
        """Ends with how it ended."""
        await self.conduct(self._procedure())
        return self.file.outcome or ""

    async def _procedure(self) -> None:
        self._collect()  # 信息收集
        if not await self._docketed():  # 案卷建立
            return
        await self._handled()  # 任务派遣、处理、反馈、核查
        await self._rated()  # 综合评价
        self._finish(Outcome.SOLVED)

    def _collect(self) -> None:
        file = self.file
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

    async def _docketed(self) -> bool:
        """Whether somebody will handle it; if not, the reporter is told why."""
        act = await self.first_of(papers.Docket, papers.RejectReport)
        if isinstance(act, papers.RejectReport):
            self.file.duplicate_of = act.duplicate_of
            self._finish(Outcome.DUPLICATE if act.duplicate_of else Outcome.REJECTED)
            return False
        assert isinstance(act, papers.Docket)  # noqa: S101 -- nothing else is awaited
        self.file.category = act.moment.category
        self.enter(Stage.DOCKETED)
        return True

    async def _handled(self) -> None:
        """Until a result passes the check."""
        passed = False
        while not passed:
            await self._dispatched()
            if await self._accepted():
                passed = await self._solved()
        self.stop_clock("handle")

    async def _dispatched(self) -> None:
        act = await self.expect(papers.Dispatch, due="handle")
        offer, file = act.moment.task, self.file
        assert offer is not None  # noqa: S101 -- the gate asked for it
        before = file.task
        task = Task(**offer.model_dump(), at=self.now())
        if before is None or before.unit != task.unit:
            file.transfers += before is not None
            self.start_clock(task.limit.unit.period, "handle", length=task.limit.value)
        if file.transfers > MOST_TRANSFERS and "transferred_often" not in file.flags:
            file.flags.append("transferred_often")
            self.step("transferred_often", "多次改派", LOOP(18), transfers=file.transfers)
        file.tasks.append(task)
        file.unit = task.unit
        self.enter(Stage.DISPATCHED)

    async def _accepted(self) -> bool:
        """Accepted, or returned: then the dispatcher decides who has it (首办责任)."""
        act = await self.first_of(papers.AcceptTask, papers.ReturnTask, due="handle")
        if isinstance(act, papers.ReturnTask):
            self._returned(act)
            return False
        task = self.file.task
        assert task is not None  # noqa: S101 -- it was dispatched
        assert act is not None  # noqa: S101 -- nothing lapses
        task.accepted_at, task.accepted_by = self.now(), act.moment.actor.username
        self.enter(Stage.HANDLING)
        return True

    def _returned(self, act: papers.ReturnTask) -> None:
        task = self.file.task
        assert task is not None  # noqa: S101 -- it was dispatched
        task.returned = act.reason
        self.enter(Stage.DOCKETED)

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
            self.enter(Stage.HANDLING)
            self.step("rework", "核查未通过，返工", CITY("结案"), remarks=check.remarks)

    def _result(self, act: papers.SubmitResult) -> None:
        file = self.file
        by = act.moment.actor.username
        file.results.append(
            Result(text=act.text, before=act.before, after=act.after, by=by, at=self.now())
        )
        self.cite(*act.evidence_cited())
        clock, task = self.clocks["handle"], file.task
        if task is not None and clock.over(self.now()) and not task.overdue:
            task.overdue = True
            file.flags.append("handled_late")
            self.step("handled_late", "超过处置时限", CITY("处置"))
        self.enter(Stage.CHECKING)

    async def _rated(self) -> None:
        """By who reported it, within five working days; nobody need."""
        self.enter(Stage.RATING)
        self.start_clock("handle_work_day", RATE_WITHIN, length=5)
        act = await self.first_of(papers.RateHandling, within=RATE_WITHIN)
        self.stop_clock(RATE_WITHIN)
        if isinstance(act, papers.RateHandling):
            self.file.rating = act.stars

    def _finish(self, outcome: Outcome) -> None:
        self.file.outcome = outcome
        self.release(self.file.claim)
        self.shut_everything()
        self.enter(Stage.CLOSED)
        self.step("closed", "结案", CITY("结案"), outcome=outcome)

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

    def raised(self, act: papers.RaiseCase) -> None:
        """The case and the incident know each other."""
        if act.case not in self.file.cases:
            self.file.cases.append(act.case)
