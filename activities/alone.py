"""Only one at a time of what several workers could do: whoever holds the register's lock of that name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine


@asynccontextmanager
async def alone(engine: AsyncEngine, name: str) -> AsyncIterator[bool]:
    """Whether it is ours until the block ends. The lock lives and dies with its connection."""
    lock = sa.func.pg_try_advisory_lock(sa.func.hashtextextended(f"alone/{name}", 0))
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        try:
            yield bool(await connection.scalar(sa.select(lock)))
        finally:
            await connection.invalidate()
