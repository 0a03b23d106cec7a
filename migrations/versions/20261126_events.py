"""Devices with their history, and the inbox of their events.

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-26 08:00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("device", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_account"), "devices", ["account"])
    op.create_table(
        "device_history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("device", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_device_history")),
    )
    op.create_table(
        "events",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("time", _MOMENT, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", JSONB(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_due", "events", ["seq"], postgresql_where=_WAITING)
    op.create_index("ix_events_lane", "events", ["lane", "seq"], postgresql_where=_WAITING)
    op.create_index(
        "ix_events_poison",
        "events",
        ["received_at", "source", "id"],
        postgresql_where=sa.text("status = 'poison'"),
    )


def downgrade() -> None:
    op.drop_table("events")
    op.drop_table("device_history")
    op.drop_table("devices")
