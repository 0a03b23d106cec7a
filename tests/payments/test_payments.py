"""What the treasury says is kept first: signed only, once, and never lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter, Payment
from tests.api.builders import a_matter, a_state
from tests.payments.conftest import SECRET, a_receipt, http, signed_in, told

pytestmark = pytest.mark.slow


@pytest.fixture
async def billed(register: AsyncEngine) -> str:
    """The bill of a case."""
    state = a_state("m1", money={"bill": "m1-1"})
    async with register.begin() as connection:
        await connection.execute(sa.insert(Matter).values(a_matter("m1", state=state)))
    return "m1-1"


async def kept(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(sa.select(Payment.__table__)))


@pytest.mark.parametrize(
    ("key", "minutes_off"), [(bytes(32), 0), (SECRET, -6), (SECRET, 6)], ids=["key", "old", "early"]
)
async def test_a_bad_signature_is_refused(
    front: FastAPI, register: AsyncEngine, billed: str, key: bytes, minutes_off: int
) -> None:
    wrong: dict[str, Any] = {"key": key, "now": datetime.now(UTC) + timedelta(minutes=minutes_off)}
    async with http(front) as client:
        no = await told(client, a_receipt(billed), **wrong)
    assert (no.status_code, no.json()["code"]) == (401, "bad_signature")
    assert await kept(register) == []


async def test_an_unsigned_one_is_refused_whatever_it_says(front: FastAPI, billed: str) -> None:
    async with http(front) as client:
        for body in (b"", b"{", b"[]"):
            assert (await client.post("/api/payments", content=body)).status_code == 401


async def test_while_the_engine_is_away_it_is_kept(
    front: FastAPI, register: AsyncEngine, billed: str
) -> None:
    async with http(front) as client:
        answers = [await told(client, a_receipt(billed)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[1].json() == {"reference": "r1", "bill": billed, "status": "waiting"}
    (row,) = await kept(register)
    assert (row.matter, row.bill, row.entered_at) == ("m1", billed, None)


@pytest.mark.parametrize("differs", [{"amount": 101}, {"bill": "m2-1"}])
async def test_a_repeat_that_differs_is_refused(
    front: FastAPI, register: AsyncEngine, billed: str, differs: dict[str, Any]
) -> None:
    async with http(front) as client:
        await told(client, a_receipt(billed))
        no = await told(client, a_receipt(billed) | differs)
    assert (no.status_code, no.json()["code"]) == (409, "payment_differs")
    (row,) = await kept(register)
    assert (row.bill, row.amount) == (billed, 100)


@pytest.mark.parametrize("bill", ["m1-2", "nothing", "m9-1", "-1", "m1"])
async def test_an_unknown_bill_is_kept_and_shown(
    front: FastAPI, register: AsyncEngine, billed: str, bill: str
) -> None:
    async with http(front) as client:
        answer = await told(client, a_receipt(bill))
    assert (answer.status_code, answer.json()["status"]) == (202, "unmatched")
    treasury = await signed_in(front, "treasury")
    (item,) = (await treasury.get("/api/payments/unmatched")).json()["items"]
    assert (item["bill"], item["matter"], item["amount"]) == (bill, None, 100)


async def test_the_list_of_unmatched_pages_and_is_not_for_everyone(
    front: FastAPI, billed: str
) -> None:
    async with http(front) as client:
        for no in range(3):
            await told(client, a_receipt("m9-1", f"r{no}"))
        assert (await client.get("/api/payments/unmatched")).status_code == 401
    zhang, supervisor = (
        await signed_in(front, "officer.zhang"),
        await signed_in(front, "supervisor"),
    )
    assert (await zhang.get("/api/payments/unmatched")).status_code == 403
    first = (await supervisor.get("/api/payments/unmatched", params={"limit": 2})).json()
    rest = {"limit": 2, "cursor": first["next"]}
    last = (await supervisor.get("/api/payments/unmatched", params=rest)).json()
    assert [item["reference"] for item in first["items"] + last["items"]] == ["r0", "r1", "r2"]
    assert last["next"] is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": "100"}, "amount"),
        ({"paid_at": "2026-11-02T09:00:00"}, "paid_at"),
        ({"reference": ""}, "reference"),
        ({"note": 1}, "note"),
    ],
)
async def test_a_wrong_field_is_named(
    front: FastAPI, register: AsyncEngine, billed: str, changed: dict[str, Any], field: str
) -> None:
    async with http(front) as client:
        no = await told(client, a_receipt(billed) | changed)
    assert (no.status_code, no.json()["field"]) == (422, field)
    assert await kept(register) == []


async def test_without_a_secret_nobody_is_the_treasury(front: FastAPI, billed: str) -> None:
    counter = front.state.counter
    open_to_all = counter.settings.model_copy(update={"treasury_secret": None})
    object.__setattr__(counter, "settings", open_to_all)
    async with http(front) as client:
        assert (await told(client, a_receipt(billed))).status_code == 401
