"""Signing in: passwords, the lock, the ends of a session, and cookies from other sites."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from api.security import COOKIE, FAILURES_ALLOWED
from models.database import Account, Session
from tests.api.builders import PASSWORD
from tests.api.conftest import SignIn

RIGHT = {"username": "officer.zhang", "password": PASSWORD}
WRONG = RIGHT | {"password": "guess"}


async def change(register: AsyncEngine, statement: sa.Executable) -> None:
    async with register.begin() as connection:
        await connection.execute(statement)


async def test_the_right_password_opens_a_session(anyone: httpx.AsyncClient) -> None:
    opened = await anyone.post("/api/session", json=RIGHT)
    assert opened.status_code == 200
    assert opened.json()["person"]["roles"] == ["officer"]
    assert datetime.fromisoformat(opened.json()["expires_at"]) > datetime.now(UTC)
    anyone.cookies.clear()
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    assert (await anyone.get("/api/me", headers=bearer)).json() == opened.json()["person"]


async def test_the_token_itself_is_not_stored(
    anyone: httpx.AsyncClient, register: AsyncEngine
) -> None:
    token = (await anyone.post("/api/session", json=RIGHT)).json()["token"]
    async with register.connect() as connection:
        stored = (await connection.execute(sa.select(Session.token_digest))).scalar_one()
    assert token not in stored


async def test_wrong_unknown_and_locked_are_told_the_same(anyone: httpx.AsyncClient) -> None:
    wrong = await anyone.post("/api/session", json=WRONG)
    unknown = await anyone.post("/api/session", json=WRONG | {"username": "nobody"})
    for _ in range(FAILURES_ALLOWED - 1):
        await anyone.post("/api/session", json=WRONG)
    locked = await anyone.post("/api/session", json=RIGHT)
    assert wrong.status_code == unknown.status_code == locked.status_code == 401
    assert wrong.json() == unknown.json() == locked.json()
    assert wrong.json()["code"] == "wrong_credentials"


async def test_guessing_all_at_once_gains_nothing(anyone: httpx.AsyncClient) -> None:
    guesses = [anyone.post("/api/session", json=WRONG) for _ in range(20)]
    await asyncio.gather(*guesses)
    assert (await anyone.post("/api/session", json=RIGHT)).status_code == 401


async def test_signing_in_all_at_once_locks_nobody_out(anyone: httpx.AsyncClient) -> None:
    many = await asyncio.gather(*(anyone.post("/api/session", json=RIGHT) for _ in range(20)))
    assert {opened.status_code for opened in many} == {200}


async def test_the_lock_opens_again(anyone: httpx.AsyncClient, register: AsyncEngine) -> None:
    for _ in range(FAILURES_ALLOWED):
        await anyone.post("/api/session", json=WRONG)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await change(register, sa.update(Account).values(locked_until=past))
    assert (await anyone.post("/api/session", json=RIGHT)).status_code == 200


async def test_a_success_forgets_the_failures(anyone: httpx.AsyncClient) -> None:
    for _ in range(2):
        for _ in range(FAILURES_ALLOWED - 1):
            await anyone.post("/api/session", json=WRONG)
        assert (await anyone.post("/api/session", json=RIGHT)).status_code == 200


async def test_a_session_ended_opens_nothing(sign_in: SignIn) -> None:
    zhang = await sign_in("officer.zhang")
    assert (await zhang.delete("/api/session")).status_code == 204
    assert (await zhang.get("/api/me")).status_code == 401


@pytest.mark.parametrize(
    "ended",
    [
        {"seen_at": datetime.now(UTC) - timedelta(hours=3)},
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"revoked_at": datetime.now(UTC)},
    ],
)
async def test_idle_expired_and_revoked_sessions_open_nothing(
    sign_in: SignIn, register: AsyncEngine, ended: dict[str, datetime]
) -> None:
    zhang = await sign_in("officer.zhang")
    await change(register, sa.update(Session).values(**ended))
    no = await zhang.get("/api/me")
    assert no.status_code == 401
    assert no.headers["WWW-Authenticate"] == "Bearer"


async def test_using_a_session_keeps_it_awake(sign_in: SignIn, register: AsyncEngine) -> None:
    zhang = await sign_in("officer.zhang")
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    await change(register, sa.update(Session).values(seen_at=hour_ago))
    await zhang.get("/api/me")
    async with register.connect() as connection:
        seen = (await connection.execute(sa.select(Session.seen_at))).scalar_one()
    assert seen > hour_ago


async def test_an_account_closed_ends_its_sessions(sign_in: SignIn, register: AsyncEngine) -> None:
    kiosk = await sign_in("kiosk.hall1")
    is_kiosk = Account.username == "kiosk.hall1"
    await change(register, sa.update(Account).where(is_kiosk).values(active=False))
    try:
        assert (await kiosk.get("/api/me")).status_code == 401
    finally:
        await change(register, sa.update(Account).where(is_kiosk).values(active=True))


async def test_the_cookie_is_for_our_pages_only(anyone: httpx.AsyncClient) -> None:
    opened = await anyone.post("/api/session", json=RIGHT)
    cookie = opened.headers["set-cookie"].lower()
    assert all(word in cookie for word in (COOKIE, "httponly", "samesite=lax"))
    assert "secure" not in cookie
    secure = await anyone.post("https://anjuan.test/api/session", json=RIGHT)
    assert "secure" in secure.headers["set-cookie"].lower()


async def test_a_write_by_cookie_needs_our_origin(anyone: httpx.AsyncClient) -> None:
    await anyone.post("/api/session", json=RIGHT)
    assert (await anyone.get("/api/me")).status_code == 200
    for origin in ({}, {"Origin": "http://evil.test"}, {"Origin": "null"}):
        no = await anyone.delete("/api/session", headers=origin)
        assert no.json()["code"] == "origin_refused"
    ours = {"Origin": "http://anjuan.test"}
    assert (await anyone.delete("/api/session", headers=ours)).status_code == 204


async def test_another_site_cannot_sign_somebody_in(anyone: httpx.AsyncClient) -> None:
    no = await anyone.post("/api/session", json=RIGHT, headers={"Origin": "http://evil.test"})
    assert no.status_code == 403


@pytest.mark.parametrize(
    "paper", [{}, {"username": "a"}, RIGHT | {"x": 1}, RIGHT | {"password": 1}]
)
async def test_a_misshapen_login_names_its_field(
    anyone: httpx.AsyncClient, paper: dict[str, object]
) -> None:
    no = await anyone.post("/api/session", json=paper)
    assert no.status_code == 422
    assert no.json()["field"]


async def test_the_demo_accounts_are_twenty(register: AsyncEngine) -> None:
    async with register.connect() as connection:
        rows = (await connection.execute(sa.select(Account.__table__))).all()
    assert len(rows) == 20
    assert all(row.certificate for row in rows if row.roles == ["officer"])
