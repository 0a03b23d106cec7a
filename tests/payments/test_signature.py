"""A signature vouches for the very bytes, by the holder of the key, and for five minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from models.settings import Settings
from models.signature import SIGNATURE, TIMESTAMP, sign, treasury_key, verify

KEY, NOW = bytes(range(32)), datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@given(st.binary(max_size=64), st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_verified(body: bytes, key: bytes) -> None:
    assert verify(body, sign(body, key, NOW), key, NOW)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_the_window_is_five_minutes_either_way(minutes: int) -> None:
    headers = sign(b"{}", KEY, NOW)
    at = NOW + timedelta(minutes=minutes)
    assert verify(b"{}", headers, KEY, at)
    assert not verify(b"{}", headers, KEY, at + timedelta(seconds=1 if minutes > 0 else -1))


@pytest.mark.parametrize(
    "spoilt",
    [
        {SIGNATURE: ""},
        {SIGNATURE: "v1=" + "0" * 64},
        {SIGNATURE: "中"},
        {TIMESTAMP: ""},
        {TIMESTAMP: "-1"},
        {TIMESTAMP: "１７"},
        {TIMESTAMP: "9" * 5000},
        {TIMESTAMP: str(int(NOW.timestamp()) + 1)},
    ],
)
def test_a_spoilt_header_is_refused(spoilt: dict[str, str]) -> None:
    assert not verify(b"{}", sign(b"{}", KEY, NOW) | spoilt, KEY, NOW)


def test_other_bytes_other_key_and_no_headers_are_refused() -> None:
    headers = sign(b"{}", KEY, NOW)
    assert not verify(b"{} ", headers, KEY, NOW)
    assert not verify(b"{}", headers, bytes(32), NOW)
    assert not verify(b"{}", {}, KEY, NOW)


def test_without_a_secret_the_setting_is_named() -> None:
    with pytest.raises(ValueError, match="ANJUAN_TREASURY_SECRET"):
        treasury_key(Settings(treasury_secret=None))
