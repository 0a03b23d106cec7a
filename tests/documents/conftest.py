"""A house that makes documents: register, engine, worker, press and seal are real; the test says when the courier goes."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from activities.courier import Courier
from activities.documents import MAKE
from activities.printing import Printing
from activities.register import Register
from api.accounts import load_demo_accounts
from api.app import create_app
from api.passwords import Passwords
from models.catalogue import Catalogue
from models.database import Base, Outgoing
from models.settings import Settings
from run import postgres, temporal
from run.authority import authority
from tests.api.builders import KEY, PASSWORD
from worker import CATALOGUE, worker
from workflows.client import connect

CHEAP = Passwords(time_cost=1, memory_cost=8, parallelism=1)
QUEUE = "documents"


@dataclass
class House:
    """Who comes to the counter, and the courier."""

    app: FastAPI
    settings: Settings
    engine: AsyncEngine
    printing: Printing
    guests: list[httpx.AsyncClient]

    def anyone(self) -> httpx.AsyncClient:
        """Somebody who is not signed in."""
        transport = httpx.ASGITransport(self.app)
        client = httpx.AsyncClient(transport=transport, base_url="http://anjuan.test")
        self.guests.append(client)
        return client

    async def as_(self, username: str) -> httpx.AsyncClient:
        """Somebody who is."""
        client = self.anyone()
        login = {"username": username, "password": PASSWORD}
        opened = await client.post("/api/session", json=login)
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        return client

    async def make(self) -> None:
        """Print whatever is ordered. A test that stops here says what was lacking."""
        courier = Courier(self.engine, {MAKE: self.printing.carry})
        while await courier.deliver_due():
            pass
        async with self.engine.connect() as connection:
            left = sa.select(Outgoing.error).where(Outgoing.kind == MAKE)
            errors = list(await connection.scalars(left.where(Outgoing.sent_at.is_(None))))
        assert not errors, errors

    async def orders(self) -> list[Any]:
        """All orders to print, done or not."""
        async with self.engine.connect() as connection:
            rows = sa.select(Outgoing.__table__).where(Outgoing.kind == MAKE)
            return list(await connection.execute(rows.order_by(Outgoing.created_at, Outgoing.id)))


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
async def house(var: Path) -> AsyncIterator[House]:
    catalogue = Catalogue.load(CATALOGUE)
    seal = authority(var / "seal", catalogue.offices.organ.name)
    async with postgres.running(None) as url, temporal.running(None) as address:
        settings = Settings(
            database_url=url,
            temporal_address=address,
            task_queue=QUEUE,
            secret_key=SecretStr(base64.b64encode(KEY).decode()),
            var_dir=var,
            seal_cert=seal["SEAL_CERT"],
            seal_key=seal["SEAL_KEY"],
            seal_roots=seal["SEAL_ROOTS"],
            demo=True,
            demo_password=SecretStr(PASSWORD),
        )
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await load_demo_accounts(engine, settings, CHEAP)
        app = create_app(settings, catalogue=catalogue, passwords=CHEAP)
        client = await connect(address, KEY)
        printing = Printing(engine, catalogue, settings)
        register = Register(engine, catalogue, KEY)
        async with worker(client, register, QUEUE), app.router.lifespan_context(app):
            house = House(app, settings, engine, printing, [])
            yield house
            for guest in house.guests:
                await guest.aclose()
        printing.close()
        await engine.dispose()


@pytest.fixture
def fonts(house: House) -> Path:
    """Where the fonts of our own are, when the machine has them beside those of the system."""
    return house.settings.var_dir / "fonts"
