"""What the register knows for late answers: whose number to ask about, which decision it was, which licences a penalty counts against."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter
from models.secrets import unseal


async def party_number(engine: AsyncEngine, matter: str, key: bytes) -> str:
    """The number of the party of this matter."""
    row = await _one(engine, sa.select(Matter.party_secret).where(Matter.id == matter))
    party: dict[str, Any] = json.loads(unseal(row.party_secret, key))
    return str(party["id_no"])


async def decision_number(engine: AsyncEngine, case: str) -> str | None:
    """The number of the penalty decision of this case."""
    state = (await _one(engine, sa.select(Matter.state).where(Matter.id == case))).state
    kinds = {"decision", "summary"}
    numbers = [d["number"] for d in state["documents"] if d["kind"] in kinds]
    return numbers[-1] if numbers else None


async def licences_of_party(engine: AsyncEngine, case: str, scope: str) -> list[str]:
    """Living licences of that scope whose holder is the party of this case."""
    holder = sa.select(Matter.party_digest).where(Matter.id == case).scalar_subquery()
    living = sa.and_(Matter.kind == "licence", Matter.closed_at.is_(None))
    mine = sa.and_(Matter.party_digest == holder, Matter.state["scope"].as_string() == scope)
    async with engine.connect() as connection:
        rows = await connection.execute(sa.select(Matter.id).where(living, mine))
        return [row.id for row in rows]


async def _one(engine: AsyncEngine, query: sa.Select[Any]) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(query)).one()
