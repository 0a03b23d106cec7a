"""What the outbox holds arrives once, in order, and however long the other side is away."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from activities.bills import Bills
from activities.courier import Courier, Parcel, delay
from models.database import Outgoing
from models.settings import Settings
from models.signature import verify
from tests.payments.conftest import SECRET, until

pytestmark = pytest.mark.slow
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


class Receiver:
    """The other side: remembers what it took, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.status = 201
        self.taken = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01)
        assert verify(request.content, request.headers, SECRET, datetime.now(UTC))
        if self.status == 0:
            raise httpx.ConnectError("refused", request=request)
        if self.status < 300:
            self.got.append(json.loads(request.content)["id"])
            self.taken.set()
        return httpx.Response(self.status)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def courier(register: AsyncEngine, settings: Settings, receiver: Receiver) -> Courier:
    return _courier(register, settings, receiver)


def _courier(engine: AsyncEngine, settings: Settings, receiver: Receiver) -> Courier:
    http = httpx.AsyncClient(transport=httpx.MockTransport(receiver))
    return Courier(engine, {"bill": Bills(settings, http).carry})


async def put(engine: AsyncEngine, matter: str, no: int, kind: str = "bill") -> None:
    payload = {"bill": f"{matter}-{no}", "amount": 100}
    row = {"id": f"{matter}/{kind}/{no}", "matter": matter, "kind": kind, "payload": payload}
    at = {"created_at": MONDAY + timedelta(minutes=no), "next_at": MONDAY}
    async with engine.begin() as connection:
        await connection.execute(sa.insert(Outgoing).values(row | at))


async def kept(engine: AsyncEngine) -> list[Any]:
    async with engine.begin() as connection:
        rows = await connection.execute(sa.select(Outgoing.__table__).order_by(Outgoing.id))
        return list(rows)


async def all_due(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.update(Outgoing).values(next_at=MONDAY))


async def test_a_bill_is_delivered_once(
    courier: Courier, receiver: Receiver, register: AsyncEngine
) -> None:
    await put(register, "m1", 1)
    assert [await courier.deliver_due() for _ in range(3)] == [1, 0, 0]
    assert receiver.got == ["m1/bill/1"]
    (row,) = await kept(register)
    assert (row.attempts, row.error) == (1, None)
    assert row.sent_at is not None


@pytest.mark.parametrize(
    ("status", "error"), [(0, "ConnectError"), (503, "HTTP 503"), (302, "HTTP 302")]
)
async def test_it_survives_a_receiver_that_is_down(
    courier: Courier, receiver: Receiver, register: AsyncEngine, status: int, error: str
) -> None:
    receiver.status = status
    await put(register, "m1", 1)
    assert [await courier.deliver_due() for _ in range(2)] == [1, 0]
    (row,) = await kept(register)
    assert (row.sent_at, row.attempts, row.error) == (None, 1, error)
    receiver.status = 200
    await all_due(register)
    await courier.deliver_due()
    (row,) = await kept(register)
    assert (row.attempts, row.error, receiver.got) == (2, None, ["m1/bill/1"])


async def test_a_kind_it_does_not_carry_is_left_for_another(
    courier: Courier, register: AsyncEngine
) -> None:
    await put(register, "m1", 1, "letter")
    assert await courier.deliver_due() == 0
    (row,) = await kept(register)
    assert (row.sent_at, row.attempts) == (None, 0)


async def test_a_fault_in_one_delivery_holds_up_no_other(
    courier: Courier, receiver: Receiver, register: AsyncEngine
) -> None:
    async def broken(_: Parcel) -> None:
        raise ZeroDivisionError

    courier = Courier(register, {**courier.carriers, "letter": broken})
    await put(register, "m1", 1, "letter")
    await put(register, "m1", 2)
    await courier.deliver_due()
    assert receiver.got == ["m1/bill/2"]
    assert [row.error for row in await kept(register)] == [None, "fault: ZeroDivisionError"]


async def test_rows_of_one_matter_keep_their_order(
    courier: Courier, receiver: Receiver, register: AsyncEngine
) -> None:
    for no in (3, 1, 2):
        await put(register, "m1", no)
    await put(register, "m2", 1)
    receiver.status = 503
    assert await courier.deliver_due() == 2  # the first of each; the others wait for it
    receiver.status = 200
    await all_due(register)
    while await courier.deliver_due():
        pass
    mine = [id_ for id_ in receiver.got if id_.startswith("m1")]
    assert mine == ["m1/bill/1", "m1/bill/2", "m1/bill/3"]


async def test_several_couriers_share_the_work(
    settings: Settings, receiver: Receiver, register: AsyncEngine
) -> None:
    for matter in range(30):
        for no in (1, 2):
            await put(register, f"m{matter}", no)
    running = [asyncio.create_task(_courier(register, settings, receiver).run()) for _ in range(3)]
    await until(lambda: len(receiver.got) == 60)
    for one in running:
        one.cancel()
        with suppress(asyncio.CancelledError):
            await one
    assert len(receiver.got) == len(set(receiver.got)) == 60
    assert all(
        receiver.got.index(f"m{m}/bill/1") < receiver.got.index(f"m{m}/bill/2") for m in range(30)
    )


async def test_one_that_is_cut_short_delivers_again(
    courier: Courier, receiver: Receiver, register: AsyncEngine
) -> None:
    await put(register, "m1", 1)
    cut = asyncio.create_task(courier.deliver_due())
    await receiver.taken.wait()
    cut.cancel()
    with suppress(asyncio.CancelledError):
        await cut
    await courier.deliver_due()
    assert receiver.got == ["m1/bill/1"] * 2  # known by its id over there


async def test_it_waits_for_a_register_that_is_away(settings: Settings, receiver: Receiver) -> None:
    nowhere = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    courier = _courier(nowhere, settings, receiver)
    running = asyncio.create_task(courier.run())
    await asyncio.sleep(0.1)
    assert not running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_the_delay_doubles_from_a_second_to_an_hour() -> None:
    seconds = [delay(attempts).total_seconds() for attempts in (1, 2, 3, 12, 13, 10_000)]
    assert seconds == [1, 2, 4, 2048, 3600, 3600]
