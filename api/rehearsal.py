# ruff: noqa: FAST003 -- the matter_id of a path is read by the matter's dependency
"""Rehearsal (演练): in a demo the calendar of a matter is turned by hand, so that nobody waits three months to see it run out."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, ValidationError

from api import desk
from api.body import Paper
from api.counter import AtCounter
from api.matters import of_kind
from api.refusals import not_found
from api.rights import Action, may
from api.security import Signed
from models.act import invalid
from models.person import Role
from models.text import ask
from models.timeline import canonical
from models.when import Instant


class TurnCalendar(BaseModel):
    """To which moment of the case's own time."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: Instant = ask("拨到", "Turn to")


def rehearsing(kind: str, plural: str) -> APIRouter:
    """The calendar of matters of a kind."""
    router = APIRouter(prefix=f"/api/{plural}", tags=["rehearsal"])
    Row = Annotated[sa.Row[Any], Depends(of_kind(kind))]  # noqa: N806 -- a type

    @router.post("/{matter_id}/calendar")
    async def turn(row: Row, actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
        """演练：把日历拨到指定时间。 / Rehearsal: turn the matter's calendar; not there outside a demo."""
        staff = not {Role.CITIZEN, Role.TREASURY} & set(actor.roles)
        if not counter.settings.demo or not staff or not may(actor, Action.ACT, row):
            raise not_found()
        try:
            to = TurnCalendar.model_validate_json(canonical(paper)).to
        except ValidationError as wrong:
            raise invalid(wrong) from None
        return await desk.turn_calendar(counter, row, to)

    return router
