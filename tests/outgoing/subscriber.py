"""Somebody who subscribed: real HTTP, and libraries of others to verify and read what he gets."""

import asyncio
from collections.abc import Callable
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks import Webhook

Answering = Callable[[BaseCloudEvent], int]


class Subscriber:
    """An ASGI app that takes what is signed with its secret. `tried`: everything that came; `took`: what it answered 2xx."""

    def __init__(self) -> None:
        self.url, self.secret = "", ""
        self.tried: list[BaseCloudEvent] = []
        self.took: list[BaseCloudEvent] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Answering = lambda _: 204
        self.pause = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, headers = await _body(receive), _headers(scope)
        Webhook(self.secret).verify(body, headers)  # raises: the sender then sees a 500
        told = from_http_event(HTTPMessage(headers, body))
        self.tried.append(told)
        self.headers.append(headers)
        await asyncio.sleep(self.pause)
        status = self.answer(told)
        if status < 300:
            self.took.append(told)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def seqs(self, matter: str) -> list[int]:
        """Of one matter, in the order in which they were taken."""
        return [data_of(told)["seq"] for told in self.took if told.get_subject() == matter]


def data_of(told: BaseCloudEvent) -> dict[str, Any]:
    data = told.get_data()
    assert isinstance(data, dict)
    return data


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in scope["headers"]}
