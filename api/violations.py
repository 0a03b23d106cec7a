"""What a party may look up by the number on his notice (行政处罚法 41(3))."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from api.capturing import value_of
from api.counter import AtCounter, Counter
from api.guesses import Guesses
from api.refusals import not_found
from models.act import ACTS, Act
from models.capture import Verdict
from models.captures import CaptureRow
from models.database import Document, Matter
from models.person import Role
from models.text import Line, ask

router = APIRouter(prefix="/api/violations", tags=["captures"])

_guesses = Guesses()


class Lookup(BaseModel):
    """What stands on the notice: its number, and the plate or credit code it is about."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: Line = ask("告知书文号", "Number of the notice")
    value: Line = ask("号牌或者统一社会信用代码", "Plate or credit code")


@router.post("/lookup")
async def lookup(request: Request, asked: Lookup, counter: AtCounter) -> dict[str, Any]:
    """凭告知书文号和号牌（信用代码）查询。 / Look up by what stands on the notice; nobody is named. Sign in to see pictures or object."""
    who = request.client.host if request.client else "-"
    _guesses.check(who)
    row = await _told(counter, asked)
    if row is None:
        _guesses.wrong(who)
        raise not_found()
    return _facts(row)


async def _told(counter: Counter, asked: Lookup) -> sa.Row[Any] | None:
    """The case whose notice has that number, if it is about that plate or code."""
    query = (
        sa.select(Matter.id, Matter.state, Document.number, Document.status, CaptureRow.secret)
        .join(Document, Document.matter == Matter.id)
        .join(CaptureRow, CaptureRow.matter == Matter.id)
        .where(Document.kind == "record_notice", Document.number == asked.number)
    )
    row = await counter.row(query.limit(1))
    said = "".join(asked.value.split()).replace("·", "").upper()
    return row if row is not None and value_of(counter, row.secret) == said else None


def _facts(row: sa.Row[Any]) -> dict[str, Any]:
    state, monitoring = row.state, row.state["monitoring"]
    passed = [c for c in monitoring["captures"] if c["verdict"] == Verdict.PASSED]
    return {
        "number": row.number,
        "status": row.status,
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
