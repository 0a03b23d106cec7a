"""Files of evidence in the register: what is known of those that somebody brought."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.evidence import EvidenceFacts
from models.evidence_files import EvidenceBringer, EvidenceFile


async def facts_of(
    engine: AsyncEngine, digests: Sequence[str], username: str
) -> dict[str, EvidenceFacts]:
    """Those of them that this account brought: naming a digest gives nobody a right to it."""
    if not digests:
        return {}
    own = sa.exists().where(
        EvidenceBringer.digest == EvidenceFile.digest, EvidenceBringer.username == username
    )
    columns = (EvidenceFile.digest, EvidenceFile.media_type, EvidenceFile.size)
    query = sa.select(*columns, EvidenceFile.taken_at).where(EvidenceFile.digest.in_(digests), own)
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return {
        row.digest: EvidenceFacts(media_type=row.media_type, size=row.size, taken_at=row.taken_at)
        for row in rows
    }
