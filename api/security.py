"""Who is asking: sessions that can be ended at once, and a lock after repeated failures.

A token is 256 random bits; only its SHA-256 is stored. It comes as a bearer header, or as a cookie
from our own pages; a write that a cookie vouches for must come from our own origin. Locked, unknown
and mistaken get one and the same answer.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.counter import AtCounter, Counter
from api.refusals import Problem
from models.database import Account, Session
from models.person import Actor, Role

COOKIE = "anjuan_session"
FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)  # not every request writes that its session was seen
READS = frozenset({"GET", "HEAD", "OPTIONS"})

_PERSON = (Account.username, Account.name, Account.roles, Account.unit, Account.id_digest)
_bearer = HTTPBearer(auto_error=False, scheme_name="bearer")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="cookie")


def token_digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def sign_in(counter: Counter, username: str, password: str) -> Actor:
    """The person behind the password. Raises `Problem`, alike for wrong, unknown and locked."""
    account = await counter.row(
        sa.select(*_PERSON, Account.password_hash).where(Account.username == username, _usable())
    )
    stored = account.password_hash if account else None
    if not await counter.passwords.verify(password, stored):
        await counter.rows(_failed(username))
        raise _wrong_credentials()
    # Asked again: while this one was verified, others may have guessed until the lock fell.
    person = await counter.row(
        sa.update(Account)
        .where(Account.username == username, _usable())
        .values(failures=0, locked_until=None)
        .returning(*_PERSON)
    )
    if person is None:
        raise _wrong_credentials()
    return _actor(person)


async def open_session(counter: Counter, username: str) -> tuple[str, datetime]:
    """A new token and when it ends at the latest."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    expires = now + timedelta(hours=counter.settings.session_absolute_hours)
    await counter.rows(
        sa.insert(Session).values(
            token_digest=token_digest(token),
            username=username,
            created_at=now,
            seen_at=now,
            expires_at=expires,
        )
    )
    return token, expires


async def end_session(counter: Counter, token: str) -> None:
    """From now on the token opens nothing."""
    await counter.rows(
        sa.update(Session)
        .where(Session.token_digest == token_digest(token), Session.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


async def presented(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> str:
    """The token of this request. Raises `Problem` without one, or when another site sent it."""
    if bearer is not None:
        return bearer.credentials
    if cookie is None:
        raise _not_signed_in()
    if request.method not in READS:
        refuse_other_origins(request, required=True)
    return cookie


async def signed(counter: AtCounter, token: Annotated[str, Depends(presented)]) -> Actor:
    """Who is signed in with this token; one statement, and once a minute a second."""
    now = datetime.now(UTC)
    row = await counter.row(_session(counter, token, now))
    if row is None:
        raise _not_signed_in()
    if now - row.seen_at > SEEN_EVERY:
        mine = Session.token_digest == token_digest(token)
        await counter.rows(sa.update(Session).where(mine).values(seen_at=now))
    return _actor(row)


async def still_signed(counter: Counter, token: str) -> Actor | None:
    """Who is signed in with this token, if still somebody; to be asked is no sign of his being there."""
    row = await counter.row(_session(counter, token, datetime.now(UTC)))
    return _actor(row) if row else None


def _session(counter: Counter, token: str, now: datetime) -> sa.Executable:
    return (
        sa.select(*_PERSON, Session.seen_at)
        .join(Session, Session.username == Account.username)
        .where(
            Session.token_digest == token_digest(token),
            Session.revoked_at.is_(None),
            Session.expires_at > now,
            Session.seen_at > now - timedelta(hours=counter.settings.session_idle_hours),
            Account.active,
        )
    )


async def signed_in(request: Request, counter: Counter) -> Actor:
    """Who is signed in, where a route is for everybody and tells some more. Raises `Problem`."""
    token = await presented(request, await _bearer(request), await _cookie(request))
    return await signed(counter, token)


Token = Annotated[str, Depends(presented)]
Signed = Annotated[Actor, Depends(signed)]


def set_cookie(response: Response, request: Request, token: str, expires: datetime) -> None:
    """For our own pages: no script reads it, no other site sends it with a write."""
    https = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, expires=expires, httponly=True, samesite="lax", secure=https)


def refuse_other_origins(request: Request, *, required: bool) -> None:
    """Raises `Problem` when the browser names another origin, or, if `required`, none at all."""
    origin = request.headers.get("origin")
    if origin is None and not required:
        return
    if origin is None or _host_of(origin) != request.headers.get("host"):
        raise Problem(
            "origin_refused",
            "以 Cookie 登录的写操作须来自本站页面",
            "a write signed by cookie must come from our own pages",
        )


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _usable() -> sa.ColumnElement[bool]:
    unlocked = sa.or_(Account.locked_until.is_(None), Account.locked_until <= datetime.now(UTC))
    return sa.and_(Account.active, unlocked)


def _failed(username: str) -> sa.Update:
    """Count one failure; the last one allowed locks and starts the count anew."""
    last = Account.failures + 1 >= FAILURES_ALLOWED
    until = datetime.now(UTC) + LOCKED_FOR
    return (
        sa.update(Account)
        .where(Account.username == username, _usable())
        .values(
            failures=sa.case((last, 0), else_=Account.failures + 1),
            locked_until=sa.case((last, until), else_=Account.locked_until),
        )
    )


def _actor(row: sa.Row[Any]) -> Actor:
    return Actor(
        username=row.username,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        unit=row.unit,
        id_digest=row.id_digest,
    )


def _wrong_credentials() -> Problem:
    minutes = int(LOCKED_FOR.total_seconds() // 60)
    return Problem(
        "wrong_credentials",
        f"用户名或密码不正确；连续输错 {FAILURES_ALLOWED} 次，账户锁定 {minutes} 分钟",
        f"wrong user name or password; {FAILURES_ALLOWED} failures lock it for {minutes} minutes",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _not_signed_in() -> Problem:
    return Problem(
        "not_signed_in",
        "请先登录，或登录已过期",
        "please sign in, or your session has ended",
        headers={"WWW-Authenticate": "Bearer"},
    )
