"""One office with a few whole cases, for everything that reads timelines."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.office import Office, office
from tests.replay.paths import PATHS

WALKED = ("summary", "heard_and_paid", "withdrawn", "court_window_missed")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def house() -> AsyncIterator[Office]:
    """Open and closed cases of both procedures; nobody works while we look."""
    async with office() as opened:
        await asyncio.gather(*(PATHS[name](opened, name) for name in WALKED))
        yield opened
