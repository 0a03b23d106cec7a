# ruff: noqa: FAST003 -- the matter_id of a path is read by `Followed`
"""The whole file (案卷) of a case as one bundle, made in the background; the party's holds what is for the party."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Response
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import JSONResponse, StreamingResponse

from api.counter import AtCounter, Counter
from api.matters import Followed
from api.refusals import RETRY_AFTER, Problem
from api.rights import Action, may
from api.security import Signed
from models.basis import PENALTY
from models.bundle import Bundle
from models.database import Outgoing
from models.person import Actor

router = APIRouter(prefix="/api/cases", tags=["documents"])


@router.get("/{matter_id}/file", response_model=None)
async def file(row: Followed, actor: Signed, counter: AtCounter) -> Response:
    """整卷下载：已制作的直接给出，未制作的开始制作并给出进度。 / The whole file; 202 with its progress while it is made."""
    scope = _scope(actor, row)
    known = f"{row.id}.{row.version}.{scope}"
    await _order(counter, row, actor, scope, known)
    bundle = await counter.row(sa.select(Bundle.__table__).where(Bundle.id == known))
    assert bundle is not None  # noqa: S101 -- ordered just before
    if bundle.state != "ready":
        return _progress(bundle, row.id)
    name = quote(f"{row.state.get('number') or row.id}.zip", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename=\"file.zip\"; filename*=UTF-8''{name}",
        "ETag": f'"{bundle.digest}"',
        "Anjuan-Scope": scope,
    }
    return StreamingResponse(_stream(counter, bundle.digest), 200, headers, "application/zip")


def _scope(actor: Actor, row: sa.Row[Any]) -> str:
    if not may(actor, Action.READ_DOCUMENTS, row):
        zh, en = "您不能调阅本案案卷", "you may not read the file of this case"
        raise Problem("not_your_role", zh, en, basis=PENALTY(47))
    return "whole" if may(actor, Action.READ_INTERNAL, row) else "party"


async def _order(counter: Counter, row: sa.Row[Any], actor: Actor, scope: str, known: str) -> None:
    """Once for this version and scope, however often it is asked."""
    now = datetime.now(UTC)
    bundle = {
        "id": known,
        "matter": row.id,
        "version": row.version,
        "scope": scope,
        "state": "queued",
        "asked_by": actor.username,
        "asked_at": now,
    }
    order = {
        "id": f"{known}/bundle",
        "matter": row.id,
        "kind": "bundle",
        "payload": {"bundle": known},
        "created_at": now,
        "next_at": now,
    }
    async with counter.engine.begin() as connection:
        await connection.execute(insert(Bundle).values(bundle).on_conflict_do_nothing())
        await connection.execute(insert(Outgoing).values(order).on_conflict_do_nothing())


def _progress(bundle: sa.Row[Any], case: str) -> Response:
    said = {
        "state": bundle.state,
        "done": bundle.done,
        "total": bundle.total,
        "scope": bundle.scope,
        "since": bundle.asked_at.isoformat(),
    }
    headers = {"Retry-After": RETRY_AFTER, "Location": f"/api/cases/{case}/file"}
    return JSONResponse(said, 202, headers)


async def _stream(counter: Counter, digest: str) -> AsyncIterator[bytes]:
    async for piece in counter.store.stream(digest):
        yield piece
