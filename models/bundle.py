"""The bundle of a file (案卷): what stands in it, for those who make it and those who check it without us."""

from datetime import datetime

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

MANIFEST, SIGNATURE, CHAIN = "manifest.json", "manifest.p7s", "certificates.pem"
TIMELINE, DOCUMENTS, WHOLE = "timeline.json", "documents.json", "案卷.pdf"


class Listed(BaseModel):
    """One file of the bundle."""

    name: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """Everything in the bundle by its digest. ``scope``: whole, or what is for the party."""

    format: int = 1
    organ: str
    matter: str
    number: str | None
    scope: str
    version: int
    head: str
    made_at: datetime
    files: list[Listed]


class BundledDocument(BaseModel):
    """A document of the file, as it stood when the bundle was made."""

    id: str
    kind: str
    term: str
    number: str | None
    issued_at: datetime
    status: str
    reason: str | None = None
    replaced_by: str | None = None
    file: str
    sha256: str
    sealed: bool


class Bundle(Base):
    """One bundle of one version of a matter, for one scope: ``queued``, ``making``, ``ready``."""

    __tablename__ = "bundles"

    id: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]
    scope: Mapped[str]
    state: Mapped[str]
    done: Mapped[int] = mapped_column(server_default=sa.text("0"))
    total: Mapped[int] = mapped_column(server_default=sa.text("0"))
    digest: Mapped[str | None]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
