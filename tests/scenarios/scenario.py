"""A scenario: one path of the statute, written in YAML so that a lawyer can read it. Whatever is not understood is an error.

Times are those of Shanghai: ``2026-09-03 10:00``, ``2026-09-03`` (ten o'clock) or ``+3d 10:00`` (three days after the first filing).
"""

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from models.suspension import SHANGHAI, civil_day

HERE = Path(__file__).parent
OFFICE_HOUR = time(10)
_RELATIVE = re.compile(r"\+(\d+)d(?: (\d\d:\d\d))?")

Values = dict[str, Any]
When = date | str


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class No(_Strict):
    """A refusal: its code, one article it must cite, the field it must name."""

    code: str
    basis: str | None = None
    field: str | None = None


class See(_Strict):
    """What the state must show; ``timeline`` and ``documents`` are the last ones, ``flags`` and ``open`` are all there are;
    ``versions``: whether each document of a kind stands; ``custody``: who held an exhibit, one after the other.
    """

    stage: str | None = None
    outcome: str | None = None
    suspended: str | None = None
    party: str | None = None
    officers: list[str] | None = None
    flags: list[str] | None = None
    open: list[str] | None = None
    clocks: dict[str, date | str | None] = {}
    money: dict[str, float | None] = {}
    timeline: list[str] = []
    documents: list[str] = []
    versions: dict[str, list[str]] = {}
    custody: dict[str, list[str]] = {}
    occurred_at: str | None = None


class Step(_Strict):
    """The calendar is turned to ``on``; then a case is filed or a paper handed in, or refused; then people look."""

    on: When | None = None
    by: str | None = None
    file: Values | None = None
    do: str | None = None
    paper: Annotated[Values, Field(alias="with")] = {}
    without: list[str] = []
    refused: No | None = None
    see: See | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.file is not None and self.do:
            raise ValueError("a step files or does, not both")
        if self.file is None and not self.do and (self.paper or self.refused or self.by):
            raise ValueError("by, with and refused belong to something done")
        if not (self.file is not None or self.do or self.see or self.on):
            raise ValueError("a step does nothing")
        return self


class Default(_Strict):
    """Who usually hands in a paper, and what it usually says."""

    by: str
    paper: Annotated[Values, Field(alias="with")] = {}


class Beginning(_Strict):
    """Steps many scenarios begin with."""

    after: str | None = None
    steps: list[Step] = []


class Defaults(_Strict):
    """``defaults.yaml``: the usual case, capture, parties, papers and beginnings."""

    filed: When
    case: Values
    capture: Values
    parties: dict[str, Values]
    papers: dict[str, Default]
    beginnings: dict[str, Beginning]

    def steps_of(self, beginning: str | None) -> list[Step]:
        if beginning is None:
            return []
        begun = self.beginnings[beginning]
        return self.steps_of(begun.after) + begun.steps


class Scenario(_Strict):
    """One path. ``case`` is laid over the usual case, ``penalty`` is what papers mean by ``$penalty``."""

    title: str
    law: list[str] = Field(min_length=1)
    filed: When | None = None
    case: Values = {}
    penalty: Values = {"fine": 2000, "tier": "ordinary"}
    begin: str | None = None
    refused: No | None = None
    steps: list[Step] = []


def read(path: Path) -> Scenario:
    """The scenario in this file. Raises with the key at fault."""
    return Scenario.model_validate(_load(path))


@cache
def defaults() -> Defaults:
    """Read once."""
    return Defaults.model_validate(_load(HERE / "defaults.yaml"))


def _load(path: Path) -> Any:
    """YAML 1.2, in which ``on`` is a word."""
    return YAML(typ="safe", pure=True).load(path)


def moment(when: When, filed: datetime | None = None) -> datetime:
    """The moment a scenario means."""
    if isinstance(when, datetime):
        return when.replace(tzinfo=SHANGHAI)
    if isinstance(when, date):
        return datetime.combine(when, OFFICE_HOUR, SHANGHAI)
    relative = _RELATIVE.fullmatch(when)
    if relative is None:
        return datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    if filed is None:
        raise ValueError(f"{when}: nothing is filed yet")
    hour = time.fromisoformat(relative[2]) if relative[2] else OFFICE_HOUR
    day = civil_day(filed) + timedelta(days=int(relative[1]))
    return datetime.combine(day, hour, SHANGHAI)
