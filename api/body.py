"""Reading what people send: bounded while it streams, strictly JSON, storable to the end."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusals import Problem, answer, invalid

LARGEST = 1 << 20  # bytes
DRAINED = 64 << 20  # read and dropped before the 413, so that the sender gets to read it


class BodyLimit:
    """Refuses a body over `largest` bytes, announced or not; `other`: limits by path prefix; `streamed`: paths that bound themselves."""

    def __init__(
        self,
        app: ASGIApp,
        largest: int = LARGEST,
        other: Mapping[str, int] | None = None,
        streamed: Callable[[Scope], bool] = lambda _: False,
    ) -> None:
        self.app, self.largest, self.other, self.streamed = app, largest, other or {}, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = scope["type"] == "http" and scope["method"] not in {"GET", "HEAD", "OPTIONS"}
        if not read or self.streamed(scope):
            await self.app(scope, receive, send)
            return
        body = await _read(receive, self._limit(scope["path"]))
        if body is None:
            await answer(_too_large(), Request(scope))(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    def _limit(self, path: str) -> int:
        own = (limit for prefix, limit in self.other.items() if path.startswith(prefix))
        return next(own, self.largest)


async def _read(receive: Receive, largest: int) -> bytes | None:
    """The whole body, or None when it is too large."""
    body, size, more = bytearray(), 0, True
    while more and size <= DRAINED:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= largest:
            body += chunk
        more = message.get("more_body", False)
    return bytes(body) if size <= largest else None


def _replay(body: bytes, receive: Receive) -> Receive:
    unread = [body]

    async def once() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return once


def _too_large() -> Problem:
    return Problem("too_large", "请求超过 1 MiB", "over 1 MiB", headers={"Connection": "close"})


async def read_paper(request: Request) -> dict[str, Any]:
    """The body as a JSON object. 400 when it is not JSON in UTF-8; 422 when it cannot be kept."""
    try:
        body = await request.body()
        paper = from_json(body, allow_inf_nan=False)
        json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as wrong:
        zh, en = "请求正文须为 UTF-8 编码的 JSON", "the body must be JSON in UTF-8"
        raise Problem("malformed", zh, en) from wrong
    if not isinstance(paper, dict):
        raise invalid("body", "须为 JSON 对象", "must be a JSON object")
    _refuse_unkeepable(paper, "")
    return paper


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name given twice means two things."""
    named = dict(pairs)
    if len(named) != len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
        raise invalid(twice, "字段重复", "given twice")
    return named


def _refuse_unkeepable(value: Any, at: str) -> None:
    """NUL is no character to the register; 1e999 is no number to JSON."""
    if isinstance(value, str) and "\x00" in value:
        raise invalid(at or "body", "不得含有 NUL 字符", "must not contain NUL")
    if isinstance(value, float) and not math.isfinite(value):
        raise invalid(at or "body", "数字过大", "number too large")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unkeepable(key, at)
            _refuse_unkeepable(inner, f"{at}.{key}".removeprefix("."))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_unkeepable(inner, f"{at}.{index}".removeprefix("."))


Paper = Annotated[dict[str, Any], Depends(read_paper)]
