# ruff: noqa: FAST003 -- the matter_id of a path is read by `TheCase`
"""Rehearsal (演练): in a demo the calendar of a case is turned by hand, so that nobody waits three months to see it run out."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, ValidationError

from api import desk
from api.body import Paper
from api.counter import AtCounter
from api.matters import TheCase
from api.refusals import not_found
from api.rights import Action, may
from api.security import Signed
from models.act import invalid
from models.person import Role
from models.text import ask
from models.timeline import canonical
from models.when import Instant

router = APIRouter(prefix="/api/cases", tags=["rehearsal"])


class TurnCalendar(BaseModel):
    """To which moment of the case's own time."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: Instant = ask("拨到", "Turn to")


@router.post("/{matter_id}/calendar")
async def turn(row: TheCase, actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """演练：把本案日历拨到指定时间。 / Rehearsal: turn the case's calendar; not there outside a demo."""
    staff = not {Role.CITIZEN, Role.TREASURY} & set(actor.roles)
    if not counter.settings.demo or not staff or not may(actor, Action.ACT, row):
        raise not_found()
    try:
        to = TurnCalendar.model_validate_json(canonical(paper)).to
    except ValidationError as wrong:
        raise invalid(wrong) from None
    return await desk.turn_calendar(counter, row, to)
