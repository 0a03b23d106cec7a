"""One office for all scenarios of a process, with a few more people in it."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy.dialects.postgresql import insert

from models.database import Account
from models.person import Actor, Role
from tests import office as building
from tests.office import Office

ALL = (
    Role.OFFICER,
    Role.UNIT_HEAD,
    Role.LEGAL_REVIEWER,
    Role.BUREAU_HEAD,
    Role.HEARING_CHAIR,
)
FAR = date(2030, 12, 31)
MORE = {
    "officer.qian": ("钱勇", (Role.OFFICER,), FAR),
    "officer.expired": ("孙老", (Role.OFFICER,), date(2026, 8, 31)),
    "officer.untrained": ("学员", (Role.OFFICER,), None),
    "officer.all": ("赵全", ALL, FAR),
    "chair.he": ("何平", (Role.HEARING_CHAIR,), None),
}
"""Name, roles, certificate valid to (None: has none)."""


@pytest.fixture(scope="session")
async def office() -> AsyncIterator[Office]:
    async with building.office() as opened:
        await _more_people(opened)
        yield opened


async def _more_people(office: Office) -> None:
    async with office.counter.engine.begin() as connection:
        for username, (name, roles, valid_to) in MORE.items():
            row = {
                "username": username,
                "name": name,
                "roles": [role.value for role in roles],
                "unit": "kaixuan",
                "certificate": f"浙{username}" if valid_to else None,
                "certificate_valid_to": valid_to,
                "password_hash": "-",
                "active": True,
            }
            await connection.execute(insert(Account).values(row))
            office.accounts[username] = Actor(
                username=username, name=name, roles=roles, unit="kaixuan"
            )
