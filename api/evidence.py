# ruff: noqa: FAST003 -- the digest of a path is read by `TheFile`
"""Evidence (证据): files come in once, as they are; originals are read by right and on record, copies for the public are covered first."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import StreamingResponse

from api.body import Paper
from api.counter import AtCounter, Counter
from api.multipart import OneFile
from api.refusals import Problem, not_found
from api.rights import evidence_of, may_bring
from api.security import Signed
from models.act import invalid
from models.basis import PENALTY
from models.database import Matter
from models.evidence_files import (
    EvidenceBringer,
    EvidenceCitation,
    EvidenceFile,
    EvidenceRead,
    PublicCopy,
)
from models.keeping import Keeper, looked_at_once, spool_folder
from models.person import Actor, Role
from models.photograph import Box, Broken, OutOfPicture, covered
from models.text import Text, ask
from models.upload import LARGEST, Spool, TooLarge

router = APIRouter(prefix="/api/evidence", tags=["evidence"])

_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}


class Covering(BaseModel):
    """What to cover in a public copy, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)

    boxes: tuple[Box, ...] = ask("遮盖区域", "Boxes to cover", min_length=1, max_length=200)
    reason: Text = ask("理由", "Reason")


def bringer(actor: Signed) -> Actor:
    """Whoever may bring evidence. Raises `Problem` 403."""
    if not may_bring(actor):
        zh, en = "您不能上传证据", "you may not bring evidence"
        raise Problem("not_your_role", zh, en, basis=PENALTY(46))
    return actor


Bringer = Annotated[Actor, Depends(bringer)]


@router.post(
    "", status_code=201, openapi_extra={"requestBody": {"required": True, "content": _FORM}}
)
async def bring(
    request: Request, actor: Bringer, counter: AtCounter, response: Response
) -> dict[str, Any]:
    """上传证据，边收边算摘要；已有的不重复保存。 / Bring a file; hashed while it streams, kept once."""
    refuse_announced(request.headers.get("content-length"))
    spool = Spool(spool_folder(counter.settings) / secrets.token_hex(16))
    try:
        form = OneFile(spool.write)
        await form.read(request)
        row, fresh = await keep(counter, actor, spool, form.name, form.media_type)
    except TooLarge:
        raise too_large() from None
    finally:
        spool.drop()
    response.status_code = 201 if fresh else 200
    response.headers["Location"] = f"/api/evidence/{row.digest}"
    return shown(row)


def refuse_announced(length: str | None) -> None:
    """Before a byte is read. Raises `Problem` 413."""
    if length and length.isdigit() and int(length) > LARGEST + (1 << 20):
        raise too_large()


def too_large() -> Problem:
    zh, en = f"文件超过 {LARGEST >> 30} GiB", f"the file is over {LARGEST >> 30} GiB"
    return Problem("too_large", zh, en, basis=PENALTY(46), headers={"Connection": "close"})


async def keep(
    counter: Counter, actor: Actor, spool: Spool, name: str, declared: str | None
) -> tuple[sa.Row[Any], bool]:
    """As `Keeper.keep`, at this counter."""
    keeper = Keeper(counter.engine, counter.store)
    return await keeper.keep(actor.username, spool, name, declared)


def shown(row: sa.Row[Any]) -> dict[str, Any]:
    """What is said of a file."""
    place = None if row.lon is None else {"lon": row.lon, "lat": row.lat}
    told = {
        "digest": row.digest,
        "sm3": row.sm3,
        "size": row.size,
        "media_type": row.media_type,
        "name": row.name,
        "taken_at": row.taken_at,
        "place": place,
        "thumbnail": f"/api/evidence/{row.digest}/thumbnail" if row.thumbnail else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _files() -> sa.Select[Any]:
    return sa.select(EvidenceFile.__table__)


async def the_file(digest: str, actor: Signed, counter: AtCounter) -> sa.Row[Any]:
    """The file of this path, for whoever brought it or may read a case that cites it. Raises `Problem` 404."""
    brought = sa.exists().where(
        EvidenceBringer.digest == EvidenceFile.digest, EvidenceBringer.username == actor.username
    )
    cited = sa.exists().where(
        EvidenceCitation.digest == EvidenceFile.digest,
        EvidenceCitation.matter == Matter.id,
        evidence_of(actor),
    )
    query = _files().where(EvidenceFile.digest == digest, sa.or_(brought, cited))
    row = await counter.row(query) if digest.isprintable() else None
    if row is None:
        raise not_found()
    return row


TheFile = Annotated[sa.Row[Any], Depends(the_file)]


@router.get("/{digest}", response_class=Response)
async def original(row: TheFile, actor: Signed, counter: AtCounter) -> Response:
    """证据原件；读取留痕。 / The original; that it was read is on record."""
    read = {"digest": row.digest, "username": actor.username, "at": datetime.now(UTC)}
    await counter.rows(sa.insert(EvidenceRead).values(read))
    headers = _download(row.name) | {"Content-Length": str(row.size), "ETag": f'"{row.digest}"'}
    return StreamingResponse(_stream(counter, row.digest), 200, headers, row.media_type)


async def _stream(counter: Counter, digest: str) -> AsyncIterator[bytes]:
    async for piece in counter.store.stream(digest):
        yield piece


def _download(name: str) -> dict[str, str]:
    """Never opened in place: it is somebody's file."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


@router.get("/{digest}/about")
async def about(row: TheFile, counter: AtCounter) -> dict[str, Any]:
    """证据文件的摘要、大小、拍摄时间和地点、公开副本。 / What is known of a file."""
    copies = sa.select(PublicCopy.digest, PublicCopy.boxes, PublicCopy.reason, PublicCopy.made_at)
    rows = await counter.rows(copies.where(PublicCopy.original == row.digest))
    return shown(row) | {"public_copies": [copy._asdict() for copy in rows]}


@router.get("/{digest}/thumbnail", response_class=Response)
async def thumbnail(row: TheFile, counter: AtCounter) -> Response:
    """缩略图。 / A small picture of it."""
    if row.thumbnail is None:
        raise not_found()
    return Response(await counter.store.get(row.thumbnail), media_type="image/jpeg")


@router.get("/{digest}/public", response_class=Response)
async def public_copy(row: TheFile, counter: AtCounter) -> Response:
    """最近的公开副本。 / The latest public copy."""
    mine = sa.select(PublicCopy.digest).where(PublicCopy.original == row.digest)
    copy = await counter.row(mine.order_by(PublicCopy.made_at.desc()))
    if copy is None:
        raise not_found()
    return Response(await counter.store.get(copy.digest), media_type="image/jpeg")


@router.post("/{digest}/public", status_code=201)
async def cover(row: TheFile, actor: Bringer, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """制作公开副本：遮盖所选区域，去除相机写入的信息，原件不变。 / A copy with boxes covered; the original stays as it is."""
    if not set(actor.roles) - {Role.CITIZEN}:
        zh, en = "公开副本由办案机关制作", "public copies are made by the organ"
        raise Problem("not_your_role", zh, en, basis=PENALTY(48))
    covering = _covering(paper)
    if not row.media_type.startswith("image/"):
        zh, en = "只有图片可以制作公开副本", "only pictures have public copies"
        raise Problem("not_a_picture", zh, en)
    try:
        boxes = list(covering.boxes)
        async with looked_at_once:
            copy = await asyncio.to_thread(covered, await counter.store.get(row.digest), boxes)
    except OutOfPicture:
        raise Problem(
            "invalid", "boxes：超出图片", "boxes: outside the picture", field="boxes"
        ) from None
    except Broken:
        raise Problem("invalid", "file：图片损坏", "file: a broken picture", field="file") from None
    kept = {
        "digest": await counter.store.put(copy),
        "original": row.digest,
        "boxes": [box.model_dump() for box in boxes],
        "reason": covering.reason,
        "made_by": actor.username,
        "made_at": datetime.now(UTC),
    }
    again = insert(PublicCopy).values(kept)
    await counter.rows(
        again.on_conflict_do_update(
            index_elements=["original", "digest"], set_={"made_at": kept["made_at"]}
        )
    )
    return {"digest": kept["digest"], "original": row.digest, "boxes": kept["boxes"]}


def _covering(paper: dict[str, Any]) -> Covering:
    try:
        return Covering.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, PENALTY(46)) from None
