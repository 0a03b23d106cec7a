"""One front for the room, emptied for each test."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.costs.desk_hours import RealOffice, real_office
from tests.events.stage import HUB, Front, a_device, front
from workflows.events_in import Desk


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


@pytest.fixture(scope="session")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


@pytest.fixture
async def at_work(office: RealOffice) -> Front:
    """The front of an office that works."""
    counter = office.counter
    assert counter.temporal is not None
    desk = Desk(counter.temporal, counter.engine, counter.settings, counter.catalogue)
    house = Front(office.app, counter.engine, counter.settings, desk)
    await house.emptied()
    await house.register(a_device("cam-1"), a_device("river-1", kind="sensor"))
    return house
