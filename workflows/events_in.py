"""Events of devices: taken in by whichever way they come, kept first, then handed to who handles their type, in order per source and
subject; none lost, none handled twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc as sql
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError

from activities.courier import REGISTER_AWAY, NotTaken
from activities.fetching import Fetching
from activities.inbox import Answer, Full, Held, Inbox, Outcome
from models.catalogue import Catalogue
from models.device import Device
from models.device_register import Registered, registered
from models.event import RULE, Event, NotEvents, Poison, envelopes
from models.refusal import Refusal, Refused
from models.secrets import CannotUnseal, key_of
from models.settings import Settings
from models.suspension import civil_day

DRAINS, EVERY = 3, timedelta(seconds=0.5)
PATIENCE = timedelta(minutes=2)  # for one event, its files included

log = logging.getLogger(__name__)


class TooMany(ValueError):  # noqa: N818 -- says it as it is
    """More events in one message than are taken at once."""


@dataclass(frozen=True)
class Desk:
    """What a handler works with."""

    client: Client
    engine: AsyncEngine
    chosen: Settings
    catalogue: Catalogue


# Answers the outcome: the matter's id, or a word. Asked again after a crash, it must change nothing more. Raises `Poison` or `Refused`
# for what will never do; every other fault leaves the event waiting.
Handler = Callable[[Desk, Event, Device], Awaitable[str]]


@dataclass(frozen=True)
class Message:
    """What came over the wire; ``attributes`` beside the body, where the event is binary."""

    content_type: str
    attributes: Mapping[str, str]
    body: bytes


def opened(message: Message, most: int) -> list[Any]:
    """The events in it, unread. Raises `NotEvents`, `TooMany`."""
    raws = envelopes(message.content_type, message.attributes, message.body)
    if len(raws) > most:
        raise TooMany
    return raws


async def take_in(
    engine: AsyncEngine, chosen: Settings, account: str, raws: list[Any]
) -> list[Answer]:
    """Keep the events of one message; an answer to each. Only the register is needed. Raises `Full`; then none is kept."""
    return await Inbox(engine, key_of(chosen), chosen.events_waiting).take(account, raws)


async def run(
    client: Client,
    engine: AsyncEngine,
    chosen: Settings,
    catalogue: Catalogue,
    handlers: Mapping[str, Handler],
) -> None:
    """Beside the worker, until cancelled; several side by side, so that a slow store does not hold up all."""
    desk = Desk(client, engine, chosen, catalogue)
    await asyncio.gather(*(_draining(desk, handlers) for _ in range(DRAINS)))


async def _draining(desk: Desk, handlers: Mapping[str, Handler]) -> None:
    while True:
        try:
            handled = await drain(desk, handlers)
        except REGISTER_AWAY as away:
            log.warning("事件暂不可读 · events cannot be read: %s", type(away).__name__)
            handled = 0
        if not handled:
            await asyncio.sleep(EVERY.total_seconds())


async def drain(desk: Desk, handlers: Mapping[str, Handler]) -> int:
    """Handle some of what is due; how many are out of the way now."""
    inbox = Inbox(desk.engine, key_of(desk.chosen), desk.chosen.events_waiting)
    async with inbox.held() as held:
        devices = await registered(desk.engine, {row.device for row in held.rows})
        round_ = _Round(desk, handlers, held, devices)
        lanes = await asyncio.gather(*map(round_.lane, held.lanes()))
        results = [result for lane in lanes for result in lane]
        await held.mark(results)
    return sum(outcome.status != "waiting" for _, outcome in results)


@dataclass(frozen=True)
class _Round:
    """One pass over what is held."""

    desk: Desk
    handlers: Mapping[str, Handler]
    held: Held
    devices: Mapping[str, Registered]

    async def lane(self, rows: list[sa.Row[Any]]) -> list[tuple[sa.Row[Any], Outcome]]:
        """In order; what has to wait holds up what follows it."""
        done: list[tuple[sa.Row[Any], Outcome]] = []
        for row in rows:
            done.append((row, await self._tried(row)))
            if done[-1][1].status == "waiting":
                break
        return done

    async def _tried(self, row: sa.Row[Any]) -> Outcome:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return Outcome("done", await self._handled(row))
        except Exception as fault:  # one event's fault must not hold up the others
            if _away(fault):
                return _waiting(fault)
            if isinstance(fault, Poison | Refused | WorkflowUpdateFailedError | CannotUnseal):
                return _poison(fault)
            log.exception("event %s of %s could not be handled", row.id, row.source)
            name = type(fault).__name__
            return _poison(Poison(f"程序错误：{name}", name))

    async def _handled(self, row: sa.Row[Any]) -> str:
        handler = self.handlers.get(row.type)
        if handler is None:
            raise Poison(f"没有处理 {row.type} 的程序", f"no handler for type {row.type}", RULE)
        event = self.held.event(row)
        device = self.devices[event.device].on(civil_day(event.time or event.received_at))
        fetching = Fetching(self.desk.engine, self.desk.chosen)
        media = [await fetching.kept(one, event.account) for one in event.attached()]
        return await handler(self.desk, event.model_copy(update={"media": tuple(media)}), device)


def _away(fault: Exception) -> bool:
    """It may do later: engine, store or register are away. A client that never connected raises a plain RuntimeError."""
    if isinstance(fault, WorkflowUpdateFailedError | _OURS):
        return False
    return type(fault) is RuntimeError or isinstance(fault, _AWAY)


_AWAY = (
    TemporalError,
    NotTaken,
    *REGISTER_AWAY,
)  # a TimeoutError is an OSError, which is among them
_OURS = sql.DataError | sql.IntegrityError | sql.ProgrammingError


def _waiting(fault: Exception) -> Outcome:
    said = str(fault) if isinstance(fault, NotTaken) else type(fault).__name__
    return Outcome("waiting", None, {"zh": f"稍后重试：{said}", "en": said, "basis": []})


def _poison(fault: Poison | Refused | WorkflowUpdateFailedError | CannotUnseal) -> Outcome:
    """With its reason, in the law's own words where it is a refusal."""
    no: Refusal | Poison
    if isinstance(fault, Refused):
        no = fault.refusal
    elif isinstance(fault, WorkflowUpdateFailedError):
        details = getattr(fault.cause, "details", ())
        no = Refusal.model_validate(details[0]) if details else Poison("流程拒绝", "refused")
    else:
        no = fault if isinstance(fault, Poison) else Poison("内容无法解封", "cannot be unsealed")
    basis = [one.model_dump() for one in no.basis]
    return Outcome("poison", None, {"zh": no.zh, "en": no.en, "basis": basis})


__all__ = [
    "Answer",
    "Desk",
    "Full",
    "Handler",
    "Message",
    "NotEvents",
    "TooMany",
    "drain",
    "opened",
    "run",
    "take_in",
]
