"""Drafts (草稿): what is not filed yet, kept sealed under a pickup code; begun at a kiosk, finished on the phone. Whoever has the code has
the draft; it is forgotten after a while, and once it is filed.
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from sqlalchemy.dialects.postgresql import insert

from api.body import Paper
from api.counter import AtCounter, Counter
from api.refusals import Problem, not_found
from api.rights import may_file
from api.security import Signed
from models.basis import LICENSING
from models.draft import Draft
from models.secrets import key_of, seal, unseal
from models.timeline import canonical

router = APIRouter(prefix="/api/drafts", tags=["drafts"])

KEPT = timedelta(days=14)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
_LENGTH = 12
_AT_MOST = 30  # living drafts a person
_TRIES, _WINDOW = 20, timedelta(minutes=10)


@router.post("", status_code=201)
async def keep(actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """保存草稿，返回取件码。 / Keep a draft; answers its pickup code."""
    if not may_file(actor, "application"):
        raise Problem(
            "not_your_role", "您不能提交申请", "you file no applications", basis=LICENSING(29)
        )
    await _make_room(counter, actor.username)
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return await _written(counter, code, actor.username, paper)


@router.put("/{code}")
async def change(code: str, actor: Signed, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """更新草稿。 / Write it anew."""
    found = await _found(counter, code, actor.username)
    return await _written(counter, _plain(code), found.owner, paper)


@router.get("/{code}")
async def pick_up(code: str, actor: Signed, counter: AtCounter) -> dict[str, Any]:
    """凭取件码继续办理。 / Go on with it, here or elsewhere."""
    found = await _found(counter, code, actor.username)
    content: dict[str, Any] = json.loads(unseal(found.content, key_of(counter.settings)))
    return {"draft": content, "updated_at": found.updated_at, "expires_at": found.expires_at}


@router.delete("/{code}", status_code=204)
async def drop(code: str, actor: Signed, counter: AtCounter) -> None:
    """删除草稿。 / Forget it."""
    await _found(counter, code, actor.username)
    await forget(counter, code)


async def forget(counter: Counter, code: str) -> None:
    """It is filed, or not wanted."""
    await counter.rows(sa.delete(Draft).where(Draft.code_digest == _digest(code)))


async def _written(
    counter: Counter, code: str, owner: str, content: dict[str, Any]
) -> dict[str, Any]:
    now = datetime.now(UTC)
    row = {
        "code_digest": _digest(code),
        "owner": owner,
        "content": seal(canonical(content), key_of(counter.settings)),
        "updated_at": now,
        "expires_at": now + KEPT,
    }
    new = {name: row[name] for name in ("content", "updated_at", "expires_at")}
    await counter.rows(
        insert(Draft).values(row).on_conflict_do_update(index_elements=["code_digest"], set_=new)
    )
    return {"code": code, "updated_at": now, "expires_at": row["expires_at"]}


async def _found(counter: Counter, code: str, username: str) -> sa.Row[Any]:
    """Alike for wrong and expired; guesses are counted against whoever guesses."""
    now = datetime.now(UTC)
    query = sa.select(Draft.__table__).where(
        Draft.code_digest == _digest(code), Draft.expires_at > now
    )
    row = await counter.row(query)
    guesses = _guesses.setdefault(username, [])
    guesses[:] = [at for at in guesses if now - at < _WINDOW]
    if len(guesses) >= _TRIES:
        raise Problem(
            "too_many_requests",
            "取件码输错过多，请稍后再试",
            "too many wrong codes; please try again later",
            headers={"Retry-After": str(int(_WINDOW.total_seconds()))},
        )
    if row is None:
        guesses.append(now)
        raise not_found()
    return row


_guesses: dict[str, list[datetime]] = {}


async def _make_room(counter: Counter, owner: str) -> None:
    """Expired ones go, and of too many the oldest."""
    mine = sa.select(Draft.code_digest).where(Draft.owner == owner)
    oldest = mine.order_by(Draft.updated_at.desc()).offset(_AT_MOST - 1)
    old = sa.or_(Draft.expires_at <= datetime.now(UTC), Draft.code_digest.in_(oldest))
    await counter.rows(sa.delete(Draft).where(old))


def _plain(code: str) -> str:
    return code.strip().upper().replace("-", "")


def _digest(code: str) -> str:
    return hashlib.sha256(_plain(code).encode()).hexdigest()
