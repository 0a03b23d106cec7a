"""Absences (请假): declared by a unit's head or the administrator; whoever is away gets nothing new, and his open tasks are listed with a
suggestion, to be reassigned.
"""

from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import to_json
from sqlalchemy.dialects.postgresql import insert

from api.acts import body_of
from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import page
from api.dispatching import people
from api.refusals import Problem, not_found
from api.security import Signed
from models.act import invalid
from models.assignment import AwayKind, handler
from models.basis import CITY
from models.database import Absence, Account, Matter
from models.incident_file import Stage
from models.person import Actor, Role
from models.suspension import civil_day
from models.text import Line, ask
from models.when import Day

router = APIRouter(prefix="/api/absences", tags=["assignment"])
DUTY = CITY("处置")
OF_ALL = frozenset({Role.ADMIN, Role.DISPATCHER, Role.SUPERVISOR, Role.BUREAU_HEAD})


class AbsencePaper(BaseModel):
    """Who is away, and when; both days count."""

    model_config = ConfigDict(extra="forbid", strict=True)

    username: Line = ask("人员", "User name")
    since: Day = ask("自", "First day")
    until: Day = ask("至", "Last day")
    kind: AwayKind = ask("类型", "Kind", default=AwayKind.LEAVE)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.since:
            raise ValueError("结束日早于开始日 / ends before it begins")
        return self


@router.post("", status_code=201, openapi_extra=body_of("AbsencePaper"))
async def declare(actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """登记不在岗；其在办任务列出并建议改派给谁。 / Somebody is away; his open tasks, and who could take each."""
    try:
        told = AbsencePaper.model_validate_json(to_json(paper))
    except ValidationError as wrong:
        raise invalid(wrong, DUTY) from None
    unit = await _unit_of(counter, told.username, actor)
    row = told.model_dump() | {
        "unit": unit,
        "declared_by": actor.username,
        "declared_at": datetime.now(UTC),
    }
    fresh = insert(Absence).values(row)
    again = fresh.on_conflict_do_update(
        index_elements=["username", "since"],
        set_={key: fresh.excluded[key] for key in ("until", "kind", "declared_by")},
    )
    await counter.rows(again)
    return row | {"tasks": await open_tasks(counter, told.username, unit)}


@router.get("")
async def absences(actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """现在和将来的不在岗，及其在办任务。 / Who is or will be away, and the open tasks of each."""
    today = civil_day(datetime.now(UTC))
    query = sa.select(Absence.__table__).where(Absence.until >= today).order_by(Absence.since)
    if not OF_ALL & set(actor.roles):
        _refuse_others(actor, actor.unit)
        query = query.where(Absence.unit == actor.unit)
    rows = await counter.rows(query.limit(200))
    return page(
        [
            row._asdict() | {"tasks": await open_tasks(counter, row.username, row.unit)}
            for row in rows
        ],
        None,
    )


@router.delete("/{username}/{since}", status_code=204)
async def withdraw(username: str, since: Day, actor: Signed, counter: AtCounter) -> None:
    """撤销登记。 / He is not away after all."""
    await _unit_of(counter, username, actor)
    mine = sa.delete(Absence).where(Absence.username == username, Absence.since == since)
    if not await counter.rows(mine.returning(Absence.username)):
        raise not_found()


async def open_tasks(counter: Counter, username: str, unit: str) -> list[dict[str, Any]]:
    """Tasks that somebody has; `suggested`: who would get each now."""
    columns = (Matter.id, Matter.title, Matter.stage, Matter.due_at)
    with_unit = Matter.stage.in_([Stage.DISPATCHED, Stage.HANDLING])
    mine = (Matter.kind == "incident", Matter.closed_at.is_(None), Matter.unit == unit, with_unit)
    query = sa.select(*columns).where(*mine, Matter.state["person"].astext == username)
    rows = await counter.rows(query.order_by(Matter.due_at).limit(200))
    now = datetime.now(UTC)
    there = [p for p in await people(counter, unit, now) if p.username != username]
    person, why = handler(counter.catalogue.assignment, unit, now, there)
    suggested = person.username if person else None
    return [
        row._asdict()
        | {
            "suggested": suggested,
            "why": [one.model_dump() for one in why],
            "act": f"/api/incidents/{row.id}/acts/reassign_task",
        }
        for row in rows
    ]


async def _unit_of(counter: Counter, username: str, actor: Actor) -> str:
    """The unit of somebody the actor may declare for. Raises `Problem`."""
    known = Account.username == username if username.isprintable() else sa.false()
    row = await counter.row(sa.select(Account.unit).where(known))
    unit: str | None = row.unit if row else None
    if Role.ADMIN not in actor.roles:
        _refuse_others(actor, unit)
    if unit is None:
        raise not_found()
    return unit


def _refuse_others(actor: Actor, unit: str | None) -> None:
    if Role.UNIT_HEAD not in actor.roles or unit is None or actor.unit != unit:
        raise Problem(
            "not_your_role",
            "由本单位负责人或者系统管理员登记",
            "by the head of the unit, or the administrator",
            basis=DUTY,
        )
