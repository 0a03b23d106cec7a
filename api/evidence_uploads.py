# ruff: noqa: FAST003 -- the upload_id of a path is read by `TheUpload`
"""Uploads in parts, for lines that are cut: announced, then sent from where it stopped, as often as it takes.

``POST /api/evidence/uploads`` {size, name, media_type?, digest?} → Location; ``PATCH`` there with ``Upload-Offset`` (64 MiB at most);
``HEAD`` says how far it is; the last byte makes it evidence, and answers as a single upload does.
Parts wait on the machine that took the first.
"""

import asyncio
import fcntl
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from api.body import Paper
from api.counter import AtCounter, Counter
from api.evidence import Bringer, keep, shown, too_large
from api.refusals import Problem, not_found
from models.act import invalid
from models.basis import PENALTY
from models.evidence_files import PendingUpload
from models.keeping import spool_folder
from models.refusal import Refused
from models.text import Digest, Line, ask
from models.upload import LARGEST, Spool, no

router = APIRouter(prefix="/api/evidence/uploads", tags=["evidence"])

ABANDONED = timedelta(days=1)
PART = 64 << 20  # bytes in one request
_PIECE = 1 << 20


class Announced(BaseModel):
    """What is going to be sent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    size: int = ask("字节数", "Size in bytes", ge=1)
    name: Line = ask("文件名", "File name")
    media_type: Line | None = ask("类型", "Media type", default=None)
    digest: Digest | None = ask("SHA-256 摘要", "SHA-256 digest", default=None)


@router.post("", status_code=201)
async def announce(
    actor: Bringer, counter: AtCounter, paper: Paper, response: Response
) -> dict[str, Any]:
    """登记分段上传。 / Announce an upload in parts."""
    told = _announced(paper)
    if told.size > LARGEST:
        raise too_large()
    await _sweep(counter)
    now, known = datetime.now(UTC), secrets.token_hex(16)
    row = {"id": known, "username": actor.username, "created_at": now, "touched_at": now}
    await counter.rows(sa.insert(PendingUpload).values(row | told.model_dump()))
    response.headers["Location"] = f"/api/evidence/uploads/{known}"
    return {"id": known, "offset": 0, "size": told.size}


def _announced(paper: dict[str, Any]) -> Announced:
    try:
        return Announced.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, PENALTY(46)) from None


async def the_upload(upload_id: str, actor: Bringer, counter: AtCounter) -> sa.Row[Any]:
    """The caller's own. Raises `Problem` 404."""
    mine = (PendingUpload.id == upload_id, PendingUpload.username == actor.username)
    row = None
    if upload_id.isalnum():
        row = await counter.row(sa.select(PendingUpload.__table__).where(*mine))
    if row is None:
        raise not_found()
    return row


TheUpload = Annotated[sa.Row[Any], Depends(the_upload)]


@router.head("/{upload_id}")
async def how_far(row: TheUpload, counter: AtCounter) -> Response:
    """已收到多少。 / How far it is."""
    headers = {"Upload-Offset": str(_offset(_path(counter, row))), "Upload-Length": str(row.size)}
    return Response(status_code=200, headers=headers)


@router.patch("/{upload_id}", response_model=None)
async def go_on(  # noqa: PLR0913, PLR0917 -- what a request is made of
    request: Request,
    row: TheUpload,
    actor: Bringer,
    counter: AtCounter,
    response: Response,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0)],
) -> dict[str, Any]:
    """从断点续传。 / Go on from where it stopped."""
    path = _path(counter, row)
    with _alone(path):  # two at once would write over each other
        if offset != _offset(path):
            raise _elsewhere(_offset(path))
        await _append(request, path, row.size)
        now = datetime.now(UTC)
        await counter.rows(
            sa.update(PendingUpload).where(PendingUpload.id == row.id).values(touched_at=now)
        )
        if _offset(path) < row.size:
            response.headers["Upload-Offset"] = str(_offset(path))
            return {"id": row.id, "offset": _offset(path), "size": row.size}
        return await _completed(counter, actor, row, path, response)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only this request writes. Raises `Problem` 409."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _elsewhere(_offset(path)) from None
        yield


async def _append(request: Request, path: Path, size: int) -> None:
    """What arrives before the line is cut stays."""
    with path.open("ab") as file:
        began = at = file.tell()
        async for piece in request.stream():
            at += len(piece)
            if at > size or at - began > PART:
                raise too_large()
            file.write(piece)


async def _completed(
    counter: Counter, actor: Any, row: sa.Row[Any], path: Path, response: Response
) -> dict[str, Any]:
    spool = Spool(path.with_suffix(".whole"))
    try:
        await asyncio.to_thread(_reckon, path, spool)
        if row.digest and row.digest != spool.digest:
            raise no(
                "内容与所报摘要不符，请重新上传", "its content does not have the digest announced"
            )
        kept, fresh = await keep(counter, actor, spool, row.name, row.media_type)
    except Refused:  # anything else may go better the next time
        await _forget(counter, row, path)
        raise
    finally:
        spool.drop()
    await _forget(counter, row, path)
    response.status_code = 201 if fresh else 200
    response.headers["Location"] = f"/api/evidence/{kept.digest}"
    return shown(kept)


async def _forget(counter: Counter, row: sa.Row[Any], path: Path) -> None:
    await asyncio.to_thread(path.unlink, missing_ok=True)
    await counter.rows(sa.delete(PendingUpload).where(PendingUpload.id == row.id))


def _reckon(path: Path, spool: Spool) -> None:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            spool.write(piece)


def _path(counter: Counter, row: sa.Row[Any]) -> Path:
    return spool_folder(counter.settings) / f"{row.id}.part"


def _offset(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def _sweep(counter: Counter) -> None:
    """Whatever nobody went on with for a day, and what a killed process left behind."""
    old = datetime.now(UTC) - ABANDONED
    await counter.rows(sa.delete(PendingUpload).where(PendingUpload.touched_at < old))
    await asyncio.to_thread(_sweep_files, spool_folder(counter.settings), old.timestamp())


def _sweep_files(folder: Path, before: float) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def _elsewhere(offset: int) -> Problem:
    return Problem(
        "upload_elsewhere",
        f"续传位置应为 {offset}",
        f"go on from {offset}",
        headers={"Upload-Offset": str(offset)},
        offset=offset,
    )
