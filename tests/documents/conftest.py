"""A house that makes documents: register, engine, worker, press and seal are real; the test says when the courier goes."""

import asyncio
import base64
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from temporalio.client import Client

from activities.courier import Courier
from activities.deliveries import Deliveries
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
from sandbox.sms import create_app as create_sms
from tests.api.builders import KEY, PASSWORD
from worker import CATALOGUE, workers
from workflows import arrivals
from workflows.client import connect

CHEAP = Passwords(time_cost=1, memory_cost=8, parallelism=1)
QUEUE = "documents"


class Letters:
    """The mail server of the world: remembers what it took; knows nobody called nobody, and is busy for busy."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802 -- aiosmtpd asks for this name
        _, _, envelope, address, _ = told
        if address.startswith("nobody@"):
            return "550 no such user"
        if address.startswith("busy@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *told: Any) -> str:  # noqa: N802 -- as above
        raw = told[2].content
        self.taken.append(email.message_from_bytes(raw, policy=email.policy.default))
        return "250 taken"


@dataclass
class House:
    """Who comes to the counter, and the courier."""

    app: FastAPI
    settings: Settings
    engine: AsyncEngine
    printing: Printing
    deliveries: Deliveries
    temporal: Client
    letters: Letters
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

    async def deliver(self) -> None:
        """Send whatever is on its way, and tell the cases what came of it."""
        courier = Courier(self.engine, self.deliveries.carriers())
        while await courier.deliver_due():
            pass
        await arrivals.enter_waiting(self.temporal, self.engine)

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
    letters = Letters()
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(letters), "127.0.0.1", 0)
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
            smtp_url=f"smtp://127.0.0.1:{mail.sockets[0].getsockname()[1]}",
            smtp_from="bureau@example.com",
            sms_secret=SecretStr(base64.b64encode(KEY).decode()),
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
        back = httpx.AsyncClient(transport=httpx.ASGITransport(app))
        gateway = create_sms(settings, back)
        out = httpx.AsyncClient(transport=httpx.ASGITransport(gateway))
        deliveries = Deliveries(engine, catalogue, settings, out)
        async with (
            workers(client, register, QUEUE),
            app.router.lifespan_context(app),
            gateway.router.lifespan_context(gateway),
        ):
            house = House(app, settings, engine, printing, deliveries, client, letters, [])
            yield house
            for guest in house.guests:
                await guest.aclose()
        for line in (back, out):
            await line.aclose()
        mail.close()
        printing.close()
        await engine.dispose()


@pytest.fixture
def fonts(house: House) -> Path:
    """Where the fonts of our own are, when the machine has them beside those of the system."""
    return house.settings.var_dir / "fonts"
