"""The README's tour, as a newcomer takes it: everything started with one command, two cases driven over HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANY_FREE = {
    f"ANJUAN_{part}_PORT": "0" for part in ("API", "POSTGRES", "TEMPORAL", "TREASURY", "REGISTERS")
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[dict[str, str]]:
    """`anjuan up` over a folder of its own, on free ports."""
    house = {k: v for k, v in os.environ.items() if not k.startswith("ANJUAN_")}
    house |= ANY_FREE | {"ANJUAN_TEMPORAL_UI_PORT": "0", "ANJUAN_VAR_DIR": str(tmp_path / "var")}
    up = subprocess.Popen(
        [sys.executable, "-m", "anjuan", "up"],
        cwd=ROOT,
        env=house,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _welcome(up)
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)


def _welcome(up: subprocess.Popen[str]) -> dict[str, str]:
    said = ""
    assert up.stdout is not None
    for line in up.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    found = re.findall(r"(Anjuan|treasury|registers) +(http://\S+?)/?\n", said)
    assert len(found) == 3, said
    return dict(found)


def test_the_tour_goes_from_lead_to_closing(addresses: dict[str, str]) -> None:
    tour = subprocess.run(
        [sys.executable, "examples/tour.py"],
        cwd=ROOT,
        env=os.environ
        | {"ANJUAN_API_URL": addresses["Anjuan"], "ANJUAN_TREASURY_URL": addresses["treasury"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert tour.stdout.count("close_case") == 2
    assert tour.stdout.count("→ 已结案") == 2
    assert "✗ 409 处罚不得重于事先告知的内容" in tour.stdout


def test_the_tour_of_approvals_goes_from_the_question_to_the_licence(
    addresses: dict[str, str],
) -> None:
    tour = subprocess.run(
        [sys.executable, "examples/approvals.py"],
        cwd=ROOT,
        env=os.environ
        | {
            "ANJUAN_API_URL": addresses["Anjuan"],
            "ANJUAN_REGISTERS_URL": addresses["registers"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert tour.stdout.count("有效，至") == 3
    assert "✗ 409 补正要求只能一次性提出" in tour.stdout
    assert "✗ 403" in tour.stdout
