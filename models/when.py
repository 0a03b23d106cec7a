"""Days and moments that people write: RFC 3339, with an offset, and in years in which this bureau may act."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

FIRST, LAST = date(1949, 10, 1), date(2199, 12, 31)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d{2}:\d{2})?"
)


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not _DAY.fullmatch(value):
        raise ValueError("日期须写作 2026-01-31 / write a date as 2026-01-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("没有这一天 / no such day") from None


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    written = _MOMENT.fullmatch(value)
    if written is None:
        raise ValueError("时间须写作 2026-01-31T09:00:00+08:00 / write a time in RFC 3339")
    if written["offset"] is None:
        raise ValueError("时间须带时区 / a time needs an offset")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("没有这个时间 / no such time") from None


def _possible(value: date) -> date:
    if not FIRST <= value <= LAST:
        raise ValueError(f"须在 {FIRST} 至 {LAST} 之间 / must lie between {FIRST} and {LAST}")
    return value


def _possible_moment(value: datetime) -> datetime:
    try:
        _possible(value.astimezone(UTC).date())
    except OverflowError:
        raise ValueError(
            f"须在 {FIRST} 至 {LAST} 之间 / must lie between {FIRST} and {LAST}"
        ) from None
    return value


Day = Annotated[date, BeforeValidator(_day), AfterValidator(_possible)]
Instant = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_possible_moment)]
