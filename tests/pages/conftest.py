"""A real browser, and the front as it is served."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from tests.costs.desk_hours import RealOffice, real_office

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@pytest.fixture(scope="session")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


@pytest.fixture(scope="session")
async def address(office: RealOffice) -> AsyncIterator[str]:
    """Over real HTTP; the app is open already."""
    config = uvicorn.Config(office.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers nothing else
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed; make test installs it where it may")
    async with async_playwright() as player:
        opened = await player.chromium.launch(executable_path=program, args=list(QUIET))
        yield opened
        await opened.close()
