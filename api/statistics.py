"""Statistics: how often applicants had to come, per item (最多跑一次 2, 12); incidents that changed hands too often (首办责任); matters
without an owner, of which there are none; lines of lists that could not be taken in.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query

from api.counter import AtCounter
from api.refusals import Problem
from api.security import Signed
from models.basis import LOOP, VISIT_ONCE
from models.database import Matter, QuarantinedReport
from models.person import Actor, Role
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


@router.get("/transfers")
async def transfers(actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """改派超过规定次数的城市事件。 / Incidents flagged under the first-handler rule: more transfers than the bureau lets pass."""
    _supervisors_only(actor)
    columns = (Matter.id, Matter.title, Matter.unit, Matter.stage, Matter.state["imported"])
    count = Matter.state["transfers"].as_integer().label("transfers")
    flagged = Matter.state["flags"].contains(["transferred_often"])
    query = sa.select(*columns[:-1], columns[-1].label("imported"), count).where(
        Matter.kind == "incident", flagged
    )
    rows = await counter.rows(query.order_by(count.desc(), Matter.id).limit(1000))
    total = await counter.row(sa.select(sa.func.count()).where(Matter.kind == "incident", flagged))
    most = counter.catalogue.incident.most_transfers
    return {
        "items": [row._asdict() for row in rows],
        "total": total[0] if total else 0,
        "most": most.value,
        "verified": most.verified,
    }


@router.get("/unowned")
async def unowned(actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """没有承办人的在办事项（应当为空），附查询语句。 / Live matters nobody answers for: there must be none. With the query that says so."""
    _supervisors_only(actor)
    units = [unit.id for unit in counter.catalogue.offices.units]
    rows = await counter.rows(sa.text(UNOWNED).bindparams(units=units))
    return {"items": [row._asdict() for row in rows], "sql": UNOWNED}


@router.get("/quarantined")
async def quarantined(actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """未能接收的外来上报及理由。 / Lines of lists that could not be taken in, and why."""
    _supervisors_only(actor)
    columns = (QuarantinedReport.source, QuarantinedReport.key, QuarantinedReport.line)
    query = sa.select(*columns, QuarantinedReport.reason, QuarantinedReport.kept_at)
    rows = await counter.rows(query.order_by(*columns).limit(1000))
    return {"items": [row._asdict() for row in rows]}


def _supervisors_only(actor: Actor) -> None:
    if not {Role.SUPERVISOR, Role.BUREAU_HEAD} & set(actor.roles):
        raise Problem("not_your_role", "您不能查看统计", "not yours to read", basis=LOOP(18))


# Who answers for a live matter: the person or unit its state names (incident), the first of its officers or its unit (case), its unit
# (application; licence, while an act of it is open). An owner is a unit of the office, or an account that is in service.
UNOWNED = """
with live as (
    select id, kind, stage, title, opened_at,
        case kind
            when 'incident' then coalesce(state ->> 'owner_id', unit)
            when 'case' then coalesce(officers[1], unit)
            else unit
        end as owner
    from matters
    where closed_at is null
        and (kind <> 'licence' or exists (select from todos where todos.matter = matters.id))
)
select id, kind, stage, title, opened_at, owner
from live
where owner is null
    or not (
        owner = any(:units)
        or exists (select from accounts where accounts.username = owner and accounts.active)
    )
order by opened_at, id
limit 1000
"""

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
