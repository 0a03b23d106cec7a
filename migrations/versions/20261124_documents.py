"""Documents of the file; numbers that are void, and numbers shared by the papers of a case.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24 10:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("html_digest", sa.Text(), nullable=True),
        sa.Column("pdf_digest", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("matter", "kind", "copy", name=op.f("uq_documents_matter_kind_copy")),
        sa.UniqueConstraint("token", name=op.f("uq_documents_token")),
    )
    op.add_column(
        "issued_numbers", sa.Column("part", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "issued_numbers",
        sa.Column("names_matter", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("issued_numbers", sa.Column("voided_at", sa.DateTime(timezone=True)))
    op.add_column("issued_numbers", sa.Column("void_reason", sa.Text()))
    op.drop_constraint("pk_issued_numbers", "issued_numbers")
    op.create_primary_key(
        "pk_issued_numbers", "issued_numbers", ["organ", "word", "year", "serial", "part"]
    )


def downgrade() -> None:
    op.drop_constraint("pk_issued_numbers", "issued_numbers")
    op.create_primary_key(
        "pk_issued_numbers", "issued_numbers", ["organ", "word", "year", "serial"]
    )
    for column in ("void_reason", "voided_at", "names_matter", "part"):
        op.drop_column("issued_numbers", column)
    op.drop_table("documents")
