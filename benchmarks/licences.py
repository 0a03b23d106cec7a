"""Living licences asleep on one development server: how much memory of the worker each holds, and how many a second are born."""

import asyncio
import base64
import gc
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client

from activities.births import queue_of, start_licence
from models.application_file import ItemFacts
from models.catalogue import Catalogue
from models.change import Start
from models.database import Base
from models.licence_birth import Birth
from models.licence_file import LicenceFile
from models.party import Party, PartyKind
from models.suspension import civil_day
from run import postgres, temporal
from worker import CATALOGUE
from workflows.client import connect

ROOT = Path(__file__).resolve().parents[1]
KEY = bytes(32)
QUEUE = "licences-asleep"
WARM, LIVING, AT_ONCE = 1000, 10_000, 40
GOAL = 2 * 1024  # bytes of the worker, each


@dataclass
class Sleepers:
    """A worker of its own, and how to give it licences."""

    pid: int
    client: Client
    item: ItemFacts
    born: int = 0

    async def bear(self, count: int) -> float:
        """So many more; seconds it took."""
        turn, began = asyncio.Semaphore(AT_ONCE), time.perf_counter()
        await asyncio.gather(*(self._one(self.born + n, turn) for n in range(count)))
        self.born += count
        return time.perf_counter() - began

    async def _one(self, number: int, turn: asyncio.Semaphore) -> None:
        now = datetime.now(UTC)
        file = LicenceFile(
            id=f"asleep-{number}",
            opened_at=now,
            item=self.item,
            party=Party(kind=PartyKind.PERSON, name="王小明"),
            content="临时占用河坊街人行道",
            valid_from=civil_day(now),
            valid_to=civil_day(now) + timedelta(days=300 + number % 60),
        )
        async with turn:
            await start_licence(self.client, queue_of(QUEUE), Birth(file=file, start=Start()))

    async def memory(self) -> int:
        """Bytes of the worker once it is idle."""
        await asyncio.sleep(3)
        status = Path(f"/proc/{self.pid}/status").read_text()  # noqa: ASYNC240 -- not a disk
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024


@asynccontextmanager
async def sleepers() -> AsyncIterator[Sleepers]:
    """Real servers, and a worker process."""
    async with (
        postgres.running(None) as url,
        temporal.running(None) as address,
        _worker(url, address) as pid,
    ):
        client = await connect(address, KEY)
        item = ItemFacts.of(Catalogue.load(CATALOGUE).item("RD-01"))
        yield Sleepers(pid, client, item)


@asynccontextmanager
async def _worker(url: str, address: str) -> AsyncIterator[int]:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    with tempfile.TemporaryDirectory() as var:
        own = {
            "ANJUAN_DATABASE_URL": url,
            "ANJUAN_TEMPORAL_ADDRESS": address,
            "ANJUAN_SECRET_KEY": base64.b64encode(KEY).decode(),
            "ANJUAN_TREASURY_SECRET": base64.b64encode(KEY).decode(),
            "ANJUAN_TASK_QUEUE": QUEUE,
            "ANJUAN_VAR_DIR": var,
        }
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "worker"), cwd=ROOT, env=os.environ | own
        )
        try:
            while not await temporal.has_worker(address, "default", QUEUE):
                if worker.returncode is not None:
                    raise RuntimeError("the worker fell")
                await asyncio.sleep(0.1)
            yield worker.pid
        finally:
            worker.kill()
            await worker.wait()


async def main() -> None:
    """Print what each holds."""
    async with sleepers() as house:
        await house.bear(WARM)
        before = await house.memory()
        took = await house.bear(LIVING)
        gc.collect()
        each = (await house.memory() - before) / LIVING
        print(
            f"{LIVING} 张在用证件 living licences: {each:.0f} B of worker memory each"
            f" (goal {GOAL}), {LIVING / took:.0f}/s"
        )


if __name__ == "__main__":
    asyncio.run(main())
