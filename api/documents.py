# ruff: noqa: FAST003 -- the matter_id of a path is read by the matter's dependency
"""Documents of a matter: listed with their numbers and whether they stand, read as PDF or HTML; the kinds that may be issued by hand."""

from typing import Annotated, Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Response

from api.counter import AtCounter, Counter
from api.cursor import page
from api.matters import followed_of_kind
from api.refusals import RETRY_AFTER, Problem, not_found
from api.rights import Action, may, visible_anywhere
from api.security import Signed
from models.capture import of_another
from models.catalogue import Catalogue
from models.database import Document, Matter
from models.document import DocumentKind
from models.person import Actor

router = APIRouter(tags=["documents"])

PDF, HTML = "application/pdf", "text/html"
# A document carries its style with it, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_LISTED = (
    *(Document.id, Document.kind, Document.term, Document.number, Document.issued_at),
    *(Document.status, Document.reason, Document.replaced_by, Document.pages),
    *(Document.sealed, Document.made_at, Document.pdf_digest.label("digest")),
)


def listing(kind: str, plural: str) -> APIRouter:
    """The documents of a matter of a kind."""
    of_matters = APIRouter(prefix=f"/api/{plural}", tags=[plural])
    Follow = Annotated[sa.Row[Any], Depends(followed_of_kind(kind))]  # noqa: N806 -- a type

    @of_matters.get("/{matter_id}/documents")
    async def documents(row: Follow, actor: Signed, counter: AtCounter) -> dict[str, Any]:
        """文书，先出具的在前；作废和更换的也在。 / Its documents, first issued first; void and replaced ones too."""
        query = sa.select(*_LISTED, Document.seq).where(Document.matter == row.id)
        found = await counter.rows(query.order_by(Document.seq, Document.kind))
        whole = may(actor, Action.READ_INTERNAL, row)
        shown = [
            item
            for item in found
            if whole or (_for_the_party(counter, item.kind) and not of_another(row.state, item.seq))
        ]
        return page([_item(counter, item) for item in shown], None)

    return of_matters


def _item(counter: Counter, row: sa.Row[Any]) -> dict[str, Any]:
    kind = counter.catalogue.documents.get(row.kind)
    more = {"name_en": kind.name_en, "external": kind.external} if kind else {}
    told = {key: value for key, value in row._asdict().items() if key != "seq"}
    return {**told, **more, "href": f"/api/documents/{row.id}"}


def _for_the_party(counter: Counter, kind: str) -> bool:
    known = counter.catalogue.documents.get(kind)
    return known is not None and known.for_the_party


@router.get("/api/documents/kinds")
async def kinds(actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """我可以手工出具的文书及填写内容。 / The kinds the caller may issue by hand, and what to fill in."""
    mine = [kind for kind in _sorted(counter.catalogue) if set(kind.by_hand) & set(actor.roles)]
    return page([_kind(kind) for kind in mine], None)


def _sorted(catalogue: Catalogue) -> list[DocumentKind]:
    return sorted(catalogue.documents.values(), key=lambda kind: (kind.code, kind.id))


def _kind(kind: DocumentKind) -> dict[str, Any]:
    given = {"name", "term", "term_en", "kind", "required", "columns", "example"}
    return {
        "kind": kind.id,
        "name": kind.name,
        "name_en": kind.name_en,
        "basis": [basis.model_dump() for basis in kind.basis],
        "fields": [field.model_dump(mode="json", include=given) for field in kind.given],
    }


@router.get("/api/documents/{document_id}", response_class=Response)
async def document(
    document_id: str,
    actor: Signed,
    counter: AtCounter,
    accept: Annotated[str, Header()] = PDF,
    known: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    """文书正文：Accept 为 application/pdf 或 text/html。 / The document itself, as PDF or HTML."""
    row = await _readable(counter, actor, document_id)
    media = _media(accept)
    digest = row.pdf_digest if media == PDF else row.html_digest
    if digest is None:
        raise _not_made_yet()
    headers = _headers(row, media, digest)
    if known == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(await counter.store.get(digest), headers=headers, media_type=media)


async def _readable(counter: Counter, actor: Actor, known: str) -> sa.Row[Any]:
    """The document, where the reader may read it; else it is not there. Raises `Problem` 404."""
    if not known.isprintable():
        raise not_found()
    columns = (Document.kind.label("paper"), Document.term, Document.number)
    case = (Matter.kind, Matter.unit, Matter.officers, Matter.party_digest)
    when = (Document.seq, Matter.state)
    query = (
        sa.select(*columns, *case, *when, Document.pdf_digest, Document.html_digest)
        .join(Matter, Matter.id == Document.matter)
        .where(Document.id == known, visible_anywhere(actor, Action.READ_DOCUMENTS))
    )
    row = await counter.row(query)
    if row is None:
        raise not_found()
    his = _for_the_party(counter, row.paper) and not of_another(row.state, row.seq)
    if not (may(actor, Action.READ_INTERNAL, row) or his):
        raise not_found()
    return row


def _media(accept: str) -> str:
    """PDF unless HTML is asked for first."""
    for part in accept.split(","):
        media = part.partition(";")[0].strip().lower()
        if media in {HTML, PDF}:
            return media
        if media in {"*/*", "application/*", ""}:
            return PDF
    raise Problem("not_acceptable", "只有 PDF 和 HTML", "there is PDF and HTML only")


def _headers(row: sa.Row[Any], media: str, digest: str) -> dict[str, str]:
    ending = "pdf" if media == PDF else "html"
    name = quote(f"{row.term}{row.number or ''}.{ending}", safe="")
    return {
        "ETag": f'"{digest}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
        "Content-Disposition": f"inline; filename=\"document.{ending}\"; filename*=UTF-8''{name}",
        "Content-Security-Policy": POLICY,
    }


def _not_made_yet() -> Problem:
    return Problem(
        "not_made_yet",
        "文书正在制作，请稍后再取；缺少字体或印章服务时，可先取 HTML",
        "the document is being made; try again shortly, or take the HTML",
        headers={"Retry-After": RETRY_AFTER},
    )
