"""Every change reaches who subscribed: signed, in order, for days, under one id."""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.publishing import publish
from activities.register import Register
from activities.webhooks import ATTEMPTS, Webhooks, delay
from models.act import ACTS
from models.feed import ChangeRow, Subscription, WebhookDelivery
from models.settings import Settings
from tests.activities.changes import AT
from tests.outgoing.acts import saved
from tests.outgoing.conftest import SOURCE
from tests.outgoing.post import Subscribe, all_due, deliver, of_state, rows
from tests.outgoing.subscriber import Subscriber, data_of

pytestmark = pytest.mark.slow
INNER = next(act.name for act in ACTS.values() if act.internal)


# ---- what is sent -------------------------------------------------------------------------------


async def test_others_verify_and_read_what_we_send(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    place = {"street": "凯旋街道"}
    entry = await saved(register, "m1", number="杭上城立〔2026〕1号", place=place, unit="kaixuan")
    assert await deliver(webhooks) == 1
    (told,) = subscriber.took
    assert told.get_id() == entry.hash == subscriber.headers[0]["webhook-id"]
    assert told.get_source() == SOURCE
    assert told.get_type() == "cn.anjuan.case.act.record_inspection"
    assert (told.get_subject(), told.get_time()) == ("m1", entry.at)
    assert data_of(told) == {
        "matter": "m1",
        "kind": "case",
        "seq": 1,
        "entry": "act",
        "name": "record_inspection",
        "term": "现场检查",
        "stage": "lead",
        "number": "杭上城立〔2026〕1号",
        "street": "凯旋街道",
        "unit": "kaixuan",
        "hash": entry.hash,
    }


async def test_nobody_is_named(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    await saved(register, "m1")
    await deliver(webhooks)
    assert "王小明" not in json.dumps([data_of(told) for told in subscriber.took])


async def test_of_an_inner_act_others_learn_at_most_where_the_matter_stands(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    await saved(register, "m1")
    await saved(register, "m1", 2, name=INNER)
    await saved(register, "m1", 3, name=INNER, stage="closed", term="内部")
    await saved(register, "m1", 4, stage="closed")
    await deliver(webhooks)
    assert subscriber.seqs("m1") == [1, 3, 4]
    moved = subscriber.took[1]
    assert moved.get_type() == "cn.anjuan.case.changed"
    assert data_of(moved).keys() == {"matter", "kind", "seq", "stage", "number", "hash"}


async def test_nobody_can_ask_for_inner_acts_by_name(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe(entries=[INNER])
    await saved(register, "m1")
    await saved(register, "m1", 2, name=INNER, stage="closed")
    assert await deliver(webhooks) == 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["m1", "m2", "m3"]),
        ({"kinds": ["case"]}, ["m1", "m3"]),
        ({"kinds": ["licence", "application"]}, []),
        ({"entries": ["deliver_slip", "nothing"]}, ["m3"]),
        ({"stages": ["dispatched"]}, ["m2"]),
        ({"streets": ["凯旋街道"]}, ["m1"]),
        ({"units": ["nanxing"]}, ["m2"]),
        ({"kinds": ["case"], "units": ["nanxing"]}, []),
    ],
)
async def test_a_subscriber_gets_what_he_asked_for(  # noqa: PLR0913, PLR0917
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    filters: dict[str, Any],
    expected: list[str],
) -> None:
    await subscribe(**filters)
    await saved(register, "m1", place={"street": "凯旋街道"}, unit="kaixuan")
    await saved(register, "m2", kind="incident", stage="dispatched", unit="nanxing")
    await saved(register, "m3", name="deliver_slip")
    await deliver(webhooks)
    assert [told.get_subject() for told in subscriber.took] == expected


async def test_what_was_before_he_subscribed_is_not_his(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await saved(register, "m1")
    await deliver(webhooks)
    await subscribe()
    await saved(register, "m1", 2)
    await deliver(webhooks)
    assert subscriber.seqs("m1") == [2]


# ---- order --------------------------------------------------------------------------------------


async def test_changes_of_a_matter_come_in_order_whatever_fails(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    """A third of all tries fails; two senders share the work."""
    await subscribe()
    chance, matters = random.Random(5), [f"m{n}" for n in range(6)]
    subscriber.answer = lambda _: 503 if chance.random() < 0.35 else 200
    second = Webhooks(webhooks.engine, webhooks.chosen)
    for seq in range(1, 8):
        await asyncio.gather(*(saved(register, matter, seq) for matter in matters))
        await asyncio.gather(deliver(webhooks), deliver(second))
        await all_due(webhooks.engine)
    while await deliver(webhooks):
        await all_due(webhooks.engine)
    await second.http.aclose()
    assert {matter: subscriber.seqs(matter) for matter in matters} == {
        m: list(range(1, 8)) for m in matters
    }
    assert len(subscriber.tried) > len(subscriber.took)


async def test_one_matter_that_is_refused_holds_up_no_other(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    subscriber.answer = lambda told: 500 if told.get_subject() == "stuck" else 204
    for seq in (1, 2):
        await saved(register, "stuck", seq)
        await saved(register, "other", seq)
    await deliver(webhooks)
    assert (subscriber.seqs("other"), subscriber.seqs("stuck")) == ([1, 2], [])
    assert [data_of(t)["seq"] for t in subscriber.tried if t.get_subject() == "stuck"] == [1]


async def test_a_transaction_that_commits_late_is_not_passed_over(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    """It wrote first, and commits when what was written after it is delivered already."""
    await subscribe()
    async with webhooks.engine.connect() as late:
        change = sa.text(
            "insert into changes (hash, matter, seq, kind, stage, at, entry, name, term) values"
            " ('late', 'late', 1, 'case', 'lead', now(), 'act', 'record_inspection', '')"
        )
        await late.execute(change)
        entry = sa.text(
            "insert into timeline (matter, seq, at, kind, name, term, actor, basis, data, prev, hash) values"
            " ('late', 1, now(), 'act', 'record_inspection', '', '{}', '[]', '{}', '', 'late')"
        )
        await late.execute(entry)
        await saved(register, "early")
        await deliver(webhooks)
        await late.commit()
    await deliver(webhooks)
    assert [told.get_subject() for told in subscriber.took] == ["early", "late"]
    order = sa.select(ChangeRow.matter).order_by(ChangeRow.position)
    assert [row.matter for row in await rows(webhooks.engine, order)] == ["early", "late"]
    written = sa.select(ChangeRow.matter).order_by(ChangeRow.written)
    assert [row.matter for row in await rows(webhooks.engine, written)] == ["late", "early"]


async def test_many_writers_and_publishers_lose_nothing_and_double_nothing(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    matters, stop = [f"m{n}" for n in range(12)], asyncio.Event()

    async def publishing() -> None:
        while not stop.is_set():
            await publish(webhooks.engine)
            await asyncio.sleep(0)

    async def living(matter: str) -> None:
        for seq in range(1, 9):
            await saved(register, matter, seq)

    publishers = [asyncio.create_task(publishing()) for _ in range(3)]
    await asyncio.gather(*map(living, matters))
    stop.set()
    await asyncio.gather(*publishers)
    await deliver(webhooks)
    assert {m: subscriber.seqs(m) for m in matters} == {m: list(range(1, 9)) for m in matters}


# ---- what the engine lost and did again -----------------------------------------------------------


async def test_what_was_lost_before_it_was_published_is_never_sent(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    await saved(register, "m1", name="lost")
    await saved(register, "m1", name="stands", updated_at=AT + timedelta(seconds=3))
    await deliver(webhooks)
    assert [data_of(told)["name"] for told in subscriber.took] == ["stands"]
    assert len(await rows(webhooks.engine, sa.select(ChangeRow.hash))) == 1


async def test_what_was_published_and_lost_is_replaced_openly_under_another_id(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    lost = await saved(register, "m1", name="lost")
    await deliver(webhooks)
    stands = await saved(register, "m1", name="stands", updated_at=AT + timedelta(seconds=3))
    await deliver(webhooks)
    first, second = subscriber.took
    assert (first.get_id(), second.get_id()) == (lost.hash, stands.hash)
    assert "replaces" not in data_of(first)
    assert data_of(second)["replaces"] == lost.hash


async def test_the_same_write_twice_is_told_once(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    await saved(register, "m1")
    await saved(register, "m1")
    await deliver(webhooks)
    await saved(register, "m1")
    await deliver(webhooks)
    assert len(subscriber.tried) == 1


# ---- days of trying -----------------------------------------------------------------------------


@given(st.integers(min_value=1, max_value=10_000), st.floats(0, 1, exclude_max=True))
def test_the_wait_grows_to_half_a_day_and_spreads_by_a_tenth(attempts: int, chance: float) -> None:
    wait = delay(attempts)
    assert timedelta(seconds=5) <= wait <= delay(attempts + 1) <= timedelta(hours=12)
    assert wait <= delay(attempts, chance) <= wait * 1.1
    if attempts < 8:
        assert delay(attempts + 1) == 3 * wait


def test_it_is_tried_for_days() -> None:
    whole = sum((delay(n) for n in range(1, ATTEMPTS)), timedelta())
    assert timedelta(days=5) <= whole <= timedelta(days=7)


async def test_a_failed_delivery_is_made_again_later_under_the_same_id(
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
) -> None:
    known = await subscribe()
    subscriber.answer = lambda _: 503
    await saved(register, "m1")
    before = datetime.now(UTC)
    assert [await deliver(webhooks), await deliver(webhooks)] == [1, 0]
    (row,) = await of_state(admin, known, "waiting")
    assert (row["attempts"], row["error"], row["claimed_until"]) == (1, "HTTP 503", None)
    assert datetime.fromisoformat(row["next_at"]) >= before + delay(1)
    subscriber.answer = lambda _: 200
    await all_due(webhooks.engine)
    await deliver(webhooks)
    assert [head["webhook-id"] for head in subscriber.headers] == [row["event"]] * 2
    assert len(subscriber.took) == 1


@pytest.mark.parametrize(
    ("url", "error"),
    [("http://127.0.0.1:9/", "ConnectError"), ("https://elsewhere.example/", "not allowed")],
)
async def test_what_cannot_be_reached_or_is_no_longer_allowed_waits(  # noqa: PLR0913, PLR0917
    register: Register,
    webhooks: Webhooks,
    engine: AsyncEngine,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
    url: str,
    error: str,
) -> None:
    known = await subscribe()
    async with engine.begin() as connection:
        await connection.execute(sa.update(Subscription).values(url=url))
    await saved(register, "m1")
    await deliver(webhooks)
    (row,) = await of_state(admin, known, "waiting")
    assert error in row["error"]


async def test_a_redirect_is_not_followed(
    register: Register, webhooks: Webhooks, subscriber: Subscriber, subscribe: Subscribe
) -> None:
    await subscribe()
    subscriber.answer = lambda _: 307
    await saved(register, "m1")
    await deliver(webhooks)
    (row,) = await rows(webhooks.engine, sa.select(WebhookDelivery.error))
    assert (row.error, len(subscriber.tried)) == ("HTTP 307", 1)


async def test_a_proxy_for_the_world_is_not_asked_for_this_machine(
    register: Register,
    settings: Settings,
    subscriber: Subscriber,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    await subscribe()
    await saved(register, "m1")
    behind = Webhooks(register.engine, settings)
    assert await deliver(behind) == 1
    await behind.http.aclose()
    assert subscriber.seqs("m1") == [1]
