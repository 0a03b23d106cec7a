"""The stream of changes (SSE): whoever is signed in is told of changes of the matters he may see, as they happen.

Nothing is kept for a reader: each is given what the register holds beyond his place, at the speed he takes it, and comes back with
``Last-Event-ID``. Who he is and what he may see is asked anew before every batch.
"""

import asyncio
import json
from collections import Counter as Tally
from collections.abc import AsyncIterator
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import exc as sql
from starlette.types import Receive, Scope, Send

from api.counter import AtCounter, Counter
from api.refusals import Problem
from api.rights import Action, visible_anywhere
from api.security import Signed, Token, still_signed
from models.change_event import bare_event, event
from models.database import Matter
from models.feed import ChangeRow
from models.person import Actor
from models.subscription import Kind
from models.text import Line

router = APIRouter(tags=["stream"])

BATCH = 100
REACH = 10_000  # places of the feed that one statement looks through
LOOK = 0.5  # seconds between two looks at the end of the feed
HEARTBEAT = 15.0  # seconds
RETRY = 3000  # milliseconds until a browser comes back
OPEN_AT_ONCE, OPEN_EACH = 200, 8  # each asks two statements whenever something happened
REGISTER_AWAY = (sql.DBAPIError, sql.TimeoutError, OSError)


class Feed:
    """The end of the feed, looked at once for all streams of this process, and how many those are."""

    def __init__(self, heartbeat: float = HEARTBEAT) -> None:
        self.heartbeat, self.end = heartbeat, 0
        self._moved = asyncio.Condition()
        self._open: Tally[str] = Tally()
        self._looking: asyncio.Task[None] | None = None

    def enter(self, username: str, counter: Counter) -> None:
        """Raises `Problem` where too many are open already."""
        if self._open[username] >= OPEN_EACH or self._open.total() >= OPEN_AT_ONCE:
            zh, en = "打开的推送过多，请稍后再试", "too many streams are open, come back later"
            raise Problem("too_many_requests", zh, en, headers={"Retry-After": "30"})
        self._open[username] += 1
        self._looking = self._looking or asyncio.create_task(self._look(counter))

    def leave(self, username: str) -> None:
        """The last one ends the looking."""
        self._open[username] -= 1
        self._open += Tally()  # forgets who has none
        if not self._open and self._looking:
            self._looking.cancel()
            self._looking = None

    async def beyond(self, position: int) -> int | None:
        """The end, once there is something beyond the position; None if there is not before the next heartbeat."""
        try:
            async with asyncio.timeout(self.heartbeat), self._moved:
                await self._moved.wait_for(lambda: self.end > position)
        except TimeoutError:
            return None
        return self.end

    async def _look(self, counter: Counter) -> None:
        while True:
            try:
                end = await end_of(counter)
            except REGISTER_AWAY:
                end = self.end
            async with self._moved:
                self.end = max(end, self.end)
                self._moved.notify_all()
            await asyncio.sleep(LOOK)


class Streamed(StreamingResponse):
    """A stream that gives its place back, however it ends."""

    def __init__(self, lines: AsyncIterator[str], feed: Feed, username: str) -> None:
        super().__init__(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self.feed, self.username = feed, username

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.feed.leave(self.username)


async def end_of(counter: Counter) -> int:
    """The last position of the feed."""
    row = await counter.row(sa.select(sa.func.coalesce(sa.func.max(ChangeRow.position), 0)))
    return int(row[0]) if row else 0


@router.get(
    "/api/stream",
    response_model=None,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(  # noqa: PLR0913, PLR0917 -- each filter is one parameter
    request: Request,
    actor: Signed,
    token: Token,
    counter: AtCounter,
    kind: Annotated[Kind | None, Query()] = None,
    matter: Annotated[Line | None, Query()] = None,
    last: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**63 - 1)] = None,
) -> Streamed:
    """我可以查看的办件的变更（SSE）；断线后以 Last-Event-ID 续传。 / Changes of what I may see, from now on or after `Last-Event-ID`."""
    feed: Feed = request.app.state.feed
    end = await end_of(counter)
    wanted = [column == word for column, word in ((Matter.kind, kind), (Matter.id, matter)) if word]
    feed.enter(actor.username, counter)
    since = end if last is None else min(last, end)
    return Streamed(_told(counter, feed, token, since, wanted), feed, actor.username)


async def _told(
    counter: Counter, feed: Feed, token: str, since: int, wanted: list[sa.ColumnElement[bool]]
) -> AsyncIterator[str]:
    """Lines for one reader, until his session ends or the register is away."""
    source = counter.settings.public_address
    yield f"retry: {RETRY}\nid: {since}\n\n"
    while True:
        moved = await feed.beyond(since)
        end = min(moved, since + REACH) if moved else None
        try:
            actor = await still_signed(counter, token)
            if actor is None:
                return
            rows = await counter.rows(_batch(actor, since, end, wanted)) if end else ()
        except REGISTER_AWAY:
            return
        for row in rows:
            yield _line(row, source)
        if end:
            since = rows[-1].position if len(rows) == BATCH else end
        else:
            yield f": {since}\nid: {since}\n\n"  # a place to come back to, though nothing was his


def _batch(
    actor: Actor, since: int, end: int, wanted: list[sa.ColumnElement[bool]]
) -> sa.Select[Any]:
    """What the reader may see of the changes in (since, end], and how much of each."""
    inner = sa.or_(~ChangeRow.inner_act, visible_anywhere(actor, Action.READ_INTERNAL))
    told = sa.and_(visible_anywhere(actor, Action.FOLLOW), inner)
    return (
        sa.select(ChangeRow.__table__, told.label("told"))
        .join(Matter, Matter.id == ChangeRow.matter)
        .where(ChangeRow.position > since, ChangeRow.position <= end)
        .where(visible_anywhere(actor, Action.SEE), *wanted)
        .order_by(ChangeRow.position)
        .limit(BATCH)
    )


def _line(row: sa.Row[Any], source: str) -> str:
    said = (event if row.told else bare_event)(row, source)
    return f"id: {row.position}\nevent: change\ndata: {json.dumps(said, ensure_ascii=False)}\n\n"
