"""The feed of changes, who subscribed to it, and what became of each delivery."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class ChangeRow(Base):
    """One timeline entry as others may know it, written with the entry; ``position`` is given afterwards, in the order of commits, and
    whoever reads the feed goes by it. ``hash`` is the entry's own, so no two contents bear one id; ``replaces`` names what was published
    of the same entry before, when the engine lost the task that wrote it; of an ``inner_act`` nobody outside is told the name.
    """

    __tablename__ = "changes"

    hash: Mapped[str] = mapped_column(primary_key=True)
    written: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity())
    position: Mapped[int | None] = mapped_column(sa.BigInteger, unique=True)
    matter: Mapped[str]
    seq: Mapped[int]
    kind: Mapped[str]
    stage: Mapped[str]
    number: Mapped[str | None]
    unit: Mapped[str | None]
    street: Mapped[str | None]
    at: Mapped[datetime]
    entry: Mapped[str]
    name: Mapped[str]
    term: Mapped[str]
    replaces: Mapped[str | None]
    inner_act: Mapped[bool] = mapped_column(server_default=sa.false())

    __table_args__ = (
        sa.Index("ix_changes_fresh", "written", postgresql_where=sa.text("position is null")),
        sa.Index("ix_changes_matter", "matter", "seq"),
    )


class Subscription(Base):
    """Who is told of changes, of which (an empty list: of all), and how it goes; the secret is sealed."""

    __tablename__ = "subscriptions"

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    secret: Mapped[bytes]
    kinds: Mapped[list[str]]
    entries: Mapped[list[str]]
    stages: Mapped[list[str]]
    streets: Mapped[list[str]]
    units: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    paused_because: Mapped[str | None]


class WebhookDelivery(Base):
    """One change on its way to one subscriber: ``waiting``, ``delivered``, ``dead`` or ``skipped`` (someone decided so)."""

    __tablename__ = "webhook_deliveries"

    subscription: Mapped[str] = mapped_column(
        sa.ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    event: Mapped[str]
    matter: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default=sa.text("0"))
    first_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        sa.Index(
            "ix_webhook_deliveries_due",
            *("subscription", "next_at"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "ix_webhook_deliveries_order",
            *("subscription", "matter", "position"),
            postgresql_where=sa.text("state in ('waiting', 'dead')"),
        ),
        sa.Index(
            "ix_webhook_deliveries_taken",
            *("subscription", "ended_at"),
            postgresql_where=sa.text("state = 'delivered'"),
        ),
    )
