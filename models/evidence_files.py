"""Files of evidence in the register: each by its digest, who brought it, which matters cite it, who read it, its public copies."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class EvidenceFile(Base):
    """One file, kept once however often it is brought. ``taken_at`` and place are what the file says of itself."""

    __tablename__ = "evidence_files"

    digest: Mapped[str] = mapped_column(primary_key=True)
    sm3: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str]
    name: Mapped[str]
    taken_at: Mapped[datetime | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    thumbnail: Mapped[str | None]
    kept_at: Mapped[datetime]


class EvidenceBringer(Base):
    """Who brought it, and when: the first link of its chain."""

    __tablename__ = "evidence_bringers"

    digest: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class EvidenceCitation(Base):
    """A matter whose file cites it; written with the act that does."""

    __tablename__ = "evidence_citations"

    digest: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (sa.Index("ix_evidence_citations_matter", "matter"),)


class EvidenceRead(Base):
    """An original was handed out (个人信息保护法 54: audit)."""

    __tablename__ = "evidence_reads"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    digest: Mapped[str] = mapped_column(index=True)
    username: Mapped[str]
    at: Mapped[datetime]


class PublicCopy(Base):
    """A copy with what names people covered, and nothing the camera wrote into it; the original is not touched."""

    __tablename__ = "public_copies"

    original: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    boxes: Mapped[list[Any]]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class PendingUpload(Base):
    """An upload in parts, that may be cut and go on; swept when nobody goes on with it."""

    __tablename__ = "pending_uploads"

    id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str | None]
    digest: Mapped[str | None]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
