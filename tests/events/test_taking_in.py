"""Events are kept when they are answered, once, by whichever form of CloudEvents they come; nothing behind the front runs."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings import http as binding
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from models.event import LARGEST
from tests.events.stage import HUB, OTHER, TYPE, Front, Noted, a_device, an_event

pytestmark = pytest.mark.slow
BATCH = {"content-type": "application/cloudevents-batch+json"}
ONE = {"content-type": "application/cloudevents+json; charset=utf-8"}
FORMAT = JSONFormat()


async def send(client: httpx.AsyncClient, *events: Any) -> httpx.Response:
    """As a batch."""
    return await client.post("/api/events", content=json.dumps(events), headers=BATCH)


async def send_one(client: httpx.AsyncClient, event: Any) -> httpx.Response:
    return await client.post("/api/events", content=json.dumps(event), headers=ONE)


def statuses(answer: httpx.Response) -> list[str]:
    return [item["status"] for item in answer.json()["items"]]


def a_foreign_event(number: int) -> CloudEvent:
    """As the SDK of others makes it."""
    attributes = {
        "id": f"外来-{number}".encode().hex(),
        "source": "https://city.example/cameras/cam-1",
        "type": TYPE,
        "subject": "河坊街 百货 50%",
        "time": datetime(2026, 11, 2, 1, 2, 3, 456_000, tzinfo=UTC),
        "datacontenttype": "application/json",
        "traceparent": f"00-{number:032x}-{1:016x}-01",
    }
    return CloudEvent(attributes, {"plate": "浙A12345", "speed": 61.5, "number": number})


@pytest.mark.parametrize("form", ["structured", "binary", "batch"])
async def test_what_the_sdk_of_others_sends_arrives_as_it_was(
    house: Front, hub: httpx.AsyncClient, form: str
) -> None:
    event = a_foreign_event(7)
    message = (binding.to_binary if form == "binary" else binding.to_structured)(event, FORMAT)
    headers, body = dict(message.headers), bytes(message.body)
    if form == "batch":
        headers, body = dict(BATCH), b"[" + body + b"]"
    answer = await hub.post("/api/events", content=body, headers=headers)
    assert (answer.status_code, statuses(answer)) == (202, ["accepted"]), answer.text
    noted = Noted([])
    await house.drained({TYPE: noted.handle})
    (seen,) = noted.seen
    assert (seen.id, seen.source, seen.type) == (
        event.get_id(),
        event.get_source(),
        event.get_type(),
    )
    assert (seen.subject, seen.time, seen.data) == (
        event.get_subject(),
        event.get_time(),
        event.get_data(),
    )
    assert (seen.device, seen.account) == ("cam-1", HUB)


async def test_the_same_event_in_another_form_and_with_another_trace_is_the_same(
    house: Front, hub: httpx.AsyncClient
) -> None:
    event = a_foreign_event(1)
    for number, form in enumerate((binding.to_structured, binding.to_binary)):
        message = form(event, FORMAT)
        answer = await hub.post("/api/events", content=message.body, headers=message.headers)
        assert statuses(answer) == [["accepted", "known"][number]], answer.text
    assert len(await house.rows()) == 1


async def test_what_is_sent_again_is_known_and_another_content_never_overwrites_it(
    house: Front, hub: httpx.AsyncClient
) -> None:
    first = an_event(1)
    assert statuses(await send(hub, first)) == ["accepted"]
    assert statuses(await send(hub, first, an_event(2))) == ["known", "accepted"]
    kept = (await house.rows())[0].content
    other = await send_one(hub, first | {"data": {"plate": "浙B00001"}})
    assert (other.status_code, other.json()["code"]) == (409, "event_differs")
    assert (await house.rows())[0].content == kept


async def test_within_one_batch_too_the_first_of_a_name_stands(
    house: Front, hub: httpx.AsyncClient
) -> None:
    first = an_event(1)
    answer = await send(hub, first, an_event(2), first, first | {"data": {"plate": "浙B00001"}})
    assert statuses(answer) == ["accepted", "accepted", "known", "refused"]
    assert [row.id for row in await house.rows()] == ["e-1", "e-2"]


async def test_a_batch_answers_for_each_event_and_keeps_the_good_ones(
    house: Front, hub: httpx.AsyncClient
) -> None:
    bad = {
        "specversion": an_event(2) | {"specversion": "0.3"},
        "id": an_event(3) | {"id": ""},
        "time": an_event(4) | {"time": "yesterday"},
        "type": {k: v for k, v in an_event(5).items() if k != "type"},
        "source": an_event(6) | {"source": "/cameras/cam-9"},
        "data": an_event(7) | {"data": "text"},
        "event": "no object",
        "subject": an_event(8) | {"subject": 1},
    }
    answer = await send(hub, an_event(1), *bad.values(), an_event(9))
    assert answer.status_code == 207, answer.text
    items = answer.json()["items"]
    assert [item["status"] for item in items] == ["accepted", *["refused"] * len(bad), "accepted"]
    assert [item["field"] for item in items[1:-1]] == list(bad)
    assert all(item["detail"] for item in items[1:-1])
    assert {row.id for row in await house.rows()} == {"e-1", "e-9"}


async def test_where_none_is_taken_the_answer_says_why(hub: httpx.AsyncClient) -> None:
    answer = await send_one(hub, an_event(1) | {"specversion": "0.3"})
    said = answer.json()
    assert (answer.status_code, said["code"], said["field"]) == (422, "invalid", "specversion")
    assert statuses(answer) == ["refused"]
    for content, headers in (
        (b"{", ONE),
        (b"{}", BATCH),
        (b"{}", {"content-type": "application/json"}),
        (b"<a/>", {"content-type": "application/cloudevents+xml"}),
        (b'{"a": NaN}', ONE),
        (b"\xff", ONE),
    ):
        answer = await hub.post("/api/events", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), content


@pytest.mark.parametrize(
    "data",
    ['{"a": 1e999}', '{"a": "\\u0000"}', '{"a\\u0000": 1}'],
    ids=["infinity", "NUL", "NUL in a name"],
)
async def test_what_cannot_be_kept_is_refused(
    house: Front, hub: httpx.AsyncClient, data: str
) -> None:
    text = json.dumps(an_event(1) | {"data": "DATA"}).replace('"DATA"', data)
    answer = await hub.post("/api/events", content=text, headers=ONE)
    assert (answer.status_code, answer.json()["field"]) == (422, "data")
    assert not await house.rows()


@pytest.mark.parametrize(
    ("username", "source", "device", "taken"),
    [
        (HUB, "/cameras/cam-1", None, True),
        (HUB, "urn:anjuan:cam-2", None, True),
        (HUB, "https://city.example/hubs/camera.hub", "cam-2", True),
        (HUB, "/hubs/camera.hub", None, False),
        (HUB, "/cameras/cam-1", "cam-2", False),
        (HUB, "/cameras/cam-9", None, False),
        (HUB, "/hubs/sensor.hub", "cam-1", False),  # nobody takes a name another speaks under
        (OTHER, "/cameras/cam-1", None, False),
        (OTHER, "/hubs/sensor.hub", "cam-1", False),
        (OTHER, "/hubs/sensor.hub", "river-1", True),
    ],
)
async def test_an_account_speaks_for_its_own_devices_only(
    house: Front, username: str, source: str, device: str | None, *, taken: bool
) -> None:
    await house.register(a_device("river-1", account=OTHER, kind="sensor"))
    beside = {"device": device} if device else {}
    async with house.visitor(username) as client:
        answer = await send_one(client, an_event(1, source=source, **beside))
    assert answer.status_code == (202 if taken else 422), answer.text
    if not taken:
        assert answer.json()["field"] == "source"


@pytest.mark.parametrize("username", ["citizen.wang", "officer.zhang", "admin", "kiosk.hall1"])
async def test_nobody_but_devices_sends_events(house: Front, username: str) -> None:
    async with house.visitor(username) as client:
        answer = await send(client, an_event(1))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


async def test_a_plate_does_not_lie_open_in_the_register(
    house: Front, hub: httpx.AsyncClient
) -> None:
    await send_one(hub, an_event(1, subject="浙A12345"))
    (row,) = await house.rows()
    assert "12345" not in str(row)
    assert b"12345" not in row.content


async def test_messages_are_bounded(house: Front, hub: httpx.AsyncClient) -> None:
    most = house.settings.events_at_once
    over = await send(hub, *(an_event(n) for n in range(most + 1)))
    assert (over.status_code, over.json()["code"]) == (422, "invalid")
    large = await send(hub, an_event(1, data={"text": "x" * LARGEST}), an_event(2))
    assert (large.status_code, statuses(large)) == (207, ["refused", "accepted"])
    vast = await send(hub, an_event(1, data={"text": "x" * (2 << 20)}))
    assert (vast.status_code, vast.json()["code"]) == (413, "too_large")
    assert len(await house.rows()) == 1


async def test_a_full_inbox_takes_nothing_and_says_when_to_come_again(
    house: Front, hub: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = house.settings.model_copy(update={"events_waiting": 3})
    monkeypatch.setitem(house.app.state.counter.__dict__, "settings", small)
    assert (await send(hub, an_event(1), an_event(2))).status_code == 202
    full = await send(hub, an_event(3), an_event(4))
    assert (full.status_code, full.json()["code"]) == (503, "inbox_full")
    assert int(full.headers["retry-after"]) > 0
    assert len(await house.rows()) == 2
    await house.drained({TYPE: Noted([]).handle})
    assert (await send(hub, an_event(3), an_event(4))).status_code == 202


async def test_an_account_that_hurries_is_told_to_wait_and_another_is_not(
    house: Front, hub: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.app.state.counter.pace, "per_second", 1)
    await house.register(a_device("river-1", account=OTHER))
    assert (await send(hub, *(an_event(n) for n in range(60)))).status_code == 202
    more = await send(hub, *(an_event(n) for n in range(60, 70)))
    assert (more.status_code, more.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(more.headers["retry-after"]) <= 10
    assert len(await house.rows()) == 60
    async with house.visitor(OTHER) as other:
        answer = await send(other, an_event(1, source="/rivers/river-1"))
        assert answer.status_code == 202
