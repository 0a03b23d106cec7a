"""One installation for the whole folder; a register to look into; people who are signed in."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tests.faults.house import House, house, visitors as open_doors
from tests.faults.visitor import Visitors, everybody


@pytest.fixture(scope="session")
async def installed() -> AsyncIterator[House]:
    async with house() as opened:
        yield opened


@pytest.fixture
async def register(installed: House) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(installed.database, poolclass=NullPool)
    yield engine
    await engine.dispose()


@pytest.fixture
async def visitors(installed: House) -> AsyncIterator[Visitors]:
    async with open_doors(installed.url) as client:
        yield await Visitors(client).sign_in(*everybody())
