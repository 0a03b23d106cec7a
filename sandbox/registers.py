"""The sandbox of the government's registers (共享数据沙箱): residents, companies, property, vaccinations; asked with a signature, answers
what it holds. Records can be put in, and a register can be sent away, to see what happens then.

For demonstrations and tests; nothing leaves this machine.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from fastapi import FastAPI, HTTPException, Request

from models.settings import Settings, settings
from models.sharing import Register
from models.signature import registers_key, verify

RECORDS = Path(__file__).with_suffix(".yaml")


class Held:
    """What each register holds, and which of them are away."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = yaml.safe_load(RECORDS.read_text("utf-8"))
        self.away: set[str] = set()
        self.asked: list[tuple[str, str]] = []


def create_app(chosen: Settings) -> FastAPI:
    """The app; `app.state.held` is what it holds."""
    held, key = Held(), registers_key(chosen)
    app = FastAPI(title="共享数据沙箱 · registers sandbox", docs_url=None, redoc_url=None)
    app.state.held = held

    @app.post("/{source}/query")
    async def query(source: Register, request: Request) -> dict[str, Any]:
        body = await request.body()
        if not verify(body, request.headers, key, datetime.now(UTC)):
            raise HTTPException(401, "签名无效 · bad signature")
        if source in held.away:
            raise HTTPException(503, "暂不可用 · away")
        asked = str(json.loads(body)["key"])
        held.asked.append((source, asked))
        record = held.records[source].get(asked)
        return {"found": record is not None, "data": record or {}}

    @app.put("/{source}/records/{known}")
    async def put(source: Register, known: str, request: Request) -> dict[str, str]:
        held.records[source][known] = await request.json()
        return {"known": known}

    @app.get("/")
    async def everything() -> dict[str, Any]:
        return {"records": held.records, "away": sorted(held.away)}

    @app.put("/{source}/away")
    async def away(source: Register, request: Request) -> dict[str, bool]:
        gone = bool(await request.json())
        (held.away.add if gone else held.away.discard)(source)
        return {"away": gone}

    return app


def run(port: int) -> None:
    """Until stopped."""
    uvicorn.run(create_app(settings()), host="127.0.0.1", port=port, log_level="warning")
