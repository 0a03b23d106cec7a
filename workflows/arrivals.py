"""Entering the answers of other systems to electronic service in their cases; none lost, none entered twice."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from activities import deliveries
from activities.courier import REGISTER_AWAY
from models.act import Moment
from models.acts.electronic import RecordDelivery
from models.change import Request
from models.person import Actor, Role

PLATFORM = Actor(username="delivery.platform", name="电子送达平台", roles=(Role.SYSTEM,))
EVERY, PATIENCE = timedelta(seconds=2), 10

log = logging.getLogger(__name__)


async def run(client: Client, engine: AsyncEngine) -> None:
    """Beside the worker, until cancelled."""
    while True:
        try:
            await enter_waiting(client, engine)
        except REGISTER_AWAY as away:
            log.warning("送达结果暂不可读 · deliveries cannot be read: %s", type(away).__name__)
        await asyncio.sleep(EVERY.total_seconds())


async def enter_waiting(client: Client, engine: AsyncEngine) -> int:
    """Try some of those that wait; how many were entered."""
    rows = await deliveries.waiting(engine)
    return sum(await asyncio.gather(*(_entered(client, engine, row) for row in rows)))


async def _entered(client: Client, engine: AsyncEngine, row: Any) -> bool:
    """A case that is closed, or takes it no more, is told nothing; an engine that is away, later."""
    handle = client.get_workflow_handle(row.matter)
    try:
        async with asyncio.timeout(PATIENCE):
            name = f"delivery:{row.id}"
            await handle.execute_update("perform", _request(row), id=name, result_type=dict)
    except WorkflowUpdateFailedError as no:
        log.info("送达结果不再需要 · %s is not needed any more: %s", row.id, no.__cause__ or no)
    except RPCError as no:
        if no.status is not RPCStatusCode.NOT_FOUND:
            return False
    except (TemporalError, RuntimeError, TimeoutError):
        return False
    await deliveries.entered(engine, row.id)
    return True


def _request(row: Any) -> Request:
    paper = {
        "document": row.document,
        "channel": row.channel,
        "delivered": row.state != "bounced",
        "at": row.answered_at.isoformat(),
        "detail": row.detail,
    }
    moment = Moment(now=datetime.now(UTC), actor=PLATFORM)
    return Request(act=RecordDelivery.name, paper=paper, moment=moment)
