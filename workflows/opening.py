"""A matter begins: its procedure is started and asked for its first state in one request; started twice, it is one."""

from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from models.change import Start
from models.matter import MatterFile

PATIENCE = timedelta(seconds=10)
_TASK_TIMEOUT = timedelta(seconds=3)


async def begin(
    client: Client, task_queue: str, file: MatterFile, title: str, start: Start
) -> WorkflowUpdateHandle[dict[str, Any]]:
    """Admitted; its result is the state once the register has it. Raises `WorkflowAlreadyStartedError` for one that is closed."""
    operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        file.procedure,
        args=[file, start],
        id=file.id,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        task_timeout=_TASK_TIMEOUT,
        static_summary=title,
    )
    return await client.start_update_with_start_workflow(
        "opened",
        start_workflow_operation=operation,
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        id="opened",
        result_type=dict,
        rpc_timeout=PATIENCE,
    )
