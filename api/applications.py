"""Filing an application: on the web, at any window or at a kiosk; filed once, however often it is sent (行政许可法 29; 优化营商环境条例
35–37).
"""

import json
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.acts import body_of, performing
from api.body import Paper
from api.counter import AtCounter, Counter
from api.documents import listing
from api.drafts import forget
from api.idempotency import Once
from api.matters import etag, reading
from api.refusals import Problem
from api.rights import Action, may, may_file, state_for
from api.security import Signed
from models.act import invalid
from models.application import Application
from models.basis import LICENSING
from models.database import Matter
from models.person import Actor

KIND, PLURAL = "application", "applications"
router = APIRouter(prefix="/api/applications", tags=[PLURAL])
rooms = (router, reading(KIND, PLURAL), performing(KIND, PLURAL), listing(KIND, PLURAL))
_SLIP = ("id", "number", "kind", "procedure", "stage", "stage_term", "title", "version")


@router.post("", status_code=201, openapi_extra=body_of("Application"))
async def file(
    actor: Signed, counter: AtCounter, paper: Paper, write: Once, response: Response
) -> dict[str, Any]:
    """提交申请；相同申请正在办理的，返回该办件（200）。 / File an application; one that is under way already is answered, with 200."""
    if not may_file(actor, KIND):
        raise Problem(
            "not_your_role",
            "申请由申请人、窗口或者自助终端提交",
            "applications come from applicants, windows and kiosks",
            basis=LICENSING(29),
        )
    application = read(paper)
    state = await write.once(
        lambda: counter.desk.apply(counter, application, actor, write.matter_id), 201
    )
    if state["id"] != write.matter_id:
        response.status_code = 200
    if application.draft:
        await forget(counter, application.draft)
    response.headers["Location"] = f"/api/applications/{state['id']}"
    response.headers["ETag"] = etag(state["version"])
    return await _for(counter, actor, state)


def read(paper: dict[str, Any]) -> Application:
    """Strictly. Raises `Refused` naming the first field at fault."""
    try:
        return Application.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, LICENSING(29, 31)) from None


async def _for(counter: Counter, actor: Actor, state: dict[str, Any]) -> dict[str, Any]:
    """The state, to whoever may read it; else only that it is under way."""
    columns = (
        Matter.kind,
        Matter.stage,
        Matter.unit,
        Matter.officers,
        Matter.party_digest,
        Matter.state,
    )
    row = await counter.row(sa.select(*columns).where(Matter.id == state["id"]))
    if row is None or not may(actor, Action.SEE, row):
        return {key: state[key] for key in _SLIP if key in state}
    return state_for(actor, row, state)
