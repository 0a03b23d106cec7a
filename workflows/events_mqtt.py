"""Events of devices by MQTT: ``anjuan/events/<account>``, at least once, acknowledged when the register has them; what became of each is
told on ``anjuan/answers/<account>``. The broker lets each account write under its own name only.
"""

import asyncio
import json
import logging
import ssl
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from aiomqtt import Client, Message as Packet, MqttError, ProtocolVersion
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.alone import alone
from activities.courier import REGISTER_AWAY
from activities.devices import speaker
from models.event import BATCH, STRUCTURED, NotEvents
from models.settings import Settings
from workflows.events_in import Full, Message, TooMany, opened, take_in

EVENTS, ANSWERS = "anjuan/events", "anjuan/answers"
WHO = "anjuan"  # the session the broker keeps for us while we are away
AT_LEAST_ONCE = 1
IN_FLIGHT = 20  # messages the broker may send ahead
EVERY, PATIENCE = timedelta(seconds=2), 10.0
_FOR_EVER = 0xFFFFFFFF

log = logging.getLogger(__name__)


async def run(engine: AsyncEngine, chosen: Settings) -> None:
    """Beside the worker, until cancelled; of several workers, one listens."""
    while True:
        try:
            async with alone(engine, "mqtt") as ours:
                if ours:
                    await listen(engine, chosen)
        except MqttError as away:
            log.warning("MQTT 暂不可用 · the broker is away: %s", type(away).__name__)
        except REGISTER_AWAY as away:
            log.warning("事件暂不能保存 · events cannot be kept: %s", type(away).__name__)
        await asyncio.sleep(EVERY.total_seconds())


async def listen(engine: AsyncEngine, chosen: Settings) -> None:
    """Take in what comes, one message after the other. Raises `MqttError` when the broker goes."""
    async with _client(chosen) as client:
        await client.subscribe(f"{EVENTS}/+", qos=AT_LEAST_ONCE)
        _unless_cancelled()
        log.info("MQTT 已接通 · listening to the broker")
        async for packet in client.messages:
            account = packet.topic.value.rsplit("/", 1)[-1]
            answer = await _answer(engine, chosen, account, packet)
            await _tell(client, account, packet, answer)
            _unless_cancelled()
            client._client.ack(packet.mid, packet.qos)  # noqa: SLF001 -- aiomqtt offers no other way


def _unless_cancelled() -> None:
    """The client waits by `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes together with the answer."""
    if (task := asyncio.current_task()) and task.cancelling():
        raise asyncio.CancelledError


async def _answer(
    engine: AsyncEngine, chosen: Settings, account: str, packet: Packet
) -> dict[str, Any]:
    """A fault of ours is told too: the same message would bring it again, and hold up all others."""
    try:
        return await _taken(engine, chosen, account, packet)
    except REGISTER_AWAY:
        raise
    except Exception:
        log.exception("a message of %s could not be taken", account)
        return _none(account, "系统错误，请报告 / internal error, please report") | {
            "code": "internal"
        }


async def _taken(
    engine: AsyncEngine, chosen: Settings, account: str, packet: Packet
) -> dict[str, Any]:
    """The same as over HTTP; while the inbox is full, the broker waits."""
    if await speaker(engine, account) is None:
        return _none(account, "不是设备账号 / not an account of devices")
    try:
        raws = opened(_message(packet), chosen.events_at_once)
    except NotEvents as wrong:
        return _none(account, str(wrong))
    except TooMany:
        most = chosen.events_at_once
        return _none(account, f"一次最多 {most} 条事件 / at most {most} events at once")
    while True:
        try:
            answers = await take_in(engine, chosen, account, raws)
        except Full:
            log.warning("待办事件已满 · the inbox is full; the broker waits")
            await asyncio.sleep(EVERY.total_seconds())
            continue
        return {"items": [answer.said() for answer in answers]}


def _none(account: str, why: str) -> dict[str, Any]:
    """Nothing of it can be taken, however often it comes."""
    zh, _, en = why.partition(" / ")
    log.warning("消息未收 · a message of %s is not taken: %s", account, en)
    return {"items": [], "code": "malformed", "detail": zh}


def _message(packet: Packet) -> Message:
    """MQTT 5 says what it is; before, a message is JSON, one event or several."""
    body = packet.payload if isinstance(packet.payload, bytes) else b""
    said = packet.properties
    kind = getattr(said, "ContentType", "")
    attributes = dict(getattr(said, "UserProperty", ()))
    if not kind and "specversion" not in attributes:
        kind = BATCH if body.lstrip().startswith(b"[") else STRUCTURED
    return Message(kind, attributes, body)


async def _tell(client: Client, account: str, packet: Packet, answer: dict[str, Any]) -> None:
    properties = None
    if (mark := getattr(packet.properties, "CorrelationData", None)) is not None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.CorrelationData = mark
    told = json.dumps(answer, ensure_ascii=False)
    await client.publish(
        f"{ANSWERS}/{account}", told, qos=AT_LEAST_ONCE, properties=properties, timeout=PATIENCE
    )


def _client(chosen: Settings) -> Client:
    """Its session outlives it, so that the broker keeps what comes meanwhile."""
    address = urlsplit(f"//{chosen.mqtt_address}" if _bare(chosen) else str(chosen.mqtt_address))
    password = chosen.mqtt_password.get_secret_value() if chosen.mqtt_password else None
    five = chosen.mqtt_version == "5"
    properties = Properties(PacketTypes.CONNECT) if five else None  # type: ignore[no-untyped-call]
    if properties is not None:
        properties.SessionExpiryInterval, properties.ReceiveMaximum = _FOR_EVER, IN_FLIGHT
    client = Client(
        address.hostname or "127.0.0.1",
        address.port or (8883 if address.scheme == "mqtts" else 1883),
        username=chosen.mqtt_user,
        password=password,
        identifier=WHO,
        protocol=ProtocolVersion.V5 if five else ProtocolVersion.V311,
        clean_session=None if five else False,
        clean_start=False if five else MQTT_CLEAN_START_FIRST_ONLY,  # which 3.1.1 leaves alone
        properties=properties,
        tls_context=ssl.create_default_context() if address.scheme == "mqtts" else None,
    )
    client._client.manual_ack_set(True)  # noqa: SLF001 -- as above
    return client


def _bare(chosen: Settings) -> bool:
    return "://" not in str(chosen.mqtt_address)
