"""Asking the government's registers (数据共享): one signed question each; a register that does not answer in time is away."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from models.settings import Settings
from models.sharing import Answer, Register, SharedFact
from models.signature import registers_key, sign
from models.timeline import canonical

PATIENCE = 3  # seconds; an applicant is waiting


class Registers:
    """The registers as this office reaches them."""

    def __init__(self, chosen: Settings, http: httpx.AsyncClient | None = None) -> None:
        self.chosen = chosen
        self.http = http or httpx.AsyncClient(
            timeout=PATIENCE, trust_env=chosen.registers_url is not None
        )

    async def ask(self, source: Register, key: str, now: datetime) -> SharedFact:
        """What the register says about this key: a number of a person, a company, a certificate."""
        try:
            answer = await self._asked(source, key)
        except (httpx.HTTPError, ValueError):
            return SharedFact(source=source, answer=Answer.AWAY, asked_at=now)
        found = Answer.FOUND if answer["found"] else Answer.NOT_FOUND
        return SharedFact(source=source, answer=found, data=dict(answer["data"]), asked_at=now)

    async def ask_all(self, keys: Mapping[Register, str], now: datetime) -> dict[str, SharedFact]:
        """Each of them, by the register's name."""
        return {source.value: await self.ask(source, key, now) for source, key in keys.items()}

    async def _asked(self, source: Register, key: str) -> dict[str, Any]:
        if self.chosen.registers_secret is None:
            raise ValueError("no registers are connected")
        body = canonical({"key": key})
        signature = sign(body, registers_key(self.chosen), datetime.now(UTC))
        headers = {"Content-Type": "application/json"} | signature
        url = f"{self.chosen.registers_address}/{source.value}/query"
        response = await self.http.post(url, content=body, headers=headers)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    async def close(self) -> None:
        """Nobody asks any more."""
        await self.http.aclose()
