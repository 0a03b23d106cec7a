"""A cause of action (案由): what was violated, and for each time the law, article and fine range.

Amounts are whole yuan. The row in force on the day of the act applies; a later row only where it
is lighter (行政处罚法 37, 生态环境法典 1057).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from models.basis import Basis
from models.catalogue_file import Location, Row, Text, refuse
from models.party import PartyKind

CountsAs = Literal["person", "unit"]


class Norm(StrEnum):
    """Level of the norm; a penalty rests on one of these (行政处罚法 16)."""

    STATUTE = "statute"
    REGULATION = "regulation"
    LOCAL_REGULATION = "local_regulation"
    RULE = "rule"


class Precondition(StrEnum):
    """What must have happened before a fine is open."""

    NONE = "none"
    OVERDUE = "overdue"
    REFUSAL = "refusal"
    SERIOUS = "serious"


class FineRange(Row):
    """Lowest and highest fine in yuan; ``min`` None where the law sets no lower end."""

    min: int | None = Field(default=None, ge=0)
    max: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> "FineRange":
        if self.min is not None and self.min > self.max:
            raise ValueError("fine.min exceeds fine.max")
        return self

    @property
    def floor(self) -> int:
        """The lowest fine possible."""
        return self.min or 0


class Fine(Row):
    """One range for everyone, or one each for persons and units."""

    any: FineRange | None = None
    person: FineRange | None = None
    unit: FineRange | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Fine":
        apart = self.person is not None or self.unit is not None
        if (self.any is not None) == apart:
            raise ValueError("fine gives either any, or person and unit")
        return self


class FineFormula(Row):
    """A fine measured by something, e.g. 5-10 % of the cost of the works (城乡规划法 64)."""

    base: Literal["greening_compensation_fee", "tree_value", "works_cost"]
    base_term: Text
    base_term_en: Text
    min_factor: Decimal | None = Field(default=None, ge=0)
    max_factor: Decimal = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "FineFormula":
        if self.min_factor is not None and self.min_factor > self.max_factor:
            raise ValueError("fine_formula.min_factor exceeds fine_formula.max_factor")
        return self

    def range(self, base_amount: Decimal | int) -> FineRange:
        """The range for this base in yuan, rounded inwards so that it stays within the law."""
        base = Decimal(base_amount)
        high = int((base * self.max_factor).to_integral_value(ROUND_FLOOR))
        if self.min_factor is None:
            return FineRange(min=None, max=high)
        low = int((base * self.min_factor).to_integral_value(ROUND_CEILING))
        return FineRange(min=min(low, high), max=high)


class Consequence(Row):
    """What the article adds to the fine, e.g. confiscation of gains."""

    zh: Text
    en: Text


class CauseRow(Row):
    """One edition of the law on one cause, from ``valid_from`` to ``valid_to`` inclusive."""

    law: Text
    edition: Text
    norm: Norm | None = None
    article: Text
    duty_article: Text | None = None
    valid_from: date | None
    valid_from_checked: bool = True
    valid_to: date | None = None
    fine: Fine | None = None
    fine_formula: FineFormula | None = None
    fine_optional: bool = False
    precondition: Precondition = Precondition.NONE
    corrective_order: bool
    other_consequences: tuple[Consequence, ...] = ()
    note: str | None = None
    verified: bool
    check: Literal["V2", "V1", "S", "MEM"]

    @model_validator(mode="after")
    def _consistent(self) -> "CauseRow":
        rules = {
            ("valid_from_checked", "valid_from is null though valid_from_checked is not false"): (
                self.valid_from is not None or not self.valid_from_checked
            ),
            ("valid_to", "valid_to is before valid_from"): (
                not (self.valid_from and self.valid_to) or self.valid_from <= self.valid_to
            ),
            ("fine_formula", "a row has fine or fine_formula, not both"): (
                self.fine is None or self.fine_formula is None
            ),
            ("check", f"verified does not fit check {self.check}"): (
                self.verified == (self.check in ("V1", "V2"))
            ),
        }
        refuse((rule, (key,)) for (key, rule), holds in rules.items() if not holds)
        return self

    @property
    def basis(self) -> tuple[Basis, ...]:
        """The penalty article, then the duty it sanctions."""
        articles = (self.article, self.duty_article)
        return tuple(Basis(law=self.law, article=article) for article in articles if article)

    def in_force(self, day: date) -> bool:
        """Whether the row applies to an act of that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    def range_for(
        self, party_kind: PartyKind | str, sole_trader_as: CountsAs = "person"
    ) -> FineRange | None:
        """The range for this kind of party, or None where the article gives it none in yuan."""
        if self.fine is None or self.fine.any is not None:
            return self.fine.any if self.fine else None
        kind = counts_as(party_kind, sole_trader_as)
        return self.fine.person if kind == "person" else self.fine.unit

    def formula_range(self, base_amount: Decimal | int) -> FineRange | None:
        """The range by formula on this base in yuan, or None where the row has no formula."""
        return self.fine_formula.range(base_amount) if self.fine_formula else None


class Cause(Row):
    """One cause with its dated rows and the causes that carry it on after a repeal. ``tells``: licences of that scope are told of a
    penalty.
    """

    id: Text
    group: Text
    group_en: Text
    name: Text
    name_en: Text
    rows: tuple[CauseRow, ...] = Field(min_length=1)
    successors: tuple[Text, ...] = ()
    regime: Text = "penalty_law"
    tells: Text | None = None

    @model_validator(mode="after")
    def _rows_follow_each_other(self) -> "Cause":
        refuse(in_order([(row.valid_from, row.valid_to) for row in self.rows]))
        return self

    def on(self, day: date) -> CauseRow | None:
        """The row in force on the day of the act."""
        return next((row for row in self.rows if row.in_force(day)), None)

    def matches(self, word: str) -> bool:
        """Whether id, name or group contains ``word``, whatever the case."""
        fields = (self.id, self.name, self.name_en, self.group, self.group_en)
        return any(word.casefold() in field.casefold() for field in fields)


def in_order(spans: Sequence[tuple[date | None, date | None]]) -> Iterator[tuple[str, Location]]:
    """A finding for each dated row that does not begin after the one before it has ended."""
    for n, ((begun, ended), (begins, _)) in enumerate(pairwise(spans), start=1):
        if begins is None or begins <= (begun or date.min):
            yield "rows are not in ascending order of valid_from", ("rows", n)
        elif ended is None or ended >= begins:
            yield "rows overlap", ("rows", n)


class Charge(NamedTuple):
    """A row together with its cause."""

    row: CauseRow
    cause: Cause


def counts_as(party_kind: PartyKind | str, sole_trader_as: CountsAs = "person") -> CountsAs:
    """Person or unit; a sole trader as the bureau's switch says."""
    match PartyKind(party_kind):
        case PartyKind.PERSON:
            return "person"
        case PartyKind.ORGANISATION:
            return "unit"
        case PartyKind.SOLE_TRADER:
            return sole_trader_as
