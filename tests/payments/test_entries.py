"""Money reaches its case: while it runs, after it is closed, and after the engine was away."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.bills import Bills
from activities.courier import Courier
from activities.payments import closed_case, reopening
from models.act import Moment
from models.catalogue import Catalogue
from models.change import Request
from models.database import Payment, Todo
from models.timeline import first_break
from sandbox.treasury import create_app
from tests.api.builders import KEY
from tests.payments.conftest import QUEUE, House, a_receipt, at_work, http, signed_in, told
from workflows.after_closing import reopen
from workflows.client import connect
from workflows.late_entries import TREASURY, enter, enter_waiting_payments

pytestmark = pytest.mark.slow


async def until_closed(house: House, case: str) -> Any:
    async with asyncio.timeout(10):
        while (row := await house.matter(case)).closed_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return row


async def settled(house: House, *references: str) -> None:
    """Everything told was entered at once, or is now by the loop."""
    client = house.app.state.counter.temporal
    async with house.engine.begin() as connection:  # as if told a while ago
        old = datetime.now(UTC) - timedelta(minutes=1)
        await connection.execute(sa.update(Payment).values(received_at=old))
    async with asyncio.timeout(10):
        while not all([(await house.payment(r)).entered_at for r in references]):
            await enter_waiting_payments(client, house.engine, house.settings)


async def test_a_payment_is_entered_once(house: House) -> None:
    case = await house.a_fined_case()
    receipt = a_receipt(case["money"]["bill"])
    answers = [await told(house.anyone, receipt) for _ in range(3)]
    assert [(a.status_code, a.json()["status"]) for a in answers] == [(200, "entered")] * 3
    state = (await house.matter(case["id"])).state
    assert (state["money"]["paid"], state["money"]["owed"], state["stage"]) == (100, 0, "closing")
    acts = [entry.name for entry in await house.timeline(case["id"])]
    assert acts.count("receive_payment") == 1
    (by,) = {
        e.actor.username for e in await house.timeline(case["id"]) if e.name == "receive_payment"
    }
    assert by == "treasury.platform"


async def test_money_after_closing_goes_back_and_the_case_closes_again(house: House) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    before = await house.matter(case)
    answer = await told(house.anyone, a_receipt(bill, "late", 40))
    assert (answer.status_code, answer.json()["status"]) == (200, "entered")
    row = await house.matter(case)
    assert (row.stage, row.state["stage_term"], row.closed_at) == (
        "after_closing",
        "结案后处理",
        None,
    )
    assert row.state["money"]["overpaid"] == 40
    assert row.state["clocks"] == before.state["clocks"]
    assert [
        todo.act for todo in await house.rows(sa.select(Todo.act).where(Todo.matter == case))
    ] == ["record_refund"]
    treasury = await signed_in(house.app, "treasury")
    assert [t["act"] for t in (await treasury.get("/api/todo")).json()["items"]] == [
        "record_refund"
    ]
    await house.act(case, "record_refund", "treasury", reference="back1", amount=30)
    assert (await house.matter(case)).stage == "after_closing"
    await house.act(case, "record_refund", "treasury", reference="back2", amount=10)
    row = await until_closed(house, case)
    assert (row.stage, row.outcome, row.state["money"]["overpaid"]) == ("closed", "penalise", 0)
    assert row.number == before.number
    assert row.opened_at == before.opened_at
    entries = await house.timeline(case)
    assert first_break(entries) is None
    assert len(entries) == row.version > before.version
    assert [entry.name for entry in entries[before.version :]] == [
        *("receive_payment", "overpaid", "record_refund", "record_refund", "closed_again"),
    ]
    assert await house.rows(sa.select(Todo.act).where(Todo.matter == case)) == []


async def test_it_may_happen_again_and_again(house: House) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    for no in (1, 2):
        await told(house.anyone, a_receipt(bill, f"late{no}", 5))
        await settled(house, f"late{no}")
        await house.act(case, "record_refund", "treasury", reference=f"back{no}", amount=5)
        await until_closed(house, case)
    again = await told(house.anyone, a_receipt(bill, "late1", 5))
    assert (again.status_code, (await house.matter(case)).stage) == (200, "closed")
    assert first_break(await house.timeline(case)) is None


async def test_two_at_the_same_moment_after_closing(house: House) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    names = [f"late{no}" for no in range(5)]
    await asyncio.gather(*(told(house.anyone, a_receipt(bill, name, 1)) for name in names))
    await settled(house, *names)
    row = await house.matter(case)
    assert row.state["money"]["overpaid"] == 5
    await house.act(case, "record_refund", "treasury", reference="back", amount=5)
    row = await until_closed(house, case)
    entries = await house.timeline(case)
    assert first_break(entries) is None
    assert [e.name for e in entries].count("receive_payment") == 6
    assert len(row.state["money"]["account"]["payments"]) == 6


async def test_what_came_while_the_engine_was_away_is_entered_later(
    house: House, client: Client
) -> None:
    closed, running = await house.a_closed_case(), await house.a_fined_case()
    house.reach(None)
    late = await told(house.anyone, a_receipt(closed["money"]["bill"], "late", 7))
    paid = await told(house.anyone, a_receipt(running["money"]["bill"], "paid", 100))
    assert [late.status_code, paid.status_code] == [202, 202]
    house.reach(client)
    await settled(house, "late", "paid")
    assert (await house.matter(closed["id"])).state["money"]["overpaid"] == 7
    assert (await house.matter(running["id"])).stage == "closing"


async def test_one_entered_but_not_marked_is_not_entered_again(house: House) -> None:
    """Not even by a run that has never heard of it."""
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    await told(house.anyone, a_receipt(bill, "late", 5))
    await house.act(case, "record_refund", "treasury", reference="back", amount=5)
    version = (await until_closed(house, case)).version
    async with house.engine.begin() as connection:
        await connection.execute(sa.update(Payment).values(entered_at=None))
    await settled(house, "late", f"{case}/1")
    row = await house.matter(case)
    assert (row.version, row.stage) == (version, "closed")


async def test_while_somebody_reopens_a_case_others_wait(house: House) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    async with reopening(house.engine, case):
        answer = await told(house.anyone, a_receipt(bill, "late", 5))
    assert (answer.status_code, (await house.matter(case)).stage) == (202, "closed")
    await settled(house, "late")
    assert (await house.matter(case)).stage == "after_closing"


async def test_one_that_the_case_refuses_waits_for_a_person(house: House) -> None:
    case = await house.a_fined_case()
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answer = await told(house.anyone, a_receipt(case["money"]["bill"], paid_at=ahead))
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    supervisor = await signed_in(house.app, "supervisor")
    (item,) = (await supervisor.get("/api/payments/unmatched")).json()["items"]
    assert item["matter"] == case["id"]


async def test_a_case_reopened_while_no_worker_is_there_gets_its_money_once(
    house: House, client: Client, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    monkeypatch.setattr("workflows.late_entries.PATIENCE", timedelta(seconds=0.5))
    house.work_on("nobody")
    answers = [await told(house.anyone, a_receipt(bill, "late", 3)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    async with at_work(client, house.engine, catalogue, "nobody"):
        await settled(house, "late")
        await house.act(case, "record_refund", "treasury", reference="back", amount=3)
        row = await until_closed(house, case)
    entries = await house.timeline(case)
    assert first_break(entries) is None
    assert len(entries) == row.version
    assert [e.name for e in entries].count("receive_payment") == 2


async def test_a_closed_case_is_not_opened_for_money_it_refuses(house: House) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answer = await told(house.anyone, a_receipt(bill, "late", paid_at=ahead))
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    row = await house.matter(case)
    assert (row.stage, row.version) == ("closed", closed["version"])


async def test_a_run_opened_in_vain_ends_and_the_money_comes_in_later(
    house: House, client: Client
) -> None:
    closed = await house.a_closed_case()
    case, bill = closed["id"], closed["money"]["bill"]
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    request = Request(
        act="receive_payment",
        paper=a_receipt(bill, "late", 2, paid_at=ahead),
        moment=Moment(now=datetime.now(UTC), actor=TREASURY),
    )
    async with house.engine.connect() as connection:
        kept = await closed_case(connection, case, KEY)
    assert kept is not None
    with pytest.raises(
        WorkflowUpdateFailedError
    ):  # a clock that is fast, and an engine's that is not
        await reopen(client, *kept, request, "payment:late", QUEUE)
    assert await client.get_workflow_handle(case).result() == "penalise"
    assert (await house.matter(case)).version == closed["version"]
    await told(house.anyone, a_receipt(bill, "late", 2))
    await settled(house, "late")
    assert (await house.matter(case)).state["money"]["overpaid"] == 2
    assert first_break(await house.timeline(case)) is None


async def test_an_engine_that_never_answered_keeps_nobody_from_paying(house: House) -> None:
    case = await house.a_fined_case()
    house.reach(await connect("127.0.0.1:1", KEY, lazy=True))
    answer = await told(house.anyone, a_receipt(case["money"]["bill"]))
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")


async def test_from_the_decision_to_the_treasury_and_back(house: House) -> None:
    case = await house.a_fined_case()
    api = httpx.AsyncClient(transport=httpx.ASGITransport(house.app))
    treasury = create_app(house.settings, api)
    async with treasury.router.lifespan_context(treasury), http(treasury) as counter:
        window = httpx.AsyncClient(transport=httpx.ASGITransport(treasury))
        courier = Courier(house.engine, {"bill": Bills(house.settings, window).carry})
        await courier.deliver_due()
        bill = f"/bills/{case['money']['bill']}"
        assert (await counter.get(bill)).json()["amount"] == 100
        await counter.post(f"{bill}/pay", json={"amount": 60})
        await counter.post(f"{bill}/pay", json={"amount": 40})
        async with asyncio.timeout(10):
            while (await house.matter(case["id"])).stage != "closing":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        version = (await house.matter(case["id"])).version
        again = (await counter.post(f"{bill}/repeat")).json()
        assert (again["status"], (await house.matter(case["id"])).version) == (200, version)


async def test_whoever_asks_again_while_it_is_entered_is_not_told_to_wait(house: House) -> None:
    """Between keeping it and entering it, another request may have entered it."""
    case = await house.a_fined_case()
    receipt = a_receipt(case["money"]["bill"])
    assert (await told(house.anyone, receipt)).status_code == 200
    client = house.app.state.counter.temporal
    assert await enter(client, house.engine, house.settings, receipt["reference"])
    assert not await enter(client, house.engine, house.settings, "unknown")
