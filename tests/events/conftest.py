"""One front for the room, emptied for each test."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.events.stage import HUB, Front, a_device, front


@pytest.fixture(scope="session")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    async with front(tmp_path_factory.mktemp("var")) as open_front:
        yield open_front


@pytest.fixture
async def house(opened: Front) -> Front:
    """With two cameras of one hub."""
    await opened.emptied()
    await opened.register(a_device("cam-1"), a_device("cam-2"))
    return opened


@pytest.fixture
async def hub(house: Front) -> AsyncIterator[httpx.AsyncClient]:
    async with house.visitor(HUB) as client:
        yield client
