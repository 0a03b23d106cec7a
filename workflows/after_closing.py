"""After closing (结案后处理): money that comes when the case is closed is entered all the same, and what is too much goes back; a
review or a suit that the party starts in time is recorded, and its result takes effect (行政处罚法 67, 73, 74). The same matter, the same
chain; closed again as soon as nothing is open.
"""

import asyncio
from contextlib import suppress
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import TemporalError

from models.act import Act
from models.acts.challenge import (
    RecordLawsuit,
    RecordReview,
    RecordReviewResult,
    RecordReviewService,
    RecordSuitResult,
    ReplyToReview,
)
from models.acts.collection import ReceivePayment
from models.acts.standing import AddNote
from models.basis import PENALTY
from models.case_file import CaseFile, Outcome, Stage
from models.change import TASK_TIMEOUT, Request, Start
from models.suspension import civil_day
from workflows import execution, standing
from workflows.penalty_case import PenaltyCase
from workflows.procedure import Standing

AFTER_CLOSING = frozenset({Stage.AFTER_CLOSING})


@workflow.defn(name="after_closing")
class AfterClosing(PenaltyCase):
    """Late money counts as paid, also on a debt whose execution was ended by law (行政强制法 40); only the excess is refunded."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        ReceivePayment: Standing(execution.receive_payment, AFTER_CLOSING, True),
        RecordReview: Standing(execution.record_review, AFTER_CLOSING, True),
        ReplyToReview: Standing(execution.reply_to_review, AFTER_CLOSING, True),
        RecordReviewResult: Standing(execution.record_review_result, AFTER_CLOSING, True),
        RecordReviewService: Standing(execution.review_served, AFTER_CLOSING, True),
        RecordLawsuit: Standing(execution.record_lawsuit, AFTER_CLOSING, True),
        RecordSuitResult: Standing(execution.record_suit_result, AFTER_CLOSING, True),
        AddNote: Standing(standing.add_note, AFTER_CLOSING, True),
    }

    @workflow.init
    def __init__(self, file: CaseFile, start: Start) -> None:
        super().__init__(file, start)
        self.file.stage = Stage.AFTER_CLOSING

    @workflow.run
    async def run(self, file: CaseFile, start: Start) -> str:
        """Ends with the outcome of the case, which stays what it was."""
        return await self.conduct_case(self._procedure)

    async def _procedure(self) -> None:
        await self.until(lambda: self._settled() or self._in_vain())
        if self._written_anything():
            self.step("closed_again", "结案后事项处理完毕", PENALTY(47))
        self.finish(self.file.outcome or Outcome.PENALISE)

    def _settled(self) -> bool:
        """The paper this run was started for is in; nothing has to go back, nothing is being challenged, nothing to be unpublished."""
        file, rule = self.file, self.file.regime.surcharge
        over = file.account.overpaid(civil_day(self.now()), rule) if file.account else 0
        pending = file.pending("review") or file.pending("lawsuit")
        return self._written_anything() and over <= 0 and not pending and not file.to_be_unpublished

    def _in_vain(self) -> bool:
        """The paper this run was started with was refused, or never arrived: whoever has it comes again."""
        return self._begun and not self._written_anything() and workflow.all_handlers_finished()


async def reopen(  # noqa: PLR0913, PLR0917 -- which case, from where on, with which paper, once
    client: Client,
    file: CaseFile,
    start: Start,
    request: Request,
    update_id: str,
    task_queue: str,
) -> dict[str, Any]:
    """Start a run for the closed case and hand it this paper, in one; the state once the register has it. Raises as an update does.

    `file` and `start` are what the register kept when the last run ended; the caller sees to it that nobody else reopens meanwhile.
    """
    run: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "after_closing",
        args=[file, start],
        id=file.id,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        task_timeout=TASK_TIMEOUT,
        static_summary=f"{file.rules.title}（结案后处理）",
    )
    try:
        state: dict[str, Any] = await client.execute_update_with_start_workflow(
            "perform", request, start_workflow_operation=run, id=update_id, result_type=dict
        )
    except TemporalError:
        with suppress(TemporalError, asyncio.CancelledError):
            await run.workflow_handle()  # its failure is ours; unread, it would be reported twice
        raise
    return state
