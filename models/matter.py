"""What every matter has, whatever its procedure, and the state that people read."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator

from models.person import Actor

# The section that answers for approvals and licences; files of before it was kept say none.
ApprovalUnit = Annotated[str, BeforeValidator(lambda unit: unit or "approval")]


class MatterFile(BaseModel):
    """The file of a running matter, as its procedure holds it. Papers are checked against it."""

    kind: ClassVar[str]
    id: str
    procedure: str
    opened_at: datetime
    stage: str
    outcome: str | None = None
    number: str | None = None
    unit: str | None = None
    party_digest: str | None = None
    suspended: str | None = None
    documents: list[dict[str, Any]] = []
    flags: list[str] = []

    @property
    def closed(self) -> bool:
        raise NotImplementedError

    def party_of(self, actor: Actor) -> str | None:
        """The digest of whoever is the party when this person acts."""
        return self.party_digest

    def face(self, now: datetime) -> dict[str, Any]:
        """What the state shows of this kind of matter, personal data masked."""
        raise NotImplementedError

    def with_document(self, known: str, kind: str, term: str, at: datetime) -> None:
        """Note that a document was issued; its number comes with the register's answer."""
        self.documents.append(
            {
                "id": known,
                "kind": kind,
                "term": term,
                "number": None,
                "issued_at": at.isoformat(),
                "status": "valid",
            }
        )

    def shown_documents(self) -> list[dict[str, Any]]:
        """As the state shows them; when each was issued is in their list."""
        shown = ("id", "kind", "term", "number", "status")
        return [{key: document[key] for key in shown} for document in self.documents]

    def document(self, known: str) -> dict[str, Any] | None:
        """The document of that id, as the state shows it."""
        return next((document for document in self.documents if document["id"] == known), None)

    def numbered(self, known: str, number: str | None) -> None:
        """The document got its number, or bears none."""
        if document := self.document(known):
            document["number"] = number
