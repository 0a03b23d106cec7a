"""Whether a sealed PDF is what the organ sealed: intact, whole, and under a certificate we trust.

``python -m forms.proof roots.pem < paper.pdf`` prints the proof as JSON, within bounds of memory and time: so a stranger's file is read
in a process of its own.
"""

import asyncio
import logging
import resource
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from asn1crypto.cms import ContentInfo
from asn1crypto.x509 import Certificate
from pydantic import BaseModel, ConfigDict
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate, AdESSubIndic
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from forms.stamp import DEMO

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what is wrong stands in the proof
MEMORY = 1 << 30  # bytes
SECONDS = 10


class Flaw(NamedTuple):
    """What is wrong, in words."""

    zh: str
    en: str


UNREADABLE = Flaw("不是可读的 PDF 文件", "not a readable PDF")
UNSIGNED = Flaw("文件没有电子印章", "the file bears no seal")
SEVERAL = Flaw("文件有不止一个电子签名", "the file bears more than one signature")
CHANGED = Flaw(
    "用印后内容被改动，或签名已损坏", "changed since it was sealed, or the signature is damaged"
)
NOT_WHOLE = Flaw("用印后文件又被追加内容", "something was added after it was sealed")
UNTRUSTED = Flaw("印章证书不在信任之列", "the certificate of the seal is not a trusted one")
EXPIRED = Flaw("印章证书不在有效期内", "the certificate of the seal is out of its time")
BAD_TIME = Flaw("时间戳无效或不受信任", "the timestamp does not hold or is not trusted")
OUT_OF_TIME = {
    AdESIndeterminate.EXPIRED,
    AdESIndeterminate.NOT_YET_VALID,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED,
}


class Proof(BaseModel):
    """What a check found. ``intact``: no byte under the signature was changed; ``whole``: the signature covers all of the file;
    ``trusted``: certificate under a trusted root and in time; ``demo``: a certificate that calls itself a demo's; ``signed_at`` is the
    sealer's word, ``timestamp`` an authority's.
    """

    model_config = ConfigDict(frozen=True)

    intact: bool = False
    whole: bool = False
    trusted: bool = False
    demo: bool = False
    signer: str | None = None
    signed_at: datetime | None = None
    timestamp: datetime | None = None
    problems: tuple[Flaw, ...] = ()

    @property
    def good(self) -> bool:
        return self.intact and self.whole and self.trusted and not self.problems


def check(pdf: bytes, roots: list[Certificate]) -> Proof:
    """The proof; never raises, whatever the bytes are. Runs an event loop of its own: call it in a thread.

    Certificates are held to the time of a trusted timestamp; without one to today, because a sealer's own word for the time proves
    nothing once his certificate has run out.
    """
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        if not signatures:
            return Proof(problems=(UNSIGNED,))
        found = asyncio.run(_checked(pdf, signatures[0], roots))
    except Exception:  # noqa: BLE001 -- of a stranger's file anything may be broken, in any way
        return Proof(problems=(UNREADABLE,))
    more = (SEVERAL,) if len(signatures) > 1 else ()
    return found.model_copy(update={"problems": (*found.problems, *more)})


async def _checked(pdf: bytes, signature: EmbeddedPdfSignature, roots: list[Certificate]) -> Proof:
    whole = _whole(pdf, signature)
    try:
        status = await _status(signature, roots)
    except Exception:  # noqa: BLE001 -- a damaged signature fails in as many ways as a damaged file
        return Proof(whole=whole, problems=(CHANGED,))
    time = status.timestamp_validity
    intact = status.intact and status.valid and _untouched(pdf, signature)
    return Proof(
        intact=intact,
        whole=whole,
        trusted=intact and status.trusted,
        demo=DEMO in status.signing_cert.subject.human_friendly,
        signer=_name(status.signing_cert),
        signed_at=signature.self_reported_timestamp,
        timestamp=time.timestamp if time and time.intact and time.valid else None,
        problems=tuple(_problems(status, intact=intact, whole=whole)),
    )


async def _status(signature: EmbeddedPdfSignature, roots: list[Certificate]) -> PdfSignatureStatus:
    status = await _validated(signature, roots, datetime.now(UTC))
    time = status.timestamp_validity
    if time and time.trusted and not status.trusted:
        return await _validated(signature, roots, time.timestamp)
    return status


async def _validated(
    signature: EmbeddedPdfSignature, roots: list[Certificate], moment: datetime
) -> PdfSignatureStatus:
    """Nothing is fetched from anywhere: a check works offline, and says nothing of revocation."""
    return await async_validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False),
        ValidationContext(trust_roots=roots, allow_fetching=False),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
        ),
        skip_diff=True,  # any change after the seal is one too many
    )


def _problems(status: PdfSignatureStatus, *, intact: bool, whole: bool) -> list[Flaw]:
    time = status.timestamp_validity
    found = {
        CHANGED: not intact,
        NOT_WHOLE: not whole,
        EXPIRED: intact and not status.trusted and _out_of_time(status.trust_problem_indic),
        UNTRUSTED: intact and not status.trusted and not _out_of_time(status.trust_problem_indic),
        BAD_TIME: time is not None and not time.trusted,
    }
    return [flaw for flaw, there in found.items() if there]


def _out_of_time(indication: AdESSubIndic | None) -> bool:
    return indication in OUT_OF_TIME


def _whole(pdf: bytes, signature: EmbeddedPdfSignature) -> bool:
    """The signature covers every byte but its own."""
    start, first, second, length = [int(number) for number in signature.byte_range]
    gap = 2 * len(signature.pkcs7_content) + 2
    return start == 0 and second == first + gap and second + length == len(pdf)


def _untouched(pdf: bytes, signature: EmbeddedPdfSignature) -> bool:
    """The signature is written as a sealer writes it. It cannot cover its own bytes: their form is what protects the few that no digest
    covers and no reader asks about.
    """
    _, first, second, _ = [int(number) for number in signature.byte_range]
    content = signature.pkcs7_content
    der = ContentInfo.load(content).dump(force=True)
    plain = content == der.ljust(len(content), b"\0")
    digits = pdf[first + 1 : second - 1]
    same = digits in {content.hex().encode(), content.hex().upper().encode()}
    return plain and same and _formal(signature)


def _formal(signature: EmbeddedPdfSignature) -> bool:
    """Versions, list of digests and name of the issuer say what the signed parts say."""
    signed, info, certificate = signature.signed_data, signature.signer_info, signature.signer_cert
    versions = {signed["version"].native, info["version"].native}
    digests = [algorithm.dump() for algorithm in signed["digest_algorithms"]]
    issuer = info["sid"].chosen["issuer"].dump()
    return (
        versions == {"v1"}
        and digests == [info["digest_algorithm"].dump()]
        and issuer == certificate.issuer.dump()
    )


def _name(certificate: Certificate) -> str:
    names = certificate.subject.native
    return str(names.get("common_name") or names.get("organization_name") or "")


def read_roots(path: Path | None) -> list[Certificate]:
    """The trusted certificates of a PEM file; none without one."""
    return list(load_certs_from_pemder_data(path.read_bytes())) if path else []


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    roots = read_roots(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    sys.stdout.write(check(sys.stdin.buffer.read(), roots).model_dump_json())


if __name__ == "__main__":
    main()
