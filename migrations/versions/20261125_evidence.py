"""Files of evidence: who brought them, what cites them, who read them, public copies, uploads in parts.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25 08:00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "evidence_files",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("thumbnail", sa.Text(), nullable=True),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_evidence_files")),
    )
    op.create_table(
        "evidence_bringers",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", "username", name=op.f("pk_evidence_bringers")),
    )
    op.create_table(
        "evidence_citations",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "matter", name=op.f("pk_evidence_citations")),
    )
    op.create_index("ix_evidence_citations_matter", "evidence_citations", ["matter"])
    op.create_table(
        "evidence_reads",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_reads")),
    )
    op.create_index(op.f("ix_evidence_reads_digest"), "evidence_reads", ["digest"])
    op.create_table(
        "public_copies",
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("boxes", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("original", "digest", name=op.f("pk_public_copies")),
    )
    op.create_table(
        "pending_uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_uploads")),
    )


def downgrade() -> None:
    for table in (
        "pending_uploads",
        "public_copies",
        "evidence_reads",
        "evidence_citations",
        "evidence_bringers",
        "evidence_files",
    ):
        op.drop_table(table)
