"""The register of devices read: as they are, and as they were registered on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.device import Device
from models.suspension import end_of


class DeviceRow(Base):
    """A device as it is registered now; ``device`` is `models.device.Device`."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    state: Mapped[str]
    published_at: Mapped[datetime | None]
    device: Mapped[dict[str, Any]]
    version: Mapped[int]
    updated_at: Mapped[datetime]


class DeviceHistory(Base):
    """How a device was registered after each change; rows are only ever added."""

    __tablename__ = "device_history"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    device: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class Registered:
    """A device as it is, and how it was registered after each change."""

    now: Device
    past: tuple[tuple[datetime, Device], ...]

    def on(self, day: date) -> Device:
        """Dated facts as known now, the others as registered at the end of that day, or at first."""
        then = [device for at, device in self.past if at < end_of(day)]
        first = [device for _, device in self.past[:1]]
        return self.now.as_of((then[-1:] or first or [self.now])[0])


async def registered(engine: AsyncEngine, ids: Collection[str]) -> dict[str, Registered]:
    """Those of them that are registered."""
    now = sa.select(DeviceRow.id, DeviceRow.device).where(DeviceRow.id.in_(ids))
    history = sa.select(DeviceHistory.id, DeviceHistory.at, DeviceHistory.device)
    past = history.where(DeviceHistory.id.in_(ids)).order_by(DeviceHistory.version)
    async with engine.connect() as connection:
        rows = (await connection.execute(now)).all()
        before: dict[str, list[tuple[datetime, Device]]] = {}
        for row in await connection.execute(past):
            before.setdefault(row.id, []).append((row.at, _read(row.device)))
    return {row.id: Registered(_read(row.device), tuple(before.get(row.id, ()))) for row in rows}


def _read(facts: dict[str, Any]) -> Device:
    return Device.model_validate(facts, strict=False)
