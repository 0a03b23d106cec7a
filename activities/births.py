"""Lives that start from other lives: a licence from an application; each by its id, so that a second try changes nothing."""

from datetime import UTC, datetime
from typing import Any

from temporalio import activity
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.act import Moment
from models.acts.licence import RevokeForPledge
from models.change import TASK_TIMEOUT, Request
from models.licence_birth import BIRTH, BREAK, Birth, Broken
from models.person import SYSTEM


def queue_of(task_queue: str) -> str:
    """Licences run on a queue of their own: a hundred thousand that sleep must not push running matters out of memory."""
    return f"{task_queue}-licences"


class Births:
    """Starts and ends licences."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self.client, self.queue = client, queue_of(task_queue)

    @activity.defn(name=BIRTH)
    async def start(self, birth: Birth) -> str | None:
        """The licence is on the register when this returns; its number."""
        state = await start_licence(self.client, self.queue, birth)
        number: str | None = state["number"] if state else None
        return number

    @activity.defn(name=BREAK)
    async def end(self, broken: Broken) -> None:
        """Handed in once."""
        handle = self.client.get_workflow_handle(broken.licence)
        paper = {"reason": broken.reason}
        moment = Moment(now=datetime.now(UTC), actor=SYSTEM)
        request = Request(act=RevokeForPledge.name, paper=paper, moment=moment)
        try:
            await handle.execute_update("perform", request, id="pledge", result_type=dict)
        except RPCError as no:
            if no.status is not RPCStatusCode.NOT_FOUND:  # it has ended by itself
                raise


async def start_licence(client: Client, queue: str, birth: Birth) -> dict[str, Any] | None:
    """The state once the register has it; None for a licence that has lived and ended."""
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "licence",
        args=[birth.file, birth.start],
        id=birth.file.id,
        task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        task_timeout=TASK_TIMEOUT,
        static_summary=birth.file.item.name,
    )
    try:
        state: dict[str, Any] = await client.execute_update_with_start_workflow(
            "opened", start_workflow_operation=start, id="opened", result_type=dict
        )
    except WorkflowAlreadyStartedError:
        return None
    return state
