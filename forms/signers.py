"""Who holds the organ's private key: a file, a PKCS#11 token, a signing service. The certificate is public and always a file."""

import asyncio
import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.config.pkcs11 import PKCS11SignatureConfig, TokenCriteria
from pyhanko.sign.general import SigningError

from models.settings import Settings
from models.signature import sign as vouched

PATIENCE = 10.0  # seconds


class CannotSeal(RuntimeError):  # noqa: N818 -- says it as it is
    """Key, certificate or their settings do not serve; somebody must put them right."""


class SealAway(CannotSeal):
    """A token or a service does not answer now; nothing was sealed, and asking again is safe."""


class Signer(Protocol):
    """Signs bytes with a key that stays where it is.

    What is signed is `data` itself, hashed by the signer: SHA-256 for RSA (PKCS#1 v1.5) and ECDSA (DER); SM2 hashes more than the
    data (SM3 of Z and data), so a bare digest would not do for it.
    """

    def sign(self, data: bytes) -> bytes:
        """The raw signature. Raises `CannotSeal`, or `SealAway` where asking again may help."""
        ...


def signer_of(chosen: Settings, certificate: Certificate) -> Signer:
    """The one signer that is set. Raises `CannotSeal` where none or several are."""
    kinds = (chosen.seal_key, chosen.seal_pkcs11, chosen.seal_service_url)
    if sum(kind is not None for kind in kinds) != 1:
        raise CannotSeal(
            "ANJUAN_SEAL_KEY、ANJUAN_SEAL_PKCS11、ANJUAN_SEAL_SERVICE_URL 须恰好设置一项 · set exactly one"
        )
    if chosen.seal_key:
        return KeyFile.read(chosen.seal_key)
    return Token.of(chosen, certificate) if chosen.seal_pkcs11 else Service.of(chosen)


@dataclass(frozen=True)
class KeyFile:
    """A PEM key on this machine, RSA or on a NIST curve; for demo and tests, or where the machine itself is guarded."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def read(cls, path: Path) -> "KeyFile":
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as wrong:
            raise CannotSeal(f"印章私钥不可用 · the seal's key cannot be used: {wrong}") from wrong
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise CannotSeal("印章私钥须为 RSA 或 ECDSA · the seal's key must be RSA or ECDSA")
        return cls(key)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        return self.key.sign(data, ec.ECDSA(SHA256()))


@dataclass(frozen=True)
class Token:
    """A key in a PKCS#11 token (密码机, UKey). A session is opened for each signature, so that a token pulled and put back works again."""

    module: Path
    token: str
    label: str
    pin: str
    certificate: Certificate

    @classmethod
    def of(cls, chosen: Settings, certificate: Certificate) -> "Token":
        token, label, pin = chosen.seal_token, chosen.seal_label, chosen.seal_pin
        if not (chosen.seal_pkcs11 and token and label and pin):
            raise CannotSeal("PKCS#11 须设 ANJUAN_SEAL_TOKEN、_LABEL、_PIN · set all three")
        return cls(chosen.seal_pkcs11, token, label, pin.get_secret_value(), certificate)

    def sign(self, data: bytes) -> bytes:
        try:
            from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error
            from pyhanko.sign.pkcs11 import PKCS11SigningContext
        except ImportError as missing:
            message = "缺少 PKCS#11 组件 · install first: pip install 'anjuan[pkcs11]'"
            raise CannotSeal(message) from missing
        try:
            with PKCS11SigningContext(self._config()) as signer:
                return bytes(asyncio.run(signer.async_sign_raw(data, "sha256")))
        except (PKCS11Error, SigningError) as away:  # pyHanko wraps what the token says
            if isinstance(away.__cause__ or away, PinIncorrect | PinLocked):
                # Tried again, it would lock the token.
                raise CannotSeal("密码设备口令不对 · the token's PIN is wrong") from away
            raise SealAway(f"密码设备未能签名 · the token did not sign: {away!r}") from away

    def _config(self) -> PKCS11SignatureConfig:
        return PKCS11SignatureConfig(
            module_path=str(self.module),
            token_criteria=TokenCriteria(label=self.token),
            key_label=self.label,
            signing_certificate=self.certificate,
            user_pin=self.pin,
            raw_mechanism=True,  # hashed here: few tokens hash for ECDSA themselves
        )


@dataclass(frozen=True)
class Service:
    """A signing service (签章服务): gets the SHA-256 of the data, answers the raw signature; both know a secret."""

    url: str
    secret: bytes

    @classmethod
    def of(cls, chosen: Settings) -> "Service":
        if not (chosen.seal_service_url and chosen.seal_service_secret):
            raise CannotSeal("签章服务须设 ANJUAN_SEAL_SERVICE_SECRET · set the service's secret")
        secret = base64.b64decode(chosen.seal_service_secret.get_secret_value())
        return cls(chosen.seal_service_url, secret)

    def sign(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        headers = vouched(digest, self.secret, datetime.now(UTC))
        headers["Content-Type"] = "application/octet-stream"
        try:
            answer = httpx.post(self.url, content=digest, headers=headers, timeout=PATIENCE)
        except httpx.TransportError as away:
            raise SealAway(f"签章服务不可达 · the signing service is away: {away!r}") from away
        if answer.is_success:
            return answer.content
        kind = SealAway if answer.is_server_error or answer.status_code == 429 else CannotSeal
        raise kind(f"签章服务拒绝 · the signing service refused: HTTP {answer.status_code}")
