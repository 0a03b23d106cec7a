"""How values are printed in a document: dates and times of Shanghai, amounts in digits and capitals."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forms.capitals import capitals
from models.document import DocumentField, DocumentKind, FieldKind
from models.money import to_number
from models.suspension import SHANGHAI


def printed_fields(kind: DocumentKind, content: dict[str, Any]) -> dict[str, Any]:
    """Every field of the kind as it is printed; what is absent is None, so that a template can ask."""
    return {field.name: printed(field, content.get(field.name)) for field in kind.fields}


def printed(field: DocumentField, value: Any) -> Any:
    """Text for one value; a list of texts for a list; a list of rows of texts for a table."""
    if absent(value):
        return None
    if field.kind is FieldKind.LIST:
        return [_word(item) for item in value]
    if field.kind is FieldKind.TABLE:
        return [[_word(row.get(column)) for column in field.columns] for row in value]
    return _PRINTED[field.kind](value)


def absent(value: Any) -> bool:
    """Nothing was written there; zero and no are something."""
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)


def chinese_date(day: date) -> str:
    """2026年11月24日."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_time(moment: datetime) -> str:
    """2026年11月24日9时05分, in Shanghai."""
    local = moment.astimezone(SHANGHAI)
    return f"{chinese_date(local.date())}{local.hour}时{local.minute:02}分"


def money(amount: Decimal | float | str) -> str:
    """8000元（人民币捌仟元整）."""
    exact = Decimal(str(amount))
    return f"{to_number(exact)}元（{capitals(exact)}）"


def _word(value: Any) -> str:
    if value is None:
        return ""
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


_PRINTED = {
    FieldKind.TEXT: _word,
    FieldKind.DATE: lambda value: chinese_date(date.fromisoformat(value)),
    FieldKind.TIME: lambda value: chinese_time(datetime.fromisoformat(value)),
    FieldKind.MONEY: money,
}
