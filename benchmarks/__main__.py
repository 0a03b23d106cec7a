"""``make bench``: the product beside the floor, in one interleaved run on this machine. Ratios count; seconds are the machine's."""

import asyncio
import importlib
import importlib.util
import inspect
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import uvloop
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client

from api import desk
from api.counter import Counter
from api.passwords import Passwords
from benchmarks import events, floor, licences, printing
from benchmarks.measure import Sample
from models.catalogue import Catalogue
from models.database import Account, Matter
from models.lead import Lead
from models.person import Actor, Role
from models.settings import Settings
from run import process
from run.process import until
from tests.faults.house import ROOT, House, house, visitors as open_doors
from tests.faults.test_recovery import moving_again
from tests.faults.visitor import UNIT, ZHANG, Visitors, everybody, opened
from tests.replay.papers import YES, Paper, a_lead, an_inspection
from worker import CATALOGUE
from workflows.client import connect

ROUNDS, CASES, WARM = 4, 40, 10
RUNNING = 200
LISTED, LOOKS = 10_000, 200
GOAL = 0.5
ACTS = (("file_case", ZHANG), ("decide_docketing", UNIT), ("record_inspection", ZHANG))


async def main() -> None:
    printing.main()
    async with house() as home, _floor_worker(home) as floor_pid, open_doors(home.url) as client:
        visitors = await Visitors(client).sign_in(*everybody())
        counter = await _counter(home)
        samples = await _samples(home, counter, visitors)
        await _interleaved(samples, _pids(home, floor_pid))
        _report(samples)
        await _recovery(home, visitors)
        await _lists(counter, visitors)
        await counter.engine.dispose()
    await licences.main()
    await events.main()
    await _road_fines()


# ---- floor and product -------------------------------------------------------------------------


async def _samples(home: House, counter: Counter, visitors: Visitors) -> list[Sample]:
    bare = await Client.connect(home.temporal)
    people = await _people(counter)
    ids: dict[str, str] = {}

    async def at_the_floor(case: str, number: int) -> None:
        await floor.act(bare, case, number)

    async def at_the_desk(case: str, number: int) -> None:
        act, by = ACTS[number]
        await _desk(counter, case, act, _paper(case, act), people[by])

    async def over_http(case: str, number: int) -> None:
        act, by = ACTS[number]
        path = f"/api/cases/{ids[case]}/acts/{act}" if number else "/api/cases"
        answer = await visitors.ask(path, _paper(case, act), by, f"{case}:{act}")
        answer.raise_for_status()
        ids[case] = answer.json()["id"]

    return [
        Sample("floor", at_the_floor),
        Sample("product, desk", at_the_desk),
        Sample("product, HTTP", over_http),
    ]


async def _desk(counter: Counter, case: str, act: str, paper: Paper, by: Actor) -> None:
    if act == "file_case":
        await desk.file_case(counter, Lead.model_validate_json(json.dumps(paper)), by, case)
        return
    row = await counter.row(sa.select(Matter.__table__).where(Matter.id == case))
    if row is None:
        raise LookupError(case)
    await desk.perform(counter, row, act, paper, by, f"{case}:{act}")


def _paper(case: str, act: str) -> Paper:
    now = datetime.now(UTC)
    if act == "file_case":
        return a_lead(now, place={"street": "凯旋街道", "address": case})
    return YES if act == "decide_docketing" else an_inspection(now)


async def _interleaved(samples: list[Sample], pids: dict[str, int]) -> None:
    """One after the other, round by round, so that all meet the same weather."""
    for sample in samples:
        await Sample("warm", sample.act).round(_fresh(WARM), pids)
    for _ in range(ROUNDS):
        for sample in samples:
            await sample.round(_fresh(CASES), pids)


def _fresh(cases: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(cases)]


def _report(samples: list[Sample]) -> None:
    print(f"\n{'three acts a case':<16} acts/s  p50 ms  p99 ms  CPU-ms an act, by part")
    for sample in samples:
        parts = {part: ms for part, ms in sample.cpu_per_act().items() if ms >= 0.05}
        cpu = "  ".join(f"{part} {ms:.1f}" for part, ms in parts.items())
        print(
            f"{sample.name:<16} {sample.per_second:6.0f}  {sample.percentile(0.5):6.0f}  "
            f"{sample.percentile(0.99):6.0f}  {sum(parts.values()):5.1f} = {cpu}"
        )
    bare, *product = samples
    for sample in product:
        ratio = sample.per_second / bare.per_second
        print(f"{sample.name} : floor = {ratio:.2f} (goal {GOAL}, aim 0.9)")


# ---- recovery and lists ------------------------------------------------------------------------


async def _recovery(home: House, visitors: Visitors) -> None:
    cases = await asyncio.gather(*(opened(visitors, f"run-{n}") for n in range(RUNNING)))
    print(f"\nkill -9 with {RUNNING} cases running, each with an act in flight")
    for part in ("worker", "temporal"):
        seconds = await moving_again(home, visitors, cases, part)
        print(f"{part:<10} all moving again {seconds:.1f} s after it was back")


async def _lists(counter: Counter, visitors: Visitors) -> None:
    """The register filled up to so many cases; one reader alone, fifty a page."""
    await _fill(counter)
    headers = {"Authorization": f"Bearer {visitors.tokens[ZHANG]}"}
    print(f"\nlists at {LISTED:,} cases")
    for path in ("/api/cases", "/api/cases?stage=inquiry", "/api/todo"):
        sample = Sample(path, lambda _, __: asyncio.sleep(0))
        for _ in range(LOOKS):
            begun = time.perf_counter()
            (await visitors.client.get(path, headers=headers)).raise_for_status()
            sample.latencies.append(time.perf_counter() - begun)
        print(
            f"{path:<26} p50 {sample.percentile(0.5):.1f} ms  p99 {sample.percentile(0.99):.1f} ms"
        )


async def _fill(counter: Counter) -> None:
    """Copies of one case, a minute apart."""
    names = [column.name for column in Matter.__table__.columns]
    copied = {"id": "id || '-' || n", "opened_at": "opened_at - n * interval '1 minute'"}
    values = ", ".join(copied.get(name, name) for name in names)
    copy = f"""
        insert into matters ({", ".join(names)}) select {values}
        from (select * from matters where number is not null limit 1) one, generate_series(1, {LISTED}) n
    """  # noqa: S608 -- our own words
    async with counter.engine.begin() as connection:
        await connection.execute(sa.text(copy))
    async with counter.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as alone:
        await alone.execute(sa.text("analyze matters"))


# ---- what it runs on ---------------------------------------------------------------------------


async def _counter(home: House) -> Counter:
    """The desk in this process, as the front has it."""
    settings = Settings(
        database_url=home.database,
        temporal_address=home.temporal,
        secret_key=SecretStr(home.env["ANJUAN_SECRET_KEY"]),
    )
    key = bytes(range(32))
    return Counter(
        settings=settings,
        engine=create_async_engine(home.database, pool_size=20),
        catalogue=Catalogue.load(CATALOGUE),
        temporal=await connect(home.temporal, key),
        desk=desk,
        passwords=Passwords(),
        migration_heads=frozenset(),
    )


async def _people(counter: Counter) -> dict[str, Actor]:
    return {
        row.username: Actor(
            username=row.username,
            name=row.name,
            roles=tuple(Role(role) for role in row.roles),
            unit=row.unit,
        )
        for row in await counter.rows(sa.select(Account.__table__))
    }


def _pids(home: House, floor_pid: int) -> dict[str, int]:
    parts = {part: home.pid(part) for part in ("temporal", "postgres", "worker", "api")}
    return parts | {"floor": floor_pid, "client": os.getpid()}


@asynccontextmanager
async def _floor_worker(home: House) -> AsyncIterator[int]:
    log = home.place / "floor.log"
    command = (sys.executable, "-m", "benchmarks.floor")

    async def ready() -> bool:
        return "worker ready" in log.read_text()

    async with process.running("floor", *command, log=log, env=home.env, cwd=ROOT) as child:
        await until(ready, child)
        yield child.process.pid


async def _road_fines() -> None:
    """The fines of a whole city, where that benchmark is there."""
    if importlib.util.find_spec("benchmarks.road_fines") is None:
        return
    done: Any = importlib.import_module("benchmarks.road_fines").main()
    if inspect.isawaitable(done):
        await done


if __name__ == "__main__":
    uvloop.run(main())
