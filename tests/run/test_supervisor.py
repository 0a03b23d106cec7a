"""``anjuan up`` with parts that stand in for ours: what opens, what closes, what is said."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from run import mosquitto, postgres, temporal
from run.process import claim

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
UP = "from run.supervisor import up; from models.settings import settings; exit(up(settings()))"
PORTS = (
    "POSTGRES_PORT",
    "TEMPORAL_PORT",
    "TEMPORAL_UI_PORT",
    "TREASURY_PORT",
    "SMS_PORT",
    "REGISTERS_PORT",
    "API_PORT",
)
MQTT = ("消息",) if mosquitto.program() else ()  # a broker, where one is installed

WORKER = """
import asyncio, os
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker
import uvloop

@workflow.defn(sandboxed=False)
class Nothing:
    @workflow.run
    async def run(self) -> None: ...

async def main() -> None:
    client = await Client.connect(os.environ["ANJUAN_TEMPORAL_ADDRESS"])
    async with Worker(client, task_queue="anjuan", workflows=[Nothing]):
        await asyncio.Event().wait()

uvloop.run(main())
"""

ANJUAN = """
import http.server, os, sys

class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.getpid()} {os.environ['ANJUAN_SECRET_KEY']}".encode())

part = sys.argv[1]
print(part, "speaking", flush=True)
if part not in {"migrate", "check-catalogue"}:
    port = int(os.environ[f"ANJUAN_{part.upper()}_PORT"])
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Healthy).serve_forever()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with stand-ins for the worker and the command line, before ours on the path."""
    path = Path(tempfile.mkdtemp(prefix="anjuan-test-"))
    path.chmod(0o755)
    (path / "worker.py").write_text(WORKER)
    (path / "anjuan.py").write_text(ANJUAN)
    yield path
    shutil.rmtree(path)


@contextmanager
def opened(place: Path, **chosen: object) -> Iterator[subprocess.Popen[str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
    ports = {f"ANJUAN_{name}": "0" for name in (*PORTS, "MQTT_PORT")}
    wishes = {f"ANJUAN_{name}": str(value) for name, value in chosen.items()}
    with subprocess.Popen(
        [sys.executable, "-c", UP],
        cwd=place,
        env={**kept, **ports, **wishes, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            yield run
        finally:
            with suppress(ProcessLookupError):
                run.terminate()


def welcome(run: subprocess.Popen[str]) -> str:
    """What is said until everything is open."""
    lines: list[str] = []
    for line in run.stdout or ():
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def get(url: str) -> str:
    """Asked again where the stand-in, a server of few lines, resets the connection on a busy machine."""
    for _ in range(3):
        with suppress(ConnectionResetError), urlopen(url, timeout=5) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())
    raise ConnectionResetError(url)


def test_everything_opens_in_order_and_closes_in_reverse(place: Path) -> None:
    with opened(place) as run:
        said = welcome(run)
        parts = re.findall(r"✓ (\S+)", said)
        assert parts == [
            "数据库",
            "结构",
            "流程",
            *MQTT,
            "办理",
            "财政沙箱",
            "短信沙箱",
            "共享数据沙箱",
            "接口",
        ]
        addresses = re.findall(r"http://[\d.:]+/", said)
        assert len({*addresses}) == 5
        assert all(get(address) for address in addresses)
        assert "officer.zhang" in said
        assert "anjuan-demo" in said
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=30)
        assert (run.returncode, err) == (0, "")
        assert re.findall(r"■ (\S+)", out) == [
            "接口",
            "共享数据沙箱",
            "短信沙箱",
            "财政沙箱",
            "办理",
            *MQTT,
            "流程",
            "数据库",
        ]
        for address in addresses:
            with pytest.raises(URLError):
                get(address)


def test_a_part_that_falls_closes_the_house(place: Path) -> None:
    with opened(place) as run:
        api = re.findall(r"http://[\d.:]+/", welcome(run))[0]
        os.kill(int(get(api).split()[0]), signal.SIGKILL)
        out, err = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "■ 数据库" in out
    assert "api stopped with exit code -9" in err
    assert "api speaking" in err


def test_a_broken_catalogue_is_refused_before_anything_starts(place: Path) -> None:
    said = "catalogue/causes/x.yaml:3: article is missing (cause SR-02)"
    (place / "anjuan.py").write_text(f"raise SystemExit({said!r})")
    with opened(place) as run:
        out, err = run.communicate(timeout=30)
    assert run.returncode == 1
    assert said in err
    assert "PostgreSQL" not in out


def test_a_part_that_cannot_start_says_what_it_said(place: Path) -> None:
    (place / "worker.py").write_text("raise SystemExit('no catalogue')")
    with opened(place) as run:
        _, err = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "worker stopped with exit code 1" in err
    assert "no catalogue" in err


def test_a_run_that_was_killed_leaves_nothing_in_the_way(place: Path) -> None:
    ports = {name: claim(0, name) for name in PORTS}
    with opened(place, **ports) as run:
        first = get(re.findall(r"http://[\d.:]+/", welcome(run))[0])
        run.kill()
        run.communicate(timeout=30)
    with opened(place, **ports) as run:
        second = get(re.findall(r"http://[\d.:]+/", welcome(run))[0])
    assert first.split()[0] != second.split()[0]
    assert first.split()[1] == second.split()[1]  # the key outlives the run
    assert (place / "var" / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("setting", PORTS)
def test_a_taken_port_names_its_setting(place: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with opened(place, **{setting: port}) as run:
            _, err = run.communicate(timeout=30)
    assert run.returncode == 1
    assert f"127.0.0.1:{port} is taken; choose another with ANJUAN_{setting}" in err
    assert f"127.0.0.1:{port} 已被占用" in err
    assert "Traceback" not in err


def test_two_runs_do_not_share_a_folder(place: Path) -> None:
    with opened(place) as run:
        welcome(run)
        with opened(place) as second:
            _, err = second.communicate(timeout=30)
        assert second.returncode == 1
        assert "ANJUAN_VAR_DIR" in err
        assert run.poll() is None


async def test_a_given_database_and_flow_server_are_used(place: Path) -> None:
    async with postgres.running(None) as database, temporal.running(None) as flow:
        with opened(place, DATABASE_URL=database, TEMPORAL_ADDRESS=flow, DEMO=0) as run:
            said = welcome(run)
    assert re.findall(r"✓ (\S+)", said) == [
        "结构",
        "办理",
        "财政沙箱",
        "短信沙箱",
        "共享数据沙箱",
        "接口",
    ]
    assert "Temporal UI" not in said
    assert "officer.zhang" not in said
