"""Absences, river sections, quarantined reports; notices without a document; the look-up code; owners of applications and licences.

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-26 00:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("username", "since", name=op.f("pk_absences")),
    )
    op.create_table(
        "river_sections",
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("water_class", sa.Text(), nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.Column("incident", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("section", name=op.f("pk_river_sections")),
    )
    op.create_table(
        "quarantined_reports",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_quarantined_reports")),
    )
    op.alter_column("deliveries", "document", nullable=True)
    op.alter_column("inbox", "document", nullable=True)
    op.create_index(
        "ix_matters_lookup",
        "matters",
        [sa.text("(state ->> 'lookup'::text)")],
        postgresql_where=sa.text("kind = 'incident'"),
    )
    op.execute(
        "update matters set unit = 'approval' where kind in ('application', 'licence') and unit is null"
    )


def downgrade() -> None:
    op.drop_index("ix_matters_lookup", "matters")
    op.execute("delete from inbox where document is null")
    op.execute("delete from deliveries where document is null")
    op.alter_column("inbox", "document", nullable=False)
    op.alter_column("deliveries", "document", nullable=False)
    op.drop_table("quarantined_reports")
    op.drop_table("river_sections")
    op.drop_table("absences")
