"""Numbers stay without a gap, and each document keeps its own, when the workers that issue them are killed at any moment."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.database import Base, Document, IssuedNumber, Number
from run import postgres
from tests.activities.issuing import issue

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WORKERS, EACH, KILLED = 3, 120, 2


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with postgres.running(None) as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await engine.dispose()
        yield url


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_worker_killed_at_any_moment_leaves_no_gap_and_no_double(
    url: str, seed: int
) -> None:
    chance = random.Random(seed)
    ranges = [(n * EACH, (n + 1) * EACH) for n in range(WORKERS)]
    await asyncio.gather(*(_killed_often(url, *part, chance) for part in ranges))
    await asyncio.gather(*(issue(url, *part) for part in ranges))  # as a restarted worker would
    engine = create_async_engine(url)
    serials, documents = await _given(engine)
    await engine.dispose()
    assert serials == list(range(1, WORKERS * EACH + 1))
    assert len(documents) == len(set(documents)) == WORKERS * EACH


async def _killed_often(url: str, first: int, last: int, chance: random.Random) -> None:
    """Killed after so many documents, wherever it is just then."""
    for _ in range(KILLED):
        command = (sys.executable, "-m", "tests.activities.issuing", url, str(first), str(last))
        pipe = asyncio.subprocess.PIPE
        worker = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe)
        assert worker.stdout
        for _ in range(chance.randrange(1, EACH // KILLED)):
            await worker.stdout.readline()
        await asyncio.sleep(chance.random() / 100)
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.communicate()


async def _given(engine: AsyncEngine) -> tuple[list[int], list[str]]:
    """The serials given, which the counter must agree with, and the numbers the documents bear."""
    async with engine.connect() as connection:
        given = sa.select(IssuedNumber.serial).where(IssuedNumber.word == "decision")
        serials = list(await connection.scalars(given.order_by(IssuedNumber.serial)))
        last = await connection.scalar(sa.select(Number.last).where(Number.word == "decision"))
        documents = list(await connection.scalars(sa.select(Document.number)))
    assert last == len(serials)
    return serials, [str(number) for number in documents]
