"""Keeping a file of evidence, whoever brings it and however it came: known by its content, stored by its digest, entered once."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models.evidence_files import EvidenceBringer, EvidenceFile
from models.settings import Settings
from models.store import Store
from models.upload import Spool, known, no, plain_name

looked_at_once = asyncio.Semaphore(2)  # a picture takes hundreds of megabytes while it is read


def spool_folder(chosen: Settings) -> Path:
    """Where files wait until they are known; beside the store, never in it."""
    folder = chosen.var_dir / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Keeper:
    """Where files are entered, and where their bytes go."""

    engine: AsyncEngine
    store: Store

    async def keep(
        self, username: str, spool: Spool, name: str, declared: str | None
    ) -> tuple[sa.Row[Any], bool]:
        """The row of the file, and whether it is new. Raises `Refused` for what cannot be evidence; then nothing is kept."""
        await asyncio.to_thread(spool.close)
        if spool.size == 0:
            raise no("文件是空的", "the file is empty")
        values = await self._stored(spool, plain_name(name), declared)
        brought = {"digest": spool.digest, "username": username, "at": values["kept_at"]}
        file = insert(EvidenceFile).values(values).on_conflict_do_nothing()
        alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with alone.connect() as connection:
            new = await connection.execute(file.returning(EvidenceFile.digest))
            fresh = new.first() is not None
            await connection.execute(
                insert(EvidenceBringer).values(brought).on_conflict_do_nothing()
            )
            kept = sa.select(EvidenceFile.__table__).where(EvidenceFile.digest == spool.digest)
            return (await connection.execute(kept)).one(), fresh

    async def _stored(self, spool: Spool, name: str, declared: str | None) -> dict[str, Any]:
        async with looked_at_once:
            content = await asyncio.to_thread(known, spool.path, spool.size, name, declared)
        await self.store.put_file(spool.path, spool.digest)
        picture = content.photograph
        place = picture.place if picture else None
        return {
            "digest": spool.digest,
            "sm3": spool.sm3,
            "size": spool.size,
            "media_type": content.media_type,
            "name": name,
            "taken_at": picture.taken_at if picture else None,
            "lon": place[0] if place else None,
            "lat": place[1] if place else None,
            "thumbnail": await self.store.put(picture.thumbnail) if picture else None,
            "kept_at": datetime.now(UTC),
        }
