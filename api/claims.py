"""Claims: one act of one party is one case, one chip one dog, one wish one application; who filed first keeps it (行政处罚法 29)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from api.counter import Counter
from models.database import Claim, Matter
from models.filing import same_act_twice

SETTLES = timedelta(minutes=1)


async def claim(counter: Counter, key: str, matter_id: str) -> bool:
    """Claim the act for this matter; whether it was not its own before. Raises `Refused` when another has it."""
    holder = await _claimed(counter, key, matter_id)
    if holder is None or holder.matter != matter_id:
        raise same_act_twice()
    return bool(holder.new)


async def held_by(counter: Counter, key: str, matter_id: str) -> str:
    """Claim it for this matter, unless another has it; which matter holds it."""
    holder = await _claimed(counter, key, matter_id)
    return str(holder.matter) if holder else matter_id


async def _claimed(counter: Counter, key: str, matter_id: str) -> Row[Any] | None:
    """A claim whose matter never came to be holds for a minute."""
    now = datetime.now(UTC)
    mine = insert(Claim).values(key=key, matter=matter_id, claimed_at=now)
    known = sa.select(Matter.id).where(Matter.id == Claim.matter).exists()
    abandoned = sa.and_(Claim.claimed_at < now - SETTLES, ~known)
    return await counter.row(
        mine.on_conflict_do_update(
            index_elements=[Claim.key],
            set_={
                "matter": sa.case((abandoned, mine.excluded.matter), else_=Claim.matter),
                "claimed_at": sa.case((abandoned, now), else_=Claim.claimed_at),
            },
        ).returning(Claim.matter, sa.literal_column("(xmax = 0)").label("new"))
    )


async def give_back(counter: Counter, key: str, matter_id: str) -> None:
    """What it was claimed for was refused."""
    mine = sa.and_(Claim.key == key, Claim.matter == matter_id)
    await counter.rows(sa.delete(Claim).where(mine))
