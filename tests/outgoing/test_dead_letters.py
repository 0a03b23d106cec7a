"""What cannot be delivered is kept, told and sent again when somebody says so; one subscriber holds up no other."""

import asyncio
from typing import Any

import httpx
import pytest

from activities.publishing import publish
from activities.register import Register
from activities.webhooks import ATTEMPTS, Webhooks
from tests.outgoing.acts import saved
from tests.outgoing.post import Subscribe, all_due, deliver, of_state
from tests.outgoing.subscriber import Subscriber

pytestmark = pytest.mark.slow


async def worn_out(webhooks: Webhooks) -> None:
    """Days of trying, quickly."""
    for _ in range(ATTEMPTS):
        await deliver(webhooks)
        await all_due(webhooks.engine)


async def test_after_days_it_is_a_dead_letter_and_the_subscriber_is_paused(
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
) -> None:
    known = await subscribe()
    subscriber.answer = lambda _: 500
    await saved(register, "m1")
    await worn_out(webhooks)
    assert len(subscriber.tried) == ATTEMPTS
    (dead,) = await of_state(admin, known, "dead")
    assert (dead["attempts"], dead["error"]) == (ATTEMPTS, "HTTP 500")
    state = (await admin.get(f"/api/subscriptions/{known}")).json()
    assert (state["dead"], state["paused_because"]) == (1, "HTTP 500")

    subscriber.answer = lambda _: 200  # he is back, and nobody has told us
    await saved(register, "m1", 2)
    await saved(register, "m2")
    assert await deliver(webhooks) == 0
    assert len(await of_state(admin, known, "waiting")) == 2

    again = (await admin.post(f"/api/subscriptions/{known}/replay")).json()
    assert (again["replayed"], again["dead"], again["paused_at"]) == (1, 0, None)
    await deliver(webhooks)
    assert (subscriber.seqs("m1"), subscriber.seqs("m2")) == ([1, 2], [1])
    assert {head["webhook-id"] for head in subscriber.headers[:ATTEMPTS]} == {dead["event"]}


@pytest.mark.parametrize(("then", "expected"), [("replay", [1, 2]), ("skip", [2])])
async def test_a_poisonous_change_stops_its_matter_only_until_somebody_decides(  # noqa: PLR0913, PLR0917
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
    then: str,
    expected: list[int],
) -> None:
    known = await subscribe()
    subscriber.answer = lambda told: 400 if told.get_subject() == "poison" else 200
    await saved(register, "poison")
    await saved(register, "poison", 2)
    for seq in range(1, ATTEMPTS + 2):
        await saved(register, "healthy", seq)
        await deliver(webhooks)
        await all_due(webhooks.engine)
    (dead,) = await of_state(admin, known, "dead")
    assert subscriber.seqs("healthy") == list(range(1, ATTEMPTS + 2))
    assert (await admin.get(f"/api/subscriptions/{known}")).json()["paused_at"] is None
    subscriber.answer = lambda _: 200
    assert await deliver(webhooks) == 0

    path = f"/api/subscriptions/{known}/deliveries/{dead['event']}/{then}"
    assert (await admin.post(path)).is_success
    await deliver(webhooks)
    assert subscriber.seqs("poison") == expected
    assert (await admin.post(path)).status_code == 404


async def test_who_says_he_is_gone_is_left_alone_and_loses_nothing(
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
) -> None:
    known = await subscribe()
    subscriber.answer = lambda _: 410
    await saved(register, "m1")
    await deliver(webhooks)
    await all_due(webhooks.engine)
    await saved(register, "m1", 2)
    assert await deliver(webhooks) == 0
    subscriber.answer = lambda _: 200
    await admin.post(f"/api/subscriptions/{known}/replay")
    await deliver(webhooks)
    assert subscriber.seqs("m1") == [1, 2]


async def test_what_happens_while_a_subscriber_is_paused_is_kept_for_him(
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
) -> None:
    path = f"/api/subscriptions/{await subscribe()}"
    paused = (await admin.post(f"{path}/pause")).json()
    assert paused["paused_because"] == "administrator"
    await saved(register, "m1")
    await saved(register, "m1", 2)
    assert await deliver(webhooks) == 0
    assert (await admin.get(path)).json()["waiting"] == 2
    await admin.post(f"{path}/replay")
    await deliver(webhooks)
    state = (await admin.get(path)).json()
    assert subscriber.seqs("m1") == [1, 2]
    assert (state["waiting"], state["taken_at"] is None) == (0, False)


async def test_a_slow_subscriber_holds_up_nobody_else(
    register: Register, webhooks: Webhooks, subscribe: Subscribe, admin: httpx.AsyncClient
) -> None:
    """The one never answers; the other has his change meanwhile."""
    over = asyncio.Event()
    met: list[Any] = []

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(asyncio.current_task())
        await over.wait()
        writer.close()
        await writer.wait_closed()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    assert (await admin.post("/api/subscriptions", json={"url": url})).status_code == 201
    known = await subscribe()
    await saved(register, "m1")
    await publish(webhooks.engine)
    running = asyncio.create_task(Webhooks(webhooks.engine, webhooks.chosen).run())
    async with asyncio.timeout(8):
        while not await of_state(admin, known, "delivered"):  # noqa: ASYNC110 -- nobody would set an event
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    over.set()
    await asyncio.gather(*met, return_exceptions=True)
    silent.close()
