"""What every answer is wrapped in: a request id, security headers, a clean 500 for the rest."""

import logging
import secrets

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusals import answer, internal

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",  # files of people; a route that allows keeping says so itself
}


class Envelope:
    """The outermost layer. What crashed goes to the log, under the id the person can report."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, started = secrets.token_hex(8), False

        async def wrapped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _stamp(MutableHeaders(scope=message), request_id, scope["scheme"])
            await send(message)

        try:
            await self.app(scope, receive, wrapped)
        except Exception:
            log.exception("request %s failed: %s %s", request_id, scope["method"], scope["path"])
            if started:
                raise
            await answer(internal(), Request(scope))(scope, receive, wrapped)


def _stamp(headers: MutableHeaders, request_id: str, scheme: str) -> None:
    headers["Request-Id"] = request_id
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if scheme == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"
