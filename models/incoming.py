"""The inbox of events: kept before they are handled."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class IncomingEvent(Base):
    """An event of a device, kept before it is handled. ``content`` is sealed; ``lane``: what is handled in order, a keyed digest of
    source and subject; ``seq`` counts arrivals.
    """

    __tablename__ = "events"

    source: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity())
    device: Mapped[str]
    account: Mapped[str]
    type: Mapped[str]
    lane: Mapped[str]
    time: Mapped[datetime | None]
    content: Mapped[bytes]
    digest: Mapped[str]
    received_at: Mapped[datetime]
    status: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(server_default=sa.text("0"))
    next_at: Mapped[datetime]

    __table_args__ = (
        sa.Index("ix_events_due", "seq", postgresql_where=sa.text("status = 'waiting'")),
        sa.Index("ix_events_lane", "lane", "seq", postgresql_where=sa.text("status = 'waiting'")),
        sa.Index(
            "ix_events_poison",
            "received_at",
            "source",
            "id",
            postgresql_where=sa.text("status = 'poison'"),
        ),
    )
