"""The register: what people list, search, count and audit. Temporal holds the truth of a running matter; only activities write here
about matters. Money in yuan; stored moments are UTC.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Names of constraints are fixed from day one, so that migrations can name them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(sa.Text),
        str: sa.Text,
        Decimal: sa.Numeric(14, 2),
    }


class Matter(Base):
    """One running or closed matter, as last saved by its procedure."""

    __tablename__ = "matters"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    procedure: Mapped[str]
    number: Mapped[str | None]
    stage: Mapped[str]
    outcome: Mapped[str | None]
    title: Mapped[str]
    cause: Mapped[str | None]
    unit: Mapped[str | None]
    street: Mapped[str | None]
    officers: Mapped[list[str]]
    party_digest: Mapped[str | None]
    party_secret: Mapped[bytes | None]
    state: Mapped[dict[str, Any]]
    file: Mapped[bytes | None]
    version: Mapped[int]
    turn: Mapped[int]
    head: Mapped[str]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_matters_list", "kind", "opened_at", "id"),
        sa.Index("ix_matters_unit", "unit", "opened_at", "id"),
        sa.Index("ix_matters_party", "party_digest", "opened_at"),
        sa.Index("ix_matters_officers", "officers", postgresql_using="gin"),
        sa.Index(
            "ix_matters_due", "unit", "due_at", "id", postgresql_where=sa.text("closed_at is null")
        ),
        sa.Index("ix_matters_number", "number"),
        *(
            sa.Index(
                f"ix_matters_dog_{key}",
                sa.text(f"((state -> 'dog'::text) ->> '{key}'::text)"),
                postgresql_where=sa.text("kind = 'licence' and closed_at is null"),
            )
            for key in ("chip", "home_digest", "household")
        ),
        sa.Index(
            "ix_matters_lookup",
            sa.text("(state ->> 'lookup'::text)"),
            postgresql_where=sa.text("kind = 'incident'"),
        ),
    )


class TimelineEntry(Base):
    """One entry of the hash-chained timeline; see `models.timeline.Entry`."""

    __tablename__ = "timeline"

    matter: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    name: Mapped[str]
    term: Mapped[str]
    actor: Mapped[dict[str, Any]]
    basis: Mapped[list[Any]]
    data: Mapped[dict[str, Any]]
    prev: Mapped[str]
    hash: Mapped[str]


class Todo(Base):
    """An act that waits for somebody, soonest due first."""

    __tablename__ = "todos"

    matter: Mapped[str] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str]
    roles: Mapped[list[str]]
    unit: Mapped[str | None]
    officers: Mapped[list[str]]
    party_digest: Mapped[str | None]
    title: Mapped[str]
    basis: Mapped[list[Any]]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_todos_roles", "roles", postgresql_using="gin"),)


class ClockRow(Base):
    """A statutory clock of a matter with its day-by-day ledger."""

    __tablename__ = "clocks"

    matter: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    clock: Mapped[dict[str, Any]]
    ledger: Mapped[list[Any]]
    due_at: Mapped[datetime | None]
    status: Mapped[str]
    provisional: Mapped[bool]


class Number(Base):
    """The last serial given per organ, word and year; never skipped, never given twice."""

    __tablename__ = "numbers"

    organ: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class IssuedNumber(Base):
    """Which paper of which matter bears which number. Papers of one case may share its serial; then ``part`` counts the copies of a
    word. A void number stays on record with the reason.
    """

    __tablename__ = "issued_numbers"

    organ: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, server_default=sa.text("1"))
    matter: Mapped[str]
    paper: Mapped[str]
    names_matter: Mapped[bool] = mapped_column(server_default=sa.false())
    issued_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]

    __table_args__ = (sa.UniqueConstraint("matter", "paper"),)


class Document(Base):
    """A document of the file: what it says (sealed), where its bytes are, whether it stands."""

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str]
    kind: Mapped[str]
    copy: Mapped[int]
    seq: Mapped[int]
    term: Mapped[str]
    number: Mapped[str | None]
    issued_at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str | None]
    replaced_by: Mapped[str | None]
    token: Mapped[str] = mapped_column(unique=True)
    content: Mapped[bytes]
    html_digest: Mapped[str | None]
    pdf_digest: Mapped[str | None]
    pages: Mapped[int | None]
    sealed: Mapped[bool] = mapped_column(server_default=sa.false())
    made_at: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("matter", "kind", "copy"),)


class Payment(Base):
    """Money the treasury says it received; kept by the treasury's own reference, so a repeat changes nothing."""

    __tablename__ = "payments"

    reference: Mapped[str] = mapped_column(primary_key=True)
    bill: Mapped[str] = mapped_column(index=True)
    matter: Mapped[str] = mapped_column(index=True)
    amount: Mapped[Decimal]
    paid_at: Mapped[datetime]
    received_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]


class Outgoing(Base):
    """What must reach another system, written in the transaction that decided it and sent until it is taken (发件箱)."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=sa.text("0"))
    next_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        sa.Index("ix_outbox_due", "next_at", postgresql_where=sa.text("sent_at is null")),
    )


class Claim(Base):
    """One act of one party is one case: who filed it first keeps it (行政处罚法 29)."""

    __tablename__ = "claims"

    key: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str]
    claimed_at: Mapped[datetime]


class Account(Base):
    """Somebody who signs in."""

    __tablename__ = "accounts"

    username: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    roles: Mapped[list[str]]
    unit: Mapped[str | None]
    certificate: Mapped[str | None]
    certificate_valid_to: Mapped[date | None]
    id_digest: Mapped[str | None]
    password_hash: Mapped[str]
    active: Mapped[bool]
    failures: Mapped[int] = mapped_column(server_default=sa.text("0"))
    locked_until: Mapped[datetime | None]


class Session(Base):
    """A signed-in session; the token itself is never stored, only its SHA-256."""

    __tablename__ = "sessions"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """A write asked for once: the same key and body get the same answer."""

    __tablename__ = "idempotency_keys"

    username: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class Absence(Base):
    """Somebody is away, both days included; new tasks never go to him."""

    __tablename__ = "absences"

    username: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date]
    unit: Mapped[str]
    kind: Mapped[str]
    declared_by: Mapped[str]
    declared_at: Mapped[datetime]


class RiverSection(Base):
    """The last reading of a section that counts, and the incident its last drop raised."""

    __tablename__ = "river_sections"

    section: Mapped[str] = mapped_column(primary_key=True)
    water_class: Mapped[str]
    read_at: Mapped[datetime]
    incident: Mapped[str | None]


class QuarantinedReport(Base):
    """A line of a list that cannot be: kept as it came, sealed, with the reason."""

    __tablename__ = "quarantined_reports"

    source: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int]
    reason: Mapped[str]
    content: Mapped[bytes]
    kept_at: Mapped[datetime]
