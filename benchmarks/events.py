"""Events of devices beside the floor of update-with-start, in one run: taken while the worker is stopped, and drained into incidents after
it starts.
"""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import sqlalchemy as sa
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from temporalio.client import Client

from benchmarks import floor
from models.incoming import IncomingEvent
from run import process
from run.process import until
from tests.faults.house import ROOT, House, house, visitors
from tests.faults.visitor import Visitors

BURST, BATCH, SINGLE = 5_000, 500, 300
FLOOR, AT_ONCE = 300, 16
HUB, SOURCE = "camera.hub", "/cameras/demo-cam-01"
BATCHED = "application/cloudevents-batch+json"


async def main() -> None:
    async with house() as home, _floor_worker(home), visitors(home.url) as client:
        token = (await Visitors(client).sign_in(HUB)).tokens[HUB]
        client.headers["Authorization"] = f"Bearer {token}"
        engine = create_async_engine(home.database)
        before = await _floor(home)
        await home.stop("worker")
        batched, single = await _taken(client), await _one_by_one(client)
        waiting = await _count(engine, "waiting")
        drained = await _drained(home, engine)
        _report((before + await _floor(home)) / 2, batched, single, waiting, drained)
        print(f"done {await _count(engine, 'done')}, poison {await _count(engine, 'poison')}")
        await engine.dispose()


def _report(bare: float, batched: float, single: float, waiting: int, drained: float) -> None:
    print(f"\nevents: {waiting} kept while the worker was stopped")
    print(f"floor, update-with-start                {bare:6.0f}/s")
    for name, rate in (
        (f"taken over HTTP, batches of {BATCH}", batched),
        ("taken over HTTP, one a request", single),
        ("drained, each an incident", drained),
    ):
        print(f"{name:<39} {rate:6.0f}/s = {rate / bare:.2f} of the floor")


def _reports(count: int) -> list[dict[str, Any]]:
    """Each of a spot of its own."""
    now = datetime.now(UTC).isoformat()
    said = {"category": "E0405", "description": "店外经营占用人行道"}
    common = {"specversion": "1.0", "source": SOURCE, "type": "cn.anjuan.report", "time": now}
    return [
        {**common, "id": (name := str(uuid.uuid4())), "subject": name, "data": said}
        for _ in range(count)
    ]


async def _taken(client: httpx.AsyncClient) -> float:
    events, begun = _reports(BURST), time.perf_counter()
    for start in range(0, BURST, BATCH):
        body = json.dumps(events[start : start + BATCH])
        answer = await client.post("/api/events", content=body, headers={"content-type": BATCHED})
        answer.raise_for_status()
    return BURST / (time.perf_counter() - begun)


async def _one_by_one(client: httpx.AsyncClient) -> float:
    turn, headers = asyncio.Semaphore(AT_ONCE), {"content-type": "application/cloudevents+json"}

    async def send(event: dict[str, Any]) -> None:
        async with turn:
            body = json.dumps(event)
            answer = await client.post("/api/events", content=body, headers=headers)
            answer.raise_for_status()

    begun = time.perf_counter()
    await asyncio.gather(*map(send, _reports(SINGLE)))
    return SINGLE / (time.perf_counter() - begun)


async def _drained(home: House, engine: AsyncEngine) -> float:
    """From the first that is done, so that the worker's start does not count."""
    await home.start("worker")
    while not (first := await _count(engine, "done")):  # noqa: ASYNC110 -- another process works
        await asyncio.sleep(0.1)
    begun = time.perf_counter()
    while await _count(engine, "waiting"):  # noqa: ASYNC110 -- as above
        await asyncio.sleep(0.5)
    return (await _count(engine, "done") - first) / (time.perf_counter() - begun)


async def _count(engine: AsyncEngine, status: str) -> int:
    query = sa.select(sa.func.count()).where(IncomingEvent.status == status)
    async with engine.connect() as connection:
        return int(await connection.scalar(query) or 0)


async def _floor(home: House) -> float:
    """Workflows started with their first update, so many a second."""
    bare, turn = await Client.connect(home.temporal), asyncio.Semaphore(AT_ONCE)

    async def start() -> None:
        async with turn:
            await floor.act(bare, str(uuid.uuid4()), 0)

    await asyncio.gather(*(start() for _ in range(AT_ONCE)))
    begun = time.perf_counter()
    await asyncio.gather(*(start() for _ in range(FLOOR)))
    return FLOOR / (time.perf_counter() - begun)


@asynccontextmanager
async def _floor_worker(home: House) -> AsyncIterator[None]:
    log = home.place / "floor.log"
    command = (sys.executable, "-m", "benchmarks.floor")

    async def ready() -> bool:
        return "worker ready" in log.read_text()

    async with process.running("floor", *command, log=log, env=home.env, cwd=ROOT) as child:
        await until(ready, child)
        yield


if __name__ == "__main__":
    uvloop.run(main())
    os._exit(0)  # the SDK's native threads may abort an ordinary exit
