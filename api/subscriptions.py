"""Subscriptions: who outside is told of changes, how far each delivery is, and what died on the way. For administrators only."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError

from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import Limit, page
from api.refusals import Problem, invalid as invalid_field
from api.rights import may_subscribe
from api.security import Signed
from models.act import invalid
from models.feed import Subscription, WebhookDelivery
from models.person import Actor
from models.secrets import key_of, seal
from models.subscription import Subscribe, may_be_sent_to, new_secret, shown
from models.timeline import canonical

router = APIRouter(prefix="/api/subscriptions", tags=["subscriptions"])

State = Literal["waiting", "delivered", "dead", "skipped"]
_SHOWN = tuple(
    column for name, column in Subscription.__table__.columns.items() if name != "secret"
)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Subscribe.model_json_schema()}},
    }
}


async def administrator(actor: Signed) -> Actor:
    """Raises `Problem` for everybody else."""
    if not may_subscribe(actor):
        zh, en = "订阅由系统管理员管理", "subscriptions are the administrator's"
        raise Problem("not_your_role", zh, en)
    return actor


Admin = Annotated[Actor, Depends(administrator)]


async def the_subscription(known: str, _: Admin, counter: AtCounter) -> str:
    """The id of a path. Raises `Problem` 404 when there is none."""
    mine = sa.select(Subscription.id).where(Subscription.id == known)
    if not known.isprintable() or await counter.row(mine) is None:
        raise _none_such()
    return known


Known = Annotated[str, Depends(the_subscription)]


@router.post("", status_code=201, openapi_extra=_BODY)
async def subscribe(admin: Admin, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """订阅办件变更；密钥只显示这一次。 / Subscribe to changes from now on; the secret is shown this once."""
    try:
        asked = Subscribe.model_validate_json(canonical(paper))
    except ValidationError as wrong:
        raise invalid(wrong) from None
    if not may_be_sent_to(asked.url, counter.settings):
        zh = "须为 https，且主机在 ANJUAN_WEBHOOK_HOSTS 名单内"
        raise invalid_field("url", zh, "must be https, to a host on ANJUAN_WEBHOOK_HOSTS")
    secret = new_secret()
    row = asked.model_dump() | {
        "id": secrets.token_hex(12),
        "secret": seal(secret, key_of(counter.settings)),
        "created_by": admin.username,
        "created_at": datetime.now(UTC),
    }
    kept = await counter.rows(sa.insert(Subscription).values(row).returning(*_SHOWN))
    return kept[0]._asdict() | {"secret": shown(secret)}


@router.get("")
async def subscriptions(_: Admin, counter: AtCounter) -> dict[str, Any]:
    """全部订阅及其状况。 / All of them, and how each goes."""
    rows = await counter.rows(sa.select(*_SHOWN, *_counted()).order_by(Subscription.created_at))
    return page([row._asdict() for row in rows], None)


@router.get("/{known}")
async def subscription(known: Known, counter: AtCounter) -> dict[str, Any]:
    """一项订阅。 / One of them."""
    return await _one(counter, known)


@router.delete("/{known}", status_code=204)
async def unsubscribe(known: Known, counter: AtCounter) -> None:
    """取消订阅；未送达的一并删除。 / End it; what has not arrived is dropped with it."""
    await counter.rows(sa.delete(Subscription).where(Subscription.id == known))


@router.post("/{known}/pause")
async def pause(known: Known, counter: AtCounter) -> dict[str, Any]:
    """暂停发送；变更照常留存。 / Send nothing for now; changes are kept meanwhile."""
    now = datetime.now(UTC)
    his = sa.update(Subscription).where(Subscription.id == known, Subscription.paused_at.is_(None))
    await counter.rows(his.values(paused_at=now, paused_because="administrator"))
    return await _one(counter, known)


@router.post("/{known}/replay")
async def replay(known: Known, counter: AtCounter) -> dict[str, Any]:
    """重发全部死信并恢复发送。 / Send what died again, and whatever waits, from now on."""
    replayed = await _again(counter, known)
    resumed = sa.update(Subscription).where(Subscription.id == known)
    await counter.rows(resumed.values(paused_at=None, paused_because=None))
    return await _one(counter, known) | {"replayed": replayed}


@router.get("/{known}/deliveries")
async def deliveries(
    known: Known,
    counter: AtCounter,
    state: State | None = None,
    cursor: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """各次发送，先发生的在前。 / Deliveries in the order of the changes."""
    query = sa.select(WebhookDelivery.__table__).where(WebhookDelivery.subscription == known)
    if state:
        query = query.where(WebhookDelivery.state == state)
    if cursor is not None:
        query = query.where(WebhookDelivery.position > cursor)
    rows = await counter.rows(query.order_by(WebhookDelivery.position).limit(limit + 1))
    shown_rows = [row._asdict() for row in rows[:limit]]
    return page(shown_rows, str(shown_rows[-1]["position"]) if len(rows) > limit else None)


@router.post("/{known}/deliveries/{event}/replay")
async def replay_one(known: Known, event: str, counter: AtCounter) -> dict[str, Any]:
    """重发这一封死信。 / Send this one again."""
    if not event.isprintable() or not await _again(counter, known, event):
        raise _not_dead()
    return {"event": event, "state": "waiting"}


@router.post("/{known}/deliveries/{event}/skip")
async def skip(known: Known, event: str, admin: Admin, counter: AtCounter) -> dict[str, Any]:
    """放弃这一封死信，其后的变更不再等它。 / Give this one up: later changes of its matter wait for it no more."""
    why = f"skipped by {admin.username}"
    values = {"state": "skipped", "ended_at": datetime.now(UTC), "error": why}
    if not event.isprintable() or not await counter.rows(_revived(known, event, values)):
        raise _not_dead()
    return {"event": event, "state": "skipped"}


async def _again(counter: Counter, known: str, event: str | None = None) -> int:
    fresh = {"state": "waiting", "attempts": 0, "first_at": None, "ended_at": None}
    return len(await counter.rows(_revived(known, event, fresh)))


def _revived(known: str, event: str | None, values: dict[str, Any]) -> sa.Executable:
    """Dead letters get these values, and what waited behind them is due now; answers the dead letters."""
    now = sa.func.now()
    mine = WebhookDelivery.subscription == known
    dead = sa.update(WebhookDelivery).where(mine, WebhookDelivery.state == "dead")
    if event is not None:
        dead = dead.where(WebhookDelivery.event == event)
    revived = (
        dead.values(values | {"next_at": now})
        .returning(WebhookDelivery.matter, WebhookDelivery.position)
        .cte("revived")
    )
    behind = sa.update(WebhookDelivery).where(mine, WebhookDelivery.state == "waiting")
    if event is not None:
        behind = behind.where(WebhookDelivery.matter.in_(sa.select(revived.c.matter)))
    return sa.select(revived.c.position).add_cte(behind.values(next_at=now).cte("behind"))


async def _one(counter: Counter, known: str) -> dict[str, Any]:
    query = sa.select(*_SHOWN, *_counted()).where(Subscription.id == known)
    row = await counter.row(query)
    if row is None:
        raise _none_such()
    return row._asdict()


def _counted() -> list[sa.Label[Any]]:
    """How many wait, how many are dead, and when he last took one."""
    return [
        _of_his("waiting", sa.func.count()).label("waiting"),
        _of_his("dead", sa.func.count()).label("dead"),
        _of_his("delivered", sa.func.max(WebhookDelivery.ended_at)).label("taken_at"),
    ]


def _of_his(state: State, what: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    his = (WebhookDelivery.subscription == Subscription.id, WebhookDelivery.state == state)
    return sa.select(what).where(*his).scalar_subquery()


def _none_such() -> Problem:
    return Problem("not_found", "没有这项订阅", "no such subscription")


def _not_dead() -> Problem:
    return Problem("not_found", "没有这封死信", "no such dead letter")
