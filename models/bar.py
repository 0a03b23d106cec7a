"""A bar on re-application (再申请限制): false papers, fraud, abandoned or confiscated dogs (行政许可法 78, 79)."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Mapped, mapped_column

from models.basis import Basis
from models.database import Base


class Bar(BaseModel):
    """Whom it stops is the party of the matter that sets it; ``until`` is the last barred day, None for life."""

    scope: str
    ground: str
    since: date
    until: date | None
    basis: tuple[Basis, ...]


class BarRule(BaseModel):
    """What a rule set bars for: years, None for life."""

    ground: str
    years: int | None
    basis: tuple[Basis, ...]


class BarRow(Base):
    """A bar in the register."""

    __tablename__ = "bars"

    matter: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    ground: Mapped[str] = mapped_column(primary_key=True)
    party_digest: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    basis: Mapped[list[Any]]
    set_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_bars_party", "party_digest", "scope"),)
