"""The void register (作废文号登记): numbers that no document in force bears, each with its reason. None is ever given again."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter

from api.counter import AtCounter, Counter
from api.cursor import Cursor, Limit, pack, page, unpack
from api.rights import Action, visible_anywhere
from api.security import Signed
from models.database import IssuedNumber, Matter

router = APIRouter(prefix="/api/numbers", tags=["documents"])

_KEY = (IssuedNumber.voided_at, IssuedNumber.matter, IssuedNumber.paper)


@router.get("/void")
async def void(
    actor: Signed, counter: AtCounter, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """作废文号，后作废的在前。 / Void numbers of the cases the reader may audit, latest first."""
    query = (
        sa.select(IssuedNumber.__table__)
        .join(Matter, Matter.id == IssuedNumber.matter)
        .where(IssuedNumber.voided_at.is_not(None), visible_anywhere(actor, Action.READ_INTERNAL))
    )
    if cursor:
        after = sa.tuple_(*(sa.literal(part) for part in unpack(cursor, 3)))
        query = query.where(sa.tuple_(*_KEY) < after)
    rows = await counter.rows(query.order_by(*(column.desc() for column in _KEY)).limit(limit + 1))
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    following = pack(last.voided_at, last.matter, last.paper) if last else None
    return page([_item(counter, row) for row in shown], following)


def _item(counter: Counter, row: sa.Row[Any]) -> dict[str, Any]:
    kind = counter.catalogue.documents.get(row.paper.partition("#")[0])
    return {
        "number": counter.catalogue.offices.number(row.word, row.year, row.serial, row.part),
        "document": kind.name if kind else row.paper,
        "matter": row.matter,
        "issued_at": row.issued_at,
        "voided_at": row.voided_at,
        "reason": row.void_reason,
    }
