"""Yuan, exact to the fen. In JSON a number, never a string; inside, a Decimal."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

FEN = Decimal("0.01")
LARGEST = Decimal(10000000000)


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("金额须为数字 / an amount must be a number")  # noqa: TRY004 -- Pydantic asks for it
    amount = Decimal(str(value))
    if amount.is_finite() and amount.adjusted() > LARGEST.adjusted():
        raise ValueError("金额过大 / the amount is too large")
    if not amount.is_finite() or amount != amount.quantize(FEN):
        raise ValueError("金额最多两位小数 / at most two decimals")
    return amount


def to_number(amount: Decimal) -> int | float:
    """As JSON writes it: whole yuan without decimals."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def to_fen(amount: Decimal) -> Decimal:
    """Round to the fen, half up, as the treasury does."""
    return amount.quantize(FEN, ROUND_HALF_UP)


Yuan = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, le=LARGEST),
    PlainSerializer(to_number, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number", "minimum": 0, "multipleOf": 0.01, "x-unit": "元"}),
]
