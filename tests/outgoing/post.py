"""The post under test: publishing, delivering, and what became of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.publishing import publish
from activities.webhooks import Webhooks
from models.feed import WebhookDelivery
from tests.activities.changes import AT

Subscribe = Callable[..., Awaitable[str]]


async def deliver(webhooks: Webhooks) -> int:
    """Publish, then everything that is due now; how many deliveries were tried."""
    await publish(webhooks.engine)
    tried = 0
    for subscriber in await webhooks._due():
        while more := await webhooks.deliver_due(subscriber):
            tried += more
    return tried


async def all_due(engine: AsyncEngine) -> None:
    """Time passes."""
    async with engine.begin() as connection:
        await connection.execute(sa.update(WebhookDelivery).values(next_at=AT))


async def rows(engine: AsyncEngine, statement: sa.Executable) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(statement))


async def of_state(admin: httpx.AsyncClient, known: str, state: str) -> list[dict[str, Any]]:
    path = f"/api/subscriptions/{known}/deliveries"
    items: list[dict[str, Any]] = (await admin.get(path, params={"state": state})).json()["items"]
    return items
