"""The quarantine of lists from elsewhere: lines that cannot be are kept sealed, with the reason, once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter, QuarantinedReport
from models.report_list import Quarantine
from models.secrets import seal
from models.timeline import canonical


async def keep(engine: AsyncEngine, key: bytes, lines: Sequence[Quarantine]) -> None:
    """Those kept before stay as they are."""
    rows = [
        {
            "source": line.source,
            "key": line.key,
            "line": line.number,
            "reason": line.why,
            "content": seal(canonical(line.row), key),
            "kept_at": datetime.now(UTC),
        }
        for line in lines
    ]
    if rows:
        async with engine.begin() as connection:
            fresh = insert(QuarantinedReport).on_conflict_do_nothing()
            await connection.execute(fresh, rows)


async def registered(engine: AsyncEngine, ids: Sequence[str]) -> set[str]:
    """Which of these matters the register has."""
    async with engine.connect() as connection:
        rows = await connection.execute(sa.select(Matter.id).where(Matter.id.in_(ids)))
        return {row.id for row in rows}
