"""Publishing: changes are numbered in the order in which they were committed, and addressed to whoever subscribed to them.

A change is written in the transaction that made it. Numbers that transactions drew themselves would be no order to read by: one that
committed late would bear a number its readers have passed. So one hand at a time numbers what is committed, and only what is numbered
is read.
"""

import asyncio
import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.courier import REGISTER_AWAY
from models.change_event import inner_names

IDLE = timedelta(seconds=0.25)
BATCH = 500
LOCK = 0x616E6A6368  # a number nobody else takes

log = logging.getLogger(__name__)

_FRESH = sa.text("select 1 from changes where position is null limit 1")
_ALONE = sa.text("select pg_try_advisory_xact_lock(:lock)")
_FALLEN = sa.text(  # the engine lost the task that wrote them, and it was done otherwise
    """
    delete from changes as c where c.position is null and not exists (
        select from timeline as t where t.matter = c.matter and t.seq = c.seq and t.hash = c.hash)
    """
)
_PUBLISH = sa.text(
    """
    with last as (select coalesce(max(position), 0) as position from changes),
    fresh as (
        select hash, row_number() over (order by written) as nth
        from (select hash, written from changes where position is null order by written limit :batch) as oldest
    ),
    numbered as (
        update changes as c set position = last.position + fresh.nth, inner_act = c.name = any(:inner), replaces = (
            select o.hash from changes as o
            where o.matter = c.matter and o.seq = c.seq and o.position is not null
            order by o.position desc limit 1)
        from fresh, last where c.hash = fresh.hash
        returning c.*
    ),
    told as (
        select n.*, not n.inner_act or (n.stage, n.number) is distinct from (b.stage, b.number) as tells
        from numbered as n left join lateral (
            select stage, number from changes where matter = n.matter and seq < n.seq order by seq desc limit 1
        ) as b on true
    ),
    addressed as (
        insert into webhook_deliveries (subscription, position, event, matter, next_at)
        select s.id, t.position, t.hash, t.matter, now() from told as t, subscriptions as s
        where t.tells and (s.entries = '{}' or (t.name = any(s.entries) and not t.inner_act))
            and (s.kinds = '{}' or t.kind = any(s.kinds)) and (s.stages = '{}' or t.stage = any(s.stages))
            and (s.streets = '{}' or t.street = any(s.streets)) and (s.units = '{}' or t.unit = any(s.units))
    )
    select count(*) from numbered
    """
)


async def run(engine: AsyncEngine) -> None:
    """Beside the worker, until cancelled; several workers take turns."""
    while True:
        try:
            more = await publish(engine) == BATCH
        except REGISTER_AWAY as away:
            log.warning("变更暂不可读 · changes cannot be read: %s", type(away).__name__)
            more = False
        if not more:
            await asyncio.sleep(IDLE.total_seconds())


async def publish(engine: AsyncEngine) -> int:
    """Number what was committed since, and address it; how many changes. None while another does."""
    async with engine.begin() as connection:
        if await connection.scalar(_FRESH) is None:
            return 0
        # The next statement sees what the one before us committed: the lock falls with its commit.
        if not await connection.scalar(_ALONE, {"lock": LOCK}):
            return 0
        await connection.execute(_FALLEN)
        asked = {"batch": BATCH, "inner": inner_names()}
        return int(await connection.scalar(_PUBLISH, asked) or 0)
