"""The README's tours, as a newcomer takes them: everything started with one command, cases driven over HTTP, licences loaded beside it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from activities.licence_import import COLUMNS
from run.process import claim

ROOT = Path(__file__).resolve().parents[2]
ANY_FREE = {
    f"ANJUAN_{part}_PORT": "0"
    for part in ("API", "POSTGRES", "TEMPORAL_UI", "TREASURY", "SMS", "REGISTERS", "MQTT")
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of an installation of its own, on free ports; the engine's is known, for commands beside it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANJUAN_")}
    engine = str(claim(0, "ANJUAN_TEMPORAL_PORT"))
    var = str(tmp_path_factory.mktemp("house") / "var")
    own = {"ANJUAN_TEMPORAL_PORT": engine, "ANJUAN_VAR_DIR": var}
    return kept | ANY_FREE | own


@pytest.fixture(scope="module")
def addresses(house: dict[str, str]) -> Iterator[dict[str, str]]:
    """`anjuan up` over that folder."""
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


def test_licences_from_elsewhere_are_loaded_beside_the_running_house(
    addresses: dict[str, str], house: dict[str, str], tmp_path: Path
) -> None:
    """Nothing named but the file: the command finds the house by its folder. Twice is once, and a rehearsal wants a demo."""
    one = "7,MAX,M,2012,Beagle,10024,2/29/2016,2/28/2099"
    (tmp_path / "list.csv").write_text(f"{','.join(COLUMNS)}\n{one}\n")
    first, again = (_load(house, tmp_path / "list.csv") for _ in range(2))
    assert "新载入 1，已有 0" in first.stdout, first.stderr
    assert "新载入 0，已有 1" in again.stdout, again.stderr
    assert httpx.get(f"{addresses['Anjuan']}/api/licences/OLD-7").status_code == 200
    no_demo = house | {"ANJUAN_DEMO": "false"}
    refused = _load(no_demo, tmp_path / "list.csv", "--as-of", "2017-03-01")
    assert refused.returncode == 2
    assert "ANJUAN_DEMO=true" in refused.stderr


def _load(house: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "anjuan", "import", "licences", *map(str, arguments)],
        cwd=ROOT,
        env=house,
        capture_output=True,
        text=True,
        check=False,
    )


def test_generated_captures_wait_for_the_officer_of_the_street(
    addresses: dict[str, str],
) -> None:
    tour = subprocess.run(
        [sys.executable, "examples/captures.py"],
        cwd=ROOT,
        env=os.environ | {"ANJUAN_API_URL": addresses["Anjuan"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert tour.stdout.count("accepted") == 6
    assert "waiting: 4" in tour.stdout, tour.stdout  # two cameras lacked something
