"""Statistics of approvals: how often applicants had to come, per item (最多跑一次 2, 12)."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query

from api.counter import AtCounter
from api.refusals import Problem
from api.security import Signed
from models.basis import VISIT_ONCE
from models.database import Matter
from models.person import Role
from models.suspension import end_of
from models.when import Day

router = APIRouter(prefix="/api/statistics", tags=["statistics"])
READERS = frozenset(
    {
        Role.SUPERVISOR,
        Role.BUREAU_HEAD,
        Role.LICENCE_APPROVER,
        Role.WINDOW_CLERK,
        Role.LICENCE_REVIEWER,
    }
)


@router.get("/visits")
async def visits(
    actor: Signed,
    counter: AtCounter,
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
) -> dict[str, Any]:
    """跑零次、一次、两次以上的办件数，按事项。 / Applications that took no visit, one, or more; by item. Both days count."""
    if not READERS & set(actor.roles):
        raise Problem("not_your_role", "您不能查看统计", "not yours to read", basis=VISIT_ONCE(12))
    rows = await counter.rows(_counted(since, until))
    items = [row._asdict() for row in rows]
    total = {key: sum(item[key] for item in items) for key in ("none", "one", "more", "all")}
    return {"items": items, "total": total, "definition": DEFINITION}


DEFINITION = (
    "已办结或者正在办理的办件，到场次数含窗口和自助终端提交；两次以上须有监督人员批准和原因"
)


def _counted(since: date | None, until: date | None) -> sa.Executable:
    count = Matter.state["visits"].as_integer()
    bounds = []
    if since:
        bounds.append(Matter.opened_at >= _midnight(since))
    if until:
        bounds.append(Matter.opened_at < _midnight(date.fromordinal(until.toordinal() + 1)))
    return (
        sa.select(
            Matter.cause.label("item"),
            sa.func.max(Matter.title).label("title"),
            sa.func.count().filter(count == 0).label("none"),
            sa.func.count().filter(count == 1).label("one"),
            sa.func.count().filter(count > 1).label("more"),
            sa.func.count().label("all"),
        )
        .where(Matter.kind == "application", *bounds)
        .group_by(Matter.cause)
        .order_by(Matter.cause)
    )


def _midnight(day: date) -> datetime:
    return end_of(date.fromordinal(day.toordinal() - 1)).astimezone(UTC)
