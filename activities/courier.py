"""The courier: what the outbox holds reaches the other system, however often that takes (发件箱).

A row is written in the transaction that decided it, and is sent until the other side takes it.
The other side knows it by its id, so a second delivery changes nothing. Rows of one matter and
kind go in order, one waits for the one before; several couriers share the work.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg
import httpx
import sqlalchemy as sa
from sqlalchemy import exc as sql
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import aliased

from models.database import Outgoing

BATCH = 20
ALONE = ("document",)  # kinds whose rows do not wait for one another
IDLE = timedelta(seconds=0.5)
REGISTER_AWAY = (sql.DBAPIError, sql.TimeoutError, asyncpg.PostgresError, OSError)
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(hours=1)

log = logging.getLogger(__name__)


class Parcel(NamedTuple):
    """One row of the outbox on its way."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int


class NotTaken(Exception):  # noqa: N818 -- says it as it is
    """The other side did not take it this time; the message says why, and nothing of what was sent."""


Carrier = Callable[[Parcel], Awaitable[None]]


class Courier:
    """Delivers the kinds it has carriers for. ``run`` goes on until cancelled; a delivery cut short is made again."""

    def __init__(self, engine: AsyncEngine, carriers: Mapping[str, Carrier]) -> None:
        self.engine, self.carriers = engine, carriers

    async def run(self) -> None:
        """Deliver whatever falls due."""
        while True:
            if not await self._tried():
                await asyncio.sleep(IDLE.total_seconds())

    async def _tried(self) -> int:
        try:
            return await self.deliver_due()
        except REGISTER_AWAY as away:
            log.warning("发件箱暂不可读 · the outbox cannot be read: %s", type(away).__name__)
            return 0

    async def deliver_due(self) -> int:
        """Try what is due, at most one row a kind and matter; how many were tried."""
        async with self.engine.begin() as connection:
            due = [Parcel(*row) for row in await connection.execute(_due(self.carriers))]
            errors = await asyncio.gather(*map(self._deliver, due))
            for parcel, error in zip(due, errors, strict=True):
                await connection.execute(_marked(parcel, error))
        return len(due)

    async def _deliver(self, parcel: Parcel) -> str | None:
        """None once it is taken, else why not; of what was sent, the reason tells nothing."""
        try:
            await self.carriers[parcel.kind](parcel)
        except NotTaken as no:
            return str(no)
        except httpx.HTTPStatusError as no:
            return f"HTTP {no.response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as wrong:
            return type(wrong).__name__
        except REGISTER_AWAY as away:
            return type(away).__name__
        except Exception as fault:  # one parcel's fault must not hold up the others
            log.exception("%s could not be delivered", parcel.id)
            return f"fault: {type(fault).__name__}"
        return None


def delay(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: a second, doubling up to an hour."""
    return min(_SHORTEST * (1 << min(attempts - 1, 12)), _LONGEST)


def _due(kinds: Iterable[str]) -> sa.Select[Any]:
    """Locked against other couriers; of one matter, no row before those of its kind that came first."""
    before = aliased(Outgoing)
    waits = sa.exists().where(
        before.matter == Outgoing.matter,
        before.kind == Outgoing.kind,
        Outgoing.kind.not_in(ALONE),
        before.sent_at.is_(None),
        sa.tuple_(before.created_at, before.id) < sa.tuple_(Outgoing.created_at, Outgoing.id),
    )
    return (
        sa.select(Outgoing.id, Outgoing.kind, Outgoing.payload, Outgoing.attempts)
        .where(Outgoing.kind.in_(kinds), Outgoing.sent_at.is_(None))
        .where(Outgoing.next_at <= sa.func.now(), ~waits)
        .order_by(Outgoing.created_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Outgoing)
    )


def _marked(parcel: Parcel, error: str | None) -> sa.Update:
    attempts = parcel.attempts + 1
    now = sa.func.clock_timestamp()
    when = {"sent_at": now} if error is None else {"next_at": now + delay(attempts)}
    mine = sa.update(Outgoing).where(Outgoing.id == parcel.id)
    return mine.values(attempts=attempts, error=error, **when)
