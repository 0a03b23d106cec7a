"""What a document says (内容): each field from the file, the act, the organ or a view of them; complete before it may be issued."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from forms import views_execution, views_inquiry, views_licensing, views_notice
from forms.printed import absent
from forms.views import VIEWS
from models.catalogue import Catalogue
from models.change import Facts
from models.document import DocumentField, DocumentKind

__all__ = [
    "Incomplete",
    "Sources",
    "content",
    "views_execution",
    "views_inquiry",
    "views_licensing",
    "views_notice",
]


class Incomplete(ValueError):  # noqa: N818 -- says it as it is
    """A document without a field that the law asks for would be void, and is not issued."""

    def __init__(self, kind: DocumentKind, missing: tuple[DocumentField, ...]) -> None:
        self.kind, self.missing = kind, missing
        super().__init__(f"{kind.name}缺少{'、'.join(field.term for field in missing)}")


@dataclass(frozen=True)
class Sources:
    """Where fields come from: the facts of the case, the catalogue, the civil day of issue."""

    facts: Facts
    catalogue: Catalogue
    day: date

    def find(self, source: str) -> Any:
        """The value a source names; None where nothing is written there."""
        root, _, path = source.partition(".")
        if root == "view":
            return VIEWS[path](self.facts, self.catalogue, self.day)
        if root == "organ":
            return _walk(self.catalogue.offices.organ.model_dump(mode="json"), path)
        return _walk(getattr(self.facts, root), path)


def content(kind: DocumentKind, sources: Sources) -> dict[str, Any]:
    """The fields of a document, as JSON keeps them. Raises `Incomplete`."""
    filled = {
        field.name: sources.find(field.source or f"data.{field.name}") for field in kind.fields
    }
    missing = tuple(field for field in kind.fields if field.required and absent(filled[field.name]))
    if missing:
        raise Incomplete(kind, missing)
    return filled


def _walk(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
