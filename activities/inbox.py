"""The inbox of events: kept at once and once, in one statement a message; held by one drain at a time, in order per lane."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.courier import delay
from models.device_register import DeviceRow
from models.event import RULE, Envelope, Event, content_digest, device_of, no, read
from models.identifiers import id_digest
from models.incoming import IncomingEvent
from models.refusal import Code, Refusal, Refused, refuse
from models.secrets import seal, unseal

HEADS = 20  # events a drain holds: the first of so many lanes
FOLLOWING = 480  # and so many of what comes after them
_TEXTS = ("source", "id", "device", "account", "type", "lane", "digest", "status")
_MOMENTS = ("time", "received_at", "next_at")
_COLUMNS = (*_TEXTS, *_MOMENTS, "content")


class Full(Exception):  # noqa: N818 -- says it as it is
    """So many events wait that no more are taken; nothing of the message was kept."""


class Answer(NamedTuple):
    """What became of one event of a message: ``accepted``, ``known`` or ``refused``, and why."""

    id: str | None
    source: str | None
    status: str
    refusal: Refusal | None = None

    def said(self, *, english: bool = False) -> dict[str, Any]:
        """As the sender is told."""
        told: dict[str, Any] = {"id": self.id, "source": self.source, "status": self.status}
        if no := self.refusal:
            told |= {"detail": no.en if english else no.zh, "code": no.code, "field": no.field}
        return told


class Outcome(NamedTuple):
    """How handling ended: done with an outcome, poison with a reason, or waiting again with one."""

    status: str
    outcome: str | None = None
    reason: dict[str, Any] | None = None


@dataclass
class _Taken:
    """An event of the message on its way in."""

    envelope: Envelope
    row: dict[str, Any]

    @property
    def name(self) -> tuple[str, str]:
        return self.envelope.source, self.envelope.id


@dataclass(frozen=True)
class Inbox:
    """``most``: how many may wait."""

    engine: AsyncEngine
    key: bytes
    most: int

    async def take(self, account: str, raws: Sequence[Any]) -> list[Answer]:
        """Keep what can be kept; an answer to each, in order. Raises `Full`."""
        answers: list[Answer | _Taken] = [self._read(account, raw) for raw in raws]
        answers = await self._only_own(account, answers)
        firsts: dict[tuple[str, str], _Taken] = {}
        for one in _taken(answers):
            firsts.setdefault(one.name, one)
        wanted = list(firsts.values())
        if not wanted:
            return [one for one in answers if isinstance(one, Answer)]
        await self._refuse_when_full(len(wanted))
        fresh = await self._kept(wanted)
        kept = {one.name: one.row["digest"] for one in wanted if one.name in fresh}
        known = kept | await self._digests([n for n in (o.name for o in wanted) if n not in fresh])
        return [one if isinstance(one, Answer) else _answer(one, known, fresh) for one in answers]

    def _read(self, account: str, raw: Any) -> Answer | _Taken:
        try:
            envelope = read(raw)
            return _Taken(envelope, self._row(envelope, account, device_of(envelope, account)))
        except Refused as refused:
            return _refused(raw, refused.refusal)

    def _row(self, envelope: Envelope, account: str, device: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        content = envelope.model_dump_json(include={"subject", "data"}).encode()
        return {
            "source": envelope.source,
            "id": envelope.id,
            "device": device,
            "account": account,
            "type": envelope.type,
            "lane": id_digest(f"{envelope.source}\n{envelope.subject or ''}", self.key),
            "time": envelope.time,
            "content": seal(content, self.key),
            "digest": content_digest(envelope, device, self.key),
            "status": "waiting",
            "received_at": now,
            "next_at": now,
        }

    async def _only_own(
        self, account: str, answers: list[Answer | _Taken]
    ) -> list[Answer | _Taken]:
        """Devices of others, and those nobody registered, look alike."""
        named = {one.row["device"] for one in _taken(answers)}
        mine = sa.select(DeviceRow.id).where(DeviceRow.account == account, DeviceRow.id.in_(named))
        own = {row.id for row in await self._rows(mine)} if named else set()
        foreign = no("source", "没有登记这台设备，或不属于本账号", "no such device of this account")
        return [
            _refused_event(one.envelope, foreign.refusal)
            if isinstance(one, _Taken) and one.row["device"] not in own
            else one
            for one in answers
        ]

    async def _refuse_when_full(self, more: int) -> None:
        """Raises `Full`; those who ask at the same moment may overshoot by what they bring."""
        waiting = IncomingEvent.status == "waiting"
        some = sa.select(sa.literal(1)).where(waiting).limit(self.most + 1).subquery()
        (row,) = await self._rows(sa.select(sa.func.count().label("waiting")).select_from(some))
        if row.waiting + more > self.most:
            raise Full

    async def _kept(self, wanted: list[_Taken]) -> set[tuple[str, str]]:
        """One statement, whole or not at all; the names of those that are new."""
        columns = {name: [one.row[name] for one in wanted] for name in _COLUMNS}
        return {(row.source, row.id) for row in await self._rows(_KEEP, columns)}

    async def _digests(self, names: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
        if not names:
            return {}
        name = sa.tuple_(IncomingEvent.source, IncomingEvent.id)
        columns = (IncomingEvent.source, IncomingEvent.id, IncomingEvent.digest)
        rows = await self._rows(sa.select(*columns).where(name.in_(names)))
        return {(row.source, row.id): row.digest for row in rows}

    async def _rows(
        self, statement: sa.Executable, values: dict[str, Any] | None = None
    ) -> Sequence[sa.Row[Any]]:
        alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with alone.connect() as connection:
            return (await connection.execute(statement, values)).all()

    # ---- the other end

    @asynccontextmanager
    async def held(self) -> AsyncIterator["Held"]:
        """Some that are due, until the block ends: the first of each lane, then what follows them."""
        async with self.engine.begin() as connection:
            heads = (await connection.execute(_heads())).all()
            lanes = [row.lane for row in heads]
            after = (await connection.execute(_following(lanes, heads))).all() if heads else ()
            yield Held(connection, self.key, [*heads, *after])


@dataclass(frozen=True)
class Held:
    """Events nobody else handles meanwhile."""

    connection: AsyncConnection
    key: bytes
    rows: Sequence[sa.Row[Any]]

    def lanes(self) -> list[list[sa.Row[Any]]]:
        """Each in the order in which they came."""
        lanes: dict[str, list[sa.Row[Any]]] = {}
        for row in self.rows:
            lanes.setdefault(row.lane, []).append(row)
        return list(lanes.values())

    def event(self, row: sa.Row[Any]) -> Event:
        """Raises `CannotUnseal`."""
        content = json.loads(unseal(row.content, self.key))
        said = {
            name: getattr(row, name) for name in ("source", "id", "type", "time", "received_at")
        }
        return Event(**said, device=row.device, account=row.account, **content)

    async def mark(self, results: Sequence[tuple[sa.Row[Any], Outcome]]) -> None:
        """How each ended."""
        if results:
            marks = [_marked(row, outcome) for row, outcome in results]
            await self.connection.execute(_MARK, marks)


_ARRIVING = (
    sa.func.unnest(
        *(sa.bindparam(name, type_=ARRAY(sa.Text)) for name in _TEXTS),
        *(sa.bindparam(name, type_=ARRAY(sa.DateTime(timezone=True))) for name in _MOMENTS),
        sa.bindparam("content", type_=ARRAY(sa.LargeBinary)),
    )
    .table_valued(*_COLUMNS, name="arriving")
    .render_derived()
)
_KEEP = (
    insert(IncomingEvent)
    .from_select(list(_COLUMNS), sa.select(*(_ARRIVING.c[name] for name in _COLUMNS)))
    .on_conflict_do_nothing()
    .returning(IncomingEvent.source, IncomingEvent.id)
)
_MARK = (
    sa.update(IncomingEvent)
    .where(
        IncomingEvent.source == sa.bindparam("the_source"),
        IncomingEvent.id == sa.bindparam("the_id"),
    )
    .values({name: sa.bindparam(name) for name in ("status", "outcome", "reason", "attempts")})
    .values(next_at=sa.bindparam("next_at"))
)


def _heads() -> sa.Select[Any]:
    """The first of each lane, where it is due; locked against other drains."""
    waiting = IncomingEvent.status == "waiting"
    firsts = sa.select(sa.func.min(IncomingEvent.seq)).where(waiting).group_by(IncomingEvent.lane)
    return (
        sa.select(IncomingEvent.__table__)
        .where(waiting, IncomingEvent.next_at <= sa.func.now(), IncomingEvent.seq.in_(firsts))
        .order_by(IncomingEvent.seq)
        .limit(HEADS)
        .with_for_update(skip_locked=True)
    )


def _following(lanes: Iterable[str], heads: Sequence[sa.Row[Any]]) -> sa.Select[Any]:
    """Of lanes whose first one is held, so nobody else takes them."""
    return (
        sa.select(IncomingEvent.__table__)
        .where(IncomingEvent.status == "waiting", IncomingEvent.lane.in_(lanes))
        .where(IncomingEvent.seq.not_in([row.seq for row in heads]))
        .order_by(IncomingEvent.seq)
        .limit(FOLLOWING)
        .with_for_update(skip_locked=True)
    )


def _marked(row: sa.Row[Any], outcome: Outcome) -> dict[str, Any]:
    attempts = row.attempts + 1
    return {
        "the_source": row.source,
        "the_id": row.id,
        **outcome._asdict(),
        "attempts": attempts,
        "next_at": datetime.now(UTC) + delay(attempts),
    }


def _taken(answers: Iterable[Answer | _Taken]) -> list[_Taken]:
    return [one for one in answers if isinstance(one, _Taken)]


def _answer(one: _Taken, known: dict[tuple[str, str], str], fresh: set[tuple[str, str]]) -> Answer:
    """The first of a name is new; the same again is known, another under its name is refused."""
    if known[one.name] != one.row["digest"]:
        zh, en = "同一来源与编号的事件内容不同", "another event came under this source and id"
        differs = refuse(Code.EVENT_DIFFERS, f"id：{zh}", f"id: {en}", RULE, "id")
        return _refused_event(one.envelope, differs.refusal)
    new = one.name in fresh
    fresh.discard(one.name)
    return Answer(one.envelope.id, one.envelope.source, "accepted" if new else "known")


def _refused_event(envelope: Envelope, refusal: Refusal) -> Answer:
    return Answer(envelope.id, envelope.source, "refused", refusal)


def _refused(raw: Any, refusal: Refusal) -> Answer:
    said = [raw.get(name) if isinstance(raw, dict) else None for name in ("id", "source")]
    name, source = (one if isinstance(one, str) else None for one in said)
    return Answer(name, source, "refused", refusal)
