"""Licences: the public check by number, and the life of each (行政许可法 40, 61; 国务院关于在线政务服务的若干规定 10)."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from api.acts import performing
from api.counter import AtCounter, Counter
from api.documents import listing
from api.matters import etag, of_kind, reading
from api.refusals import not_found
from api.rights import state_for
from api.security import signed_in
from models.database import Matter
from models.licence_file import STAGE_TERMS, Stage

KIND, PLURAL = "licence", "licences"
router = APIRouter(prefix="/api/licences", tags=[PLURAL])
rooms = (
    router,
    reading(KIND, PLURAL, with_state=False),
    performing(KIND, PLURAL),
    listing(KIND, PLURAL),
)


@router.get("/{number}", response_model=None)
async def licence(
    number: str, request: Request, response: Response, counter: AtCounter
) -> dict[str, Any]:
    """凭许可证号公众查验；凭编号（登录后）查看全部。 / Anybody checks a licence by its number; by its id, whoever may, sees it whole."""
    if not number.isprintable():
        raise not_found()
    query = sa.select(Matter.number, Matter.title, Matter.stage, Matter.state).where(
        Matter.kind == KIND, Matter.number == number.strip()
    )
    row = await counter.row(query)
    if row is None:
        return await _whole(number, request, response, counter)
    return _public(row, counter.catalogue.offices.organ.name)


async def _whole(
    known: str, request: Request, response: Response, counter: Counter
) -> dict[str, Any]:
    actor = await signed_in(request, counter)
    row = await of_kind(KIND)(known, actor, counter)
    response.headers["ETag"] = etag(row.version)
    return state_for(actor, row, row.state)


def _public(row: sa.Row[Any], organ: str) -> dict[str, Any]:
    state, stage = row.state, Stage(row.stage)
    dog = state.get("dog")
    shown = {"breed": dog["breed_name"], "immunity_until": dog["immunity_until"]} if dog else None
    return {
        "number": row.number,
        "item": row.title,
        "status": stage.value,
        "status_zh": STAGE_TERMS[stage],
        "holder": _veiled(state["party"]["name"]),
        "valid_from": state["valid_from"],
        "valid_to": state["valid_to"],
        "organ": organ,
        "dog": shown,
    }


def _veiled(name: str) -> str:
    """The first character: enough for who stands before the licence, too little for a list."""
    return name[:1] + "*" * max(1, len(name) - 1)
