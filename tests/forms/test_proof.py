"""A change of one byte is found, by us and by poppler; so is whatever was added later."""

import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto.x509 import Certificate
from hypothesis import HealthCheck, given, settings, strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.general import SigningError

from forms.proof import Proof, check, read_roots
from tests.forms.seals import NUMBER, ORGAN, VALID, flipped, paper, pdfsig, sealer_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seal")
    (folder / "sealed.pdf").write_bytes(sealer_of(folder).seal(paper(), number=NUMBER))
    return folder


@pytest.fixture(scope="module")
def sealed(seal: Path) -> bytes:
    return (seal / "sealed.pdf").read_bytes()


@pytest.fixture(scope="module")
def roots(seal: Path) -> list[Certificate]:
    return read_roots(seal / "root.pem")


def _said(proof: Proof) -> list[str]:
    return [flaw.en for flaw in proof.problems]


def test_what_was_sealed_is_good(sealed: bytes, roots: list[Certificate]) -> None:
    proof = check(sealed, roots)
    assert proof.good
    assert proof.signer == ORGAN
    assert proof.signed_at
    assert abs((datetime.now(UTC) - proof.signed_at).total_seconds()) < 60
    assert proof.timestamp is None


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_one_bit_anywhere_is_found(
    sealed: bytes, roots: list[Certificate], data: st.DataObject
) -> None:
    """Anywhere: in the content, in the signature, in the room left beside it."""
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = flipped(sealed, at, data.draw(st.integers(0, 7)))
    proof = check(changed, roots)
    assert not proof.good
    assert proof.problems


def test_each_byte_of_the_signature_counts(sealed: bytes, roots: list[Certificate]) -> None:
    """The signature cannot cover itself; a sample of all its hexadecimal digits."""
    first, _, end = _gap(sealed)
    for at in random.Random(217).sample(range(first + 1, end), 60):
        assert not check(flipped(sealed, at), roots).good, at


def _gap(sealed: bytes) -> tuple[int, int, int]:
    """Where the signature begins, where it ends with its padding, and where without."""
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", sealed)
    assert found
    first, second = int(found[2]), int(found[3])
    return first, second, first + 1 + len(sealed[first + 1 : second - 1].rstrip(b"0"))


def test_poppler_finds_the_change_too(sealed: bytes, tmp_path: Path) -> None:
    assert VALID in pdfsig(sealed, tmp_path / "as-sealed.pdf")
    first, second, end = _gap(sealed)
    content = [first // 7 * n + 11 for n in range(1, 7)] + [second + 40, len(sealed) - 9]
    signature = [end - 9, end - 31, end - 60]  # its value stands last
    for at in content + signature:
        assert VALID not in pdfsig(flipped(sealed, at), tmp_path / "changed.pdf"), at


def test_bytes_added_behind_are_found(
    sealed: bytes, roots: list[Certificate], tmp_path: Path
) -> None:
    for more in (b"\n", b" " * 500):
        proof = check(sealed + more, roots)
        assert not proof.whole
        assert "added after it was sealed" in " ".join(_said(proof)), more
    for more in (b" " * 2000, b"%%EOF\n"):  # with such an end it is no PDF any more
        assert not check(sealed + more, roots).good
    assert "Not total document signed" in pdfsig(sealed + b"\n%more\n", tmp_path / "more.pdf")


def test_a_later_revision_is_found(sealed: bytes, roots: list[Certificate], tmp_path: Path) -> None:
    writer, later = IncrementalPdfFileWriter(BytesIO(sealed)), BytesIO()
    writer.root["/Lang"] = writer.root["/Lang"]
    writer.update_root()
    writer.write(later)
    proof = check(later.getvalue(), roots)
    assert proof.intact
    assert not proof.whole
    assert not proof.good
    assert "Not total document signed" in pdfsig(later.getvalue(), tmp_path / "later.pdf")


def test_somebody_elses_signature_over_ours_is_found(
    sealed: bytes, roots: list[Certificate], tmp_path: Path
) -> None:
    other = sealer_of(tmp_path)
    simple = signers.SimpleSigner.load(str(tmp_path / "organ.key"), str(tmp_path / "organ.pem"))
    assert simple
    metadata = signers.PdfSignatureMetadata(field_name="Other", md_algorithm="sha256")
    with pytest.raises(SigningError):  # the seal allows no more signatures
        signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(sealed)), metadata, simple)
    assert not check(other.seal(paper(), number=NUMBER), roots).trusted


def test_another_root_is_not_trusted(sealed: bytes, tmp_path: Path) -> None:
    sealer_of(tmp_path)
    for strangers in ([], read_roots(tmp_path / "root.pem")):
        proof = check(sealed, strangers)
        assert proof.intact
        assert not proof.trusted
        assert _said(proof) == ["the certificate of the seal is not a trusted one"]


def test_a_certificate_out_of_its_time_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a timestamp nobody knows that it was sealed while the certificate still held."""
    expired = sealer_of(tmp_path, days_ago=4 * 365)
    monkeypatch.setattr(type(expired), "_refuse_out_of_time", lambda *_: None)
    monkeypatch.setattr(type(expired), "_refuse_broken", lambda *_: None)
    proof = check(expired.seal(paper(), number=NUMBER), read_roots(tmp_path / "root.pem"))
    assert proof.intact
    assert not proof.trusted
    assert _said(proof) == ["the certificate of the seal is out of its time"]


def test_a_paper_without_a_seal_is_said_to_have_none(roots: list[Certificate]) -> None:
    assert _said(check(paper(), roots)) == ["the file bears no seal"]


@pytest.mark.parametrize("rubbish", [b"", b"\0", b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n9\n%%EOF"])
def test_rubbish_is_a_finding_not_an_error(rubbish: bytes, roots: list[Certificate]) -> None:
    assert _said(check(rubbish, roots)) == ["not a readable PDF"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_torn_file_is_a_finding(
    sealed: bytes, roots: list[Certificate], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, 400))
    torn = sealed[start : data.draw(st.integers(start, len(sealed) - 1))]
    assert not check(torn, roots).good


def test_a_strangers_file_is_read_in_a_process_of_its_own(seal: Path, sealed: bytes) -> None:
    command = [sys.executable, "-m", "forms.proof", str(seal / "root.pem")]
    ran = subprocess.run(command, cwd=ROOT, input=sealed, capture_output=True, check=True)
    assert Proof.model_validate_json(ran.stdout).good
