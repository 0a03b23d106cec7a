"""A press that is killed at any moment leaves no half document and no second one, and no process behind."""

import asyncio
import base64
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.database import Document, Outgoing
from models.store import Store
from tests.api.builders import KEY
from tests.builders import a_summary_lead
from tests.documents.conftest import House

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CASES, KILLED = 8, 3


async def _filed(house: House) -> list[str]:
    zhang = await house.as_("officer.zhang")
    cases = []
    for n in range(CASES):
        place = {"street": "凯旋街道", "address": f"断电 {n} 号"}
        answer = await zhang.post("/api/cases", json=a_summary_lead(datetime.now(UTC), place=place))
        cases.append(str(answer.json()["id"]))
    return cases


def _environment(house: House) -> dict[str, str]:
    chosen = house.settings
    return os.environ | {
        "ANJUAN_DATABASE_URL": str(chosen.database_url),
        "ANJUAN_SECRET_KEY": base64.b64encode(KEY).decode(),
        "ANJUAN_VAR_DIR": str(chosen.var_dir),
        "ANJUAN_SEAL_CERT": str(chosen.seal_cert),
        "ANJUAN_SEAL_KEY": str(chosen.seal_key),
    }


async def _children(pid: int) -> set[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(child) for child in (await asyncio.to_thread(listed.read_text)).split()}


def _runs(pid: int) -> bool:
    """Still at work; a dead process that nobody asked after yet is not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_documents_are_made_once_though_the_printer_is_killed(house: House) -> None:
    cases, chance, orphans = await _filed(house), random.Random(5), set[int]()
    for _ in range(KILLED):
        command = (sys.executable, "-m", "tests.documents.printer")
        printer = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=_environment(house))
        await asyncio.sleep(2.5 + chance.random())
        orphans |= await _children(printer.pid)
        printer.kill()
        await printer.wait()
    async with asyncio.timeout(20):
        while any([await asyncio.to_thread(_runs, pid) for pid in orphans]):  # noqa: ASYNC110 -- nobody would set an event
            await asyncio.sleep(0.2)
    async with house.engine.begin() as connection:  # what was on its way is tried again
        mine = sa.update(Outgoing).where(Outgoing.matter.in_(cases))
        await connection.execute(mine.values(next_at=datetime.now(UTC)))
    await house.make()
    async with house.engine.connect() as connection:
        rows = (
            await connection.execute(
                sa.select(Document.__table__).where(Document.matter.in_(cases))
            )
        ).all()
    store = Store.of(house.settings)
    assert len(rows) == len({(row.matter, row.kind, row.copy) for row in rows}) == 2 * CASES
    for row in rows:
        assert (await store.get(row.pdf_digest)).startswith(b"%PDF")
        assert row.pages
