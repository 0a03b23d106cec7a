"""Captures in the register: the queue that people review."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class CaptureRow(Base):
    """One capture. What it shows is sealed; ``object_digest`` ties captures of one device, cause and object together."""

    __tablename__ = "captures"

    id: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str]
    unit: Mapped[str]
    cause: Mapped[str]
    object: Mapped[str]
    object_digest: Mapped[str] = mapped_column(index=True)
    secret: Mapped[bytes]
    taken_at: Mapped[datetime]
    media: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    lacks: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    generated: Mapped[bool]
    matter: Mapped[str | None] = mapped_column(index=True)
    verdict: Mapped[str]
    reason: Mapped[str | None]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "ix_captures_waiting", "taken_at", postgresql_where=sa.text("verdict = 'pending'")
        ),
    )
