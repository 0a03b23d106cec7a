"""Lists by key, never by count: a cursor names the row to go on after, so new rows move nothing."""

import base64
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query

from api.refusals import Problem, invalid

Limit = Annotated[int, Query(ge=1, le=100, description="每页条数 / items per page")]
Cursor = Annotated[str | None, Query(max_length=500, description="上一页的 next")]


def pack(*key: datetime | str) -> str:
    """The key of a row as an opaque word."""
    plain = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode()


def unpack(cursor: str, length: int) -> tuple[datetime, *tuple[str, ...]]:
    """Moment and words of a cursor. Raises `Problem` for one we did not give."""
    try:
        moment, *words = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        key = datetime.fromisoformat(moment), *words
        key[0].astimezone(UTC)
        "".join(words).encode()
    except (ValueError, TypeError, OverflowError) as wrong:
        raise _not_ours() from wrong
    fits = all("\x00" not in word for word in words)
    if len(key) != length or not fits or key[0].tzinfo is None:
        raise _not_ours()
    return key


def page(items: list[dict[str, Any]], following: str | None) -> dict[str, Any]:
    """``{items, next}``; `next` is null on the last page."""
    return {"items": items, "next": following}


def _not_ours() -> Problem:
    return invalid("cursor", "游标无效", "not a cursor of ours")
