"""The public check (核验): what a QR code leads to, and whether a file somebody holds is one of ours, unchanged.

Minimal facts only (个人信息保护法 6): organ, name of the document, number, day, digest, whether it stands. Nobody's name.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Header, Request, Response
from pydantic_core import from_json
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from api.counter import AtCounter, Counter
from api.pages import page_of
from api.refusals import RETRY_AFTER, Problem, invalid
from models.database import Document
from models.store import digest_of
from models.suspension import civil_day

router = APIRouter(prefix="/verify", tags=["verify"])

LARGEST = 20 << 20  # bytes of a file to be checked
PATIENCE = 15  # seconds
STANDS = {"valid": "有效", "void": "已作废", "replaced": "已更换"}
_at_once = asyncio.Semaphore(2)  # a check takes a processor; more than two wait outside

Accept = Annotated[str, Header()]


@router.get("/{token}", response_model=None)
async def verify(token: str, counter: AtCounter, accept: Accept = "*/*") -> Response:
    """核验文书：机关、文号、日期、摘要、是否有效。 / Check a document: organ, number, day, digest, whether it stands."""
    facts = await _facts(counter, Document.token == token) if token.isprintable() else None
    if facts is None:
        raise _unknown()
    return _answer(accept, facts=facts)


@router.post(
    "", response_model=None, openapi_extra={"requestBody": {"content": {"application/pdf": {}}}}
)
async def verify_file(request: Request, counter: AtCounter, accept: Accept = "*/*") -> Response:
    """核验文件：印章、是否被改动、是否为本机关出具。 / Check a PDF: its seal, whether it was changed, whether it is ours."""
    pdf = await _uploaded(request)
    async with _turn():
        proof = await _proof(counter, pdf)
    facts = await _facts(counter, Document.pdf_digest == digest_of(pdf))
    return _answer(accept, proof=proof, facts=facts)


async def _facts(counter: Counter, which: sa.ColumnElement[bool]) -> dict[str, Any] | None:
    """What anybody may know of a document that left the house; None where there is none."""
    columns = (Document.kind, Document.term, Document.number, Document.issued_at, Document.status)
    more = (Document.replaced_by, Document.sealed, Document.pdf_digest)
    row = await counter.row(sa.select(*columns, *more).where(which))
    kind = counter.catalogue.documents.get(row.kind) if row else None
    if row is None or kind is None or not kind.external:
        return None
    return {
        "organ": counter.catalogue.offices.organ.name,
        "document": row.term,
        "number": row.number,
        "issued_on": civil_day(row.issued_at).isoformat(),
        "status": row.status,
        "status_zh": STANDS[row.status],
        "replaced_by": await _number(counter, row.replaced_by),
        "sealed": row.sealed,
        "digest": row.pdf_digest,
    }


async def _number(counter: Counter, known: str | None) -> str | None:
    if known is None:
        return None
    row = await counter.row(sa.select(Document.number).where(Document.id == known))
    return row.number if row else None


async def _uploaded(request: Request) -> bytes:
    """The PDF itself, or the file of a form. Raises `Problem`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise invalid("file", "请选择要核验的 PDF 文件", "choose the PDF to check")
        return await file.read()


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """Two at a time; whoever would wait long is asked to come again."""
    try:
        await asyncio.wait_for(_at_once.acquire(), PATIENCE)
    except TimeoutError:
        raise _busy() from None
    try:
        yield
    finally:
        _at_once.release()


async def _proof(counter: Counter, pdf: bytes) -> dict[str, Any]:
    """A stranger's file is read in a process of its own, within bounds of memory and time."""
    roots = counter.settings.seal_roots
    asked = (sys.executable, "-m", "forms.proof", *([str(roots)] if roots else []))
    pipe = asyncio.subprocess.PIPE
    checker = await asyncio.create_subprocess_exec(*asked, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        said, _ = await asyncio.wait_for(checker.communicate(pdf), PATIENCE)
    except TimeoutError:
        checker.kill()
        await checker.wait()
        raise _unreadable() from None
    if checker.returncode:
        raise _unreadable()
    found: dict[str, Any] = from_json(said)
    return found | {"problems": [{"zh": zh, "en": en} for zh, en in found["problems"]]}


def _answer(accept: str, **said: Any) -> Response:
    if "text/html" in accept:
        return page_of("verify.html", **{"facts": None, "proof": None} | said)
    if "proof" in said:
        return JSONResponse({"file": said["proof"], "document": said["facts"]})
    return JSONResponse(said["facts"])


def _unknown() -> Problem:
    return Problem(
        "not_found",
        "查无此文书：请核对二维码是否完整；若为纸质文书，请向出具机关核实",
        "no such document: check that the code is complete, or ask the organ that issued it",
    )


def _unreadable() -> Problem:
    return Problem("invalid", "file：无法读取这个文件", "file: it cannot be read", field="file")


def _busy() -> Problem:
    return Problem(
        "unavailable",
        "核验繁忙，请稍后重试",
        "busy; please try again shortly",
        headers={"Retry-After": RETRY_AFTER},
    )
