"""The tables of a register under test: made once, emptied for each test of all but the demo accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.accounts import load_demo_accounts
from api.passwords import Passwords
from models.database import Account, Base
from models.settings import Settings


@asynccontextmanager
async def tables_of(settings: Settings, passwords: Passwords) -> AsyncIterator[AsyncEngine]:
    """With the demo accounts."""
    engine = create_async_engine(str(settings.database_url), pool_size=20)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await load_demo_accounts(engine, settings, passwords)
    yield engine
    await engine.dispose()


async def emptied(tables: AsyncEngine) -> AsyncEngine:
    """The demo accounts, unlocked, and nothing else."""
    async with tables.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name != Account.__tablename__:
                await connection.execute(sa.delete(table))
        await connection.execute(sa.update(Account).values(failures=0, locked_until=None))
    return tables
