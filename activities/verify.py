"""Walks every timeline of the register and says which entry is broken; compares with the engine where it answers.

A row that was changed, taken out, put in or moved breaks the chain of its matter. A timeline rewritten as a whole still hangs
together, and is found because the procedure keeps the head of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter, TimelineEntry
from models.timeline import GENESIS, Entry, digest, first_break

AT_ONCE = 16
ROWS = 500
TRIES, PAUSE = 5, timedelta(milliseconds=300)
SILENT = 5  # unanswered in a row: it is away, and asking on would take for ever


class Chain(NamedTuple):
    """How far a timeline goes, and the hash of its last entry."""

    seq: int
    head: str


class Unanswered(Exception):  # noqa: N818 -- says it as it is
    """The engine cannot say now."""


Ask = Callable[[str], Awaitable[Chain | None]]
"""What the procedure of a matter says of its chain; None when the engine knows no such matter."""


class Finding(NamedTuple):
    """What is wrong with a matter, or with one of its entries."""

    matter: str
    zh: str
    en: str
    broken: bool = True

    def __str__(self) -> str:
        return f"{self.matter}：{self.zh} · {self.en}"


class Kept(NamedTuple):
    """A matter whose own entries hang together, as the register has it."""

    id: str
    chain: Chain
    closed: bool


@dataclass
class Tally:
    """What was looked at."""

    matters: int = 0
    entries: int = 0
    compared: int = 0
    broken: int = 0

    def __str__(self) -> str:
        return (
            f"核对 {self.matters} 件 {self.entries} 条，与流程核对 {self.compared} 件，问题 {self.broken} 处 · "
            f"{self.matters} matters, {self.entries} entries, {self.compared} compared with the engine, {self.broken} broken"
        )


@dataclass
class Verifier:
    """Holds one matter at a time, and a handful of heads."""

    engine: AsyncEngine
    ask: Ask | None = None
    tally: Tally = field(default_factory=Tally)
    silent: int = 0

    async def findings(self, only: str | None = None) -> AsyncIterator[Finding]:
        """Everything broken, in the order of the matters; then entries that belong to no matter."""
        async for finding in self._all(only):
            self.tally.broken += finding.broken
            yield finding
        if only is not None and not (self.tally.matters or self.tally.broken):
            self.tally.broken += 1
            yield Finding(only, "没有这个办件", "there is no such matter")

    async def _all(self, only: str | None) -> AsyncIterator[Finding]:
        sound: list[Kept] = []
        async for kept, rows in _matters(self.engine, only):
            self.tally.matters += 1
            self.tally.entries += len(rows)
            wrong = broken_at(kept, rows)
            if wrong is not None:
                yield wrong
            else:
                sound.append(kept)
            if len(sound) == AT_ONCE:
                for finding in await self._compared(sound):
                    yield finding
                sound = []
        for finding in await self._compared(sound):
            yield finding
        async for orphan in _orphans(self.engine, only):
            yield orphan

    async def _compared(self, sound: Sequence[Kept]) -> list[Finding]:
        found = await asyncio.gather(*(self._with_engine(kept) for kept in sound))
        return [finding for finding in found if finding is not None]

    async def _with_engine(self, kept: Kept) -> Finding | None:
        """A running matter may be a step ahead of what was read, so a difference is looked at again."""
        if self.ask is None or self.silent >= SILENT:
            return None
        try:
            theirs = await self.ask(kept.id)
            for _ in range(TRIES):
                if theirs is None or theirs == kept.chain:
                    break
                await asyncio.sleep(PAUSE.total_seconds())
                kept = await _again(self.engine, kept)
                theirs = await self.ask(kept.id)
        except Unanswered as why:
            self.silent += 1
            return Finding(kept.id, f"流程未答：{why}", f"the engine did not answer: {why}", False)
        self.silent = 0
        self.tally.compared += theirs is not None
        return _differs(kept, theirs)


def broken_at(kept: Kept, rows: Sequence[dict[str, Any]]) -> Finding | None:
    """The first entry at which the timeline is not what was written."""
    entries: list[Entry] = []
    for row in rows:
        try:
            entries.append(Entry.model_validate(row))
        except ValidationError:
            return _broken(kept.id, row["seq"], "无法读取", "cannot be read")
    at = first_break(entries)
    return _why(kept.id, at, entries) if at is not None else _cut_off(kept, entries)


def _why(matter: str, at: int, entries: Sequence[Entry]) -> Finding:
    entry = entries[at - 1]
    if entry.seq != at:
        return _broken(matter, at, "缺失", "is missing")
    if entry.hash != digest(entry):
        return _broken(
            matter,
            at,
            "与其摘要不符，已被改动或者移位",
            "is not what its hash says: changed or moved",
        )
    if at == 1:
        return _broken(matter, at, "不是首条", "is not the beginning of a chain")
    return _broken(
        matter,
        at,
        f"与第 {at - 1} 条不相接，两条之一被改动",
        f"does not follow entry {at - 1}: one of the two was changed",
    )


def _cut_off(kept: Kept, entries: Sequence[Entry]) -> Finding | None:
    """The entries hang together; are they all, and do they end where the matter says?"""
    last = entries[-1].seq if entries else 0
    head = entries[-1].hash if entries else GENESIS
    if last < kept.chain.seq:
        return _broken(kept.id, last + 1, "缺失", "is missing")
    if last > kept.chain.seq:
        return _broken(kept.id, kept.chain.seq + 1, "系多出", "is one too many")
    if head != kept.chain.head:
        return _broken(
            kept.id, last, "不是办件登记的链头", "is not the head the matter has on record"
        )
    return None


def _differs(kept: Kept, theirs: Chain | None) -> Finding | None:
    """What the engine's word makes of a timeline that hangs together."""
    if theirs == kept.chain:
        return None
    if theirs is None:
        return Finding(
            kept.id, "流程历史已无此件", "the engine has no history of it", not kept.closed
        )
    if theirs.seq != kept.chain.seq:
        ours = kept.chain.seq
        return Finding(
            kept.id,
            f"流程写至第 {theirs.seq} 条，登记为第 {ours} 条",
            f"the procedure has written {theirs.seq} entries, the register has {ours}",
        )
    return _broken(
        kept.id,
        theirs.seq,
        "与流程的链头不同，时间线被整体改写",
        "is not the procedure's head: the timeline was rewritten as a whole",
    )


def _broken(matter: str, seq: int, zh: str, en: str) -> Finding:
    return Finding(matter, f"第 {seq} 条{zh}", f"entry {seq} {en}")


# ---- reading -------------------------------------------------------------------------------------


async def _matters(
    engine: AsyncEngine, only: str | None
) -> AsyncIterator[tuple[Kept, list[dict[str, Any]]]]:
    """Each matter with its entries, through a cursor of the server that sees one moment of the register."""
    kept: Kept | None = None
    rows: list[dict[str, Any]] = []
    async with engine.connect() as connection:
        asked = _asked(only)
        async for row in await connection.stream(asked, execution_options={"max_row_buffer": ROWS}):
            if kept is None or row.matter_id != kept.id:
                if kept is not None:
                    yield kept, rows
                kept, rows = _kept(row), []
            if row.seq is not None:
                rows.append(dict(row._mapping))  # noqa: SLF001 -- SQLAlchemy's public name for it
    if kept is not None:
        yield kept, rows


def _asked(only: str | None) -> sa.Select[Any]:
    """A matter without entries comes too, with none."""
    matter, entry = Matter.__table__, TimelineEntry.__table__
    own = (matter.c.id.label("matter_id"), matter.c.version, matter.c.head, matter.c.closed_at)
    asked = (
        sa.select(*own, *entry.c)
        .select_from(matter.outerjoin(entry, entry.c.matter == matter.c.id))
        .order_by(matter.c.id, entry.c.seq)
    )
    return asked if only is None else asked.where(matter.c.id == only)


def _kept(row: Any) -> Kept:
    return Kept(row.matter_id, Chain(row.version, row.head), row.closed_at is not None)


async def _again(engine: AsyncEngine, kept: Kept) -> Kept:
    matter = Matter.__table__.c
    asked = sa.select(matter.id.label("matter_id"), matter.version, matter.head, matter.closed_at)
    async with engine.connect() as connection:
        return _kept((await connection.execute(asked.where(matter.id == kept.id))).one())


async def _orphans(engine: AsyncEngine, only: str | None) -> AsyncIterator[Finding]:
    """Entries whose matter is gone from the register."""
    matter, entry = Matter.__table__.c, TimelineEntry.__table__.c
    asked = (
        sa.select(entry.matter, sa.func.count().label("entries"))
        .where(~sa.exists().where(matter.id == entry.matter))
        .group_by(entry.matter)
    )
    if only is not None:
        asked = asked.where(entry.matter == only)
    async with engine.connect() as connection:
        async for row in await connection.stream(asked):
            zh = f"登记已无此件，尚有 {row.entries} 条记录"
            en = f"gone from the register, {row.entries} entries are left"
            yield Finding(row.matter, zh, en)
