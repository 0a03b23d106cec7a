"""The SMS gateway's sandbox: takes signed messages, shows them, and tells whether each arrived. Numbers that end with 0000 do not exist.

For demonstrations and tests; nothing leaves this machine.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request

from models.settings import Settings, settings
from models.signature import sign, sms_key, verify
from models.timeline import canonical

EVERY = 0.3  # seconds between two tries to tell
NOBODY = "0000"


class Gateway:
    """What was taken, and what the bureau has not been told yet."""

    def __init__(self, chosen: Settings, http: httpx.AsyncClient | None = None) -> None:
        self.key, self.url = sms_key(chosen), f"{chosen.api_address}/api/deliveries"
        self.http = http or httpx.AsyncClient(timeout=10, trust_env=False)
        self.taken: dict[str, dict[str, Any]] = {}
        self.untold: list[str] = []

    def take(self, message: dict[str, Any]) -> None:
        """Once, however often it is sent."""
        if message["id"] not in self.taken:
            self.taken[message["id"]] = message
            self.untold.append(message["id"])

    async def tell(self) -> None:
        """Every receipt until the bureau has it."""
        while True:
            for known in list(self.untold):
                if await self._told(self.taken[known]):
                    self.untold.remove(known)
            await asyncio.sleep(EVERY)

    async def _told(self, message: dict[str, Any]) -> bool:
        lost = message["to"].endswith(NOBODY)
        said = (
            {"state": "bounced", "detail": "空号"}
            if lost
            else {"state": "delivered", "detail": "DELIVRD"}
        )
        body = canonical({"id": message["id"], **said})
        headers = {"Content-Type": "application/json"} | sign(body, self.key, datetime.now(UTC))
        with suppress(httpx.HTTPError):
            return (await self.http.post(self.url, content=body, headers=headers)).is_success
        return False


def create_app(chosen: Settings, http: httpx.AsyncClient | None = None) -> FastAPI:
    """The app; `http` is how the bureau is reached (tests)."""
    gateway = Gateway(chosen, http)

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        telling = asyncio.create_task(gateway.tell())
        yield
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling

    app = FastAPI(title="短信沙箱 · SMS sandbox", docs_url=None, redoc_url=None, lifespan=opened)

    @app.post("/messages", status_code=202)
    async def take(request: Request) -> dict[str, str]:
        body = await request.body()
        if not verify(body, request.headers, gateway.key, datetime.now(UTC)):
            raise HTTPException(401, "签名无效 · bad signature")
        message = json.loads(body)
        gateway.take(message)
        return {"id": message["id"]}

    @app.get("/messages")
    async def messages() -> list[dict[str, Any]]:
        return list(gateway.taken.values())

    return app


def run(port: int) -> None:
    """Until stopped."""
    uvicorn.run(create_app(settings()), host="127.0.0.1", port=port, log_level="warning")
