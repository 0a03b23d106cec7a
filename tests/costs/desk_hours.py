"""An office in real time on the server as it runs in production: nothing skips, so histories hold what acts cost."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from temporalio.client import WorkflowHandle

from activities.register import Register
from api import desk
from api.accounts import load_demo_accounts
from api.app import create_app
from api.counter import Counter
from models.catalogue import Catalogue
from models.database import Base, Matter
from models.lead import Lead
from models.person import Actor
from models.settings import Settings
from run import postgres, temporal
from sandbox.registers import Held
from tests.office import CHEAP, KEY, QUEUE, _actors, registers_sandbox
from worker import CATALOGUE, workers
from workflows.client import connect

PASSWORD = "anjuan-demo"


@dataclass
class RealOffice:
    """The app, its counter, and every statement any engine of it has run."""

    app: FastAPI
    counter: Counter
    people: dict[str, Actor]
    statements: list[str]
    held: Held

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

    async def file(self, lead: dict[str, Any], matter: str) -> "RealCase":
        paper = Lead.model_validate_json(json.dumps(lead))
        state = await desk.file_case(self.counter, paper, self.people["officer.zhang"], matter)
        return RealCase(self, matter, [state])


@dataclass
class RealCase:
    """One case, and every state it has shown."""

    office: RealOffice
    id: str
    states: list[dict[str, Any]]

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        assert self.office.counter.temporal is not None
        return self.office.counter.temporal.get_workflow_handle(self.id)

    @property
    def acts(self) -> int:
        """Filing included."""
        return len(self.states)

    async def events(self) -> int:
        return len((await self.handle.fetch_history()).events)

    async def hand_in(self, act: str, by: str, *, ago: int = 0, **paper: Any) -> None:
        """A paper over the desk; `ago`: its working days are those of so many days ago. Raises `Refused`."""
        at = datetime.now(UTC) - timedelta(days=ago) if ago else None
        row = await self.office.counter.row(sa.select(Matter.__table__).where(Matter.id == self.id))
        assert row is not None
        who, key = self.office.people[by], f"{self.id}:{self.acts}:{act}"
        self.states.append(await desk.perform(self.office.counter, row, act, paper, who, key, at))


@asynccontextmanager
async def real_office() -> AsyncIterator[RealOffice]:
    async with (
        postgres.running(None) as url,
        temporal.running(None) as address,
        registers_sandbox() as registers,
    ):
        settings = Settings(
            database_url=url,
            temporal_address=address,
            secret_key=SecretStr(base64.b64encode(KEY).decode()),
            task_queue=QUEUE,
            registers_secret=SecretStr(base64.b64encode(KEY).decode()),
            registers_port=registers.port,
            demo=True,
        )
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await load_demo_accounts(engine, settings, CHEAP)
        catalogue = Catalogue.load(CATALOGUE)
        app = create_app(settings, catalogue=catalogue, passwords=CHEAP)
        client = await connect(address, KEY)
        async with (
            workers(client, Register(engine, catalogue, KEY), QUEUE),
            app.router.lifespan_context(app),
        ):
            counter: Counter = app.state.counter
            statements: list[str] = []
            for each in (engine, counter.engine):
                _listen(each, statements)
            yield RealOffice(app, counter, await _actors(counter), statements, registers.held)
        await engine.dispose()


def _listen(engine: AsyncEngine, statements: list[str]) -> None:
    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)
