"""The counter with a real register; and, where a case must run, with the real engine and a worker."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.register import Register
from api.app import create_app
from api.passwords import Passwords
from models.catalogue import Catalogue
from models.database import Matter, Payment, TimelineEntry
from models.settings import Settings
from models.signature import sign
from models.timeline import Entry, canonical
from run import postgres, temporal
from tests.api.builders import KEY, PASSWORD, CountingDesk
from tests.tables import emptied, tables_of
from worker import CATALOGUE, runner
from workflows.after_closing import AfterClosing
from workflows.client import connect
from workflows.summary_penalty import SummaryPenalty

SECRET = bytes(range(32, 64))
QUEUE = "payments"
CHEAP = Passwords(time_cost=1, memory_cost=8, parallelism=1)


def key(raw: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(raw).decode())


@pytest.fixture(scope="session")
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    async with postgres.running(None) as url:
        yield Settings(
            database_url=url,
            secret_key=key(KEY),
            treasury_secret=key(SECRET),
            task_queue=QUEUE,
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


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load(CATALOGUE)


@pytest.fixture
async def front(
    settings: Settings, catalogue: Catalogue, register: AsyncEngine
) -> AsyncIterator[FastAPI]:
    """The API with no engine behind: as good as one that is away."""
    app = create_app(settings, desk=CountingDesk(), catalogue=catalogue, passwords=CHEAP)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="session")
async def engine_address() -> AsyncIterator[str]:
    async with temporal.running(
        None, extra_dynamic_config={"history.workflowIdReuseMinimalInterval": "1ms"}
    ) as address:
        yield address


@pytest.fixture(scope="session")
async def client(engine_address: str) -> Client:
    return await connect(engine_address, KEY)


@asynccontextmanager
async def at_work(
    client: Client, register: AsyncEngine, catalogue: Catalogue, queue: str = QUEUE
) -> AsyncIterator[None]:
    """A worker is at work."""
    async with Worker(
        client,
        task_queue=queue,
        workflows=[SummaryPenalty, AfterClosing],
        activities=[Register(register, catalogue, KEY).save],
        workflow_runner=runner(),
    ):
        yield


@pytest.fixture
async def working(
    client: Client, register: AsyncEngine, catalogue: Catalogue
) -> AsyncIterator[None]:
    async with at_work(client, register, catalogue):
        yield


@pytest.fixture
async def house(
    settings: Settings, catalogue: Catalogue, engine_address: str, working: None
) -> AsyncIterator["House"]:
    """The API with the engine behind it."""
    chosen = settings.model_copy(update={"temporal_address": engine_address})
    app = create_app(chosen, catalogue=catalogue, passwords=CHEAP)
    async with app.router.lifespan_context(app), http(app) as anyone:
        yield House(app, chosen, anyone)


async def until(true: Callable[[], bool]) -> None:
    """Wait for what comes about beside the test."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 -- nobody would set an event
            await asyncio.sleep(0.01)


def http(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://anjuan.test")


async def signed_in(app: FastAPI, username: str) -> httpx.AsyncClient:
    client = http(app)
    login = {"username": username, "password": PASSWORD}
    opened = await client.post("/api/session", json=login)
    client.cookies.clear()
    client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
    return client


async def told(client: httpx.AsyncClient, receipt: dict[str, Any], **wrong: Any) -> httpx.Response:
    """The treasury tells of a payment; `wrong` spoils its signature."""
    body = canonical(receipt)
    how: dict[str, Any] = {"key": SECRET, "now": datetime.now(UTC)} | wrong
    headers = sign(body, how["key"], how["now"])
    return await client.post("/api/payments", content=body, headers=headers)


def a_receipt(bill: str, reference: str = "r1", amount: float = 100, **more: Any) -> dict[str, Any]:
    paid_at = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    return {"bill": bill, "reference": reference, "amount": amount, "paid_at": paid_at} | more


@dataclass
class House:
    """API, engine and register, with what the tests do over and over."""

    app: FastAPI
    settings: Settings
    anyone: httpx.AsyncClient

    @property
    def engine(self) -> AsyncEngine:
        engine: AsyncEngine = self.app.state.counter.engine
        return engine

    def reach(self, client: Client | None) -> None:
        """The API reaches this engine, or none."""
        object.__setattr__(self.app.state.counter, "temporal", client)

    def work_on(self, queue: str) -> None:
        """New runs go to another queue."""
        counter = self.app.state.counter
        chosen = self.settings = self.settings.model_copy(update={"task_queue": queue})
        object.__setattr__(counter, "settings", chosen)

    async def a_fined_case(self) -> dict[str, Any]:
        """100 yuan on the street, handed over at once."""
        zhang = await signed_in(self.app, "officer.zhang")
        filed = await zhang.post("/api/cases", json=lead())
        assert filed.status_code == 201, filed.text
        state: dict[str, Any] = filed.json()
        return state

    async def a_closed_case(self) -> dict[str, Any]:
        """Fined, paid, closed."""
        state = await self.a_fined_case()
        paid = await told(self.anyone, a_receipt(state["money"]["bill"], f"{state['id']}/1"))
        assert paid.status_code == 200, paid.text
        return await self.act(state["id"], "close_case", "unit.head", opinion="已履行")

    async def act(self, case: str, act: str, by: str, **paper: Any) -> dict[str, Any]:
        person = await signed_in(self.app, by)
        answer = await person.post(f"/api/cases/{case}/acts/{act}", json=paper)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    async def matter(self, case: str) -> Any:
        (row,) = await self.rows(sa.select(Matter.__table__).where(Matter.id == case))
        return row

    async def payment(self, reference: str) -> Any:
        (row,) = await self.rows(sa.select(Payment.__table__).where(Payment.reference == reference))
        return row

    async def timeline(self, case: str) -> list[Entry]:
        mine = TimelineEntry.matter == case
        rows = await self.rows(
            sa.select(TimelineEntry.__table__).where(mine).order_by(TimelineEntry.seq)
        )
        return [Entry.model_validate(row._asdict()) for row in rows]

    async def rows(self, statement: sa.Executable) -> list[Any]:
        return list(await self.app.state.counter.rows(statement))


def lead() -> dict[str, Any]:
    return {
        "procedure": "summary",
        "cause": "SR-02",
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        "source": "patrol",
        "place": {"street": "凯旋街道", "address": f"凯旋路 {datetime.now(UTC).timestamp()} 号"},
        "party": {
            "kind": "person",
            "name": "王小明",
            "id_no": "330102198502140005",
            "address": "杭州市上城区河坊街 100 号",
        },
        "facts": "超出门窗店外经营，责令改正后逾期未改",
        "officers": ["officer.zhang", "officer.li"],
        "decision": {
            "penalty": {"fine": 100, "tier": "lighter"},
            "heard": "当事人无异议",
            "confirmed": True,
            "failed_correction": "此前已责令当日改正，复查仍在店外经营",
        },
    }
