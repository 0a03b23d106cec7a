"""Incidents: reporting what one saw, what is like it already, and handing in what was done (数字城管)."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter, ValidationError

from api.acts import body_of, performing
from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import page
from api.documents import listing
from api.idempotency import Once
from api.matters import etag, reading
from api.refusals import Problem, not_found
from api.rights import may_file
from api.security import Signed
from models.act import invalid
from models.basis import CITY
from models.database import Matter
from models.lead import Place
from models.lookup import LookupCode
from models.report import Report, Spot
from models.reporting import near, placed, recent
from models.text import Line

KIND, PLURAL = "incident", "incidents"
_CODE: TypeAdapter[str] = TypeAdapter(LookupCode)
router = APIRouter(prefix="/api/incidents", tags=[PLURAL])
classes = APIRouter(prefix="/api/incident-classes", tags=[PLURAL])
rooms = (router, classes, reading(KIND, PLURAL), performing(KIND, PLURAL), listing(KIND, PLURAL))


@classes.get("")
async def all_classes(
    counter: AtCounter, q: Annotated[Line | None, Query()] = None
) -> dict[str, Any]:
    """事件、部件类别和处置时限。 / Classes of events and components with their limits; a sample city's, marked so."""
    words = (q or "").split()
    found = [
        c
        for c in counter.catalogue.incidents.values()
        if all(w in f"{c.code}{c.major}{c.name}" for w in words)
    ]
    return page([one.model_dump(mode="json") for one in found], None)


@router.get("/lookup/{code}")
async def look_up(code: str, counter: AtCounter) -> dict[str, Any]:
    """凭查询码查进度：环节和说明。 / How far it is, for whoever has the code: the stage and words, nothing else."""
    try:
        known = _CODE.validate_python(code)
    except ValidationError:
        raise not_found() from None
    code_is = sa.text("matters.state ->> 'lookup' = :code").bindparams(code=known)  # as indexed
    mine = (Matter.kind == KIND, code_is)
    row = await counter.row(sa.select(Matter.stage, Matter.outcome).where(*mine))
    if row is None:
        raise not_found()
    words = counter.catalogue.incident.notice(row.outcome or row.stage)
    return {"stage": row.stage, "zh": words.zh, "en": words.en}


@router.get("/street")
async def street(
    actor: Signed,
    counter: AtCounter,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
) -> dict[str, Any]:
    """这一点在哪个街道（近似）。 / Which street a point is in: the nearest centre, so approximate; who reports may name another."""
    place, approximate = placed(Spot(address="-", lon=lon, lat=lat), counter.catalogue)
    return {"street": place.street, "approximate": approximate, "verified": False}


@router.post("/similar", openapi_extra=body_of("Report"))
async def similar(actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """上报之前：附近是否已有同类案卷。 / Before reporting: what is there already, near and recent. No names."""
    report = read(paper)
    return page(await _like(counter, report), None)


@router.post("", status_code=201, openapi_extra=body_of("Report"))
async def file(
    actor: Signed, counter: AtCounter, paper: Paper, write: Once, response: Response
) -> dict[str, Any]:
    """上报。 / Report what you saw; with `another: true` although something like it is known."""
    if not may_file(actor, KIND):
        raise Problem("not_your_role", "您不能上报", "you may not report", basis=CITY("信息收集"))
    report = read(paper)
    if not report.another and (known := await _like(counter, report)):
        numbers = "、".join(one["id"] for one in known[:3])
        raise Problem(
            "gate_not_met",
            f"附近已有同类案卷：{numbers}；不是同一件的，请确认后再报",
            f"something like it is known: {numbers}; confirm that yours is another",
            basis=CITY("信息收集"),
            field="another",
        )
    state = await write.once(
        lambda: counter.desk.report(counter, report, actor, write.matter_id), 201
    )
    response.headers["Location"] = f"/api/incidents/{state['id']}"
    response.headers["ETag"] = etag(state["version"])
    return state


def read(paper: dict[str, Any]) -> Report:
    """Strictly. Raises `Refused` naming the first field at fault."""
    try:
        return Report.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, CITY("信息收集")) from None


async def _like(counter: Counter, report: Report) -> list[dict[str, Any]]:
    chosen = counter.catalogue.incident
    here, _ = placed(report.place, counter.catalogue)
    days = timedelta(days=chosen.recent_days.value)
    columns = (Matter.id, Matter.title, Matter.cause, Matter.stage, Matter.opened_at, Matter.state)
    close = sa.and_(
        Matter.opened_at >= report.seen_at - days, Matter.opened_at <= report.seen_at + days
    )
    query = sa.select(*columns).where(
        Matter.kind == KIND,
        Matter.closed_at.is_(None),
        Matter.street == here.street,
        close,
    )
    rows = await counter.rows(query.order_by(Matter.opened_at.desc()).limit(200))
    return [
        {
            "id": r.id,
            "title": r.title if r.cause else "待受理",
            "stage": r.stage,
            "opened_at": r.opened_at.isoformat(),
        }
        for r in rows
        if _same_kind(report, r.cause)
        and near(here, Place.model_validate(r.state["place"]), chosen.near.value)
        and recent(
            report.seen_at, datetime.fromisoformat(r.state["seen_at"]), chosen.recent_days.value
        )
    ]


def _same_kind(report: Report, category: str | None) -> bool:
    """Not docketed yet, it may be anything."""
    return report.category is None or category is None or report.category == category
