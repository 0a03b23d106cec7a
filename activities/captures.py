"""Keeping captures (电子技术监控记录): one of the same device, cause and object within the window of the first is of the same case."""

import json
import uuid
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models.capture import Capture, Verdict
from models.captures import CaptureRow
from models.capturing import Taken
from models.case_file import Stage
from models.database import Matter
from models.evidence_files import EvidenceCitation
from models.identifiers import id_digest
from models.secrets import seal


class Captures:
    """The queue of captures."""

    def __init__(self, engine: AsyncEngine, key: bytes, window_hours: int) -> None:
        self.engine, self.key = engine, key
        self.window = timedelta(hours=window_hours)

    async def keep(self, taken: Taken) -> str | None:
        """The case it belongs to; None where the device lacked something, so that it is no evidence. Kept once however often it comes."""
        capture, digest = taken.capture, self._digest(taken)
        async with self.engine.begin() as connection:
            lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(digest, 0))
            await connection.execute(sa.select(lock))
            mine = sa.select(CaptureRow.matter).where(CaptureRow.id == capture.id)
            if (row := (await connection.execute(mine)).first()) is not None:
                known: str | None = row.matter
                return known
            matter = None if taken.camera.lacks else await self._case(connection, digest, capture)
            await connection.execute(insert(CaptureRow).values(self._row(taken, digest, matter)))
            cited = [{"digest": media, "matter": matter} for media in capture.media if matter]
            if cited:  # whoever reviews it may look at it
                citing = insert(EvidenceCitation).values(cited)
                await connection.execute(citing.on_conflict_do_nothing())
            return matter

    async def _case(self, connection: AsyncConnection, digest: str, capture: Capture) -> str:
        """The open case of the same device, cause and object: within the window of its first capture, or while it waits to be put right;
        else one of its own.
        """
        first = (
            sa.select(CaptureRow.matter, sa.func.min(CaptureRow.taken_at).label("first"))
            .where(CaptureRow.object_digest == digest, CaptureRow.matter.is_not(None))
            .group_by(CaptureRow.matter)
            .subquery()
        )
        at = capture.taken_at
        near = first.c.first.between(at - self.window, at + self.window)
        warned = Matter.state["monitoring"]["warn_days"].as_integer().is_not(None)
        undecided = Matter.stage.in_((Stage.LEAD, Stage.INQUIRY))
        query = (
            sa.select(first.c.matter)
            .outerjoin(Matter, Matter.id == first.c.matter)
            .where(Matter.closed_at.is_(None), sa.or_(near, sa.and_(warned, undecided)))
            .order_by(first.c.first.desc())
            .limit(1)
        )
        row = (await connection.execute(query)).first()
        if row is None or not await self._is_open(connection, row.matter):
            return own_case(capture.id)
        return str(row.matter)

    async def _is_open(self, connection: AsyncConnection, matter: str) -> bool:
        """Held until this capture is kept: a case that closes meanwhile, closes with it."""
        held = sa.select(Matter.closed_at).where(Matter.id == matter).with_for_update(read=True)
        row = (await connection.execute(held)).first()
        return row is None or row.closed_at is None

    def _digest(self, taken: Taken) -> str:
        about = (taken.capture.device, taken.captured.cause, taken.captured.value)
        return id_digest("\n".join(about), self.key)

    def _row(self, taken: Taken, digest: str, matter: str | None) -> dict[str, object]:
        captured, capture, camera = taken
        secret = {"value": captured.value, "facts": captured.facts}
        return {
            "id": capture.id,
            "device": capture.device,
            "unit": camera.unit,
            "cause": captured.cause,
            "object": captured.object.value,
            "object_digest": digest,
            "secret": seal(json.dumps(secret, ensure_ascii=False).encode(), self.key),
            "taken_at": capture.taken_at,
            "media": list(capture.media),
            "lacks": list(camera.lacks),
            "generated": captured.generated,
            "matter": matter,
            "verdict": Verdict.UNUSABLE.value if camera.lacks else Verdict.PENDING.value,
        }


def own_case(capture: str) -> str:
    """The id of the case that begins with this capture."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"capture:{capture}"))
