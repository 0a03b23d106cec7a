"""People who do not give up: every write has a key and is sent until it is answered."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.replay.papers import CLOSING, ORDER, YES, Paper, a_lead, a_payment, a_spot_lead

PASSWORD = "anjuan-demo"
ZHANG, UNIT, HEAD, TREASURY = "officer.zhang", "unit.head", "bureau.head", "treasury"
PAUSE = 0.2
COME_AGAIN = (202, 503)


@dataclass
class Visitors:
    """Those who work on cases, and what they were answered: `done` holds the acts of every 2xx."""

    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def sign_in(self, *usernames: str) -> "Visitors":
        for username in usernames:
            login = {"username": username, "password": PASSWORD}
            answer = await self.client.post("/api/session", json=login)
            self.tokens[username] = answer.json()["token"]
        self.client.cookies.clear()
        return self

    async def ask(self, path: str, paper: Paper, by: str, key: str) -> httpx.Response:
        """Once."""
        headers = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": key}
        return await self.client.post(path, json=paper, headers=headers)

    async def insist(self, path: str, paper: Paper, by: str, key: str) -> dict[str, Any]:
        """Until it is done."""
        while True:
            try:
                answer = await self.ask(path, paper, by, key)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE)
                continue
            if answer.status_code not in COME_AGAIN:
                break
            await asyncio.sleep(PAUSE)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        state: dict[str, Any] = answer.json()
        async with self.news:
            self.done[state["id"], path.rpartition("/")[2]] += 1
            self.news.notify_all()
        return state

    async def busy(self, acts: int) -> None:
        """Until so many acts are done."""
        async with self.news:
            await self.news.wait_for(lambda: self.done.total() >= acts)

    async def file(self, lead: Paper, key: str) -> str:
        state = await self.insist("/api/cases", lead, ZHANG, key)
        return str(state["id"])

    async def hand_in(self, case: str, act: str, by: str, **paper: Any) -> dict[str, Any]:
        return await self.insist(f"/api/cases/{case}/acts/{act}", paper, by, f"{case}:{act}")

    async def timeline(self, case: str) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens[ZHANG]}"}
        answer = await self.client.get(f"/api/cases/{case}/timeline", headers=headers)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def everybody() -> tuple[str, ...]:
    return (ZHANG, UNIT, HEAD, TREASURY)


async def summary(visitors: Visitors, name: str) -> str:
    """Fined on the street, paid, closed."""
    case = await visitors.file(a_spot_lead(_now(), name), name)
    await visitors.hand_in(case, "add_note", ZHANG, text="备注")
    await visitors.hand_in(case, "receive_payment", TREASURY, **a_payment(case, 30, _now()))
    await visitors.hand_in(case, "close_case", UNIT, **CLOSING)
    return case


async def withdrawn(visitors: Visitors, name: str) -> str:
    """Docketed, an order given, withdrawn."""
    case = await visitors.file(a_lead(_now(), place=_at(name)), name)
    await visitors.hand_in(case, "decide_docketing", UNIT, **YES)
    await visitors.hand_in(case, "order_correction", ZHANG, **ORDER)
    await visitors.hand_in(case, "withdraw_case", HEAD, reason="立案有误")
    return case


async def opened(visitors: Visitors, name: str) -> str:
    """A lead that waits for docketing."""
    return await visitors.file(a_lead(_now(), place=_at(name)), name)


def _at(address: str) -> Paper:
    return {"street": "凯旋街道", "address": address}


def _now() -> datetime:
    return datetime.now(UTC)
