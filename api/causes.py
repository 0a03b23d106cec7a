"""Causes of action as they stood on a day. Open to all: what is not published punishes nobody
(行政处罚法 5(3)).
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.counter import AtCounter
from api.cursor import page
from api.refusals import Problem
from models.catalogue import Catalogue
from models.cause import Cause, CauseRow
from models.party import PartyKind
from models.suspension import civil_day
from models.text import Line

router = APIRouter(prefix="/api/causes", tags=["causes"])

Day = Annotated[date | None, Query(description="违法行为发生日 / the day of the act")]


@router.get("")
async def search(
    counter: AtCounter, q: Annotated[Line | None, Query()] = None, on: Day = None
) -> dict[str, Any]:
    """检索案由；给出日期时只列当日有效的。 / Search causes; with a day, those in force on it."""
    catalogue = counter.catalogue
    found = catalogue.search_causes(q or "", on)
    return page([_listed(cause, catalogue, on or _today()) for cause in found], None)


@router.get("/{cause_id}")
async def cause(counter: AtCounter, cause_id: str, on: Day = None) -> dict[str, Any]:
    """当日有效的规定；其后有变的，并列现行规定。 / The row of that day; what changed since."""
    catalogue, day = counter.catalogue, on or _today()
    found = catalogue.causes.get(cause_id)
    if found is None:
        raise Problem("not_found", f"没有案由 {cause_id}", f"no cause {cause_id}")
    row = found.on(day)
    if row is None:
        raise _not_in_force(found, catalogue, day)
    return _named(found) | {"on": day, **_row(row, catalogue), **_since(found, catalogue, day)}


def _today() -> date:
    return civil_day(datetime.now(UTC))


def _named(cause: Cause) -> dict[str, Any]:
    return cause.model_dump(include={"id", "name", "name_en", "group", "group_en"})


def _listed(cause: Cause, catalogue: Catalogue, day: date) -> dict[str, Any]:
    row = cause.on(day)
    return _named(cause) | {"in_force": row is not None, **(_row(row, catalogue) if row else {})}


def _row(row: CauseRow, catalogue: Catalogue) -> dict[str, Any]:
    """One edition of the law on a cause, with what it costs each kind of party, in yuan."""
    trader = catalogue.penalty.sole_trader_counts_as.value
    fine = {kind.value: row.range_for(kind, trader) for kind in PartyKind}
    kept = {"law", "edition", "article", "duty_article", "valid_from", "valid_to", "fine_optional"}
    return row.model_dump(
        mode="json", include=kept | {"precondition", "corrective_order", "other_consequences"}
    ) | {
        "fine": {kind: limits.model_dump() if limits else None for kind, limits in fine.items()},
        "formula": _formula(row),
        "summary_possible": {kind.value: catalogue.may_be_summary(row, kind) for kind in PartyKind},
        "basis": [basis.model_dump() for basis in row.basis],
    }


def _formula(row: CauseRow) -> dict[str, Any] | None:
    if row.fine_formula is None:
        return None
    formula = row.fine_formula
    low = formula.min_factor
    return formula.model_dump(include={"base", "base_term", "base_term_en"}) | {
        "min_factor": None if low is None else float(low),
        "max_factor": float(formula.max_factor),
    }


def _since(cause: Cause, catalogue: Catalogue, day: date) -> dict[str, Any]:
    """What the law says today if not the same, and which is lighter (行政处罚法 37)."""
    today = _today()
    if cause.on(day) == cause.on(today):
        return {"now": [], "lighter": None}
    return {
        "now": _now(cause, catalogue, today),
        "lighter": {kind.value: _lighter(cause, catalogue, day, kind) for kind in PartyKind},
    }


def _now(cause: Cause, catalogue: Catalogue, today: date) -> list[dict[str, Any]]:
    row = cause.on(today)
    if row is not None:
        return [_named(cause) | _row(row, catalogue)]
    charges = catalogue.successor_rows(cause, today)
    return [_named(charge.cause) | _row(charge.row, catalogue) for charge in charges]


def _lighter(
    cause: Cause, catalogue: Catalogue, day: date, kind: PartyKind
) -> dict[str, Any] | None:
    charge = catalogue.lighter(cause.id, day, _today(), kind)
    if charge is None:
        return None
    row = charge.row
    return {
        "cause": charge.cause.id,
        "law": row.law,
        "edition": row.edition,
        "article": row.article,
    }


def _not_in_force(cause: Cause, catalogue: Catalogue, day: date) -> Problem:
    charges = catalogue.successor_rows(cause, day)
    names = "、".join(f"{charge.cause.id} {charge.cause.name}" for charge in charges)
    english = ", ".join(f"{charge.cause.id} {charge.cause.name_en}" for charge in charges)
    return Problem(
        "not_in_force",
        f"案由 {cause.id} 在 {day} 无有效规定" + (f"；后继案由：{names}" if names else ""),
        f"cause {cause.id} is not in force on {day}"
        + (f"; carried on by {english}" if names else ""),
        basis=tuple(basis for charge in charges for basis in charge.row.basis),
        successors=[
            _named(charge.cause) | {"law": charge.row.law, "article": charge.row.article}
            for charge in charges
        ],
    )
