"""A certificate authority of this machine's own, where the office brings no seal: for demo and tests, and marked so."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

MARK = "演示，无法律效力 DEMO, NO LEGAL FORCE"
ROOT = "案卷演示根证书 Anjuan demo root"
YEARS = timedelta(days=365)
RENEWED = timedelta(days=30)  # before the end


@dataclass(frozen=True)
class Authority:
    """The folder of a root and one organ's certificate under it; a renewed certificate keeps its key."""

    folder: Path
    now: datetime

    def of(self, organ: str) -> dict[str, Path]:
        """The seal of that organ as settings; made where it is not there, renewed where it ends soon."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ready("root", ROOT, "root")
        self._ready("organ", organ, "root")
        names = {"SEAL_KEY": "organ.key", "SEAL_CERT": "organ.pem", "SEAL_ROOTS": "root.pem"}
        return {setting: self.folder / name for setting, name in names.items()}

    def _ready(self, who: str, name: str, issuer: str) -> None:
        key = self._key(who)
        path = self.folder / f"{who}.pem"
        if not (path.exists() and self._serves(path, name, key)):
            _keep(path, self._issue(name, key, issuer).public_bytes(Encoding.PEM))

    def _serves(self, path: Path, name: str, key: ec.EllipticCurvePrivateKey) -> bool:
        known = x509.load_pem_x509_certificate(path.read_bytes())
        fresh = known.not_valid_before_utc <= self.now < known.not_valid_after_utc - RENEWED
        return fresh and known.subject == _name(name) and known.public_key() == key.public_key()

    def _issue(self, name: str, key: ec.EllipticCurvePrivateKey, issuer: str) -> x509.Certificate:
        above, root = self._key(issuer), name == ROOT
        usage = dict.fromkeys(_USAGES, False)
        usage |= {"key_cert_sign": root, "crl_sign": root}
        usage |= {"digital_signature": not root, "content_commitment": not root}
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(ROOT))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(minutes=5))  # a clock beside may be behind
            .not_valid_after(self.now + YEARS * (30 if root else 3))
            .add_extension(x509.BasicConstraints(ca=root, path_length=0 if root else None), True)
            .add_extension(x509.KeyUsage(**usage), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False
            )
            .sign(above, SHA256())
        )

    def _key(self, who: str) -> ec.EllipticCurvePrivateKey:
        path = self.folder / f"{who}.key"
        if not path.exists():
            fresh = ec.generate_private_key(ec.SECP256R1())
            _keep(path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path} holds no key of ours")
        return key


_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def authority(folder: Path, organ: str) -> dict[str, Path]:
    """The organ's own demo seal as settings, see `Authority.of`."""
    return Authority(folder, datetime.now(UTC)).of(organ)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner's eyes only."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
