"""What running and closed procedures say of their own chains: the engine's half of `anjuan verify`."""

from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from activities.verify import Ask, Chain, Unanswered

PATIENCE = timedelta(seconds=5)
NO_ANSWER = (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError)


def chains(client: Client) -> Ask:
    """Asks the procedure of a matter; a worker must be there to answer."""

    async def ask(matter: str) -> Chain | None:
        handle = client.get_workflow_handle(matter)
        try:
            said: dict[str, Any] = await handle.query(
                "chain", result_type=dict, rpc_timeout=PATIENCE
            )
        except NO_ANSWER as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise Unanswered(str(error)) from error
        return Chain(said["seq"], said["head"])

    return ask
