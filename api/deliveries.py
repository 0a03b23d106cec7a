# ruff: noqa: FAST003 -- the matter_id of a path is read by `Followed`
"""Electronic service seen from outside: how far each delivery is, what the gateway answers, and the party's inbox."""

from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, ValidationError

from api.counter import AtCounter
from api.cursor import page
from api.matters import Followed
from api.refusals import Problem, not_found
from api.security import Signed
from models.act import invalid
from models.acts.electronic import E_SERVICE
from models.deliveries import Delivery, InboxItem
from models.signature import SIGNATURE, sms_key, verify
from models.text import Line

router = APIRouter(tags=["service"])


class Receipt(BaseModel):
    """What the gateway tells of a message."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Line
    state: Literal["delivered", "bounced"]
    detail: Line | None = None


@router.get("/api/cases/{matter_id}/deliveries")
async def deliveries(row: Followed, counter: AtCounter) -> dict[str, Any]:
    """本案电子送达的进展。 / How far the electronic deliveries of the case are."""
    columns = (Delivery.document, Delivery.channel, Delivery.state, Delivery.sent_at)
    more = (Delivery.answered_at, Delivery.read_at, Delivery.detail)
    query = sa.select(*columns, *more).where(Delivery.matter == row.id).order_by(Delivery.sent_at)
    return page([found._asdict() for found in await counter.rows(query)], None)


@router.post(
    "/api/deliveries",
    openapi_extra={
        "security": [{"signature": []}],
        "parameters": [{"name": SIGNATURE, "in": "header", "schema": {"type": "string"}}],
    },
)
async def receipt(request: Request, counter: AtCounter) -> dict[str, str]:
    """短信网关回执。 / What the SMS gateway tells; kept once, entered in the case afterwards."""
    body = await request.body()
    if not verify(body, request.headers, sms_key(counter.settings), datetime.now(UTC)):
        raise Problem(
            "bad_signature",
            "签名缺失、错误或者已过期",
            "the signature is missing, wrong or out of date",
        )
    try:
        told = Receipt.model_validate_json(body)
    except ValidationError as wrong:
        raise invalid(wrong, E_SERVICE) from None
    mine = sa.update(Delivery).where(Delivery.id == told.id, Delivery.answered_at.is_(None))
    await counter.rows(
        mine.values(state=told.state, answered_at=datetime.now(UTC), detail=told.detail)
    )
    known = await counter.row(sa.select(Delivery.state).where(Delivery.id == told.id))
    if known is None:
        raise not_found()
    return {"id": told.id, "state": known.state}


@router.get("/api/inbox")
async def inbox(actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """我的收件箱，新的在前。 / My inbox, newest first."""
    if actor.id_digest is None:
        return page([], None)
    columns = (InboxItem.id, InboxItem.title, InboxItem.matter, InboxItem.document)
    query = sa.select(*columns, InboxItem.arrived_at, InboxItem.read_at).where(
        InboxItem.party_digest == actor.id_digest
    )
    rows = await counter.rows(query.order_by(InboxItem.arrived_at.desc()).limit(200))
    items = [row._asdict() | {"href": _href(row)} for row in rows]
    return page(items, None)


def _href(row: sa.Row[Any]) -> str:
    """A notice leads to its incident."""
    if row.document is None:
        return f"/api/incidents/{row.matter}"
    return f"/api/documents/{row.document}"


@router.post("/api/inbox/{item:path}/read")
async def read(item: str, actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """已阅。 / I have read it; the moment is kept."""
    if not item.isprintable():
        raise not_found()
    now = datetime.now(UTC)
    mine = (InboxItem.id == item, InboxItem.party_digest == (actor.id_digest or ""))
    first = sa.func.coalesce(InboxItem.read_at, now)
    updated = sa.update(InboxItem).where(*mine).values(read_at=first)
    row = await counter.row(updated.returning(InboxItem.id, InboxItem.read_at))
    if row is None:
        raise not_found()
    seen = sa.update(Delivery).where(Delivery.id == item, Delivery.read_at.is_(None))
    await counter.rows(seen.values(read_at=now, state="read"))
    return row._asdict()
