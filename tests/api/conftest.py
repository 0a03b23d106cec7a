"""A register for the whole run, emptied for each test; the app on it, without an engine behind."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import HOUSE, create_app
from api.passwords import Passwords
from models.catalogue import Catalogue
from models.database import Base
from models.settings import Settings
from run import postgres
from tests.api.builders import KEY, PASSWORD, CountingDesk
from tests.tables import emptied, tables_of

SignIn = Callable[[str], Awaitable[httpx.AsyncClient]]
Keep = Callable[..., Awaitable[None]]
DESK = CountingDesk()
CHEAP = Passwords(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    key = SecretStr(base64.b64encode(KEY).decode())
    async with postgres.running(None) as url:
        yield Settings(
            database_url=url,
            secret_key=key,
            var_dir=tmp_path_factory.mktemp("var"),
            demo=True,
            demo_password=SecretStr(PASSWORD),
        )


@pytest.fixture(scope="session")
async def tables(settings: Settings) -> AsyncIterator[AsyncEngine]:
    async with tables_of(settings, CHEAP) as engine:
        yield engine


@pytest.fixture
async def register(tables: AsyncEngine) -> AsyncEngine:
    """The demo accounts and nothing else."""
    return await emptied(tables)


@pytest.fixture
def keep(register: AsyncEngine) -> Keep:
    async def kept(table: type[Base], *rows: dict[str, Any]) -> None:
        async with register.begin() as connection:
            for row in rows:
                await connection.execute(sa.insert(table).values(row))

    return kept


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load(HOUSE / "catalogue")


@pytest.fixture(scope="session")
async def house(settings: Settings, catalogue: Catalogue) -> AsyncIterator[FastAPI]:
    app = create_app(settings, desk=DESK, catalogue=catalogue, passwords=CHEAP)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def desk() -> CountingDesk:
    DESK.asked, DESK.refusal = [], None
    return DESK


@pytest.fixture
def app(house: FastAPI, register: AsyncEngine, desk: CountingDesk) -> FastAPI:
    """The app, on an empty register and at a fresh desk."""
    return house


@pytest.fixture
async def anyone(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    async with _client(app) as client:
        yield client


@pytest.fixture
async def sign_in(app: FastAPI, keep: Keep) -> AsyncIterator[SignIn]:
    """A client with a session of that user."""
    clients: list[httpx.AsyncClient] = []

    async def signed_in(username: str) -> httpx.AsyncClient:
        client = _client(app)
        clients.append(client)
        login = {"username": username, "password": PASSWORD}
        opened = await client.post("/api/session", json=login)
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        return client

    yield signed_in
    for client in clients:
        await client.aclose()


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://anjuan.test",
    )
