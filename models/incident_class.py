"""A class of city events or components (案卷类别): who usually handles it, within what limit, and which causes of action it may show
(GB/T 30428.2; CJ/T 315-2009).
"""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from models.assignment import Considered
from models.catalogue_file import Row, Text


class LimitUnit(StrEnum):
    """What a limit is counted in; each is a period of ``periods.yaml``."""

    WORK_DAY = "work_day"
    WORK_HOUR = "work_hour"
    CLOCK_HOUR = "clock_hour"
    CLOCK_DAY = "clock_day"

    @property
    def period(self) -> str:
        return f"handle_{self.value}"


class Limit(Row):
    """How long handling may take, and in which circumstances."""

    value: int = Field(ge=1, le=1000)
    unit: LimitUnit
    when: Text


class IncidentClass(Row):
    """One class. ``unit`` names who usually handles it; none: the team of the street."""

    code: str = Field(pattern=r"^[EC]\d{4}$")
    major: Text
    name: Text
    limits: tuple[Limit, ...] = Field(min_length=1)
    causes: tuple[Text, ...] = ()
    unit: Text | None = None


class IncidentClasses(Row):
    """``incidents/*.yaml``: the classes of one kind, and whose table it is."""

    city: Text
    kind: Literal["event", "component"]
    verified: bool
    note: Text
    classes: tuple[IncidentClass, ...]


class TaskOffer(BaseModel):
    """Who would get it, within what limit, and why him: looked up by the desk, recorded with the dispatch."""

    unit: str
    unit_name: str
    why: str
    limit: Limit
    person: str | None = None
    person_name: str | None = None
    considered: tuple[Considered, ...] = ()


class ClassFacts(BaseModel):
    """The class as it was when it was docketed."""

    code: str
    major: str
    name: str
    causes: tuple[str, ...] = ()
