"""Deliveries in the register: each document on its way by one channel, and the party's inbox."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Delivery(Base):
    """One document by one channel; without a document, a notice to whoever reported an incident. ``sent`` (it left us), ``delivered``,
    ``read`` or ``bounced``; ``entered_at``: its case knows.
    """

    __tablename__ = "deliveries"

    id: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(index=True)
    document: Mapped[str | None]
    channel: Mapped[str]
    state: Mapped[str]
    sent_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    detail: Mapped[str | None]
    entered_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "ix_deliveries_waiting",
            "answered_at",
            postgresql_where=sa.text("entered_at is null and answered_at is not null"),
        ),
    )


class InboxItem(Base):
    """A document in a party's inbox on the portal, or the words of a notice."""

    __tablename__ = "inbox"

    id: Mapped[str] = mapped_column(primary_key=True)
    party_digest: Mapped[str] = mapped_column(index=True)
    matter: Mapped[str]
    document: Mapped[str | None]
    title: Mapped[str]
    arrived_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
