"""A closed case is opened again for one paper: late money, a review, a suit. One at a time, and only where no run is left: a run
started from an older file would break the chain.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities import payments
from models.act import ACTS
from models.change import Request
from models.secrets import key_of
from models.settings import Settings
from workflows.after_closing import reopen


class House(NamedTuple):
    """What reopening needs."""

    client: Client
    engine: AsyncEngine
    settings: Settings


async def hand_in_closed(
    house: House, matter: str, request: Callable[[timedelta], Request], update_id: str
) -> dict[str, Any] | None:
    """The state once the register has the paper; None where the case is not closed, or somebody else is opening it.

    `request` makes the paper's request, given how far the case lives from now. Raises `Refused` where the paper's own gate says no,
    before anything is opened.
    """
    async with payments.reopening(house.engine, matter) as connection:
        if connection is None or await _runs(house.client, matter):
            return None
        closed = await payments.closed_case(connection, matter, key_of(house.settings))
        if closed is None:
            return None
        file, start = closed
        asked = request(start.ahead)
        ACTS[asked.act].read(asked.paper).gate(file, asked.moment)
        queue = house.settings.task_queue
        return await reopen(house.client, file, start, asked, update_id, queue)


async def _runs(client: Client, matter: str) -> bool:
    try:
        known = await client.get_workflow_handle(matter).describe()
    except RPCError as no:
        if no.status is RPCStatusCode.NOT_FOUND:  # closed so long ago that its history is gone
            return False
        raise
    return known.status is WorkflowExecutionStatus.RUNNING
