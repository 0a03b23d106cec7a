"""Entering payments in their cases: when they come, or later when the engine was away; none lost, none entered twice.

A payment is kept in the register first. The case knows it by the treasury's reference, the engine by an update id made from it.
"""

import asyncio
import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from activities import payments
from activities.courier import REGISTER_AWAY
from activities.payments import Waiting
from models.act import Moment
from models.acts.collection import ReceivePayment
from models.change import Request
from models.money import to_number
from models.person import Actor, Role
from models.refusal import Refused
from models.settings import Settings
from workflows.reopening import House, hand_in_closed

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
    tried = (_Entry(client, engine, chosen, one).made() for one in some)
    return sum(await asyncio.gather(*tried))


async def enter(client: Client, engine: AsyncEngine, chosen: Settings, reference: str) -> bool:
    """Enter this payment now; False where it has to wait. Somebody else may have entered it in the meantime."""
    payment = await payments.waits(engine, reference)
    if payment is None:
        return await payments.is_entered(engine, reference)
    return await _Entry(client, engine, chosen, payment).made()


@dataclass(frozen=True)
class _Entry:
    """One payment on its way into its case."""

    client: Client
    engine: AsyncEngine
    chosen: Settings
    payment: Waiting

    async def made(self) -> bool:
        """A case that refuses, an engine that is away: the payment stays where it is, and is tried again."""
        reference = self.payment.reference
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                taken = self.payment.known or await self._taken()
        except (WorkflowUpdateFailedError, Refused) as no:
            log.warning("缴款未入账 · %s is refused: %s", reference, no.__cause__ or no)
            return False
        except (TemporalError, RuntimeError, TimeoutError) as away:  # RuntimeError: no connection
            log.warning("缴款待入账 · %s waits: %s", reference, type(away).__name__)
            return False
        if taken:
            await payments.entered(self.engine, reference)
        return taken

    async def _taken(self) -> bool:
        name = f"payment:{self.payment.reference}"
        try:
            return await self._handed_in(name)
        except WorkflowUpdateFailedError:
            # The engine may remember an old refusal under this name. Nothing was entered: ask anew.
            return await self._handed_in(f"{name}:{uuid.uuid4()}")

    async def _handed_in(self, update_id: str) -> bool:
        handle = self.client.get_workflow_handle(self.payment.matter)
        try:
            await handle.execute_update(
                "perform", _request(self.payment), id=update_id, result_type=dict
            )
        except RPCError as closed:
            if closed.status is not RPCStatusCode.NOT_FOUND:
                raise
            return await self._reopened(update_id)
        return True

    async def _reopened(self, update_id: str) -> bool:
        house = House(self.client, self.engine, self.chosen)

        def request(ahead: timedelta) -> Request:
            return _request(self.payment, ahead)

        return await hand_in_closed(house, self.payment.matter, request, update_id) is not None


def _request(payment: Waiting, ahead: timedelta = timedelta(0)) -> Request:
    paper = {
        "bill": payment.bill,
        "reference": payment.reference,
        "amount": to_number(payment.amount),
        "paid_at": payment.paid_at.isoformat(),
    }
    moment = Moment(now=datetime.now(UTC) + ahead, actor=TREASURY)
    return Request(act=ReceivePayment.name, paper=paper, moment=moment)
