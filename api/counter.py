"""The counter (窗口): what every request works with, opened once when the app starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Protocol

import sqlalchemy as sa
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from api.pace import Pace
from api.passwords import Passwords
from models.application import Application
from models.catalogue import Catalogue
from models.lead import Lead
from models.person import Actor
from models.registers import Registers
from models.report import Report
from models.settings import Settings
from models.store import Store


class Desk(Protocol):
    """Where a matter is moved. Raises `Refused`, `Unavailable` or `StillRunning`."""

    async def file_case(
        self, counter: "Counter", lead: Lead, actor: Actor, matter_id: str
    ) -> dict[str, Any]: ...

    async def apply(
        self, counter: "Counter", paper: Application, actor: Actor, matter_id: str
    ) -> dict[str, Any]: ...

    async def report(
        self, counter: "Counter", paper: Report, actor: Actor, matter_id: str
    ) -> dict[str, Any]: ...

    async def perform(  # noqa: PLR0913, PLR0917 -- who does what to which matter, with which paper, once
        self,
        counter: "Counter",
        matter: sa.Row[Any],
        act_name: str,
        paper: dict[str, Any],
        actor: Actor,
        update_id: str,
        now: datetime | None = None,
        seen: int | None = None,
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Counter:
    """Settings, register, catalogue, engine, desk. ``temporal`` connects when first used."""

    settings: Settings
    engine: AsyncEngine
    catalogue: Catalogue
    temporal: Client | None
    desk: Desk
    passwords: Passwords
    migration_heads: frozenset[str]

    async def rows(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """Run one statement, committed by itself: no BEGIN and COMMIT to wait for."""
        try:
            return await self._run(statement)
        except DBAPIError as wrong:
            # The pool learns of a restarted register from the first statement, which every
            # request opens with: who is signed in. Reading again is safe, writing may not be.
            if not (wrong.connection_invalidated and isinstance(statement, sa.Select)):
                raise
            return await self._run(statement)

    async def _run(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        async with self._single.connect() as connection:
            result = await connection.execute(statement)
            return result.all() if result.returns_rows else ()

    @cached_property
    def store(self) -> Store:
        """Where the bytes of evidence and documents are."""
        return Store.of(self.settings)

    @cached_property
    def registers(self) -> Registers:
        """The government's registers."""
        return Registers(self.settings)

    @cached_property
    def pace(self) -> Pace:
        """How fast each account sends events."""
        return Pace(self.settings.events_per_second)

    @cached_property
    def _single(self) -> AsyncEngine:
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def row(self, statement: sa.Executable) -> sa.Row[Any] | None:
        """The first row, or None."""
        return next(iter(await self.rows(statement)), None)


def at_counter(request: Request) -> Counter:
    counter: Counter = request.app.state.counter
    return counter


AtCounter = Annotated[Counter, Depends(at_counter)]
