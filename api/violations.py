"""What a party may look up by the code on his notice (行政处罚法 41(3))."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError

from api.counter import AtCounter, Counter
from api.refusals import not_found
from models.act import ACTS, Act
from models.capture import Verdict
from models.database import Matter
from models.lookup import LookupCode
from models.person import Role

router = APIRouter(prefix="/api/violations", tags=["captures"])

_CODE: TypeAdapter[str] = TypeAdapter(LookupCode)


@router.get("/{code}")
async def look_up(code: str, counter: AtCounter) -> dict[str, Any]:
    """凭告知书上的查询码查询。 / Look up by the code on the notice; nobody is named. Sign in to see pictures, object or pay."""
    row = await _told(counter, code)
    if row is None:
        raise not_found()
    return _facts(row)


async def _told(counter: Counter, code: str) -> sa.Row[Any] | None:
    """The case whose party was given this code last."""
    try:
        known = _CODE.validate_python(code)
    except ValidationError:
        return None
    given = sa.text("matters.state ->> 'lookup' = :code").bindparams(code=known)  # as indexed
    return await counter.row(sa.select(Matter.state).where(Matter.kind == "case", given))


def _facts(row: sa.Row[Any]) -> dict[str, Any]:
    state, monitoring = row.state, row.state["monitoring"]
    fell = any(one.get("upheld") for one in monitoring["objections"])
    passed = [c for c in monitoring["captures"] if c["verdict"] == Verdict.PASSED and not fell]
    return {
        "number": state["number"],
        "title": state["title"],
        "basis": state["basis"],
        "stage": state["stage"],
        "stage_term": state["stage_term"],
        "captures": [{"taken_at": c["taken_at"], "facts": c["facts"]} for c in passed],
        "site": monitoring["site"],
        "money": _owed(state["money"]),
        "open_to_the_party": [
            {"name": act.name, "term": act.term, "basis": [b.model_dump() for b in act.basis]}
            for act in _of_the_party(state)
        ],
    }


def _owed(money: dict[str, Any] | None) -> dict[str, Any] | None:
    return {key: money[key] for key in ("bill", "fine", "owed", "due_on")} if money else None


def _of_the_party(state: dict[str, Any]) -> list[type[Act]]:
    """What he may do now, once he is signed in."""
    names = [offer["name"] for offer in state["open_acts"]] + state["standing_acts"]
    return [ACTS[name] for name in names if Role.PARTY in ACTS[name].by]
