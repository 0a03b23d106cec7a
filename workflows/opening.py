"""A matter begins (办件启动): its procedure is started under the matter's id; started twice, it is one."""

from datetime import timedelta
from typing import Any, TypedDict

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.change import TASK_TIMEOUT, Start
from models.matter import MatterFile

PATIENCE = timedelta(seconds=10)


class _Once(TypedDict):
    args: list[Any]
    id: str
    task_queue: str
    id_conflict_policy: WorkflowIDConflictPolicy
    id_reuse_policy: WorkflowIDReusePolicy
    task_timeout: timedelta
    static_summary: str


async def begin(
    client: Client, task_queue: str, file: MatterFile, title: str, start: Start
) -> WorkflowUpdateHandle[dict[str, Any]]:
    """Admitted; its result is the state once the register has it. Raises `WorkflowAlreadyStartedError` for one that is closed."""
    operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        file.procedure, **_once(task_queue, file, title, start)
    )
    return await client.start_update_with_start_workflow(
        "opened",
        start_workflow_operation=operation,
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        id="opened",
        result_type=dict,
        rpc_timeout=PATIENCE,
    )


async def begin_unawaited(
    client: Client, task_queue: str, file: MatterFile, title: str, start: Start
) -> None:
    """As `begin`, where nobody waits for the register; one that runs, or is closed, is left as it is."""
    try:
        await client.start_workflow(file.procedure, **_once(task_queue, file, title, start))
    except WorkflowAlreadyStartedError:
        return


def _once(task_queue: str, file: MatterFile, title: str, start: Start) -> _Once:
    return {
        "args": [file, start],
        "id": file.id,
        "task_queue": task_queue,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "task_timeout": TASK_TIMEOUT,
        "static_summary": title,
    }
