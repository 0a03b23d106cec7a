"""A write asked for once is done once: the same key and body get the same answer.

The key is the caller's (``Idempotency-Key``). A write in flight is simply asked for again: the
engine knows the update by an id made from the person and the key. A refusal changed nothing, so its
key is free again for the corrected paper.
"""

import hashlib
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, Header, Request
from sqlalchemy.dialects.postgresql import insert

from api.body import Paper
from api.counter import AtCounter, Counter
from api.refusals import Problem
from api.security import Signed
from models.database import IdempotencyKey
from models.refusal import Refused
from models.timeline import canonical

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="同一键与正文只办理一次 / the same key and body are done once",
    ),
]
State = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """One write as its caller identifies it. Without a key of his it is one of a kind."""

    counter: Counter
    username: str
    key: str | None
    request_digest: str
    token: str

    @property
    def matter_id(self) -> str:
        """The id of the matter this write files: filing twice is impossible rather than checked."""
        return str(uuid.UUID(bytes=self._digest("matter")[:16], version=5))

    @property
    def update_id(self) -> str:
        """The id the engine knows this write by: of the key and of what was asked, so a corrected paper is another one."""
        return self._digest("update", self.request_digest).hex()[:32]

    async def once(self, run: Callable[[], Awaitable[State]], status: int) -> State:
        """The stored answer, or that of `run`. Raises `Problem` when the key has another body."""
        if self.key is None:
            return await run()
        known = await self.counter.row(self._claim(status))
        if known is not None and known.request_digest != self.request_digest:
            raise _reused()
        if known is not None and known.answer is not None:
            answer: State = known.answer
            return answer
        try:
            state = await run()
        except (Refused, Problem):
            await self.counter.rows(sa.delete(IdempotencyKey).where(self._mine()))
            raise
        await self.counter.rows(sa.update(IdempotencyKey).where(self._mine()).values(answer=state))
        return state

    def _claim(self, status: int) -> sa.Executable:
        """Insert, or read what is there: one statement either way."""
        claim = insert(IdempotencyKey).values(
            username=self.username,
            key=self.key,
            request_digest=self.request_digest,
            status=status,
            created_at=datetime.now(UTC),
        )
        return claim.on_conflict_do_update(
            index_elements=["username", "key"], set_={"key": claim.excluded.key}
        ).returning(IdempotencyKey.request_digest, IdempotencyKey.answer)

    def _mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            IdempotencyKey.username == self.username,
            IdempotencyKey.key == self.key,
            IdempotencyKey.answer.is_(None),
        )

    def _digest(self, *use: str) -> bytes:
        words = (*use, self.username, self.key or self.token)
        return hashlib.sha256("\x00".join(words).encode()).digest()


async def write(
    request: Request, actor: Signed, counter: AtCounter, paper: Paper, key: Key = None
) -> Write:
    """What identifies this request: who, which key, and what exactly was asked."""
    asked = [request.method, request.url.path, paper]
    digest = hashlib.sha256(canonical(asked)).hexdigest()
    return Write(counter, actor.username, key, digest, secrets.token_hex(16))


Once = Annotated[Write, Depends(write)]


def _reused() -> Problem:
    return Problem(
        "idempotency_key_reused",
        "该 Idempotency-Key 已用于内容不同的请求",
        "this Idempotency-Key stands for a request with another body",
        field="Idempotency-Key",
    )
