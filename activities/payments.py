"""Payments in the register: which wait to be entered in their case, and the closed case one belongs to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models.case_file import CaseFile
from models.change import Start
from models.clock import Clock
from models.database import ClockRow, Matter, Payment
from models.secrets import unseal

BATCH = 20
SETTLES = timedelta(seconds=15)  # a fresh payment is with whoever received it


class Waiting(NamedTuple):
    """A payment that is kept, and not marked as entered. ``known``: its case has it all the same."""

    reference: str
    bill: str
    matter: str
    amount: Decimal
    paid_at: datetime
    known: bool


async def waiting(engine: AsyncEngine) -> list[Waiting]:
    """Some of them, in no order: one that cannot be entered must not hold up the others."""
    old = Payment.received_at < sa.func.now() - SETTLES
    async with engine.connect() as connection:
        some = await connection.execute(
            _waiting().where(old).order_by(sa.func.random()).limit(BATCH)
        )
        return [Waiting(*row) for row in some]


async def is_entered(engine: AsyncEngine, reference: str) -> bool:
    """Whether its case has it."""
    mine = Payment.reference == reference, Payment.entered_at.is_not(None)
    async with engine.connect() as connection:
        return (
            await connection.execute(sa.select(Payment.reference).where(*mine))
        ).first() is not None


async def waits(engine: AsyncEngine, reference: str) -> Waiting | None:
    """This one, unless it is entered or belongs to no case."""
    async with engine.connect() as connection:
        row = (await connection.execute(_waiting().where(Payment.reference == reference))).first()
        return Waiting(*row) if row else None


async def entered(engine: AsyncEngine, reference: str) -> None:
    """Its case has it."""
    mine = Payment.reference == reference, Payment.entered_at.is_(None)
    async with engine.begin() as connection:
        await connection.execute(sa.update(Payment).where(*mine).values(entered_at=sa.func.now()))


def _waiting() -> sa.Select[str, str, str, Decimal, datetime, Any]:
    payments = Matter.state["money"]["account"]["payments"]
    this = sa.func.jsonb_build_array(sa.func.jsonb_build_object("reference", Payment.reference))
    known = sa.func.coalesce(payments.op("@>")(this), sa.false())
    return (
        sa.select(
            *(Payment.reference, Payment.bill, Payment.matter, Payment.amount, Payment.paid_at),
            known,
        )
        .join(Matter, Matter.id == Payment.matter)
        .where(Payment.entered_at.is_(None))
    )


@asynccontextmanager
async def reopening(engine: AsyncEngine, matter: str) -> AsyncIterator[AsyncConnection | None]:
    """For one at a time: None while somebody else reopens this matter."""
    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(f"reopen/{matter}", 0))
    async with engine.begin() as connection:
        yield connection if await connection.scalar(sa.select(lock)) else None


async def closed_case(
    connection: AsyncConnection, matter: str, key: bytes
) -> tuple[CaseFile, Start] | None:
    """The file of a closed case, unsealed, and where its chain and clocks stand; None if not closed."""
    rehearsal = Matter.state["rehearsal"].as_float().label("rehearsal")
    kept = sa.select(Matter.file, Matter.version, Matter.head, rehearsal).where(
        Matter.id == matter, Matter.closed_at.is_not(None), Matter.file.is_not(None)
    )
    row = (await connection.execute(kept)).first()
    if row is None:
        return None
    clocks = sa.select(ClockRow.name, ClockRow.clock).where(ClockRow.matter == matter)
    stood = {
        clock.name: Clock.model_validate(clock.clock)
        for clock in await connection.execute(clocks.order_by(ClockRow.name))
    }
    start = Start(
        seq=row.version,
        head=row.head,
        clocks=stood,
        ahead=timedelta(seconds=row.rehearsal or 0),
        rehearsal=row.rehearsal is not None,
    )
    return CaseFile.model_validate_json(unseal(row.file, key)), start
