"""Captures of devices.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-26 09:00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WORDS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    op.create_table(
        "captures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_digest", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("media", _WORDS, nullable=False),
        sa.Column("lacks", _WORDS, nullable=False),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
    )
    op.create_index(op.f("ix_captures_object_digest"), "captures", ["object_digest"])
    op.create_index(op.f("ix_captures_matter"), "captures", ["matter"])
    op.create_index(
        "ix_captures_waiting",
        "captures",
        ["taken_at"],
        postgresql_where=sa.text("verdict = 'pending'"),
    )


def downgrade() -> None:
    op.drop_table("captures")
