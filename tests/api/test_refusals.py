"""Every bad request gets one clean problem; nothing of the inside comes out."""

from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.refusals import PROBLEMS, StillRunning, Unavailable, prefers_english
from models.basis import PENALTY
from models.catalogue import Catalogue
from models.database import Matter
from models.refusal import Code, refuse
from models.settings import Settings
from tests.api.builders import CountingDesk, a_lead, a_matter
from tests.api.conftest import Keep, SignIn

DOCKET = "/api/cases/m1/acts/decide_docketing"


def is_problem(no: httpx.Response, status: int, code: str) -> bool:
    assert no.headers["content-type"] == "application/problem+json"
    body = no.json()
    assert no.headers["request-id"]
    assert body["type"] == f"/problems/{code}"
    assert {"title", "detail", "instance", "basis"} <= body.keys()
    return (no.status_code, body["status"], body["code"]) == (status, status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b'{"a": NaN}', 400, "malformed"),
        ('{"a": "中"}'.encode("gbk"), 400, "malformed"),
        (b'{"a": "\\ud800"}', 400, "malformed"),
        (b"[" * 100_000, 400, "malformed"),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b'{"facts": "a\\u0000b"}', 422, "invalid"),
        (b'{"a\\u0000": 1}', 422, "invalid"),
        (b'{"a": 1e999}', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"facts": "' + b"x" * 10_000_000 + b'"}', 413, "too_large"),
    ],
)
async def test_a_bad_body_is_a_clean_problem(
    sign_in: SignIn, body: bytes, status: int, code: str
) -> None:
    zhang = await sign_in("officer.zhang")
    no = await zhang.post("/api/cases", content=body)
    assert is_problem(no, status, code)
    assert ("field" in no.json()) == (status == 422)


async def test_a_body_without_length_is_bounded_too(anyone: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    assert is_problem(await anyone.post("/api/session", content=endless()), 413, "too_large")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"cause": 1}, "cause"),
        ({"extra": 1}, "extra"),
        ({"occurred_at": "2026-11-02T09:00:00"}, "occurred_at"),
        ({"party": {"kind": "person", "name": "王小明", "id_no": "330102198502140006"}}, "party"),
        ({"facts": " "}, "facts"),
        ({"officers": "officer.zhang"}, "officers"),
    ],
)
async def test_a_wrong_field_is_named(
    sign_in: SignIn, changed: dict[str, object], field: str
) -> None:
    no = await (await sign_in("officer.zhang")).post("/api/cases", json=a_lead(**changed))
    assert is_problem(no, 422, "invalid")
    assert no.json()["field"] == field
    assert "330102198502140006" not in no.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/cases?limit=0",
        "/api/cases?limit=101",
        "/api/cases?limit=x",
        "/api/cases?cursor=x",
        "/api/cases?cursor=W10=",
        "/api/cases?q=%00",
        "/api/todo?cursor=bm9wZQ==",
        "/api/cases/m1/timeline?as_of=yesterday",
        "/api/cases/m1/timeline?as_of=2026-11-23T10:00:00",
        "/api/causes?on=2026-02-30",
    ],
)
async def test_a_wrong_query_is_a_problem(keep: Keep, sign_in: SignIn, path: str) -> None:
    await keep(Matter, a_matter())
    no = await (await sign_in("supervisor")).get(path)
    assert is_problem(no, 422, "invalid")
    assert no.json()["field"] in path


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/cases/none", "/api/cases/%00", "/api/cases/%FF/timeline"]
)
async def test_what_is_not_there_is_404(sign_in: SignIn, path: str) -> None:
    assert is_problem(await (await sign_in("supervisor")).get(path), 404, "not_found")


async def test_a_wrong_method_names_the_right_one(anyone: httpx.AsyncClient) -> None:
    no = await anyone.put("/api/session", json={})
    assert is_problem(no, 405, "method_not_allowed")
    assert "POST" in no.headers["allow"]


@pytest.mark.parametrize("token", [None, "Bearer nonsense", "Basic x"])
async def test_without_a_session_nothing_is_told(
    anyone: httpx.AsyncClient, token: str | None
) -> None:
    headers = {"Authorization": token} if token else {}
    no = await anyone.get("/api/cases/m1", headers=headers)
    assert is_problem(no, 401, "not_signed_in")


async def test_a_refusal_of_the_law_cites_it(
    keep: Keep, sign_in: SignIn, desk: CountingDesk
) -> None:
    await keep(Matter, a_matter())
    desk.refusal = refuse(Code.GATE_NOT_MET, "须经法制审核", "needs legal review", PENALTY(58))
    head = await sign_in("unit.head")
    no = await head.post(DOCKET, json={}, headers={"Accept-Language": "en-GB, zh;q=0.5"})
    assert is_problem(no, 409, "gate_not_met")
    assert no.json()["basis"] == [{"law": "行政处罚法", "article": "58"}]
    assert no.json()["detail"] == "needs legal review"
    assert no.headers["content-language"] == "en"
    assert (await head.post(DOCKET, json={})).json()["detail"] == "须经法制审核"


async def test_the_engine_away_is_503_and_nothing_done(
    keep: Keep, sign_in: SignIn, desk: CountingDesk
) -> None:
    await keep(Matter, a_matter())
    desk.refusal = Unavailable()
    no = await (await sign_in("unit.head")).post(DOCKET, json={})
    assert is_problem(no, 503, "unavailable")
    assert no.headers["retry-after"]


async def test_an_act_admitted_but_unfinished_is_202(
    keep: Keep, sign_in: SignIn, desk: CountingDesk
) -> None:
    await keep(Matter, a_matter())
    desk.refusal = StillRunning("m1")
    yes = await (await sign_in("unit.head")).post(DOCKET, json={})
    assert yes.status_code == 202
    assert yes.headers["location"] == "/api/cases/m1"


async def test_a_crash_tells_nothing(
    keep: Keep, sign_in: SignIn, desk: CountingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(Matter, a_matter())
    desk.refusal = RuntimeError("secret of the house")
    no = await (await sign_in("unit.head")).post(DOCKET, json={})
    assert is_problem(no, 500, "internal")
    assert "secret" not in no.text
    assert no.headers["request-id"] in caplog.text


async def test_answers_carry_their_headers(anyone: httpx.AsyncClient) -> None:
    live = await anyone.get("/api/health/live")
    assert live.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in live.headers["content-security-policy"]
    assert live.headers["cache-control"] == "no-store"


async def test_a_register_restarted_is_found_again(
    app: FastAPI, sign_in: SignIn, register: AsyncEngine
) -> None:
    zhang = await sign_in("officer.zhang")
    own = sa.text(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where backend_type = 'client backend' and pid <> pg_backend_pid()"
    )
    async with register.connect() as connection:
        await connection.execute(own)
    assert (await zhang.get("/api/me")).status_code == 200


async def test_ready_names_what_is_missing(anyone: httpx.AsyncClient) -> None:
    no = await anyone.get("/api/health/ready")
    assert no.status_code == 503
    assert no.json()["missing"] == ["migrations", "temporal"]


async def test_the_register_away_is_503(settings: Settings, catalogue: Catalogue) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql+asyncpg://u:p@127.0.0.1:9/x"})
    app = create_app(nowhere, desk=CountingDesk(), catalogue=catalogue)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as anyone,
    ):
        no = await anyone.get("/api/me", headers={"Authorization": "Bearer x"})
        assert is_problem(no, 503, "unavailable")
        assert no.headers["retry-after"]
        ready = await anyone.get("/api/health/ready")
        assert ready.json()["missing"] == ["database", "migrations", "temporal"]
        assert (await anyone.get("/api/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("header", "english"),
    [
        (None, False),
        ("", False),
        ("*", False),
        ("en", True),
        ("en-US,en;q=0.9", True),
        ("zh-CN,zh;q=0.9,en;q=0.8", False),
        ("en;q=0.5, zh;q=0.6", False),
        ("zh;q=0.1, en;q=0.2", True),
        ("zh;q=0, *", True),
        ("fr", False),
        ("en;q=x", False),
        ("en;q=0", False),
    ],
)
def test_the_reader_chooses_the_language(header: str | None, english: bool) -> None:  # noqa: FBT001
    assert prefers_english(header) is english


def test_every_code_of_the_law_has_a_status() -> None:
    assert set(Code) <= PROBLEMS.keys()
