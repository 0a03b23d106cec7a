"""A draft in the register: sealed, known by the digest of its pickup code only (草稿)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Draft(Base):
    """What is not filed yet."""

    __tablename__ = "drafts"

    code_digest: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    content: Mapped[bytes]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_drafts_owner", "owner", "updated_at"),)
