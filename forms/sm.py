"""SM2 over SM3 (GB/T 32918.2, GB/T 32905): a detached signature of the finished PDF, for those who check by the national algorithms.

It stands beside the PAdES signature, not instead of it: PDF readers outside China do not know SM2, and pyHanko does not put it into a PDF.
Pure Python, so neither fast nor constant in time: for demo and tests. In production the signature comes from a device or service.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from asn1crypto.algos import DSASignature
from asn1crypto.keys import ECPrivateKey, PrivateKeyInfo
from asn1crypto.pem import unarmor
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmalg import SM2
from gmalg.base import Hash as GmHash

USER = b"1234567812345678"  # GM/T 0009: the signer's id where none is agreed


class _FastSM3(GmHash):  # type: ignore[misc]  # gmalg ships no types
    """SM3 as gmalg asks for it, three hundred times as fast as its own."""

    def __init__(self) -> None:
        self.reset()

    @classmethod
    def max_msg_length(cls) -> int:
        return (1 << 61) - 1

    @classmethod
    def hash_length(cls) -> int:
        return 32

    def reset(self) -> None:
        self._hash = Hash(SM3())

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def value(self) -> bytes:
        return self._hash.copy().finalize()


@dataclass(frozen=True)
class SmSeal:
    """A pair of SM2 keys, or the public one alone (65 bytes, uncompressed), which only verifies. A `forms.signers.Signer`."""

    public: bytes
    secret: bytes | None = field(default=None, repr=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a PEM file, PKCS#8 or SEC 1, as ``openssl genpkey -algorithm SM2`` makes it. Raises ValueError."""
        kind, _, der = unarmor(path.read_bytes())
        whole = PrivateKeyInfo.load(der) if kind == "PRIVATE KEY" else None
        inner = whole["private_key"].parsed if whole else ECPrivateKey.load(der)
        return cls.of(inner["private_key"].contents)

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """From the secret key, 32 bytes."""
        return cls(SM2().generate_pk(secret), secret)

    def sign(self, data: bytes) -> bytes:
        """The signature in DER, as GM/T 0009 and openssl write it."""
        r, s = self._sm2().sign(data)
        return bytes(DSASignature({"r": int.from_bytes(r), "s": int.from_bytes(s)}).dump())

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether this pair's secret key signed `data`."""
        try:
            parts = DSASignature.load(signature, strict=True).native
            r, s = (parts[name].to_bytes(32) for name in ("r", "s"))
        except (ValueError, OverflowError, TypeError):
            return False
        return bool(self._sm2().verify(data, r, s))

    def _sm2(self) -> SM2:
        sm2 = SM2(self.secret, USER, self.public)
        sm2._core._hash_obj = _FastSM3()  # noqa: SLF001 -- it offers no other way
        return sm2
