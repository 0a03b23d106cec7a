"""Signed messages between the bureau and the platforms it works with: HMAC-SHA256 over the moment and the very bytes.

``Anjuan-Timestamp`` is in seconds since 1970 (UTC), ``Anjuan-Signature`` is ``v1=`` and 64 hex
digits over timestamp, ``.`` and body. A message older or newer than the window is nobody's.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from models.settings import Settings

TIMESTAMP, SIGNATURE = "Anjuan-Timestamp", "Anjuan-Signature"
WINDOW = timedelta(minutes=5)
_LONGEST = 12  # digits of a timestamp


def sign(body: bytes, key: bytes, now: datetime) -> dict[str, str]:
    """The headers that vouch for `body` at `now`."""
    stamp = str(int(now.timestamp()))
    return {TIMESTAMP: stamp, SIGNATURE: _signature(stamp, body, key)}


def verify(body: bytes, headers: Mapping[str, str], key: bytes, now: datetime) -> bool:
    """Whether whoever holds `key` signed `body` within the window around `now`."""
    stamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST):
        return False
    fresh = abs(now.timestamp() - int(stamp)) <= WINDOW.total_seconds()
    right = hmac.compare_digest(signature.encode(), _signature(stamp, body, key).encode())
    return fresh and right


def sign_webhook(body: bytes, known: str, key: bytes, now: datetime) -> dict[str, str]:
    """The headers that vouch for an event sent to a subscriber (Standard Webhooks, `v1`)."""
    stamp = str(int(now.timestamp()))
    code = hmac.new(key, f"{known}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(code).decode()}"
    return {"webhook-id": known, "webhook-timestamp": stamp, "webhook-signature": signature}


def treasury_key(settings: Settings) -> bytes:
    """The secret shared with the treasury, 32 bytes. Raises ValueError where none is set."""
    if settings.treasury_secret is None:
        raise ValueError("未设置 ANJUAN_TREASURY_SECRET / ANJUAN_TREASURY_SECRET is not set")
    return base64.b64decode(settings.treasury_secret.get_secret_value())


def sms_key(settings: Settings) -> bytes:
    """The secret shared with the SMS gateway, 32 bytes. Raises ValueError where none is set."""
    if settings.sms_secret is None:
        raise ValueError("未设置 ANJUAN_SMS_SECRET / ANJUAN_SMS_SECRET is not set")
    return base64.b64decode(settings.sms_secret.get_secret_value())


def registers_key(settings: Settings) -> bytes:
    """The secret shared with the data platform, 32 bytes. Raises ValueError where none is set."""
    if settings.registers_secret is None:
        raise ValueError("未设置 ANJUAN_REGISTERS_SECRET / ANJUAN_REGISTERS_SECRET is not set")
    return base64.b64decode(settings.registers_secret.get_secret_value())


def _signature(stamp: str, body: bytes, key: bytes) -> str:
    return "v1=" + hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
