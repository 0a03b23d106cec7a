"""The penalty (行政处罚法 9): warning, fine, confiscation and other kinds, and whether one is heavier than another."""

from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from models.money import Yuan
from models.text import Text, ask


class Tier(StrEnum):
    """Step of the bureau's discretion benchmark (裁量基准, 行政处罚法 34)."""

    MITIGATED = "mitigated"
    LIGHTER = "lighter"
    ORDINARY = "ordinary"
    HEAVIER = "heavier"


class Other(StrEnum):
    """Kinds beside warning, fine and confiscation (行政处罚法 9), lightest first."""

    CRITICISM = "criticism"
    SUSPEND_PERMIT = "suspend_permit"
    RESTRICT_OPERATION = "restrict_operation"
    STOP_PRODUCTION = "stop_production"
    LOWER_GRADE = "lower_grade"
    REVOKE_PERMIT = "revoke_permit"
    CLOSE = "close"
    BAR = "bar"

    @property
    def heard(self) -> bool:
        """Whether a hearing must be offered: for all but public criticism (行政处罚法 63)."""
        return self is not Other.CRITICISM


class LighterGround(StrEnum):
    """Grounds to go lighter or below the range (行政处罚法 30, 32)."""

    MINOR = "minor_14_to_18"
    REDUCED_HARM = "reduced_harm"
    COERCED = "coerced_or_tricked"
    CONFESSED = "confessed_unknown_acts"
    MERIT = "meritorious_help"
    OTHER_RULE = "other_rule"


class Penalty(BaseModel):
    """What is imposed. Amounts in yuan; ``base_amount`` is the base of a cause whose fine is a share of something (yuan)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    warning: bool = ask("警告", "Warning", default=False)
    fine: Yuan = ask("罚款", "Fine", default=Decimal(0))
    confiscation: Yuan = ask("没收违法所得", "Confiscation of gains", default=Decimal(0))
    goods: Text | None = ask("没收非法财物", "Confiscation of goods", default=None)
    others: tuple[Other, ...] = ask("其他处罚", "Other kinds", default=(), strict=False)
    tier: Tier = ask("裁量档次", "Discretion tier", default=Tier.ORDINARY)
    base_amount: Yuan | None = ask("罚款基数", "Base of the fine", default=None)
    grounds: tuple[LighterGround, ...] = ask(
        "从轻减轻情节", "Grounds to go lighter", default=(), strict=False
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.warning or self.fine or self.confiscation or self.goods or self.others):
            raise ValueError("须至少有一种处罚 / at least one kind of penalty")
        return self

    @property
    def beyond_a_fine(self) -> bool:
        """Anything besides a warning and a fine: never of summary size (51)."""
        return bool(self.confiscation or self.goods or self.others)

    def heavier_than(self, noticed: "Penalty") -> str | None:
        """In which respect this is heavier than what the party was told, or None (行政处罚法 45)."""
        respects = {
            "fine": self.fine > noticed.fine,
            "confiscation": self.confiscation > noticed.confiscation,
            "goods": bool(self.goods) and self.goods != noticed.goods,
            "others": not set(self.others) <= set(noticed.others),
            "warning": self.warning and not noticed.warning,
        }
        return next((name for name, worse in respects.items() if worse), None)
