"""The organ's seal on a PDF: a PAdES signature over the finished file, with a timestamp where one is set.

Baseline B-B, or B-T with a timestamp (ETSI EN 319 142-1). The signature is added after the render as an incremental update, is not
drawn (the stamp on the paper is `forms.stamp`), and certifies the file: whatever is added later shows as a change.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Self

from asn1crypto.pem import armor
from asn1crypto.x509 import Certificate
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from forms.proof import check
from forms.signers import CannotSeal, SealAway, Signer, signer_of
from forms.stamp import DEMO, stamp_svg
from forms.timestamp import Authority
from models.settings import Settings

__all__ = ["CannotSeal", "SealAway", "Sealer"]

FIELD = "Seal"


@dataclass(frozen=True)
class Sealer:
    """The organ's certificate with the chain above it, who signs for it, and who gives the time."""

    certificate: Certificate
    chain: tuple[Certificate, ...]
    signer: Signer
    timestamper: TimeStamper | None = None

    @classmethod
    def of(cls, chosen: Settings) -> Self | None:
        """The sealer that is set; None where no certificate is. Raises `CannotSeal` where the settings do not serve."""
        if chosen.seal_cert is None:
            return None
        try:
            certificate, *chain = load_certs_from_pemder([str(chosen.seal_cert)])
        except (OSError, ValueError) as wrong:
            raise CannotSeal(f"印章证书不可用 · no certificate to be read: {wrong}") from wrong
        timestamper = Authority(chosen.timestamp_url) if chosen.timestamp_url else None
        return cls(certificate, tuple(chain), signer_of(chosen, certificate), timestamper)

    @property
    def organ(self) -> str:
        """Whose seal it is, by the certificate."""
        names = self.certificate.subject.native
        return str(names.get("common_name") or names["organization_name"])

    @property
    def demo(self) -> bool:
        """Whether the certificate calls itself a demo's."""
        return DEMO in self.certificate.subject.human_friendly

    def stamp(self) -> str:
        """The round stamp this certificate may carry; a demo's says so."""
        return stamp_svg(self.organ, DEMO if self.demo else "")

    def seal(self, pdf: bytes, *, number: str | None) -> bytes:
        """The sealed PDF. Runs an event loop of its own: call it in a thread.

        Raises `CannotSeal` where the certificate is not valid today or does not fit the key, `SealAway` where signer or timestamp
        service do not answer; a file is never sealed without the timestamp that is set.
        """
        self._refuse_out_of_time(datetime.now(UTC))
        try:
            sealed = asyncio.run(self._signed(pdf, number))
        except TimestampRequestError as away:
            raise SealAway(f"时间戳服务不可用 · no timestamp: {away}") from away
        except PdfError as wrong:
            raise CannotSeal(f"不是可以盖章的 PDF · not a PDF to seal: {wrong}") from wrong
        self._refuse_broken(sealed)
        return sealed

    async def _signed(self, pdf: bytes, number: str | None) -> bytes:
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD,
            name=self.organ,
            reason=f"文书 {number}" if number else "文书",
            location=self.certificate.subject.native.get("locality_name"),
            subfilter=fields.SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        sealing = signers.PdfSigner(metadata, _Adapter(self), timestamper=self.timestamper)
        sealed = await sealing.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
        return bytes(sealed.getvalue())

    def sign_detached(self, data: bytes) -> bytes:
        """A CMS signature beside `data` (RFC 5652), DER, as ``openssl cms -verify`` reads it. Raises as `seal`."""
        self._refuse_out_of_time(datetime.now(UTC))
        signing = _Adapter(self).async_sign_general_data(data, "sha256", detached=True)
        return bytes(asyncio.run(signing).dump())

    def certificates(self) -> str:
        """The certificate and the chain above it, PEM."""
        return "".join(
            armor("CERTIFICATE", one.dump()).decode() for one in (self.certificate, *self.chain)
        )

    def _refuse_out_of_time(self, now: datetime) -> None:
        begins, ends = self.certificate.not_valid_before, self.certificate.not_valid_after
        if not begins <= now <= ends:
            raise CannotSeal(
                f"印章证书有效期 {begins:%Y-%m-%d} 至 {ends:%Y-%m-%d}，不得用印 · the certificate is not valid today"
            )

    def _refuse_broken(self, sealed: bytes) -> None:
        """A signer with another key, or a stamp for other bytes, is found here rather than by a citizen."""
        proof = check(sealed, [self.certificate])
        if not (proof.intact and proof.whole):
            said = "；".join(flaw.zh for flaw in proof.problems)
            raise CannotSeal(f"印章私钥与证书不符 · the key does not fit the certificate: {said}")
        if self.timestamper and proof.timestamp is None:
            raise SealAway("时间戳无效 · the timestamp does not hold")


class _Adapter(signers.Signer):
    """Lets pyHanko ask our signer."""

    def __init__(self, sealer: Sealer) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(sealer.chain)
        super().__init__(signing_cert=sealer.certificate, cert_registry=store, embed_roots=False)
        self.signer = sealer.signer

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002
    ) -> bytes:
        if dry_run:
            return bytes(1024)  # room for RSA-8192; it is part of the file's padding
        return await asyncio.to_thread(self.signer.sign, data)
