"""A register whose changes leave the house; a subscriber on the other side, with the libraries of others; the front over real HTTP."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.register import Register
from activities.webhooks import Webhooks
from api.app import create_app
from api.passwords import Passwords
from api.stream import Feed
from models.catalogue import Catalogue
from models.settings import Settings
from run import postgres
from tests.activities.changes import PLAIN
from tests.api.builders import KEY, PASSWORD, CountingDesk
from tests.outgoing.post import Subscribe
from tests.outgoing.subscriber import Subscriber
from tests.tables import emptied, tables_of
from worker import CATALOGUE

CHEAP = Passwords(time_cost=1, memory_cost=8, parallelism=1)
SOURCE = "https://anjuan.test"
SignIn = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture(scope="session")
async def settings() -> AsyncIterator[Settings]:
    async with postgres.running(None) as url:
        yield Settings(
            database_url=url,
            secret_key=SecretStr(base64.b64encode(KEY).decode()),
            public_url=SOURCE,
            webhook_hosts=("hooks.example.gov.cn", "hooks.example.gov.cn:8443"),
            demo=True,
            demo_password=SecretStr(PASSWORD),
        )


@pytest.fixture(scope="session")
async def tables(settings: Settings) -> AsyncIterator[AsyncEngine]:
    async with tables_of(settings, CHEAP) as engine:
        yield engine


@pytest.fixture
async def engine(tables: AsyncEngine) -> AsyncEngine:
    """The demo accounts and nothing else."""
    return await emptied(tables)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load(CATALOGUE, PLAIN)


@pytest.fixture
def register(engine: AsyncEngine, catalogue: Catalogue) -> Register:
    return Register(engine, catalogue, KEY)


@pytest.fixture
async def webhooks(engine: AsyncEngine, settings: Settings) -> AsyncIterator[Webhooks]:
    sender = Webhooks(engine, settings)
    yield sender
    await sender.http.aclose()


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The app over HTTP; its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers nothing else
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    other = Subscriber()
    async with served(other) as address:
        other.url = f"{address}/changes"
        yield other


@pytest.fixture(scope="session")
async def house(settings: Settings, catalogue: Catalogue) -> AsyncIterator[tuple[FastAPI, str]]:
    app = create_app(settings, desk=CountingDesk(), catalogue=catalogue, passwords=CHEAP)
    async with served(app) as address:
        yield app, address


@pytest.fixture
def feed(house: tuple[FastAPI, str], engine: AsyncEngine) -> Feed:
    """A fresh one: positions begin anew with each test. Its heart beats fast."""
    house[0].state.feed = Feed(heartbeat=0.3)
    opened: Feed = house[0].state.feed
    return opened


@pytest.fixture
async def sign_in(
    house: tuple[FastAPI, str], engine: AsyncEngine, feed: Feed
) -> AsyncIterator[SignIn]:
    clients: list[httpx.AsyncClient] = []

    async def signed_in(username: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=house[1], trust_env=False, timeout=10)
        clients.append(client)
        login = {"username": username, "password": PASSWORD}
        opened = await client.post("/api/session", json=login)
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        return client

    yield signed_in
    for client in clients:
        await client.aclose()


@pytest.fixture
async def admin(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("admin")


@pytest.fixture
def subscribe(admin: httpx.AsyncClient, subscriber: Subscriber) -> Subscribe:
    async def subscribed(**filters: Any) -> str:
        answer = await admin.post("/api/subscriptions", json={"url": subscriber.url} | filters)
        assert answer.status_code == 201, answer.text
        subscriber.secret = answer.json()["secret"]
        return str(answer.json()["id"])

    return subscribed
