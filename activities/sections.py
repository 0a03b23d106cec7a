"""Water sections in the register: the last reading of each that counts, and the incident its last drop raised."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter, RiverSection
from models.water import Known, Reading, WaterClass


async def last(engine: AsyncEngine, section: str) -> Known | None:
    """What was known of it before; ``raised`` only while that incident runs."""
    runs = sa.and_(Matter.id == RiverSection.incident, Matter.closed_at.is_(None))
    columns = (RiverSection.water_class, RiverSection.read_at, Matter.id)
    query = sa.select(*columns).outerjoin(Matter, runs).where(RiverSection.section == section)
    async with engine.connect() as connection:
        row = (await connection.execute(query)).first()
    return Known(WaterClass[row[0]], row[1], row[2]) if row else None


async def keep(
    engine: AsyncEngine, reading: Reading, now: WaterClass, incident: str | None
) -> None:
    """This reading is the last one, unless a later one came meanwhile."""
    row = {
        "section": reading.section,
        "water_class": now.name,
        "read_at": reading.at,
        "incident": incident,
    }
    fresh = insert(RiverSection).values(row)
    later = fresh.on_conflict_do_update(
        index_elements=["section"],
        set_={key: fresh.excluded[key] for key in row},
        where=RiverSection.read_at < fresh.excluded.read_at,
    )
    async with engine.begin() as connection:
        await connection.execute(later)
