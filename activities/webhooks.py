"""Webhooks: every change reaches who subscribed to it, signed, those of one matter in order, for days if need be.

A delivery is claimed for a while before it is made, so that one cut short by a crash is made again, under the same id; no transaction
stays open meanwhile. Each subscriber is served by a task of his own: a slow one holds up nobody else.
"""

import asyncio
import logging
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.courier import REGISTER_AWAY
from models.change_event import CONTENT_TYPE, outer_event
from models.feed import Subscription, WebhookDelivery
from models.secrets import CannotUnseal, key_of, unseal
from models.settings import Settings
from models.signature import sign_webhook
from models.subscription import LOOPBACK, may_be_sent_to
from models.timeline import canonical

AT_ONCE = 8  # deliveries to one subscriber
WITHIN = 15  # seconds for one delivery, however slowly it is answered
CLAIMED = timedelta(minutes=1)
IDLE = timedelta(seconds=0.5)
ATTEMPTS = 20  # then it is dead: after some five and a half days
_SHORTEST, _GROWTH, _LONGEST = timedelta(seconds=5), 3, timedelta(hours=12)
_SPREAD = 0.1  # so that those who failed together do not come back together
_GONE = 410

log = logging.getLogger(__name__)

_DUE = sa.text(
    """
    select s.id, s.url, s.secret from subscriptions as s
    where s.paused_at is null and exists (
        select from webhook_deliveries as d where d.subscription = s.id and d.state = 'waiting' and d.next_at <= now()
            and (d.claimed_until is null or d.claimed_until <= now()))
    """
)
_CLAIM = sa.text(
    """
    with due as (
        select d.subscription, d.position from webhook_deliveries as d
        where d.subscription = :subscription and d.state = 'waiting' and d.next_at <= now()
            and (d.claimed_until is null or d.claimed_until <= now())
            and exists (select from subscriptions as s where s.id = d.subscription and s.paused_at is null)
            and d.position = (
                select min(b.position) from webhook_deliveries as b
                where b.subscription = d.subscription and b.matter = d.matter and b.state in ('waiting', 'dead'))
        order by d.next_at, d.position limit :limit
        for update of d skip locked
    )
    update webhook_deliveries as d
    set attempts = d.attempts + 1, first_at = coalesce(d.first_at, now()), claimed_until = now() + :claimed
    from due, changes as c
    where d.subscription = due.subscription and d.position = due.position and c.position = d.position
    returning c.*, d.attempts, d.first_at
    """
)
_LATER = sa.text(  # they wait for this one anyway, and are not looked at meanwhile
    """
    update webhook_deliveries as d set next_at = greatest(d.next_at, :next_at)
    where d.subscription = :subscription and d.matter = :matter and d.position > :position and d.state = 'waiting'
    """
)


class NotTaken(Exception):  # noqa: N818 -- says it as it is
    """The subscriber did not take it; the message says why, and nothing of what was sent."""


class Gone(NotTaken):
    """He says that nobody is there any more."""


class Webhooks:
    """Delivers to subscribers until cancelled."""

    def __init__(self, engine: AsyncEngine, chosen: Settings, claimed: timedelta = CLAIMED) -> None:
        self.engine, self.chosen, self.claimed = engine, chosen, claimed
        self.key, self.source = key_of(chosen), chosen.public_address
        past_proxy = {f"all://{f'[{host}]' if ':' in host else host}": None for host in LOOPBACK}
        self.http = httpx.AsyncClient(timeout=WITHIN, mounts=past_proxy)

    async def run(self) -> None:
        """Whatever falls due, to each subscriber by himself."""
        serving: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for subscriber in await self._due():
                    if subscriber.id not in serving or serving[subscriber.id].done():
                        serving[subscriber.id] = asyncio.create_task(self._serve(subscriber))
                await asyncio.sleep(IDLE.total_seconds())
        finally:
            for task in serving.values():
                task.cancel()
            await asyncio.gather(*serving.values(), return_exceptions=True)
            await self.http.aclose()

    async def _due(self) -> list[sa.Row[Any]]:
        try:
            async with self.engine.connect() as connection:
                return list(await connection.execute(_DUE))
        except REGISTER_AWAY as away:
            log.warning("订阅暂不可读 · subscriptions cannot be read: %s", type(away).__name__)
            return []

    async def _serve(self, subscriber: sa.Row[Any]) -> None:
        """Until nothing is due to him. What goes wrong is tried again by the next round."""
        try:
            while await self.deliver_due(subscriber):
                pass
        except REGISTER_AWAY as away:
            log.warning("订阅暂不可读 · subscriptions cannot be read: %s", type(away).__name__)
        except Exception:  # one subscriber's fault must not hold up the others
            log.exception("subscriber %s could not be served", subscriber.id)

    async def deliver_due(self, subscriber: sa.Row[Any]) -> int:
        """Some of what is due to a subscriber, one change a matter at once; how many were tried."""
        asked = {"subscription": subscriber.id, "limit": AT_ONCE, "claimed": self.claimed}
        async with self.engine.begin() as connection:
            changes = (await connection.execute(_CLAIM, asked)).all()
        await asyncio.gather(*(self._deliver(subscriber, change) for change in changes))
        return len(changes)

    async def _deliver(self, subscriber: sa.Row[Any], change: sa.Row[Any]) -> None:
        try:
            await self._send(subscriber, change)
        except Gone as gone:
            await self._gone(subscriber, change, str(gone))
        except NotTaken as no:
            await self._failed(subscriber, change, str(no))
        except Exception as fault:  # one change's fault must not hold up the others
            log.exception("%s could not be delivered", change.hash)
            await self._failed(subscriber, change, f"fault: {type(fault).__name__}")
        else:
            await self._delivered(subscriber, change)

    async def _send(self, subscriber: sa.Row[Any], change: sa.Row[Any]) -> None:
        """Raises `NotTaken` unless it is taken. Redirects are not followed; of the answer, only its status is read."""
        if not may_be_sent_to(subscriber.url, self.chosen):
            raise NotTaken("the host is not allowed")
        body = canonical(outer_event(change, self.source))
        try:
            key = unseal(subscriber.secret, self.key)
            signed = sign_webhook(body, change.hash, key, datetime.now(UTC))
            headers = {"Content-Type": CONTENT_TYPE, "User-Agent": "Anjuan-Webhooks"} | signed
            async with (
                asyncio.timeout(WITHIN),
                self.http.stream("POST", subscriber.url, content=body, headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, CannotUnseal) as wrong:
            raise NotTaken(type(wrong).__name__) from wrong
        if not answer.is_success:
            raise (Gone if status == _GONE else NotTaken)(f"HTTP {status}")

    async def _delivered(self, subscriber: sa.Row[Any], change: sa.Row[Any]) -> None:
        now = sa.func.clock_timestamp()
        ended = {"state": "delivered", "ended_at": now, "claimed_until": None, "error": None}
        mine = _mine(subscriber, change).where(WebhookDelivery.state.in_(("waiting", "dead")))
        async with self.engine.begin() as connection:
            await connection.execute(mine.values(ended))

    async def _failed(self, subscriber: sa.Row[Any], change: sa.Row[Any], why: str) -> None:
        dead = change.attempts >= ATTEMPTS
        after = datetime.now(UTC) + delay(change.attempts, random.random())  # noqa: S311 -- spread
        marked = {"error": why, "claimed_until": None, "next_at": after}
        ended = {"state": "dead", "ended_at": sa.func.clock_timestamp()} if dead else {}
        own = {"subscription": subscriber.id, "matter": change.matter, "position": change.position}
        async with self.engine.begin() as connection:
            still = WebhookDelivery.attempts == change.attempts  # nobody claimed it since
            mine = _mine(subscriber, change).where(still, WebhookDelivery.state == "waiting")
            await connection.execute(mine.values(marked | ended))
            await connection.execute(_LATER, own | {"next_at": after})
            if dead:
                await connection.execute(_pause(subscriber, why, never_since=change.first_at))

    async def _gone(self, subscriber: sa.Row[Any], change: sa.Row[Any], why: str) -> None:
        """Everything is kept until somebody says that he is there again."""
        async with self.engine.begin() as connection:
            mine = _mine(subscriber, change).where(WebhookDelivery.state == "waiting")
            await connection.execute(mine.values(error=why, claimed_until=None))
            await connection.execute(_pause(subscriber, why))


def delay(attempts: int, chance: float = 0) -> timedelta:
    """How long to wait after so many failed attempts: five seconds, threefold each time, up to twelve hours; `chance` in [0, 1) spreads
    it by a tenth.
    """
    grown: timedelta = min(_SHORTEST * _GROWTH ** min(attempts - 1, 12), _LONGEST)
    return grown * (1 + _SPREAD * chance)


def _mine(subscriber: sa.Row[Any], change: sa.Row[Any]) -> sa.Update:
    return sa.update(WebhookDelivery).where(
        WebhookDelivery.subscription == subscriber.id, WebhookDelivery.position == change.position
    )


def _pause(subscriber: sa.Row[Any], why: str, never_since: datetime | None = None) -> sa.Update:
    """Leave a subscriber alone; with `never_since`, only if he has taken nothing at all since then."""
    his = sa.update(Subscription).where(
        Subscription.id == subscriber.id, Subscription.paused_at.is_(None)
    )
    if never_since is not None:
        taken = sa.exists().where(
            WebhookDelivery.subscription == subscriber.id,
            WebhookDelivery.state == "delivered",
            WebhookDelivery.ended_at >= never_since,
        )
        his = his.where(~taken)
    return his.values(paused_at=sa.func.clock_timestamp(), paused_because=why)
