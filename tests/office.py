"""The office under test: real PostgreSQL, the real Temporal server whose calendar the test turns, one worker, the real desk."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
import uvicorn
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from activities.register import Register
from api import desk
from api.accounts import load_demo_accounts
from api.counter import Counter
from api.passwords import Passwords
from models.application import Application
from models.capture import Captured
from models.capturing import Camera
from models.catalogue import Catalogue
from models.database import Account, Base, Matter, TimelineEntry
from models.lead import Lead
from models.person import Actor, Role
from models.report import Report
from models.settings import Settings
from models.timeline import Entry
from run import postgres, temporal
from sandbox.registers import Held, create_app as create_registers
from worker import CATALOGUE, workers
from workflows.arrivals import PLATFORM
from workflows.capturing import KEPT, Capturing
from workflows.client import data_converter

KEY = bytes(range(32))
QUEUE = "office"
MEDIA = f"sha256:{'0' * 64}"
CHEAP = Passwords(time_cost=1, memory_cost=8, parallelism=1)
BY_HAND = TimeSkippingConfig(
    enabled=False, fast_forward_config=None, disable_propagation=False, max_session_skip_count=0
)


@dataclass
class Office:
    """Everything a scenario needs. Every case lives in its own time: `go_to` turns its calendar."""

    env: WorkflowEnvironment
    counter: Counter
    accounts: dict[str, Actor]
    held: Held

    async def apply(self, paper: dict[str, Any], by: str, at: datetime, matter: str) -> "Case":
        """File an application at a moment of its own time."""
        application = Application.model_validate_json(json.dumps(paper))
        state = await desk.apply(self.counter, application, self.accounts[by], matter, at)
        return Case(self, state["id"], at - datetime.now(UTC))

    async def report(self, paper: dict[str, Any], by: str, at: datetime, matter: str) -> "Case":
        """Report an incident at a moment of its own time."""
        told = Report.model_validate_json(json.dumps(paper))
        await desk.report(self.counter, told, self.accounts[by], matter, at)
        return Case(self, matter, at - datetime.now(UTC))

    async def file(self, lead: dict[str, Any], by: str, at: datetime, matter: str) -> "Case":
        """File a lead at a moment of the case's own time."""
        paper = Lead.model_validate_json(json.dumps(lead))
        await desk.file_case(self.counter, paper, self.accounts[by], matter, at)
        return Case(self, matter, at - datetime.now(UTC))

    async def capture(self, paper: dict[str, Any], camera: Camera, at: datetime, known: str) -> str:
        """A camera's capture at a moment of its own time; the case it is of, in the register, or that it is only kept."""
        counter, client = self.counter, self.counter.temporal
        assert client is not None
        taking = Capturing(client, counter.engine, counter.catalogue, counter.settings)
        captured = Captured.model_validate_json(json.dumps(paper))
        hub, ahead = self.accounts["camera.hub"], at - datetime.now(UTC)
        matter = await taking.take(captured, known, (MEDIA,), camera, hub, at, ahead)
        if matter != KEPT:
            handle = client.get_workflow_handle(matter)
            await handle.execute_update("opened", id="opened")
        return matter

    async def rows(self, statement: Any) -> list[Any]:
        return list(await self.counter.rows(statement))


@dataclass
class Case:
    """One case under test. `ahead` is its time less the server's."""

    office: Office
    id: str
    ahead: timedelta
    papers: int = 0

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(self.id)

    @property
    def _client(self) -> Client:
        assert self.office.counter.temporal is not None
        return self.office.counter.temporal

    async def now(self) -> datetime:
        return await self.office.env.get_current_time(self.handle) + self.ahead

    async def go_to(self, moment: datetime) -> None:
        """Turn the calendar forward to `moment`; timers on the way fire."""
        away = moment - await self.now()
        if away > timedelta(0):
            await self.office.env.fast_forward(self.handle, away)

    async def hand_in(self, act: str, by: str, **paper: Any) -> dict[str, Any]:
        """A paper over the desk. Raises `Refused`."""
        self.papers += 1
        row = await self.row()
        return await desk.perform(
            self.office.counter,
            row,
            act,
            json.loads(json.dumps(paper, default=str)),
            self.office.accounts[by],
            f"{self.id}:{self.papers}",
            await self.now(),
        )

    async def row(self) -> Any:
        (row,) = await self.office.rows(sa.select(Matter.__table__).where(Matter.id == self.id))
        return row

    async def state(self) -> dict[str, Any]:
        """As the register has it."""
        state: dict[str, Any] = (await self.row()).state
        return state

    async def timeline(self) -> list[Entry]:
        table = TimelineEntry.__table__
        rows = await self.office.rows(
            sa.select(table).where(table.c.matter == self.id).order_by(table.c.seq)
        )
        return [Entry.model_validate(dict(row._mapping)) for row in rows]


@asynccontextmanager
async def office(*overlays: Path, **dynamic_config: object) -> AsyncIterator[Office]:
    """Open the office; `overlays` are catalogue folders laid over ours, the rest goes to Temporal."""
    catalogue = Catalogue.load(CATALOGUE, *overlays)
    async with (
        postgres.running(None) as url,
        _time_machine(dynamic_config) as env,
        registers_sandbox() as registers,
    ):
        settings = Settings(
            database_url=url,
            secret_key=SecretStr(base64.b64encode(KEY).decode()),
            task_queue=QUEUE,
            smtp_url="smtp://127.0.0.1:1",  # connected, and nobody goes there from here
            sms_secret=SecretStr(base64.b64encode(KEY).decode()),
            registers_secret=SecretStr(base64.b64encode(KEY).decode()),
            registers_port=registers.port,
            demo=True,
        )
        engine = create_async_engine(url, pool_size=10)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await load_demo_accounts(engine, settings, CHEAP)
        counter = Counter(
            settings=settings,
            engine=engine,
            catalogue=catalogue,
            temporal=env.client,
            desk=desk,
            passwords=CHEAP,
            migration_heads=frozenset(),
        )
        async with workers(env.client, Register(engine, catalogue, KEY), QUEUE):
            yield Office(env, counter, await _actors(counter), registers.held)
        await counter.registers.close()
        await engine.dispose()


class Sandbox(NamedTuple):
    """The registers, on a port of their own."""

    port: int
    held: Held


@asynccontextmanager
async def registers_sandbox() -> AsyncIterator[Sandbox]:
    """The real sandbox over real HTTP."""
    key = SecretStr(base64.b64encode(KEY).decode())
    app = create_registers(Settings(registers_secret=key))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers nothing else
        await asyncio.sleep(0.01)
    yield Sandbox(server.servers[0].sockets[0].getsockname()[1], app.state.held)
    server.should_exit = True
    await serving


@asynccontextmanager
async def _time_machine(config: dict[str, object]) -> AsyncIterator[WorkflowEnvironment]:
    env = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=BY_HAND,
        data_converter=data_converter(KEY),
        dev_server_existing_path=str(temporal.program()),
        dev_server_extra_args=temporal.dynamic_config({**temporal.TIME_SKIPPING, **config}),
        dev_server_log_level="error",
    )
    async with env:
        yield env


async def _actors(counter: Counter) -> dict[str, Actor]:
    rows = await counter.rows(sa.select(Account.__table__))
    return {PLATFORM.username: PLATFORM} | {
        row.username: Actor(
            username=row.username,
            name=row.name,
            roles=tuple(Role(role) for role in row.roles),
            unit=row.unit,
            id_digest=row.id_digest,
        )
        for row in rows
    }
