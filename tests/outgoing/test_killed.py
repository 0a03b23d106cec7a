"""kill -9 of the sender in the middle of deliveries: each change arrives, under its one id, in the order of its matter."""

import asyncio
import base64
import os
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import httpx
import pytest

from activities.register import Register
from models.settings import Settings
from run.supervisor import HOUSE
from tests.api.builders import KEY
from tests.outgoing.acts import saved
from tests.outgoing.subscriber import Subscriber, data_of

pytestmark = pytest.mark.slow
MATTERS, EACH = ("m1", "m2", "m3", "m4"), 6


@asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[None]:
    """Until killed, which is how it ends."""
    own = {
        "ANJUAN_DATABASE_URL": str(settings.database_url),
        "ANJUAN_SECRET_KEY": base64.b64encode(KEY).decode(),
        "ANJUAN_DEMO": "1",
    }
    command = (sys.executable, "-m", "tests.outgoing.sender")
    process = await asyncio.create_subprocess_exec(*command, cwd=HOUSE, env=os.environ | own)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 -- nobody would set an event
            await asyncio.sleep(0.01)


@pytest.fixture
async def subscribed(admin: httpx.AsyncClient, subscriber: Subscriber) -> Subscriber:
    answer = await admin.post("/api/subscriptions", json={"url": subscriber.url})
    subscriber.secret = answer.json()["secret"]
    return subscriber


async def test_a_delivery_cut_short_is_made_again_under_the_same_id(
    register: Register, settings: Settings, subscribed: Subscriber
) -> None:
    subscribed.pause = 30
    entry = await saved(register, "m1")
    async with sending(settings):
        await until(lambda: bool(subscribed.tried))
    assert not subscribed.took
    subscribed.pause = 0
    async with sending(settings):
        await until(lambda: bool(subscribed.took))
    assert [head["webhook-id"] for head in subscribed.headers] == [entry.hash] * 2


async def test_everything_arrives_in_order_though_the_sender_dies_again_and_again(
    register: Register, settings: Settings, subscribed: Subscriber
) -> None:
    """What arrives twice says the same and bears the same id; the first arrivals of a matter are in order."""
    chance, whole = random.Random(3), len(MATTERS) * EACH
    for seq in range(1, EACH + 1):
        for matter in MATTERS:
            await saved(register, matter, seq)
    subscribed.pause = 0.05
    for part in (4, 12):
        async with sending(settings):
            await until(lambda part=part: len(subscribed.tried) >= part)  # type: ignore[misc]
            await asyncio.sleep(chance.random() / 10)
    async with sending(settings):
        await until(lambda: len({told.get_id() for told in subscribed.took}) == whole)
    said = {told.get_id(): data_of(told) for told in subscribed.tried}
    assert all(data_of(told) == said[told.get_id()] for told in subscribed.tried)
    for matter in MATTERS:
        first = list(dict.fromkeys(subscribed.seqs(matter)))
        assert first == list(range(1, EACH + 1))
        assert all(later - earlier <= 1 for earlier, later in pairwise(subscribed.seqs(matter)))
