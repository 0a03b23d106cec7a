"""kill -9 of any one part in the middle of fifty running cases: all finish, nothing is lost, nothing is doubled."""

import asyncio
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import IssuedNumber, Matter, Number, Outgoing, TimelineEntry
from models.timeline import Entry, first_break
from tests.faults.house import PARTS, House
from tests.faults.visitor import Visitors, summary, withdrawn

pytestmark = pytest.mark.slow

CASES = 50
KILLED_AFTER = 60  # of the two hundred acts
DOWN = 0.5  # seconds


@pytest.mark.parametrize("part", PARTS)
async def test_every_case_comes_to_its_end(
    installed: House, visitors: Visitors, register: AsyncEngine, part: str
) -> None:
    async with asyncio.TaskGroup() as group:
        ways = [(summary, withdrawn)[n % 2](visitors, f"{part}-{n}") for n in range(CASES)]
        running = [group.create_task(way) for way in ways]
        group.create_task(_killed_midway(installed, visitors, part))
    cases = [way.result() for way in running]
    assert len(set(cases)) == CASES
    assert set(visitors.done.values()) == {1}
    rows = await _read(register, sa.select(Matter.__table__).where(Matter.id.in_(cases)))
    assert {row.stage for row in rows} == {"closed"}
    await _nothing_lost_nothing_twice(register, visitors, cases)
    await _money_came_once(register, rows)
    await _numbers_have_no_gap(register)


async def _killed_midway(installed: House, visitors: Visitors, part: str) -> None:
    await visitors.busy(KILLED_AFTER)
    await installed.kill(part)
    try:
        await asyncio.sleep(DOWN)
    finally:
        await installed.start(part)


async def _nothing_lost_nothing_twice(
    register: AsyncEngine, visitors: Visitors, cases: list[str]
) -> None:
    """Every act that was answered stands on the timeline once, and no other; every chain is whole."""
    table = TimelineEntry.__table__
    found: Counter[tuple[str, str]] = Counter()
    for case in cases:
        own = sa.select(table).where(table.c.matter == case).order_by(table.c.seq)
        entries = [Entry.model_validate(row._asdict()) for row in await _read(register, own)]
        assert first_break(entries) is None
        found.update((case, entry.name) for entry in entries if entry.kind == "act")
    asked = {(case, "file_case" if act == "cases" else act) for case, act in visitors.done}
    assert found == dict.fromkeys(asked, 1)


async def _money_came_once(register: AsyncEngine, rows: list[Any]) -> None:
    fined = [row for row in rows if row.procedure == "summary_penalty"]
    assert {row.state["money"]["paid"] for row in fined} == {30}
    bills = sa.select(Outgoing.matter).where(Outgoing.matter.in_([row.id for row in fined]))
    sent = await _read(register, bills.where(Outgoing.kind == "bill"))
    assert len(sent) == len(fined)


async def _numbers_have_no_gap(register: AsyncEngine) -> None:
    given = sa.select(
        IssuedNumber.word, sa.func.count().label("given"), sa.func.max(IssuedNumber.serial)
    )
    own = given.where(~IssuedNumber.word.contains("@"))  # the rest share the serial of their case
    counted = {row[0]: row[1:] for row in await _read(register, own.group_by(IssuedNumber.word))}
    last = {
        row.word: (row.last, row.last)
        for row in await _read(register, sa.select(Number.word, Number.last))
    }
    assert counted == last


async def _read(register: AsyncEngine, query: sa.Executable) -> list[Any]:
    async with register.connect() as connection:
        return list(await connection.execute(query))
