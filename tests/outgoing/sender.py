"""A sender as a process of its own, to be killed: publishes and delivers until then."""

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import create_async_engine

from activities import publishing
from activities.webhooks import Webhooks
from models.settings import settings

CLAIMED = timedelta(seconds=1)


async def send() -> None:
    """What it had claimed is tried again after a second."""
    chosen = settings()
    engine = create_async_engine(str(chosen.database_url))
    await asyncio.gather(publishing.run(engine), Webhooks(engine, chosen, CLAIMED).run())


if __name__ == "__main__":
    asyncio.run(send())
