"""Whatever comes is read or refused: nothing that somebody sends brings the reader down."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from models.event import BATCH, STRUCTURED, NotEvents, content_digest, device_of, envelopes, read
from models.refusal import Refused
from tests.events.stage import HUB, an_event

KEY = bytes(range(32))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSONS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
NAMES = st.sampled_from([*an_event(), "device", "data_base64", "traceparent"]) | st.text()


@given(st.sampled_from([BATCH, STRUCTURED, "application/json", "text/plain", ""]), st.binary())
def test_any_bytes_are_events_or_none(kind: str, body: bytes) -> None:
    for attributes in ({}, {"specversion": "1.0", "id": "1"}):
        try:
            found = envelopes(kind, attributes, body)
        except NotEvents as wrong:
            zh, _, en = str(wrong).partition(" / ")
            assert zh
            assert en
        else:
            assert isinstance(found, list)


@given(JSONS)
def test_any_json_is_an_event_or_refused(raw: Any) -> None:
    with pytest.raises(Refused) as no:
        read(raw)
    assert no.value.refusal.zh
    assert no.value.refusal.basis


@given(st.dictionaries(NAMES, JSONS, max_size=4))
def test_an_event_with_anything_in_it_is_read_or_refused(changed: dict[str, Any]) -> None:
    with suppress(Refused):
        envelope = read(an_event(1) | changed)
        device_of(envelope, HUB)
        again = read(json.loads(envelope.model_dump_json(exclude_none=True)))
        assert content_digest(envelope, "cam-1", KEY) == content_digest(again, "cam-1", KEY)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ' * 5_000 + "1" + "}" * 5_000,
        "[" * 100_000,
        '{"data": {"a": ' + "9" * 5_000 + "}}",
        '{"data": {"a": "\\ud800"}}',
        '{"\\ud800": 1}',
        '{"data_base64": "e30"}',
        '{"data_base64": 1}',
        '{"data_base64": "bnVsbA=="}',
        '{"id": "\\u0000"}',
        '{"source": null}',
        '{"specversion": "1.0", "specversion": "1.0"}',
    ],
)
def test_what_is_built_to_break_readers_does_not(text: str) -> None:
    def reading() -> None:
        for raw in envelopes(STRUCTURED, {}, text.encode()):
            read(an_event(1) | raw if isinstance(raw, dict) else raw)

    with pytest.raises((Refused, NotEvents)):
        reading()


def test_data_in_base64_is_the_same_data() -> None:
    plain = an_event(1)
    coded = {k: v for k, v in plain.items() if k != "data"} | {"data_base64": "eyJhIjogMX0="}
    one, other = read(plain | {"data": {"a": 1}}), read(coded)
    assert one.data == other.data == {"a": 1}
    assert json.loads(one.model_dump_json())["data"] == {"a": 1}
