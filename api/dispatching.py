"""Who gets an incident, and why he (派遣): the unit that is named, the class's own, or the team of the street (守土责任)."""

from typing import Any

from models.acts.incident import Dispatch
from models.catalogue import Catalogue
from models.incident_class import ClassFacts, TaskOffer
from models.offices import OfficeUnit


def class_facts(catalogue: Catalogue, code: str) -> ClassFacts | None:
    """None where there is no such class."""
    one = catalogue.incidents.get(code)
    if one is None:
        return None
    return ClassFacts(code=one.code, major=one.major, name=one.name, causes=one.causes)


def offer(catalogue: Catalogue, act: Dispatch, state: dict[str, Any]) -> TaskOffer | None:
    """None where there is no such unit, or no such limit."""
    one = catalogue.incidents.get(state.get("cause") or "")
    if one is None or act.limit >= len(one.limits):
        return None
    found = _unit(catalogue, act, state, one.unit)
    if found is None:
        return None
    unit, why = found
    return TaskOffer(unit=unit.id, unit_name=unit.name, why=why, limit=one.limits[act.limit])


def _unit(
    catalogue: Catalogue, act: Dispatch, state: dict[str, Any], own: str | None
) -> tuple[OfficeUnit, str] | None:
    offices = catalogue.offices
    try:
        if act.unit is not None:
            return offices.unit(act.unit), f"派遣员指定{f'：{act.ground}' if act.ground else ''}"
        if own is not None:
            return offices.unit(own), "该类别由本单位负责"
    except LookupError:
        return None
    street = str(state["place"]["street"])
    team = offices.team_of(str(state["grid"]))
    return (team, f"{street}属本队责任区（守土责任）") if team else None
