"""Sealing bytes that name people: columns of the register, payloads of the engine.

AES-256-GCM, a fresh nonce each time, under a key drawn from the installation's secret for this use
only (个人信息保护法 51: encryption).
"""

import base64
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.settings import Settings

_VERSION = b"\x01"
_NONCE = 12


class CannotUnseal(ValueError):  # noqa: N818 -- says it as it is
    """The bytes were not sealed with this key, or were changed since."""


def seal(plain: bytes, key: bytes) -> bytes:
    """Version, nonce, ciphertext and tag; 29 bytes longer than `plain`."""
    nonce = secrets.token_bytes(_NONCE)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plain, _VERSION)


def unseal(sealed: bytes, key: bytes) -> bytes:
    """What was sealed. Raises `CannotUnseal` for another key or changed bytes."""
    version, nonce, rest = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return _cipher(key).decrypt(nonce, rest, version)
    except (InvalidTag, ValueError) as wrong:
        raise CannotUnseal("cannot be unsealed with this key") from wrong


def key_of(settings: Settings) -> bytes:
    """The installation's secret key, 32 bytes. Raises ValueError where none is set."""
    if settings.secret_key is None:
        raise ValueError("未设置 ANJUAN_SECRET_KEY / ANJUAN_SECRET_KEY is not set")
    return base64.b64decode(settings.secret_key.get_secret_value())


@cache
def _cipher(key: bytes) -> AESGCM:
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"anjuan/seal").derive(key)
    return AESGCM(drawn)
