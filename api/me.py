"""Who I am, and what waits for me."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter

from api.counter import AtCounter
from api.cursor import Cursor, Limit, pack, page, unpack
from api.rights import waiting_for
from api.security import Signed
from api.session import Person
from models.database import Todo

router = APIRouter(prefix="/api", tags=["me"])

NO_LIMIT = datetime(9999, 12, 31, tzinfo=UTC)  # what has no due moment comes last
_DUE = sa.func.coalesce(Todo.due_at, sa.literal(NO_LIMIT, sa.DateTime(timezone=True)))


@router.get("/me")
async def me(actor: Signed) -> Person:
    """当前登录人。 / Who is signed in."""
    return Person.of(actor)


@router.get("/todo")
async def todo(
    actor: Signed, counter: AtCounter, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """待办事项，最早到期的在前。 / What waits for me, soonest due first."""
    query = (
        sa.select(Todo.__table__).where(waiting_for(actor)).order_by(_DUE, Todo.matter, Todo.act)
    )
    if cursor:
        after = sa.tuple_(*(sa.literal(part) for part in unpack(cursor, 3)))
        query = query.where(sa.tuple_(_DUE, Todo.matter, Todo.act) > after)
    rows = await counter.rows(query.limit(limit + 1))
    shown = rows[:limit]
    return page([_item(row) for row in shown], _next(shown[-1]) if len(rows) > limit else None)


def _item(row: sa.Row[Any]) -> dict[str, Any]:
    names = ("matter", "act", "term", "title", "roles", "basis", "opened_at")
    return {name: getattr(row, name) for name in names} | {"due": row.due_at}


def _next(row: sa.Row[Any]) -> str:
    return pack(row.due_at or NO_LIMIT, row.matter, row.act)
