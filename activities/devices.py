"""Accounts of devices, as they act."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Account
from models.person import Actor, Role


async def speaker(engine: AsyncEngine, username: str) -> Actor | None:
    """The account as it acts; None where it may not speak for devices any more."""
    columns = (Account.username, Account.name, Account.roles, Account.unit)
    mine = sa.select(*columns).where(
        Account.username == username, Account.active, Account.roles.contains([Role.DEVICE.value])
    )
    async with engine.connect() as connection:
        row = (await connection.execute(mine)).first()
    if row is None:
        return None
    roles = tuple(Role(role) for role in row.roles)
    return Actor(username=row.username, name=row.name, roles=roles, unit=row.unit)
