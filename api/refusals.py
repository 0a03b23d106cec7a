"""Every "no" the front gives: one table from code to status and title, one shape, two languages.

``{type, title, status, detail, code, basis: [{law, article}], instance, field?}`` as in RFC 9457;
`type` is ``/problems/{code}`` and stays. What the law says comes from `models.refusal`; what HTTP
says (not signed in, too large, gone away) is named here.
"""

from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import exc as sql
from starlette.exceptions import HTTPException

from models.basis import Basis
from models.refusal import Refused

RETRY_AFTER = "2"  # seconds

PROBLEMS: dict[str, tuple[int, str, str]] = {
    "malformed": (400, "请求格式错误", "Malformed request"),
    "not_signed_in": (401, "未登录", "Not signed in"),
    "wrong_credentials": (401, "登录失败", "Sign-in failed"),
    "bad_signature": (401, "签名无效", "Bad signature"),
    "not_your_role": (403, "不属于您的职责", "Not your role"),
    "conflict_of_interest": (403, "应当回避", "Conflict of interest"),
    "origin_refused": (403, "请求来源不符", "Request from another site"),
    "not_found": (404, "未找到", "Not found"),
    "unknown_act": (404, "没有这种行为", "No such act"),
    "not_in_force": (404, "当日无有效规定", "Not in force on that day"),
    "method_not_allowed": (405, "方法不允许", "Method not allowed"),
    "too_many_requests": (429, "请求过多", "Too many requests"),
    "not_acceptable": (406, "没有这种格式", "Not in that form"),
    "not_open": (409, "当前环节不能办理", "Not open now"),
    "gate_not_met": (409, "前置条件未满足", "A condition is not met"),
    "period_over": (409, "期限已过", "The period is over"),
    "upload_elsewhere": (409, "续传位置不符", "The upload stands elsewhere"),
    "not_a_picture": (409, "不是图片", "Not a picture"),
    "payment_differs": (409, "回执前后不一致", "The payment differs"),
    "event_differs": (409, "事件前后不一致", "The event differs"),
    "device_exists": (409, "设备已登记", "The device is registered already"),
    "stale": (412, "案卷已被更新", "The matter has changed"),
    "too_large": (413, "请求过大", "Request too large"),
    "invalid": (422, "内容不符合要求", "Invalid content"),
    "idempotency_key_reused": (422, "幂等键已用于其他请求", "Idempotency key reused"),
    "internal": (500, "系统错误", "Internal error"),
    "not_made_yet": (503, "文书正在制作", "The document is being made"),
    "inbox_full": (503, "事件积压已满", "The inbox is full"),
    "unavailable": (503, "服务暂不可用", "Temporarily unavailable"),
}
_BY_STATUS = {400: "malformed", 401: "not_signed_in", 404: "not_found", 405: "method_not_allowed"}


class Problem(Exception):  # noqa: N818 -- it is an answer, not an error
    """A "no" of the front itself; `code` is a key of `PROBLEMS`."""

    def __init__(  # noqa: PLR0913 -- the parts of a problem
        self,
        code: str,
        zh: str,
        en: str,
        *,
        basis: tuple[Basis, ...] = (),
        field: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(zh)
        self.code, self.zh, self.en = code, zh, en
        self.basis, self.field, self.headers, self.more = basis, field, headers or {}, more


class Unavailable(Exception):  # noqa: N818 -- as above
    """The engine or the register is away; nothing was done, and asking again is safe."""


class StillRunning(Exception):  # noqa: N818 -- as above
    """The act was admitted and its result is not known yet; `matter` is where it will show."""

    def __init__(self, matter: str) -> None:
        super().__init__(matter)
        self.matter = matter


def prefers_english(header: str | None) -> bool:
    """Whether an Accept-Language header wants English more than Chinese (RFC 9110 12.5.4)."""
    weight: dict[str, float] = {}
    for part in (header or "").split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().split("-")[0].lower()
        weight[language] = max(weight.get(language, 0), _quality(parameter))
    anything = weight.get("*", 0)
    return weight.get("en", anything) > weight.get("zh", anything)


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1
    except ValueError:
        return 0


def answer(problem: Problem, request: Request) -> Response:
    """The problem as ``application/problem+json`` in the reader's language."""
    status, title_zh, title_en = PROBLEMS[problem.code]
    english = prefers_english(request.headers.get("accept-language"))
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": title_en if english else title_zh,
        "status": status,
        "detail": problem.en if english else problem.zh,
        "code": problem.code,
        "basis": [basis.model_dump() for basis in problem.basis],
        "instance": request.url.path,
        **problem.more,
    }
    if problem.field:
        body["field"] = problem.field
    headers = {"Content-Language": "en" if english else "zh", **problem.headers}
    return JSONResponse(body, status, headers, "application/problem+json")


def not_found() -> Problem:
    """For what is not there, and for what the reader may not see."""
    return Problem("not_found", "没有这个办件，或您无权查看", "no such matter, or not yours to see")


def invalid(field: str, zh: str, en: str) -> Problem:
    """One field is at fault."""
    return Problem("invalid", f"{field}：{zh}", f"{field}: {en}", field=field)


def unavailable() -> Problem:
    """The engine or the register does not answer."""
    return Problem(
        "unavailable",
        "系统暂时不可用，未作任何更改，请稍后重试",
        "temporarily away; nothing was changed, please try again",
        headers={"Retry-After": RETRY_AFTER},
    )


def internal() -> Problem:
    """Something unforeseen; what exactly is in the log under the request's id."""
    return Problem("internal", "系统错误，请报告请求编号", "internal error; report the request id")


async def _refused(request: Request, refused: Refused) -> Response:
    no = refused.refusal
    return answer(Problem(no.code, no.zh, no.en, basis=no.basis, field=no.field), request)


async def _still_running(request: Request, running: StillRunning) -> Response:
    english = prefers_english(request.headers.get("accept-language"))
    told = "accepted; the result will show in the case" if english else "已受理，结果稍后见案卷"
    location = f"/api/cases/{running.matter}"
    body = {"code": "still_running", "id": running.matter, "detail": told}
    return JSONResponse(body, 202, {"Location": location, "Retry-After": RETRY_AFTER})


async def _misshapen(request: Request, wrong: RequestValidationError) -> Response:
    """Queries and headers, which FastAPI reads; bodies are read in `api.body`."""
    first = wrong.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or "body"
    rule = first["msg"].removeprefix("Value error, ")
    zh, _, en = rule.partition(" / ")
    return answer(invalid(field, zh if en else "参数无效", en or rule), request)


async def _http(request: Request, wrong: HTTPException) -> Response:
    code = _BY_STATUS.get(wrong.status_code, "malformed" if wrong.status_code < 500 else "internal")
    title = PROBLEMS[code]
    headers = dict(wrong.headers or {})
    return answer(Problem(code, title[1], HTTPStatus(title[0]).phrase, headers=headers), request)


async def _database(request: Request, wrong: sql.DBAPIError) -> Response:
    """A register that is away is 503; a wrong statement stays a crash."""
    gone = isinstance(wrong, sql.OperationalError | sql.InterfaceError) or _not_ready(wrong)
    if gone or wrong.connection_invalidated:
        return answer(unavailable(), request)
    raise wrong


def _not_ready(wrong: sql.DBAPIError) -> bool:
    """Starting, stopping, or full: the driver says so by its state, SQLAlchemy by no class of its own."""
    return str(getattr(wrong.orig, "sqlstate", None) or "").startswith(("08", "53", "57P"))


async def _away(request: Request, _: Exception) -> Response:
    return answer(unavailable(), request)


async def _problem(request: Request, problem: Problem) -> Response:
    return answer(problem, request)


def install(app: FastAPI) -> None:
    """Let the app answer with problems only."""
    handlers: dict[type[Exception], Any] = {
        Problem: _problem,
        Refused: _refused,
        StillRunning: _still_running,
        RequestValidationError: _misshapen,
        HTTPException: _http,
        sql.DBAPIError: _database,
    }
    away = (
        Unavailable,
        ConnectionError,
        TimeoutError,
        sql.TimeoutError,
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
        asyncpg.TooManyConnectionsError,
    )
    for kind, handler in (handlers | dict.fromkeys(away, _away)).items():
        app.add_exception_handler(kind, handler)
