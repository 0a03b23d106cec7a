"""Events by MQTT are taken as over HTTP: answered each, acknowledged once kept, kept by the broker while nobody listens.

amqtt speaks MQTT 3.1.1; mosquitto, where it is installed, MQTT 5.
"""

import asyncio
import gc
import json
import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiomqtt import Client, ProtocolVersion
from amqtt.broker import Broker
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import SecretStr

from run import mosquitto
from run.process import claim
from tests.events.stage import HUB, OTHER, PATIENCE, TYPE, Front, Noted, an_event
from workflows.events_mqtt import WHO, run

pytestmark = pytest.mark.slow

SECRETS = {"anjuan": "ours", HUB: "hub", OTHER: "other"}


@dataclass(frozen=True)
class Wire:
    """A broker, and how to reach it."""

    port: int
    version: str

    def client(self, account: str) -> Client:
        five = self.version == "5"
        return Client(
            "127.0.0.1",
            self.port,
            username=account,
            password=SECRETS[account],
            identifier=f"device-{account}",
            protocol=ProtocolVersion.V5 if five else ProtocolVersion.V311,
        )

    def chosen(self, house: Front, **more: Any) -> Front:
        """The house, with this broker in its settings."""
        update = {
            "mqtt_address": f"127.0.0.1:{self.port}",
            "mqtt_version": self.version,
            "mqtt_user": "anjuan",
            "mqtt_password": SecretStr(SECRETS["anjuan"]),
        }
        return replace(house, settings=house.settings.model_copy(update=update | more))


@pytest.fixture(params=["amqtt", "mosquitto"])
async def wire(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Wire]:
    port = claim(0, "ANJUAN_MQTT_PORT")
    if request.param == "amqtt":
        async with _amqtt(port):
            yield Wire(port, "3.1.1")
        return
    if mosquitto.program() is None:
        pytest.skip("mosquitto is not installed")
    async with mosquitto.serving(tmp_path, port, SECRETS):
        yield Wire(port, "5")


@asynccontextmanager
async def _amqtt(port: int) -> AsyncIterator[None]:
    listener = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    broker = Broker({"listeners": listener, "plugins": plugins})
    await broker.start()
    yield
    await broker.shutdown()
    del broker
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # amqtt leaves its connections to be found
        await asyncio.sleep(0.05)
        gc.collect()


class _Ready(logging.Handler):
    """Hears when we listen."""

    def __init__(self) -> None:
        super().__init__()
        self.said = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "listening" in record.getMessage():
            self.said.set()


@asynccontextmanager
async def listening(house: Front) -> AsyncIterator[None]:
    """Until the broker knows that we do: what is sent before that, it keeps for nobody."""
    ready = _Ready()
    logger = logging.getLogger("workflows.events_mqtt")
    logger.addHandler(ready)
    logger.setLevel(logging.INFO)
    task = asyncio.create_task(run(house.engine, house.settings))
    await asyncio.wait_for(ready.said.wait(), PATIENCE)
    logger.removeHandler(ready)
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=PATIENCE)
    assert task.done(), "it goes on listening after it was told to stop"


async def answered(client: Client) -> Any:
    async with asyncio.timeout(PATIENCE):
        packet = await anext(aiter(client.messages))
        return json.loads(bytes(packet.payload))


async def kept(house: Front, count: int) -> list[str]:
    async with asyncio.timeout(PATIENCE):
        while len(rows := await house.rows()) < count:  # noqa: ASYNC110 -- another process writes
            await asyncio.sleep(0.02)
    return [row.id for row in rows]


async def test_a_message_is_taken_and_answered_event_by_event(house: Front, wire: Wire) -> None:
    home = wire.chosen(house)
    async with listening(home), wire.client(HUB) as device:
        await device.subscribe(f"anjuan/answers/{HUB}", qos=1)
        events = [an_event(1), an_event(2), an_event(3) | {"source": "/cameras/cam-9"}]
        for expected in (["accepted", "accepted", "refused"], ["known", "known", "refused"]):
            await device.publish(f"anjuan/events/{HUB}", json.dumps(events), qos=1)
            told = await answered(device)
            assert [item["status"] for item in told["items"]] == expected
        assert told["items"][2]["field"] == "source"
        await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(4)), qos=1)
        assert (await answered(device))["items"][0]["status"] == "accepted"
        await device.publish(f"anjuan/events/{HUB}", b"{", qos=1)
        assert (await answered(device))["code"] == "malformed"
    noted = Noted([])
    await house.drained({TYPE: noted.handle})
    assert [(event.id, event.account) for event in noted.seen] == [
        (f"e-{n}", HUB) for n in (1, 2, 4)
    ]


async def test_what_is_sent_while_nobody_listens_is_taken_afterwards(
    house: Front, wire: Wire
) -> None:
    if wire.version != "5":
        pytest.skip("amqtt keeps nothing for a session that has left")
    home = wire.chosen(house)
    async with listening(home), wire.client(HUB) as device:
        await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(1)), qos=1)
        await kept(house, 1)
    async with wire.client(HUB) as device:
        for number in range(2, 30):
            await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(number)), qos=1)
    async with listening(home):
        assert await kept(house, 29) == [f"e-{n}" for n in range(1, 30)]


async def test_a_full_inbox_lets_the_broker_wait_and_loses_nothing(
    house: Front, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.events_mqtt.EVERY", timedelta(seconds=0.05))
    home = wire.chosen(house, events_waiting=3)
    async with listening(home), wire.client(HUB) as device:
        for number in range(8):
            await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(number)), qos=1)
        await kept(house, 3)
        await asyncio.sleep(0.3)
        assert len(await house.rows()) == 3
        async with asyncio.timeout(PATIENCE):
            while len(await house.rows(status="done")) < 8:
                await house.drained({TYPE: Noted([]).handle})
                await asyncio.sleep(0.02)


async def test_what_was_not_kept_was_not_acknowledged_and_comes_again(
    house: Front, wire: Wire
) -> None:
    if wire.version != "5":
        pytest.skip("amqtt keeps nothing for a session that has left")
    async with listening(wire.chosen(house, events_waiting=0)), wire.client(HUB) as device:
        for number in range(3):
            await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(number)), qos=1)
        await asyncio.sleep(0.2)
    assert not await house.rows()
    async with listening(wire.chosen(house)):
        assert await kept(house, 3) == ["e-0", "e-1", "e-2"]


async def test_who_is_no_device_is_told_so(house: Front, wire: Wire) -> None:
    if wire.version == "5":
        pytest.skip("mosquitto lets nobody else in")
    async with listening(wire.chosen(house)), wire.client(HUB) as anyone:
        await anyone.subscribe("anjuan/answers/citizen.wang", qos=1)
        await anyone.publish("anjuan/events/citizen.wang", json.dumps(an_event(1)), qos=1)
        assert (await answered(anyone))["items"] == []
    assert not await house.rows()


async def test_of_two_workers_one_listens_and_the_other_follows(
    house: Front, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.events_mqtt.EVERY", timedelta(seconds=0.05))
    home = wire.chosen(house)
    second: asyncio.Task[None] | None = None
    async with listening(home), wire.client(HUB) as device:
        second = asyncio.create_task(run(home.engine, home.settings))
        for number in range(10):
            await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(number)), qos=1)
        await kept(house, 10)
        assert not second.done()
    async with wire.client(HUB) as device, asyncio.timeout(PATIENCE):
        while len(await house.rows()) == 10:
            body = json.dumps(an_event("more"))
            await device.publish(f"anjuan/events/{HUB}", body, qos=1)
            await asyncio.sleep(0.1)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_told_to_stop_while_the_broker_confirms_an_answer_it_stops(
    house: Front, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = Client._on_publish
    ours: list[asyncio.Task[None]] = []

    def together(self: Client, *told: Any) -> None:
        confirmed(self, *told)
        if self.identifier == WHO:
            ours[0].cancel()

    monkeypatch.setattr(Client, "_on_publish", together)
    ours.append(asyncio.create_task(run(house.engine, wire.chosen(house).settings)))
    async with wire.client(HUB) as device:
        await _until_done(device, ours[0])


async def _until_done(device: Client, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not task.done():
            await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event()), qos=1)
            await asyncio.sleep(0.1)


async def test_mqtt_5_says_what_it_carries(house: Front, wire: Wire) -> None:
    if wire.version != "5":
        pytest.skip("amqtt does not speak MQTT 5")
    whole = an_event(1)
    async with listening(wire.chosen(house)), wire.client(HUB) as device:
        await device.subscribe(f"anjuan/answers/{HUB}", qos=1)
        beside = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        beside.UserProperty = [(k, str(v)) for k, v in whole.items() if k != "data"]
        beside.ContentType, beside.CorrelationData = "application/json", b"mark-1"
        await device.publish(
            f"anjuan/events/{HUB}", json.dumps(whole["data"]), qos=1, properties=beside
        )
        async with asyncio.timeout(PATIENCE):
            packet = await anext(aiter(device.messages))
    assert packet.properties is not None
    assert packet.properties.CorrelationData == b"mark-1"  # type: ignore[attr-defined]
    noted = Noted([])
    await house.drained({TYPE: noted.handle})
    assert [(event.id, event.data) for event in noted.seen] == [("e-1", whole["data"])]


async def test_the_broker_lets_an_account_write_under_its_own_name_only(
    house: Front, wire: Wire
) -> None:
    if wire.version != "5":
        pytest.skip("this is for mosquitto to watch")
    async with listening(wire.chosen(house)):
        async with wire.client(OTHER) as other:
            await other.publish(f"anjuan/events/{HUB}", json.dumps(an_event(1)), qos=1)
        async with wire.client(HUB) as device:
            await device.publish(f"anjuan/events/{HUB}", json.dumps(an_event(2)), qos=1)
        assert await kept(house, 1) == ["e-2"]
