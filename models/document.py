"""A kind of document (文书): one row of ``catalogue/documents``, with its fields, who signs, its number word; its look is a template."""

import hashlib
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from models.basis import Basis
from models.catalogue_file import Bases, Row, Text, refuse, repeated
from models.person import Role

_PARTIES = ("当事人", "受送达人", "申请人")


class FieldKind(StrEnum):
    """How a field is printed."""

    TEXT = "text"
    DATE = "date"
    TIME = "time"
    MONEY = "money"
    LIST = "list"
    TABLE = "table"


class DocumentField(Row):
    """One field. ``source`` says where its content comes from: ``file.party.name``, ``act.opinion``, ``view.remedies``; without one it is
    given when the document is issued. ``tall``: printed at length, under a heading of its own. ``columns`` name the keys of a table's
    rows; ``example`` fills the contact sheet.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    term: Text
    term_en: Text
    source: str | None = Field(
        default=None, pattern=r"^(file|act|by|data|organ|view)(\.[a-z0-9_]+)+$"
    )
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    tall: bool = False
    columns: dict[str, Text] = {}
    example: Any

    @model_validator(mode="after")
    def _table_has_columns(self) -> Self:
        if (self.kind is FieldKind.TABLE) != bool(self.columns):
            raise ValueError("columns: exactly for a table")
        return self


class DocumentKind(Row):
    """One kind. ``code`` is its number in the list of documents; ``practice``: no law names it; ``word``: its number word, none for papers
    that bear no number; ``by_hand``: who may issue it where no procedure does; ``filing``: its place in the file, those of one place as
    they were issued (practice: the decision and its service first, closing last).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    code: str = Field(pattern=r"^[DLX]\d{2}$")
    name: Text
    name_en: Text
    basis: Bases
    practice: bool = False
    external: bool
    seal: bool = False
    word: str | None = None
    signers: tuple[Text, ...] = ()
    by_hand: tuple[Role, ...] = ()
    filing: int = Field(default=50, ge=1, le=99)
    fields: tuple[DocumentField, ...]

    @model_validator(mode="after")
    def _fields_once(self) -> Self:
        names = [field.name for field in self.fields]
        refuse(repeated("field", names, "fields", "name"))
        return self

    @property
    def given(self) -> tuple[DocumentField, ...]:
        """The fields that whoever issues it must give."""
        return tuple(field for field in self.fields if field.source is None)

    @property
    def for_the_party(self) -> bool:
        """Made out to the party, or signed by him; the rest is the office's own."""
        return self.external or any(who.startswith(_PARTIES) for who in self.signers)

    @property
    def correctable(self) -> tuple[DocumentField, ...]:
        """What a slip of the pen may be put right in: who the party is, and words filled in by hand; never what was found or decided."""
        words = (FieldKind.TEXT, FieldKind.DATE, FieldKind.TIME)
        return tuple(
            field
            for field in self.fields
            if field.kind in words and (field.source or "file.party.").startswith("file.party.")
        )

    def facts(self) -> "DocumentFacts":
        """What a gate may ask about it."""
        return DocumentFacts(
            kind=self.id,
            name=self.name,
            name_en=self.name_en,
            basis=self.basis,
            by_hand=self.by_hand,
            external=self.external,
            correctable=tuple(field.name for field in self.correctable),
            needs=tuple(
                Need(path=path, term=field.term, term_en=field.term_en)
                for field in self.fields
                if field.required and (path := _path(field.source))
            ),
        )


# What a view of the file rests on, where that may not be there yet.
_VIEWS_NEED = {
    "view.decision_number": "decision",
    "view.demand_number": "demand",
    "view.surcharge_due": "account",
    "view.case_number": "number",
}


def _path(source: str | None) -> str | None:
    """Where in the file it stands, if it is taken from there."""
    if source and source.startswith("file."):
        return source.removeprefix("file.")
    return _VIEWS_NEED.get(source or "")


class Need(BaseModel):
    """What of the file a document must state: where it stands there, and what it is called."""

    path: str
    term: str
    term_en: str


class DocumentFacts(BaseModel):
    """A kind of document as the desk looks it up for a paper; recorded with the act, so that replay needs no catalogue."""

    kind: str
    name: str
    name_en: str
    basis: tuple[Basis, ...]
    by_hand: tuple[Role, ...]
    external: bool
    correctable: tuple[str, ...]
    needs: tuple[Need, ...]


def document_id(matter: str, paper: str) -> str:
    """The id of a document of a matter, the same however often it is asked; ``paper`` is kind#copy."""
    return "doc_" + hashlib.sha256(f"{matter}/{paper}".encode()).hexdigest()[:24]
