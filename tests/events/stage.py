"""The front and the register, and nothing behind them: no engine, no worker; devices of the hub's account are registered."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.accounts import load_demo_accounts
from api.app import create_app
from models.catalogue import Catalogue
from models.database import Account, Base
from models.device import Device
from models.device_register import DeviceHistory, DeviceRow
from models.event import Event
from models.incoming import IncomingEvent
from models.settings import Settings
from run import postgres
from tests.office import CHEAP, KEY
from worker import CATALOGUE
from workflows.client import connect
from workflows.events_in import Desk, Handler, drain

HUB, OTHER = "camera.hub", "sensor.hub"
PASSWORD = "anjuan-demo"
TYPE = "cn.anjuan.test"
PATIENCE = 20.0


def a_device(name: str = "cam-1", **changed: Any) -> Device:
    """A camera in Kaixuan that lacks nothing since 2026-01-01."""
    day = "2026-01-01"
    facts = {
        "id": name,
        "kind": "camera",
        "name": "凯旋路口",
        "unit": "kaixuan",
        "account": HUB,
        "site": {"street": "凯旋街道", "address": "凯旋路 8 号", "lon": 120.19, "lat": 30.26},
        "basis": "道路交通安全法 114",
        "standard": "GB/T 28181-2022",
        "legal_review": {"on": day, "document": "法审〔2026〕1 号"},
        "technical_review": {"on": day, "document": "技审〔2026〕1 号"},
        "calibrations": [{"on": day, "until": "2027-12-31", "certificate": "检字 1"}],
        "sign_since": day,
        "published_at": "2026-01-01T00:00:00+08:00",
        "causes": ["SR-02"],
        "states": [
            {"state": "active", "at": f"{day}T00:00:00+08:00", "who": "admin", "why": "启用"}
        ],
    }
    return Device.model_validate_json(json.dumps(facts | changed, default=str))


def an_event(number: int | str = 1, **changed: Any) -> dict[str, Any]:
    """Of the first camera, a minute ago."""
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/cameras/cam-1",
        "type": TYPE,
        "subject": "lane-1",
        "time": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "data": {"plate": "浙A12345", "number": number},
    } | changed


@dataclass
class Front:
    """What answers while nothing else runs."""

    app: FastAPI
    engine: AsyncEngine
    settings: Settings
    desk: Desk

    @asynccontextmanager
    async def visitor(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody signed in, over HTTP."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://anjuan.test") as client:
            login = {"username": username, "password": PASSWORD}
            token = (await client.post("/api/session", json=login)).json()["token"]
            client.cookies.clear()
            client.headers["Authorization"] = f"Bearer {token}"
            yield client

    async def register(self, *devices: Device) -> None:
        """As the administrator would, on the first day of 2026."""
        at = datetime(2026, 1, 1, tzinfo=UTC)
        async with self.engine.begin() as connection:
            for device in devices:
                facts = device.model_dump(mode="json")
                row = {"id": device.id, "version": 1, "device": facts}
                now = {"account": device.account, "kind": device.kind, "state": device.state}
                more = {"published_at": device.published_at, "updated_at": at}
                await connection.execute(sa.insert(DeviceRow).values(row | now | more))
                past = {"at": at, "who": "admin", "what": "register"}
                await connection.execute(sa.insert(DeviceHistory).values(row | past))

    async def emptied(self) -> None:
        """No event, no device, every account as it was."""
        async with self.engine.begin() as connection:
            for table in (IncomingEvent, DeviceRow, DeviceHistory):
                await connection.execute(sa.delete(table))
        self.app.state.counter.pace._left.clear()

    async def rows(self, **where: Any) -> Sequence[sa.Row[Any]]:
        """Of the inbox, as they came."""
        query = sa.select(IncomingEvent.__table__).filter_by(**where).order_by(IncomingEvent.seq)
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).all()

    async def drained(self, handlers: Mapping[str, Handler]) -> None:
        """Until nothing is due."""
        async with asyncio.timeout(PATIENCE):
            while await drain(self.desk, handlers):
                pass


@dataclass
class Noted:
    """A handler that writes down what it gets."""

    seen: list[Event]

    async def handle(self, _desk: Desk, event: Event, _device: Device) -> str:
        self.seen.append(event)
        return "kept"


@asynccontextmanager
async def front(var: Path, **chosen: Any) -> AsyncIterator[Front]:
    """Temporal's address leads nowhere."""
    async with postgres.running(None) as url:
        settings = Settings(
            database_url=url,
            temporal_address="127.0.0.1:1",
            secret_key=SecretStr(base64.b64encode(KEY).decode()),
            var_dir=var,
            demo=True,
            **chosen,
        )
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await load_demo_accounts(engine, settings, CHEAP)
        await _another_hub(engine)
        catalogue = Catalogue.load(CATALOGUE)
        app = create_app(settings, catalogue=catalogue, passwords=CHEAP)
        client = await connect("127.0.0.1:1", KEY, lazy=True)
        async with app.router.lifespan_context(app):
            yield Front(app, engine, settings, Desk(client, engine, settings, catalogue))
        await engine.dispose()


async def _another_hub(engine: AsyncEngine) -> None:
    hub = sa.select(Account.__table__).where(Account.username == HUB)
    async with engine.begin() as connection:
        row = dict((await connection.execute(hub)).one()._mapping)
        await connection.execute(sa.insert(Account).values(row | {"username": OTHER}))


def day(text: str) -> date:
    return date.fromisoformat(text)
