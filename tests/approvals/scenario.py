"""A scenario of approvals: one path of an application or a licence, written so that a lawyer can read it. Whatever is not understood is an
error.

Times as in the scenarios of penalties. Each scenario has an applicant, a home and a dog of its own; the registers know them unless it says
otherwise.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from tests.scenarios.scenario import No, When

HERE = Path(__file__).parent
Values = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Registers(_Strict):
    """What the registers say, where it is not the usual: ``away``, ``silent`` (they hold nothing), or other ``data``."""

    away: list[str] = []
    silent: list[str] = []
    data: dict[str, Values] = {}


class See(_Strict):
    """What the state must show; ``documents``, ``timeline`` and ``history`` are the last ones, ``open`` and ``flags`` all there are."""

    stage: str | None = None
    outcome: str | None = None
    flags: list[str] | None = None
    open: list[str] | None = None
    clocks: dict[str, date | str | None] = {}
    documents: list[str] = []
    versions: dict[str, list[str]] = {}
    timeline: list[str] = []
    lacking: list[str] | None = None
    checks: dict[str, str] = {}
    visits: int | None = None
    unchecked: list[str] | None = None
    money: dict[str, float] = {}
    licence: dict[str, Any] = {}
    valid_to: date | None = None
    history: list[str] = []
    party: str | None = None
    bars: dict[str, date | None] | None = None


class Step(_Strict):
    """The calendar is turned to ``on``; then a paper is handed in, or refused; then people look. ``again``: the same applicant files, with
    these changes. ``the``: the application, or its licence. ``registers``: from now on they say so.
    """

    on: When | None = None
    the: str = "application"
    by: str | None = None
    do: str | None = None
    again: Values | None = None
    paper: Annotated[Values, Field(alias="with")] = {}
    refused: No | None = None
    registers: Registers | None = None
    see: See | None = None


class Scenario(_Strict):
    """One path. ``answers`` are laid over the usual ones of the item; ``lacking`` materials are not attached."""

    title: str
    law: list[str] = Field(min_length=1)
    item: str
    by: str = "citizen"
    filed: When = "2026-09-01 10:00"
    answers: Values = {}
    without: list[str] = []
    apply: Values = {}
    lacking: list[str] = []
    registers: Registers = Registers()
    refused: No | None = None
    see: See | None = None
    steps: list[Step] = []


class Usual(_Strict):
    """``usual.yaml``: the usual answers of an item, and who usually hands in a paper and what it says."""

    answers: dict[str, Values]
    papers: dict[str, Values]
    by: dict[str, str]


def read(path: Path) -> Scenario:
    """The scenario in this file. Raises with the key at fault."""
    return Scenario.model_validate(_load(path))


def usual() -> Usual:
    return Usual.model_validate(_load(HERE / "usual.yaml"))


def _load(path: Path) -> Any:
    """YAML 1.2, in which ``on`` is a word."""
    return YAML(typ="safe", pure=True).load(path)
