"""The list of items (清单库): what each needs, and exactly what this situation needs, in one answer (行政许可法 30; 最多跑一次 4, 7)."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, ValidationError

from api import applying
from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import page
from api.refusals import not_found
from api.security import Signed
from models.act import invalid
from models.application import Answered, Word
from models.applying import registers_asked
from models.basis import LICENSING
from models.item import Item
from models.party import Party, PartyKind
from models.person import Actor, Role
from models.refusal import Code, refuse
from models.sharing import REGISTER_TERMS, Register, SharedFact
from models.situation import Situation, asked_next, situation
from models.suspension import civil_day
from models.text import Line, ask

router = APIRouter(prefix="/api/items", tags=["items"])
M = TypeVar("M", bound=BaseModel)
_BRIEF = {"code", "name", "name_en", "group", "nature", "decided_by", "applicants", "verified"}


class Asking(BaseModel):
    """What one is asked before filing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answers: dict[Word, Answered] = ask("情形问答", "Answers", default={}, max_length=60)
    applicant: PartyKind = ask("申请人类型", "Kind of applicant", default=PartyKind.PERSON)


class Showing(BaseModel):
    """Whose data is to be shown."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answers: dict[Word, Answered] = ask("情形问答", "Answers", default={}, max_length=60)
    applicant: Party = ask("申请人", "Applicant")


@router.get("")
async def items(counter: AtCounter, q: Annotated[Line | None, Query()] = None) -> dict[str, Any]:
    """事项清单。 / The items; `q` finds words of the name or the code."""
    words = (q or "").lower().split()
    found = [
        item
        for item in counter.catalogue.items.values()
        if all(w in f"{item.code} {item.name} {item.name_en} {item.group}".lower() for w in words)
    ]
    return page([item.model_dump(mode="json", include=_BRIEF) for item in found], None)


@router.get("/{code}")
async def item(code: str, counter: AtCounter) -> dict[str, Any]:
    """办事指南：依据、条件、情形、材料、期限、收费。 / The guide of one item, whole."""
    found = _item(counter, code)
    return found.model_dump(mode="json", by_alias=True) | {"guide": _guide(found)}


@router.post(
    "/{code}/checklist",
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
    },
)
async def checklist(code: str, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """我的清单：按情形给出问题、材料、环节、期限、费用。 / Exactly what this situation needs; unanswered questions come back."""
    found = _item(counter, code)
    asking = _read(Asking, paper)
    known = dict(asking.answers) | {"applicant": asking.applicant.value, "renewal": False}
    open_ = [q for q in asked_next(found, known) if q.id not in asking.answers and q.required]
    if open_:
        return {
            "item": found.code,
            "complete": False,
            "questions": [q.model_dump(mode="json") for q in open_],
        }
    return {"item": found.code, "complete": True, "questions": []} | _shown(
        situation(found, asking.answers, asking.applicant)
    )


@router.post(
    "/{code}/shared",
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
    },
)
async def shared(code: str, actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """政府已掌握的信息和您以前提交的材料：请确认或提出异议，不必重复提交。 / What the government holds, and earlier papers of yours."""
    found, asked = _item(counter, code), _read(Showing, paper)
    digest = applying.digest_of(counter, asked.applicant)
    _may_be_shown(actor, digest)
    which = situation(found, asked.answers, asked.applicant.kind)
    facts = await applying.ask_registers(counter, found, which, asked.applicant, datetime.now(UTC))
    earlier = await applying.earlier_papers(counter, digest)
    needed = {material.id for material in which.materials}
    today = civil_day(datetime.now(UTC))
    return {
        "shared": [_fact(source, facts) for source in registers_asked(found, which)],
        "earlier": [
            paper
            for known, paper in earlier.items()
            if known in needed and applying.fresh(paper, found, today)
        ],
    }


def _may_be_shown(actor: Actor, digest: str) -> None:
    """One's own data, or that of who stands at the window or the kiosk (最多跑一次 39)."""
    if actor.id_digest == digest or {Role.WINDOW_CLERK, Role.KIOSK} & set(actor.roles):
        return
    raise refuse(
        Code.NOT_YOUR_ROLE,
        "只能查看本人或者本单位的共享信息",
        "only your own data is shown",
        LICENSING(5),
    )


def _item(counter: Counter, code: str) -> Item:
    found = counter.catalogue.items.get(code)
    if found is None:
        raise not_found()
    return found


def _read(model: type[M], paper: dict[str, Any]) -> M:
    try:
        return model.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, LICENSING(30)) from None


def _guide(found: Item) -> dict[str, Any]:
    """What must be displayed (行政许可法 30)."""
    return {
        "questions": len(found.questions),
        "materials": [m.name for m in found.materials],
        "tolerated": [m.name for m in found.materials if m.tolerated],
        "not_asked": [m.name for m in found.materials if m.register_],
        "promised_days": sorted({p.days for p in found.periods.promised}),
        "visits": "最多一次",
    }


def _shown(found: Situation) -> dict[str, Any]:
    asked = found.model_dump(mode="json", exclude={"key", "answers"})
    materials = [material | {"ask": material["source"] is None} for material in asked["materials"]]
    return asked | {"materials": materials}


def _fact(source: Register, facts: dict[str, SharedFact]) -> dict[str, Any]:
    fact = facts.get(source)
    term, term_en = REGISTER_TERMS[source]
    answer = fact.answer if fact else "not_asked"
    return {
        "source": source,
        "term": term,
        "term_en": term_en,
        "answer": answer,
        "data": fact.data if fact else {},
    }
