"""Whether the front is alive, and whether all it stands on is there."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Response

from api.counter import AtCounter, Counter
from api.refusals import RETRY_AFTER

router = APIRouter(prefix="/api/health", tags=["health"])

PATIENCE = 2.0  # seconds for each part


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
async def ready(counter: AtCounter, response: Response) -> dict[str, Any]:
    """Database, migrations and engine; 503 names what is missing."""
    parts = {
        "database": _database(counter),
        "migrations": _migrations(counter),
        "temporal": _temporal(counter),
    }
    answers = await asyncio.gather(*map(_holds, parts.values()))
    missing = [name for name, there in zip(parts, answers, strict=True) if not there]
    if missing:
        response.status_code = 503
        response.headers["Retry-After"] = RETRY_AFTER
    return {"status": "missing" if missing else "ready", "missing": missing}


async def _holds(part: Awaitable[bool]) -> bool:
    """A part that fails in whatever way is not there."""
    try:
        return await asyncio.wait_for(part, PATIENCE)
    except Exception:  # noqa: BLE001 -- the answer says which part; why is in that part's own log
        return False


async def _database(counter: Counter) -> bool:
    return await counter.row(sa.text("select 1")) is not None


async def _migrations(counter: Counter) -> bool:
    rows = await counter.rows(sa.text("select version_num from alembic_version"))
    return bool(rows) and {row.version_num for row in rows} == counter.migration_heads


async def _temporal(counter: Counter) -> bool:
    return counter.temporal is not None and await counter.temporal.service_client.check_health()
