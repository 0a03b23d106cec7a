"""Water sections (断面): the class of a reading by its worst item (GB 3838, 单因子评价), and the report when a section's class drops."""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from models.catalogue_file import Row, Text, refuse
from models.report import Report, ReportChannel, Spot
from models.text import Line
from models.when import Instant

AT_WORK = "正常"
ABSENT = frozenset({"*", "--", "-", ""})


class WaterClass(IntEnum):
    """Better ones are lower; six is worse than all (劣Ⅴ类)."""

    I = 1  # noqa: E741 -- as the standard writes it
    II = 2
    III = 3
    IV = 4
    V = 5
    INFERIOR = 6

    @property
    def term(self) -> str:
        return f"{('Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅳ', 'Ⅴ', '劣Ⅴ')[self - 1]}类"


class ItemLimit(Row):
    """The five limits of an item, mg/L, classes I to V: the most, or the least (dissolved oxygen), or a band that holds for all (pH)."""

    item: Text
    term: Text
    kind: Literal["most", "least", "band"] = "most"
    limits: tuple[float, ...]
    doubtful: bool
    note: Text | None = None

    @model_validator(mode="after")
    def _complete(self) -> "ItemLimit":
        wanted = 2 if self.kind == "band" else 5
        if len(self.limits) != wanted:
            refuse([(f"{self.item} needs {wanted} limits", ("limits",))])
        return self

    def rate(self, value: float) -> WaterClass:
        """The best class whose limit it keeps."""
        if self.kind == "band":
            low, high = self.limits
            return WaterClass.I if low <= value <= high else WaterClass.INFERIOR
        least = self.kind == "least"
        kept = (n for n, x in enumerate(self.limits, 1) if (value >= x if least else value <= x))
        return WaterClass(next(kept, WaterClass.INFERIOR))


class Section(Row):
    """A section that is watched, and the street that answers for it."""

    id: Text
    street: Text
    address: Text
    verified: bool = False


class WaterRules(Row):
    """``water.yaml``."""

    standard: Text = "GB 3838-2002"
    verified: bool = False
    note: Text | None = None
    limits: tuple[ItemLimit, ...] = ()
    sections: tuple[Section, ...] = ()

    def section(self, id_: str) -> Section | None:
        """None where it is not one of ours."""
        return next((one for one in self.sections if one.id == id_), None)


def _number(said: Any) -> Any:
    """A station writes numbers as text."""
    return float(said) if isinstance(said, str) and said.strip() not in ABSENT else said


Value = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1e6, allow_inf_nan=False)]


class Reading(BaseModel):
    """What a station measured, by item."""

    section: Line
    at: Instant
    values: dict[Line, Value]


class Rating(NamedTuple):
    """The class, the items that decided it, and whether one of their limits is doubtful."""

    water_class: WaterClass
    worst: tuple[ItemLimit, ...]
    doubtful: bool


class Known(NamedTuple):
    """What was known of a section before: its class, when it was read, and the incident that still runs for its last drop."""

    water_class: WaterClass
    read_at: datetime
    raised: str | None


def read(data: dict[str, Any], rules: WaterRules) -> Reading | None:
    """None for a station in maintenance, and where an item that counts is not there (``*``, ``--``): such a row says nothing."""
    values = data.get("values")
    if data.get("status") != AT_WORK or not isinstance(values, dict):
        return None
    items = {limit.item for limit in rules.limits}
    if any(str(values.get(item, "")).strip() in ABSENT for item in items):
        return None
    try:
        counted = {item: values[item] for item in items}
        return Reading.model_validate({**data, "values": counted})
    except (ValidationError, ValueError):
        return None


def rated(reading: Reading, rules: WaterRules) -> Rating:
    """A section takes the class of its worst item."""
    classes = [(limit.rate(reading.values[limit.item]), limit) for limit in rules.limits]
    worst = max(water_class for water_class, _ in classes)
    deciding = tuple(limit for water_class, limit in classes if water_class == worst)
    return Rating(worst, deciding, any(limit.doubtful for limit in deciding))


def dropped(before: WaterClass | None, reading: Reading, rules: WaterRules) -> Report | None:
    """The report when the class is worse than the section's last; None for a first reading, or one as good."""
    now, section = rated(reading, rules), rules.section(reading.section)
    if section is None or before is None or now.water_class <= before:
        return None
    because = "、".join(f"{x.term} {reading.values[x.item]:g}" for x in now.worst)
    doubt = "；限值待核实" if now.doubtful else ""
    return Report(
        channel=ReportChannel.SENSOR,
        place=Spot(street=section.street, address=section.address),
        seen_at=reading.at,
        description=f"断面{section.id}水质由{before.term}降为{now.water_class.term}（{because}{doubt}）",
        another=True,
    )
