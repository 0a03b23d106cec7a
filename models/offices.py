"""The organ that acts, its units, its streets and the words its documents are numbered by."""

from math import cos, hypot, radians
from typing import Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from models.catalogue_file import Row, Text, refuse, repeated

R = TypeVar("R", bound=Row)
NUMBER_FORMAT = "{agency}{word}〔{year}〕第{serial:06}号"


class Bank(Row):
    """Where fines are paid; agency and bank are apart (行政处罚法 67)."""

    name: Text
    address: Text
    account: Text
    set_by: Literal["law", "bureau"]
    verified: bool
    note: Text


class Organ(Row):
    """The penalising organ and where its decisions are challenged."""

    name: Text
    name_en: Text
    division: Text
    agency_word: Text
    review_body: Text
    court: Text
    bank: Bank
    verified: bool
    note: str | None = None


class OfficeUnit(Row):
    """A team or section of the organ; a street team names its street."""

    id: Text
    name: Text
    name_en: Text
    kind: Literal["team", "section"]
    street: Text | None = None


class Centre(Row):
    """About the middle of a street, degrees (WGS 84); it stands in for the borders, which are not openly published."""

    street: Text
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    verified: bool = False


class Street(Row):
    """A street (街道) by its division code."""

    code: str = Field(pattern=r"^\d{9}$")
    name: Text


class Department(Row):
    """A department outside the bureau that matters are handed over to, and what for."""

    id: Text
    name: Text
    name_en: Text
    note: Text | None = None


class Serial(int):
    """A serial that says which copy of a shared serial it is: 000217, then 000217-2."""

    part: int = 1

    def __format__(self, spec: str) -> str:
        return super().__format__(spec) + (f"-{self.part}" if self.part > 1 else "")


class NumberWord(Row):
    """The word of one document kind, e.g. 罚决字, and how its numbers are written: ``own``, one counter for the word; ``case``, the
    serial of the case, under this word; ``mark`` stands before the words of a case that this word names, so that two cases with one
    serial do not meet.
    """

    id: Text
    word: Text
    term: Text
    term_en: Text
    verified: bool = False
    serial: Literal["own", "case"] = "own"
    mark: str = ""
    format: Text = NUMBER_FORMAT

    @field_validator("format")
    @classmethod
    def _printable(cls, pattern: str) -> str:
        try:
            numbers = {pattern.format(agency="", word="", year=2026, serial=n) for n in (1, 2)}
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"number format cannot be printed: {pattern}") from error
        if len(numbers) == 1:
            raise ValueError("number format has no serial")
        return pattern

    def number(self, agency: str, year: int, serial: int, part: int = 1, mark: str = "") -> str:
        """The printed number, e.g. 杭上综执罚决字〔2026〕第000217号; its third copy under one serial, …第000217-3号."""
        counted = Serial(serial)
        counted.part = part
        return self.format.format(agency=agency, word=mark + self.word, year=year, serial=counted)


class Offices(Row):
    """``offices.yaml``."""

    organ: Organ
    streets: tuple[Street, ...]
    centres: tuple[Centre, ...] = ()
    units: tuple[OfficeUnit, ...]
    departments: tuple[Department, ...] = ()
    number_words: tuple[NumberWord, ...]

    @model_validator(mode="after")
    def _unique(self) -> "Offices":
        codes = [street.code for street in self.streets]
        words = self.number_words
        refuse(
            [
                *repeated("street code", codes, "streets", "code"),
                *repeated("unit", [unit.id for unit in self.units], "units", "id"),
                *repeated("department", [d.id for d in self.departments], "departments", "id"),
                *repeated("number word id", [word.id for word in words], "number_words", "id"),
                *repeated("number word", [word.word for word in words], "number_words", "word"),
                *(
                    (f"unknown street {centre.street}", ("centres", n, "street"))
                    for n, centre in enumerate(self.centres)
                    if centre.street not in codes
                ),
                *(
                    (f"unknown street {unit.street}", ("units", n, "street"))
                    for n, unit in enumerate(self.units)
                    if unit.street is not None and unit.street not in codes
                ),
            ]
        )
        return self

    def number_word(self, id: str) -> NumberWord:  # noqa: A002 – the catalogue's own word
        """The number word of that id; LookupError when there is none."""
        return _one(self.number_words, "id", id)

    def street(self, code: str) -> Street:
        """The street of that code; LookupError when there is none."""
        return _one(self.streets, "code", code)

    def unit(self, id: str) -> OfficeUnit:  # noqa: A002 – the catalogue's own word
        """The unit of that id; LookupError when there is none."""
        return _one(self.units, "id", id)

    def department(self, id: str) -> Department:  # noqa: A002 – the catalogue's own word
        """The department of that id; LookupError when there is none."""
        return _one(self.departments, "id", id)

    def nearest_street(self, lon: float, lat: float) -> tuple[Street, float] | None:
        """The street whose centre is nearest, and how many metres away; approximate. None where no centre is known."""
        found = (
            (self.street(one.street), metres(lon, lat, one.lon, one.lat)) for one in self.centres
        )
        return min(found, key=lambda pair: pair[1], default=None)

    def team_of(self, street: str) -> OfficeUnit | None:
        """The enforcement team of a street code."""
        return next((unit for unit in self.units if unit.street == street), None)

    def number(self, word_id: str, year: int, serial: int, part: int = 1) -> str:
        """A document number of this organ; ``closing@summary`` is the word closing of a case named by the word summary."""
        word, _, own = word_id.partition("@")
        mark = self.number_word(own).mark if own else ""
        return self.number_word(word).number(self.organ.agency_word, year, serial, part, mark)


_METRES_A_DEGREE = 111_320


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Between two points, on a flat map: good enough within a city."""
    east = (lon - other_lon) * _METRES_A_DEGREE * cos(radians(lat))
    return hypot(east, (lat - other_lat) * _METRES_A_DEGREE)


def _one(rows: tuple[R, ...], key: str, value: str) -> R:
    for row in rows:
        if getattr(row, key) == value:
            return row
    raise LookupError(f"no {key} {value}")
