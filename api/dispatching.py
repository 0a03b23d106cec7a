"""Who gets an incident, and why he (派遣): the people of a unit with their loads and absences, handed to the rules of assignment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from api.counter import Counter
from models.acts.incident import Dispatch, ReassignTask
from models.assignment import Asked, Considered, Person, handler, responsible
from models.catalogue import Catalogue
from models.database import Absence, Account, Matter
from models.incident_class import ClassFacts, IncidentClass, Limit, TaskOffer
from models.offices import Department, OfficeUnit
from models.person import Role
from models.suspension import civil_day

State = dict[str, Any]


def class_facts(catalogue: Catalogue, code: str) -> ClassFacts | None:
    """None where there is no such class."""
    one = catalogue.incidents.get(code)
    if one is None:
        return None
    return ClassFacts(code=one.code, major=one.major, name=one.name, causes=one.causes)


def department(catalogue: Catalogue, id_: str) -> Department | None:
    """None where it is not in the list."""
    try:
        return catalogue.offices.department(id_)
    except LookupError:
        return None


async def offer(counter: Counter, act: Dispatch, state: State, now: datetime) -> TaskOffer | None:
    """None where there is no such unit, or no such limit."""
    one = counter.catalogue.incidents.get(state.get("cause") or "")
    if one is None or act.limit >= len(one.limits):
        return None
    asked = _asked(state, one, act.unit, act.ground)
    rules, offices = counter.catalogue.assignment, counter.catalogue.offices
    unit, rule, why = responsible(rules, offices, asked)
    if unit is None:
        return None
    person, more = handler(rules, unit.id, now, await people(counter, unit.id, now))
    return _offer(unit, rule, one.limits[act.limit], person, [*why, *more])


async def reassigned(
    counter: Counter, act: ReassignTask, state: State, now: datetime
) -> TaskOffer | None:
    """Within the limit it has. None where there is no such unit, or the person named is not of it or is away."""
    task, offices = state["tasks"][-1] if state["tasks"] else {}, counter.catalogue.offices
    unit = next((u for u in offices.units if u.id == (act.unit or task.get("unit"))), None)
    if unit is None:
        return None
    there = [p for p in await people(counter, unit.id, now) if not p.away]
    if act.person is None:
        there = [p for p in there if unit.id != task["unit"] or p.username != task.get("person")]
        person, why = handler(counter.catalogue.assignment, unit.id, now, there)
        return _offer(unit, f"改派：{act.ground}", Limit(**task["limit"]), person, why)
    person = next((p for p in there if p.username == act.person), None)
    if person is None:
        return None
    named = Considered(rule="named", zh=f"改派：{act.ground}", en="named on the paper", holds=True)
    return _offer(unit, named.zh, Limit(**task["limit"]), person, [named])


async def people(counter: Counter, unit: str, now: datetime) -> list[Person]:
    """Who handles in that unit: open tasks, and whether he is away, by the register or the data."""
    day, away = civil_day(now), counter.catalogue.assignment.is_away
    rows = await counter.rows(_people(unit).params(day=day))
    return [
        Person(
            username=row.username,
            name=row.name,
            load=row.load,
            away=row.away or away(row.username, day),
        )
        for row in rows
    ]


def _people(unit: str) -> sa.Select[Any]:
    day = sa.bindparam("day", type_=sa.Date())
    load = (
        sa.select(sa.func.count())
        .where(Matter.kind == "incident", Matter.closed_at.is_(None), Matter.unit == unit)
        .where(Matter.state["person"].astext == Account.username)
        .correlate(Account)
        .scalar_subquery()
    )
    away = sa.exists().where(
        Absence.username == Account.username, Absence.since <= day, Absence.until >= day
    )
    return (
        sa.select(Account.username, Account.name, load.label("load"), away.label("away"))
        .where(Account.active, Account.unit == unit, Account.roles.contains([Role.HANDLER.value]))
        .order_by(Account.username)
    )


def _asked(state: State, one: IncidentClass, named: str | None, ground: str | None) -> Asked:
    return Asked(
        named=named,
        ground=ground,
        own=one.unit,
        major=one.major,
        street=state["grid"],
        street_name=str(state["place"]["street"]),
    )


def _offer(
    unit: OfficeUnit,
    why: str,
    limit: Limit,
    person: Person | None,
    considered: Sequence[Considered],
) -> TaskOffer:
    return TaskOffer(
        unit=unit.id,
        unit_name=unit.name,
        why=why,
        limit=limit,
        person=person.username if person else None,
        person_name=person.name if person else None,
        considered=tuple(considered),
    )
