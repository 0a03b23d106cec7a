"""Entering payments in their cases: when they come, or later when the engine was away; none lost, none entered twice.

A payment is kept in the register first. The case knows it by the treasury's reference, the engine by an update id made from it.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from activities import payments
from activities.courier import REGISTER_AWAY
from activities.payments import Waiting
from models.act import Moment
from models.change import Request
from models.money import to_number
from models.person import Actor, Role
from models.secrets import key_of
from models.settings import Settings
from workflows.after_closing import reopen

TREASURY = Actor(username="treasury.platform", name="统一公共支付平台", roles=(Role.TREASURY,))
EVERY = timedelta(seconds=3)
PATIENCE = timedelta(seconds=10)

log = logging.getLogger(__name__)


async def run(client: Client, engine: AsyncEngine, chosen: Settings) -> None:
    """Beside the worker, until cancelled."""
    while True:
        try:
            await enter_waiting_payments(client, engine, chosen)
        except REGISTER_AWAY as away:
            log.warning("缴款暂不可读 · payments cannot be read: %s", type(away).__name__)
        await asyncio.sleep(EVERY.total_seconds())


async def enter_waiting_payments(client: Client, engine: AsyncEngine, chosen: Settings) -> int:
    """Try some of those that wait; how many were entered."""
    some = await payments.waiting(engine)
    done = await asyncio.gather(*(_entered(client, engine, chosen, one) for one in some))
    return sum(done)


async def enter(client: Client, engine: AsyncEngine, chosen: Settings, reference: str) -> bool:
    """Enter this payment now; False where it has to wait."""
    payment = await payments.waits(engine, reference)
    return payment is not None and await _entered(client, engine, chosen, payment)


async def _entered(client: Client, engine: AsyncEngine, chosen: Settings, payment: Waiting) -> bool:
    """A case that refuses, an engine that is away: the payment stays where it is, and is tried again."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            taken = payment.known or await _taken(client, engine, chosen, payment)
    except WorkflowUpdateFailedError as no:
        log.warning("缴款暂未入账 · %s is not entered: %s", payment.reference, no.cause)
        return False
    except (TemporalError, RuntimeError, TimeoutError) as away:  # RuntimeError: cannot connect
        log.warning("缴款待入账 · %s waits: %s", payment.reference, type(away).__name__)
        return False
    if taken:
        await payments.entered(engine, payment.reference)
    return taken


async def _taken(client: Client, engine: AsyncEngine, chosen: Settings, payment: Waiting) -> bool:
    request, update_id = _request(payment), f"payment:{payment.reference}"
    handle = client.get_workflow_handle(payment.matter)
    try:
        await handle.execute_update("perform", request, id=update_id, result_type=dict)
    except RPCError as closed:
        if closed.status is not RPCStatusCode.NOT_FOUND:
            raise
        return await _reopened(client, engine, chosen, request, update_id, payment.matter)
    return True


async def _reopened(  # noqa: PLR0913, PLR0917 -- as `reopen`
    client: Client,
    engine: AsyncEngine,
    chosen: Settings,
    request: Request,
    update_id: str,
    matter: str,
) -> bool:
    """One at a time, and only where no run is left: a run started from an older file would break the chain."""
    async with payments.reopening(engine, matter) as connection:
        if connection is None or await _runs(client, matter):
            return False
        closed = await payments.closed_case(connection, matter, key_of(chosen))
        if closed is None:
            return False
        file, start = closed
        await reopen(client, file, start, request, update_id, chosen.task_queue)
    return True


async def _runs(client: Client, matter: str) -> bool:
    try:
        known = await client.get_workflow_handle(matter).describe()
    except RPCError as no:
        if no.status is RPCStatusCode.NOT_FOUND:  # closed so long ago that its history is gone
            return False
        raise
    return known.status is WorkflowExecutionStatus.RUNNING


def _request(payment: Waiting) -> Request:
    paper = {
        "bill": payment.bill,
        "reference": payment.reference,
        "amount": to_number(payment.amount),
        "paid_at": payment.paid_at.isoformat(),
    }
    moment = Moment(now=datetime.now(UTC), actor=TREASURY)
    return Request(act="receive_payment", paper=paper, moment=moment)
