"""Documents (文书): drawn up in the transaction that issues them, made afterwards from what was drawn up: rendered, sealed, stored."""

import base64
import hashlib
import hmac
import json
from typing import Any, NamedTuple

from forms.content import Sources, content
from models.catalogue import Catalogue
from models.change import Change, DocumentAsk, Out
from models.document import document_id
from models.secrets import seal, unseal
from models.suspension import civil_day
from models.timeline import canonical

MAKE = "document"
_TOKEN_BYTES = 16


class Drawn(NamedTuple):
    """A document drawn up: its row in the register, and the order to make it."""

    row: dict[str, Any]
    order: Out


def drawn_up(
    change: Change, numbers: dict[str, str | None], catalogue: Catalogue, key: bytes
) -> list[Drawn]:
    """The documents a change issues. Raises `forms.content.Incomplete` rather than issue one that the law would call void."""
    return [_drawn(change, ask, numbers[ask.paper], catalogue, key) for ask in change.documents]


def _drawn(
    change: Change, ask: DocumentAsk, number: str | None, catalogue: Catalogue, key: bytes
) -> Drawn:
    kind, day = catalogue.document(ask.kind), civil_day(ask.issued_at)
    facts = ask.facts.model_copy(update={"file": ask.facts.file | _named(change, ask, number)})
    written = canonical(content(kind, Sources(facts, catalogue, day)))
    known = document_id(change.matter, ask.paper)
    row = {
        "id": known,
        "kind": ask.kind,
        "copy": int(ask.paper.partition("#")[2]),
        "seq": ask.seq,
        "term": ask.term,
        "number": number,
        "issued_at": ask.issued_at.isoformat(),
        "token": token(known, key),
        "content": base64.b64encode(seal(written, key)).decode(),
    }
    # Drawn up again with other words, it is made again.
    says = {"document": known, "says": hashlib.sha256(written).hexdigest()}
    return Drawn(row, Out(id=f"{known}/made", kind=MAKE, payload=says))


def _named(change: Change, ask: DocumentAsk, number: str | None) -> dict[str, Any]:
    """The paper a matter is named by already speaks of its number."""
    return {"number": number} if ask.names_matter else {}


def token(known: str, key: bytes) -> str:
    """What its QR code leads to: nobody can guess it, and asked again it is the same."""
    digest = hmac.new(key, f"verify/{known}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_TOKEN_BYTES]).decode().rstrip("=").lower()


def written(sealed: bytes, key: bytes) -> dict[str, Any]:
    """The fields of a document, unsealed."""
    fields: dict[str, Any] = json.loads(unseal(sealed, key))
    return fields
