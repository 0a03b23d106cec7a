"""Captures that wait for a person (行政处罚法 41)."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query

from api.capturing import value_of
from api.counter import AtCounter, Counter
from api.cursor import Cursor, Limit, pack, page, unpack
from api.rights import captures_of
from api.security import Signed
from models.capture import ObjectKind, Verdict
from models.captures import CaptureRow
from models.identifiers import mask_plate
from models.person import Role

router = APIRouter(prefix="/api/captures", tags=["captures"])

_SHOWN = (
    *("id", "device", "cause", "object", "taken_at", "media", "lacks", "generated", "matter"),
    *("verdict", "reason", "reviewed_by", "reviewed_at"),
)


@router.get("")
async def captures(
    actor: Signed,
    counter: AtCounter,
    verdict: Annotated[Verdict | None, Query()] = Verdict.PENDING,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """待审核的监控记录，最早的在前；`verdict=unusable`：设备不具备条件的，写明缺什么。 / Captures that wait, oldest first."""
    query = sa.select(CaptureRow.__table__).where(captures_of(actor))
    if verdict is not None:
        query = query.where(CaptureRow.verdict == verdict.value)
    if cursor:
        after = sa.tuple_(*(sa.literal(part) for part in unpack(cursor, 2)))
        query = query.where(sa.tuple_(CaptureRow.taken_at, CaptureRow.id) > after)
    ordered = query.order_by(CaptureRow.taken_at, CaptureRow.id)
    rows = await counter.rows(ordered.limit(limit + 1))
    shown = rows[:limit]
    following = pack(shown[-1].taken_at, shown[-1].id) if len(rows) > limit else None
    reviews = Role.OFFICER in actor.roles  # who compares what was read with the picture
    return page([_item(counter, row, masked=not reviews) for row in shown], following)


def _item(counter: Counter, row: sa.Row[Any], *, masked: bool) -> dict[str, Any]:
    value = value_of(counter, row.secret)
    masked = masked and row.object == ObjectKind.PLATE
    shown = {name: getattr(row, name) for name in _SHOWN}
    if row.lacks:
        shown["media"] = []  # never evidence, so nobody copies it into a file
    title = counter.catalogue.cause(row.cause).name
    return shown | {"title": title, "value": mask_plate(value) if masked else value}
