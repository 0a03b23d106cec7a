"""The sandbox takes a bill once, and tells of a payment until it is heard."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.settings import Settings
from models.signature import sign, verify
from models.timeline import canonical
from sandbox.treasury import create_app
from tests.payments.conftest import SECRET, key, until

BILL = {"id": "m1/bill/m1-1", "bill": "m1-1", "amount": 100}


class Bureau:
    """Hears of payments, when it listens."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.listens = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.listens:
            raise httpx.ConnectError("refused", request=request)
        assert verify(request.content, request.headers, SECRET, datetime.now(UTC))
        self.heard.append(json.loads(request.content))
        return httpx.Response(202, json={"status": "waiting"})


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(treasury_secret=key(SECRET), var_dir=tmp_path)


@asynccontextmanager
async def open_(chosen: Settings, bureau: Bureau) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(chosen, httpx.AsyncClient(transport=httpx.MockTransport(bureau)))
    at_counter = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://treasury")
    async with app.router.lifespan_context(app), at_counter:
        yield at_counter


async def bring(client: httpx.AsyncClient, bill: dict[str, Any], key: bytes = SECRET) -> int:
    body = canonical(bill)
    headers = {"Content-Type": "application/json"} | sign(body, key, datetime.now(UTC))
    return (await client.post("/bills", content=body, headers=headers)).status_code


async def test_a_bill_comes_in_once(chosen: Settings, bureau: Bureau) -> None:
    async with open_(chosen, bureau) as client:
        assert [await bring(client, BILL) for _ in range(2)] == [201, 200]
        assert await bring(client, BILL | {"amount": 200}) == 409


async def test_an_amended_bill_replaces_the_amount(chosen: Settings, bureau: Bureau) -> None:
    async with open_(chosen, bureau) as client:
        await bring(client, BILL)
        amended = BILL | {"id": "m1/bill/m1-1/2", "amount": 80}
        assert [await bring(client, amended) for _ in range(2)] == [201, 200]
        (known,) = (await client.get("/bills")).json()
    assert known["amount"] == 80


async def test_what_a_bill_shows(chosen: Settings, bureau: Bureau) -> None:
    async with open_(chosen, bureau) as client:
        await bring(client, BILL)
        (known,) = (await client.get("/bills")).json()
    assert (known["bill"], known["amount"], known["paid"], known["payments"]) == (
        "m1-1",
        100,
        0,
        [],
    )


async def test_a_bill_of_somebody_else_is_refused(chosen: Settings, bureau: Bureau) -> None:
    async with open_(chosen, bureau) as client:
        assert await bring(client, BILL, bytes(32)) == 401
        assert (await client.post("/bills", json=BILL)).status_code == 401
        assert (await client.post("/bills/m1-1/pay", json={"amount": 1})).status_code == 404


async def test_the_bureau_hears_of_a_payment_once(chosen: Settings, bureau: Bureau) -> None:
    async with open_(chosen, bureau) as client:
        await bring(client, BILL)
        for _ in range(2):
            paid = await client.post("/bills/m1-1/pay", json={"amount": 60.5, "reference": "r1"})
            assert paid.status_code == 201
        other = await client.post("/bills/m1-1/pay", json={"amount": 1, "reference": "r1"})
        assert other.status_code == 409
        await until(lambda: len(bureau.heard) == 1)
        again = (await client.post("/bills/m1-1/repeat")).json()
        known = (await client.get("/bills/m1-1")).json()
    assert again["status"] == 202
    assert [one["reference"] for one in bureau.heard] == ["r1", "r1"]
    assert bureau.heard[0] == bureau.heard[1]
    assert (known["paid"], len(known["payments"])) == (60.5, 1)


async def test_a_payment_outlives_the_sandbox(chosen: Settings, bureau: Bureau) -> None:
    bureau.listens = False
    async with open_(chosen, bureau) as client:
        await bring(client, BILL)
        await client.post("/bills/m1-1/pay", json={"amount": 100, "reference": "r1"})
        await asyncio.sleep(0.05)
    bureau.listens = True
    async with open_(chosen, bureau) as client:
        await until(lambda: len(bureau.heard) == 1)
    assert [one["reference"] for one in bureau.heard] == ["r1"]


async def test_a_deaf_bureau_is_told_again(chosen: Settings, bureau: Bureau) -> None:
    bureau.listens = False
    async with open_(chosen, bureau) as client:
        await bring(client, BILL)
        await client.post("/bills/m1-1/pay", json={"amount": 100})
        await asyncio.sleep(0.05)
        assert (await client.post("/bills/m1-1/repeat")).json()["status"] is None
        bureau.listens = True
        await until(lambda: len(bureau.heard) == 1)


@pytest.mark.parametrize("amount", [0, -1, 1.234, "1", True])
async def test_a_strange_amount_is_refused(chosen: Settings, bureau: Bureau, amount: Any) -> None:
    async with open_(chosen, bureau) as client:
        await bring(client, BILL)
        no = await client.post("/bills/m1-1/pay", json={"amount": amount})
    assert no.status_code == 422
