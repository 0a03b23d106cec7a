"""Sealed bytes open with their key only, and only unchanged."""

import pytest
from hypothesis import given, strategies as st

from models.secrets import CannotUnseal, seal, unseal

KEY = bytes(32)


@given(st.binary())
def test_what_is_sealed_opens_again(plain: bytes) -> None:
    assert unseal(seal(plain, KEY), KEY) == plain


def test_sealing_twice_gives_different_bytes() -> None:
    assert seal(b"id", KEY) != seal(b"id", KEY)


@given(st.binary(max_size=8), st.integers(min_value=0))
def test_any_change_is_seen(plain: bytes, at: int) -> None:
    sealed = bytearray(seal(plain, KEY))
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(CannotUnseal):
        unseal(bytes(sealed), KEY)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 20])
def test_bytes_too_short_are_refused(sealed: bytes) -> None:
    with pytest.raises(CannotUnseal):
        unseal(sealed, KEY)


def test_another_key_does_not_open() -> None:
    with pytest.raises(CannotUnseal):
        unseal(seal(b"id", KEY), bytes([1]) * 32)
