"""The organ's seal: readers of the wider world find it valid, whoever holds the key."""

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.tsp import TimeStampReq
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.keys import load_cert_from_pemder, load_certs_from_pemder
from pyhanko.sign.timestamps import DummyTimeStamper
from pypdf import PdfReader

from forms.proof import check, read_roots
from forms.seal import CannotSeal, SealAway, Sealer
from forms.signers import Token
from models.settings import KEY_BYTES, Settings
from models.signature import verify
from tests.forms.seals import (
    NUMBER,
    ORGAN,
    VALID,
    der,
    paper,
    pdfsig,
    sealer_of,
    settings_of,
    tool,
)

SECRET = os.urandom(KEY_BYTES)


def test_poppler_finds_the_seal_valid_and_whole(tmp_path: Path) -> None:
    said = pdfsig(sealer_of(tmp_path).seal(paper(), number=NUMBER), tmp_path / "sealed.pdf")
    assert VALID in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert f"CN={ORGAN}" in said


def test_it_says_which_paper_and_stays_pdf_a(tmp_path: Path) -> None:
    """By its own XMP metadata; no validator of PDF/A is at hand."""
    reader = PdfReader(_saved(sealer_of(tmp_path).seal(paper(), number=NUMBER), tmp_path))
    metadata = reader.xmp_metadata
    assert metadata
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("3", "U")
    field = (reader.get_fields() or {})["Seal"]
    assert field["/V"]["/Reason"] == f"文书 {NUMBER}"
    assert field["/V"]["/Name"] == ORGAN
    widget = reader.pages[0]["/Annots"][0].get_object()  # type: ignore[index]
    assert list(widget["/Rect"]) == [0, 0, 0, 0]
    assert widget["/F"] & 4  # PDF/A: printed, though it has no looks


def _saved(content: bytes, folder: Path) -> Path:
    path = folder / "saved.pdf"
    path.write_bytes(content)
    return path


def test_a_paper_without_a_number_is_sealed_too(tmp_path: Path) -> None:
    sealer = sealer_of(tmp_path)
    assert check(sealer.seal(paper(), number=None), read_roots(tmp_path / "root.pem")).good


def test_sealing_twice_gives_two_good_seals(tmp_path: Path) -> None:
    sealer, roots = sealer_of(tmp_path), read_roots(tmp_path / "root.pem")
    assert all(check(sealer.seal(paper(), number=NUMBER), roots).good for _ in range(2))


def test_no_certificate_no_sealer() -> None:
    assert Sealer.of(Settings()) is None


def test_a_demo_certificate_shows_on_the_stamp(tmp_path: Path) -> None:
    sealer = sealer_of(tmp_path)
    assert sealer.demo
    assert ">演示</text>" in sealer.stamp()


def test_an_expired_certificate_seals_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotSeal, match="有效期"):
        sealer_of(tmp_path, days_ago=4 * 365).seal(paper(), number=NUMBER)


def test_a_key_that_does_not_fit_seals_nothing(tmp_path: Path) -> None:
    other = settings_of(tmp_path / "other")
    sealer = sealer_of(tmp_path / "mine", seal_key=other.seal_key)
    with pytest.raises(CannotSeal, match="私钥与证书不符"):
        sealer.seal(paper(), number=NUMBER)


def test_what_is_no_pdf_is_not_sealed(tmp_path: Path) -> None:
    with pytest.raises(CannotSeal, match="PDF"):
        sealer_of(tmp_path).seal(b"not a paper", number=NUMBER)


@pytest.mark.parametrize("unset", [{"seal_key": None}, {"seal_pkcs11": Path("token.so")}])
def test_exactly_one_holder_of_the_key(tmp_path: Path, unset: dict[str, Path | None]) -> None:
    with pytest.raises(CannotSeal, match="exactly one"):
        sealer_of(tmp_path, 0, **unset)


def test_files_that_are_no_seal_are_named(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    with pytest.raises(CannotSeal, match="私钥不可用"):
        sealer_of(tmp_path / "seal", seal_key=rubbish)
    for wrong in (rubbish, tmp_path / "absent.pem"):
        with pytest.raises(CannotSeal, match="证书不可用"):
            sealer_of(tmp_path / "seal", seal_cert=wrong)


# ── a signing service ───────────────────────────────────────────────────────────────────────────


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler, bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A real HTTP server that answers each POST so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content = answer(self, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _by_service(folder: Path, url: str, secret: bytes = SECRET) -> Sealer:
    coded = base64.b64encode(secret).decode()
    return sealer_of(folder, seal_key=None, seal_service_url=url, seal_service_secret=coded)


def _service(folder: Path) -> Callable[[BaseHTTPRequestHandler, bytes], tuple[int, bytes]]:
    """The other side: checks who asks, signs the digest."""
    settings_of(folder)
    key = load_pem_private_key((folder / "organ.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    def sign(request: BaseHTTPRequestHandler, digest: bytes) -> tuple[int, bytes]:
        if not verify(digest, dict(request.headers), SECRET, datetime.now(UTC)):
            return 401, b""
        assert len(digest) == hashlib.sha256().digest_size
        return 200, key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))

    return sign


def test_a_service_signs_without_showing_its_key(tmp_path: Path) -> None:
    with serving(_service(tmp_path)) as url:
        sealed = _by_service(tmp_path, url).seal(paper(), number=NUMBER)
        assert check(sealed, read_roots(tmp_path / "root.pem")).good
        with pytest.raises(CannotSeal, match="401") as refused:
            _by_service(tmp_path, url, os.urandom(KEY_BYTES)).seal(paper(), number=NUMBER)
        assert not isinstance(refused.value, SealAway)


def test_a_service_that_is_away_may_be_asked_again(tmp_path: Path) -> None:
    with serving(lambda *_: (503, b"")) as url, pytest.raises(SealAway, match="503"):
        _by_service(tmp_path, url).seal(paper(), number=NUMBER)
    with pytest.raises(SealAway, match="away"):  # now nobody listens there
        _by_service(tmp_path, url).seal(paper(), number=NUMBER)


def test_a_service_that_answers_rubbish_is_found_out(tmp_path: Path) -> None:
    with serving(lambda *_: (200, b"rubbish")) as url, pytest.raises(CannotSeal):
        _by_service(tmp_path, url).seal(paper(), number=NUMBER)


def test_a_service_needs_its_secret(tmp_path: Path) -> None:
    with pytest.raises(CannotSeal, match="SECRET"):
        sealer_of(tmp_path, seal_key=None, seal_service_url="http://127.0.0.1:9/")


# ── a token ─────────────────────────────────────────────────────────────────────────────────────


def _token(folder: Path, module: str, pin: str = "2468") -> Sealer:
    return sealer_of(
        folder,
        seal_key=None,
        seal_pkcs11=module,
        seal_token="anjuan",
        seal_label="seal",
        seal_pin=pin,
    )


def test_a_token_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    sealer = _token(tmp_path, "/nowhere/token.so")
    assert isinstance(sealer.signer, Token)
    with pytest.raises(CannotSeal, match=r"anjuan\[pkcs11\]"):
        sealer.seal(paper(), number=NUMBER)


def test_a_token_needs_all_its_settings(tmp_path: Path) -> None:
    with pytest.raises(CannotSeal, match="_PIN"):
        sealer_of(tmp_path, seal_key=None, seal_pkcs11=Path("token.so"))


SOFT_TOKEN = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.mark.skipif(not SOFT_TOKEN.exists(), reason="SoftHSM is optional: apt-get install softhsm2")
def test_a_token_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pkcs11", reason="optional: pip install 'anjuan[pkcs11]'")
    settings_of(tmp_path)
    (tmp_path / "tokens").mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "conf"))
    pins = ("--pin", "2468", "--so-pin", "1357")
    slot = (
        "--token",
        "anjuan",
        "--label",
        "seal",
        "--id",
        "01",
        "--import",
        tmp_path / "organ.key",
    )
    _run("softhsm2-util", "--init-token", "--free", "--label", "anjuan", *pins)
    _run("softhsm2-util", *slot, "--import-type", "keypair", "--pin", "2468", optional=True)
    sealed = _token(tmp_path, str(SOFT_TOKEN)).seal(paper(), number=NUMBER)
    assert check(sealed, read_roots(tmp_path / "root.pem")).good
    with pytest.raises(CannotSeal, match="PIN is wrong"):
        _token(tmp_path, str(SOFT_TOKEN), pin="0000").seal(paper(), number=NUMBER)


def _run(*command: str | Path, optional: bool = False) -> None:
    words = [str(word) for word in command]
    if optional:  # the older way to say it
        words = [word for word in words if word not in {"--import-type", "keypair"}]
    subprocess.run(words, check=True, capture_output=True, timeout=60)


# ── a timestamp ─────────────────────────────────────────────────────────────────────────────────


def _stamping(folder: Path) -> DummyTimeStamper:
    """An authority in our own process, under a root of its own."""
    _timestamp_authority(folder)
    key = PrivateKeyInfo.load(der(folder / "tsa.key"))
    return DummyTimeStamper(load_cert_from_pemder(str(folder / "tsa.pem")), key)


def _timestamp_authority(folder: Path) -> None:
    usage = (
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
        "-addext",
        "keyUsage=critical,digitalSignature",
    )
    keys = (
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        folder / "tsa.key",
        "-out",
        folder / "tsa.pem",
    )
    _run(tool("openssl"), "req", "-x509", *keys, "-subj", "/CN=TSA", "-days", "30", *usage)


def test_a_timestamp_is_an_authoritys_word_for_the_time(tmp_path: Path) -> None:
    sealer = replace(sealer_of(tmp_path), timestamper=_stamping(tmp_path))
    sealed = sealer.seal(paper(), number=NUMBER)
    roots = [str(tmp_path / "root.pem"), str(tmp_path / "tsa.pem")]
    proof = check(sealed, list(load_certs_from_pemder(roots)))
    assert proof.good
    assert proof.timestamp
    assert VALID in pdfsig(sealed, tmp_path / "stamped.pdf")
    distrusted = check(sealed, read_roots(tmp_path / "root.pem"))
    assert [flaw.en for flaw in distrusted.problems] == [
        "the timestamp does not hold or is not trusted"
    ]


def test_openssl_gives_the_time_over_http(tmp_path: Path) -> None:
    _timestamp_authority(tmp_path)
    with serving(_openssl_ts(tmp_path)) as url:
        sealed = sealer_of(tmp_path, timestamp_url=url).seal(paper(), number=NUMBER)
    roots = [str(tmp_path / "root.pem"), str(tmp_path / "tsa.pem")]
    proof = check(sealed, list(load_certs_from_pemder(roots)))
    assert proof.good
    assert proof.timestamp


def _openssl_ts(folder: Path) -> Callable[[BaseHTTPRequestHandler, bytes], tuple[int, bytes]]:
    (folder / "serial").write_text("01\n")
    (folder / "ts.conf").write_text(
        f"""[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""
    )

    def reply(_: BaseHTTPRequestHandler, query: bytes) -> tuple[int, bytes]:
        (folder / "query").write_bytes(query)
        files = ("-config", folder / "ts.conf", "-queryfile", folder / "query")
        _run(tool("openssl"), "ts", "-reply", *files, "-out", folder / "reply")
        return 200, (folder / "reply").read_bytes()

    return reply


@pytest.mark.parametrize(
    "answer", [(500, b""), (200, b"rubbish"), (200, b"\x30\x05\x30\x03\x02\x01\x02")]
)
def test_no_timestamp_no_seal(tmp_path: Path, answer: tuple[int, bytes]) -> None:
    with serving(lambda *_: answer) as url, pytest.raises(SealAway, match="时间戳"):
        sealer_of(tmp_path, timestamp_url=url).seal(paper(), number=NUMBER)


def test_a_stamp_for_other_bytes_does_not_hold(tmp_path: Path) -> None:
    _timestamp_authority(tmp_path)
    honest = _openssl_ts(tmp_path)

    def lying(request: BaseHTTPRequestHandler, query: bytes) -> tuple[int, bytes]:
        asked = TimeStampReq.load(query).copy()
        asked["message_imprint"]["hashed_message"] = bytes(32)
        return honest(request, asked.dump(force=True))

    with serving(lying) as url, pytest.raises(SealAway, match="时间戳无效"):
        sealer_of(tmp_path, timestamp_url=url).seal(paper(), number=NUMBER)
