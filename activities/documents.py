"""Documents (文书): drawn up in the transaction that issues them, made afterwards from what was drawn up: rendered, sealed, stored."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from forms.content import Sources, content
from models.catalogue import Catalogue
from models.change import Change, DocumentAsk, Out
from models.database import Document
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


@dataclass(frozen=True)
class Drafting:
    """Draws up the documents a change issues, with the numbers just given."""

    change: Change
    numbers: Mapping[str, str | None]
    catalogue: Catalogue
    key: bytes

    async def drawn(self, connection: AsyncConnection) -> list[Drawn]:
        """Raises `forms.content.Incomplete` rather than issue a document that the law would call void."""
        return [
            self._drawn(ask, await self._says(connection, ask)) for ask in self.change.documents
        ]

    async def _says(self, connection: AsyncConnection, ask: DocumentAsk) -> dict[str, Any]:
        """What the file says; a corrected one, what the old one said but for the corrections."""
        if ask.replaces:
            kept = sa.select(Document.content).where(Document.id == ask.replaces)
            old = (await connection.execute(kept)).scalar_one()
            return written(old, self.key) | ask.facts.data
        kind, day = self.catalogue.document(ask.kind), civil_day(ask.issued_at)
        facts = ask.facts.model_copy(update={"file": self._numbered(ask.facts.file)})
        return content(kind, Sources(facts, self.catalogue, day))

    def _numbered(self, file: dict[str, Any]) -> dict[str, Any]:
        """A document may speak of numbers that are given with it: its matter's, and those of documents issued beside it."""
        asks = self.change.documents
        number = next((self.numbers[ask.paper] for ask in asks if ask.names_matter), None)
        given = {document_id(self.change.matter, p): number for p, number in self.numbers.items()}
        documents = [d | {"number": given.get(d["id"], d["number"])} for d in file["documents"]]
        return file | {"number": number or file["number"], "documents": documents}

    def _drawn(self, ask: DocumentAsk, says: dict[str, Any]) -> Drawn:
        plain, known = canonical(says), document_id(self.change.matter, ask.paper)
        row = {
            "id": known,
            "kind": ask.kind,
            "copy": int(ask.paper.partition("#")[2]),
            "seq": ask.seq,
            "term": ask.term,
            "number": self.numbers[ask.paper],
            "issued_at": ask.issued_at.isoformat(),
            "token": token(known, self.key),
            "content": base64.b64encode(seal(plain, self.key)).decode(),
        }
        # Drawn up again with other words, it is made again.
        order = {"document": known, "says": hashlib.sha256(plain).hexdigest()}
        return Drawn(row, Out(id=f"{known}/made", kind=MAKE, payload=order))


def token(known: str, key: bytes) -> str:
    """What its QR code leads to: nobody can guess it, and asked again it is the same."""
    digest = hmac.new(key, f"verify/{known}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_TOKEN_BYTES]).decode().rstrip("=").lower()


def written(sealed: bytes, key: bytes) -> dict[str, Any]:
    """The fields of a document, unsealed."""
    fields: dict[str, Any] = json.loads(unseal(sealed, key))
    return fields
