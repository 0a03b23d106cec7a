"""Papers, certificates and the tools of the outside world that the tests of the seal share."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from forms.seal import Sealer
from models.settings import Settings
from run.authority import Authority

ORGAN = "杭州市上城区综合行政执法局"
NUMBER = "杭上综执罚决字〔2026〕第000217号"
VALID = "Signature is Valid"


@cache
def paper() -> bytes:
    """A small PDF/A-3u."""
    from weasyprint import HTML

    page = "<html lang=zh><title>决定</title><h1>行政处罚决定书</h1><p>罚款 8000 元。</p></html>"
    return bytes(HTML(string=page).write_pdf(pdf_variant="pdf/a-3u"))


def settings_of(folder: Path, days_ago: float = 0, **more: object) -> Settings:
    """The settings of a demo seal made in that folder, that many days ago."""
    then = datetime.now(UTC) - timedelta(days=days_ago)
    paths = {name.lower(): path for name, path in Authority(folder, then).of(ORGAN).items()}
    return Settings.model_validate(paths | more)


def sealer_of(folder: Path, days_ago: float = 0, **more: object) -> Sealer:
    sealer = Sealer.of(settings_of(folder, days_ago, **more))
    assert sealer
    return sealer


def der(path: Path) -> bytes:
    """An unencrypted PEM key as PKCS#8."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def tool(name: str) -> str:
    """A program of the outside world. Where it is missing the test is skipped, but never in CI."""
    found = shutil.which(name)
    if found is None:
        assert not os.environ.get("CI"), f"CI must have {name}"
        pytest.skip(f"{name} is not installed")
    return found


def pdfsig(pdf: bytes, at: Path) -> str:
    """What poppler says of the signatures."""
    at.write_bytes(pdf)
    ran = subprocess.run([tool("pdfsig"), at], capture_output=True, timeout=60, check=False)
    return ran.stdout.decode(errors="replace")


def flipped(content: bytes, at: int, bit: int = 0) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1 << bit
    return bytes(changed)
