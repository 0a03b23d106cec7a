"""Approvals: bars on re-application, drafts, and what living licences are looked up by.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-25 17:20:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LIVING = sa.text("kind = 'licence' and closed_at is null")
KEYS = ("chip", "home_digest", "household")


def upgrade() -> None:
    op.create_table(
        "bars",
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("party_digest", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("matter", "scope", "ground", name=op.f("pk_bars")),
    )
    op.create_index(op.f("ix_bars_party"), "bars", ["party_digest", "scope"])
    op.create_table(
        "drafts",
        sa.Column("code_digest", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_owner"), "drafts", ["owner", "updated_at"])
    for key in KEYS:
        op.create_index(
            f"ix_matters_dog_{key}",
            "matters",
            [sa.text(f"((state -> 'dog'::text) ->> '{key}'::text)")],
            postgresql_where=LIVING,
        )


def downgrade() -> None:
    for key in KEYS:
        op.drop_index(f"ix_matters_dog_{key}", "matters")
    op.drop_table("drafts")
    op.drop_table("bars")
