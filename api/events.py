"""Events of devices (CloudEvents 1.0 over HTTP): structured, binary, or a batch; kept at once, handled afterwards."""

import json
from datetime import datetime
from typing import Annotated, Any, Self
from urllib.parse import unquote

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import Cursor, Limit, pack, page, unpack
from api.refusals import Problem, prefers_english
from api.rights import granted
from api.security import Signed
from models.act import invalid
from models.event import BATCH, RULE, STRUCTURED, Name
from models.incoming import IncomingEvent
from models.person import Actor
from models.text import ask
from workflows.events_in import Answer, Full, Message, NotEvents, TooMany, opened, take_in

router = APIRouter(prefix="/api/events", tags=["events"])

FULL_FOR = "10"  # seconds until it is worth asking again
_ONE = {"type": "object", "required": ["specversion", "id", "source", "type"]}
_FORMS = {
    STRUCTURED: {"schema": _ONE},
    BATCH: {"schema": {"type": "array", "items": _ONE}},
    "application/json": {"schema": {"type": "object"}},
}


def device(actor: Signed) -> Actor:
    """An account that speaks for devices. Raises `Problem` 403."""
    return _who(actor, "send_events", "事件由设备账号发送", "events are sent by devices")


def watcher(actor: Signed) -> Actor:
    """Who looks after what could not be handled. Raises `Problem` 403."""
    return _who(actor, "see_poison", "不属于您的职责", "not yours to see")


def mender(actor: Signed) -> Actor:
    """Who sends it round again. Raises `Problem` 403."""
    return _who(actor, "replay_poison", "由系统管理员重放", "the administrator replays")


def _who(actor: Actor, what: str, zh: str, en: str) -> Actor:
    if not granted(actor, what):
        raise Problem("not_your_role", zh, en, basis=RULE)
    return actor


@router.post(
    "",
    status_code=202,
    openapi_extra={"requestBody": {"required": True, "content": _FORMS}},
)
async def send(
    request: Request, actor: Annotated[Actor, Depends(device)], counter: AtCounter
) -> Response:
    """接收设备事件，逐条答复；先保存，后办理。 / Kept when answered: 202 all, 207 some refused, else why none is."""
    try:
        raws = opened(await _message(request), counter.settings.events_at_once)
        _refuse_haste(counter, actor, len(raws))
        answers = await take_in(counter.engine, counter.settings, actor.username, raws)
    except NotEvents as wrong:
        zh, _, en = str(wrong).partition(" / ")
        raise Problem("malformed", zh, en, basis=RULE) from None
    except TooMany:
        most = counter.settings.events_at_once
        zh, en = f"一次最多 {most} 条事件", f"at most {most} events at once"
        raise Problem("invalid", zh, en, basis=RULE, field="body") from None
    except Full:
        zh, en = (
            "待办事件已满，本次一条未收，请稍后重发",
            "too many wait; none was taken, send again",
        )
        raise Problem("inbox_full", zh, en, basis=RULE, headers={"Retry-After": FULL_FOR}) from None
    return _answered(request, answers)


async def _message(request: Request) -> Message:
    """Header values are percent-encoded (CloudEvents, HTTP binding 3.1.3.2)."""
    attributes = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in request.headers.items()
        if name.startswith("ce-")
    }
    return Message(request.headers.get("content-type", ""), attributes, await request.body())


def _refuse_haste(counter: Counter, actor: Actor, count: int) -> None:
    seconds = counter.pace.wait_for(actor.username, max(count, 1))
    if seconds:
        zh, en = "本账号发送过快，本次一条未收", "this account sends too fast; none was taken"
        headers = {"Retry-After": str(seconds)}
        raise Problem("too_many_requests", zh, en, basis=RULE, headers=headers)


def _answered(request: Request, answers: list[Answer]) -> Response:
    english = prefers_english(request.headers.get("accept-language"))
    items = [answer.said(english=english) for answer in answers]
    refusals = [answer.refusal for answer in answers if answer.refusal]
    if refusals and len(refusals) == len(answers):
        no = refusals[0]
        raise Problem(no.code, no.zh, no.en, basis=no.basis, field=no.field, items=items)
    status = 207 if refusals else 202
    return Response(json.dumps({"items": items}), status, media_type="application/json")


# ---- what could not be handled


class Which(BaseModel):
    """One event by its name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source: Name
    id: Name


class Replay(BaseModel):
    """Which of those that could not be handled go round again: these, or all of a type."""

    model_config = ConfigDict(extra="forbid", strict=True)

    events: tuple[Which, ...] = ask("事件", "Events", default=(), max_length=500)
    type: Name | None = ask("类型", "Type", default=None)

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if bool(self.events) == (self.type is not None):
            raise ValueError("请写 events 或 type 之一 / name events, or a type")
        return self


_POISON = IncomingEvent.status == "poison"
_DELAYED = sa.and_(IncomingEvent.status == "waiting", IncomingEvent.attempts > 0)
_NAME = (IncomingEvent.received_at, IncomingEvent.source, IncomingEvent.id)


@router.get("/poison")
async def poison(
    actor: Annotated[Actor, Depends(watcher)],
    counter: AtCounter,
    cursor: Cursor = None,
    limit: Limit = 50,
    *,
    delayed: bool = False,
) -> dict[str, Any]:
    """不能办理的事件及原因，先到的在前；内容不显示。 / What could not be handled, or with `delayed` not yet, and why; not what it says."""
    columns = (IncomingEvent.type, IncomingEvent.device, IncomingEvent.time, IncomingEvent.attempts)
    query = sa.select(*_NAME, *columns, IncomingEvent.reason)
    query = query.where(_DELAYED if delayed else _POISON).order_by(*_NAME)
    if cursor:
        after = sa.tuple_(*(sa.literal(part) for part in unpack(cursor, 3)))
        query = query.where(sa.tuple_(*_NAME) > after)
    rows = await counter.rows(query.limit(limit + 1))
    shown = rows[:limit]
    more = len(rows) > limit
    return page([row._asdict() for row in shown], _next(shown[-1]) if more else None)


def _next(row: sa.Row[Any]) -> str:
    at: datetime = row.received_at
    return pack(at, row.source, row.id)


@router.post("/poison/replay")
async def replay(
    actor: Annotated[Actor, Depends(mender)], counter: AtCounter, paper: Paper
) -> dict[str, Any]:
    """重新办理：原因消除之后。 / Once the cause is mended they wait again; how many do."""
    try:
        asked = Replay.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, RULE) from None
    name = sa.tuple_(IncomingEvent.source, IncomingEvent.id)
    named = name.in_([(one.source, one.id) for one in asked.events])
    which = IncomingEvent.type == asked.type if asked.type else named
    again = {"status": "waiting", "next_at": sa.func.now()}
    update = sa.update(IncomingEvent).where(_POISON, which).values(again)
    rows = await counter.rows(update.returning(IncomingEvent.seq))
    return {"replayed": len(rows)}
