# ruff: noqa: FAST003 -- the matter_id of a path is read by the matter's dependency
"""Reading matters of a kind: lists, state, timeline, clocks and ledgers, from the register."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import AwareDatetime, BeforeValidator

from api.counter import AtCounter
from api.cursor import Cursor, Limit, pack, page, unpack
from api.refusals import Problem, not_found
from api.rights import Action, entry_for, may, state_for, visible
from api.security import Signed
from models.account import Account, statement
from models.collection_regime import Surcharge
from models.database import ClockRow, Matter, TimelineEntry
from models.person import Actor
from models.suspension import civil_day
from models.text import Line

_LISTED = (
    *(Matter.id, Matter.number, Matter.kind, Matter.procedure, Matter.stage, Matter.outcome),
    *(Matter.title, Matter.cause, Matter.street, Matter.unit, Matter.officers, Matter.due_at),
    *(Matter.opened_at, Matter.updated_at, Matter.closed_at, Matter.version),
    Matter.party_digest,
)
_OPENED = (
    *(Matter.id, Matter.kind, Matter.procedure, Matter.stage, Matter.unit, Matter.officers),
    *(Matter.party_digest, Matter.state, Matter.version),
)
# A plus sign that nobody escaped arrives as a space.
Instant = Annotated[
    AwareDatetime, BeforeValidator(lambda v: v.replace(" ", "+") if isinstance(v, str) else v)
]
Word = Annotated[Line | None, Query()]


def of_kind(kind: str) -> Callable[..., Awaitable[sa.Row[Any]]]:
    """The matter of a path, of this kind."""

    async def the_matter(matter_id: str, actor: Signed, counter: AtCounter) -> sa.Row[Any]:
        """Raises `Problem` 404 when not there or not the reader's to see."""
        if not matter_id.isprintable():
            raise not_found()
        query = sa.select(*_OPENED).where(Matter.id == matter_id, visible(actor, kind))
        row = await counter.row(query)
        if row is None:
            raise not_found()
        return row

    return the_matter


def followed_of_kind(kind: str) -> Callable[..., Awaitable[sa.Row[Any]]]:
    """The matter of a path, for those who may also read what happened in it."""
    the_matter = Depends(of_kind(kind))

    async def followed(row: Annotated[sa.Row[Any], the_matter], actor: Signed) -> sa.Row[Any]:
        if not may(actor, Action.FOLLOW, row):
            raise Problem(
                "not_your_role", "您只能查看本案的款项", "you may read only the money of this case"
            )
        return row

    return followed


TheCase = Annotated[sa.Row[Any], Depends(of_kind("case"))]
Followed = Annotated[sa.Row[Any], Depends(followed_of_kind("case"))]


def reading(  # noqa: C901 -- five routes side by side
    kind: str, plural: str, *, with_state: bool = True
) -> APIRouter:
    """List, state, timeline, clocks and ledgers of matters of a kind."""
    router = APIRouter(prefix=f"/api/{plural}", tags=[plural])
    Row = Annotated[sa.Row[Any], Depends(of_kind(kind))]  # noqa: N806 -- a type
    Follow = Annotated[sa.Row[Any], Depends(followed_of_kind(kind))]  # noqa: N806 -- a type

    @router.get("")
    async def matters(  # noqa: PLR0913, PLR0917 -- each filter is one parameter
        actor: Signed,
        counter: AtCounter,
        stage: Word = None,
        cause: Word = None,
        item: Word = None,
        street: Word = None,
        unit: Word = None,
        officer: Word = None,
        q: Word = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """列表，新的在前。 / Newest first; `q` is a number's beginning or an id."""
        wanted = {
            Matter.stage: stage,
            Matter.cause: cause or item,
            Matter.street: street,
            Matter.unit: unit,
        }
        query = sa.select(*_LISTED, Matter.state["money"].label("money")).where(
            visible(actor, kind), *(column == word for column, word in wanted.items() if word)
        )
        if officer:
            query = query.where(Matter.officers.contains([officer]))
        if q:
            query = query.where(
                sa.or_(Matter.number.startswith(q, autoescape=True), Matter.id == q)
            )
        if cursor:
            after = sa.tuple_(*(sa.literal(part) for part in unpack(cursor, 2)))
            query = query.where(sa.tuple_(Matter.opened_at, Matter.id) < after)
        newest = query.order_by(Matter.opened_at.desc(), Matter.id.desc())
        rows = await counter.rows(newest.limit(limit + 1))
        shown = rows[:limit]
        following = pack(shown[-1].opened_at, shown[-1].id) if len(rows) > limit else None
        return page([_summary(actor, row) for row in shown], following)

    async def matter(
        row: Row,
        actor: Signed,
        response: Response,
        known: Annotated[str | None, Header(alias="If-None-Match")] = None,
    ) -> dict[str, Any] | Response:
        """当前状态；ETag 即 version。 / The state; its ETag is its version."""
        headers = {"ETag": etag(row.version), "Cache-Control": "private, no-cache"}
        if known == headers["ETag"] and not row.state.get("money"):  # what is owed grows by the day
            return Response(status_code=304, headers=headers)
        response.headers.update(headers)
        return state_for(actor, row, _today(row.state))

    if with_state:  # a licence is also looked up by its number, by anybody
        router.get("/{matter_id}", response_model=None)(matter)

    @router.get("/{matter_id}/timeline")
    async def timeline(  # noqa: PLR0913, PLR0917 -- each query is one parameter
        row: Follow,
        actor: Signed,
        counter: AtCounter,
        as_of: Annotated[Instant | None, Query(description="RFC 3339")] = None,
        cursor: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
    ) -> dict[str, Any]:
        """时间线；as_of 给出当时所知。 / The timeline; with `as_of`, what was known then."""
        query = sa.select(TimelineEntry.__table__).where(TimelineEntry.matter == row.id)
        if as_of:
            query = query.where(TimelineEntry.at <= as_of)
        if cursor:
            query = query.where(TimelineEntry.seq > cursor)
        rows = await counter.rows(query.order_by(TimelineEntry.seq).limit(limit + 1))
        shown = rows[:limit]
        entries = [entry_for(actor, row, entry._asdict()) for entry in shown]
        return page(entries, str(shown[-1].seq) if len(rows) > limit else None)

    @router.get("/{matter_id}/clocks")
    async def clocks(row: Follow, counter: AtCounter) -> dict[str, Any]:
        """各项期限。 / The clocks."""
        columns = (ClockRow.clock, ClockRow.due_at, ClockRow.status, ClockRow.provisional)
        query = sa.select(ClockRow.name, *columns).where(ClockRow.matter == row.id)
        rows = await counter.rows(query.order_by(ClockRow.name))
        return page([_clock(clock) for clock in rows], None)

    @router.get("/{matter_id}/clocks/{clock}/ledger")
    async def ledger(row: Follow, clock: str, counter: AtCounter) -> dict[str, Any]:
        """逐日账：每一天为何计入或不计入。 / Day by day: why each counts or does not."""
        if not clock.isprintable():
            raise not_found()
        mine = sa.and_(ClockRow.matter == row.id, ClockRow.name == clock)
        found = await counter.row(sa.select(ClockRow.ledger, ClockRow.due_at).where(mine))
        if found is None:
            raise Problem("not_found", f"没有期限 {clock}", f"no clock {clock}")
        return page(found.ledger, None) | {"clock": clock, "due_at": found.due_at}

    return router


def _summary(actor: Actor, row: sa.Row[Any]) -> dict[str, Any]:
    summary = {name: value for name, value in row._asdict().items() if name != "party_digest"}
    return state_for(actor, row, summary)


def _today(state: dict[str, Any]) -> dict[str, Any]:
    """The state with its money as it stands today; the register keeps it as of the last act."""
    money = state.get("money")
    if not money or "surcharge_rule" not in money:
        return state
    account = Account.model_validate(money["account"])
    rule = Surcharge.model_validate(money["surcharge_rule"])
    return state | {"money": statement(account, rule, civil_day(datetime.now(UTC)))}


def etag(version: int) -> str:
    """A state's version as an entity tag."""
    return f'"{version}"'


def _clock(row: sa.Row[Any]) -> dict[str, Any]:
    moved = {"due_at": row.due_at, "status": row.status, "provisional": row.provisional}
    return {**row.clock, "name": row.name, **moved}
