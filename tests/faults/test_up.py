"""The one command: what it opened it closes, and the next run goes on with every open case."""

import asyncio
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from run import mosquitto
from tests.faults.house import ROOT, visitors as open_doors
from tests.faults.visitor import UNIT, ZHANG, Visitors, everybody, opened
from tests.replay.papers import ORDER, YES

pytestmark = pytest.mark.slow

PORTS = (
    "POSTGRES_PORT",
    "TEMPORAL_PORT",
    "TEMPORAL_UI_PORT",
    "TREASURY_PORT",
    "SMS_PORT",
    "REGISTERS_PORT",
    "MQTT_PORT",
    "API_PORT",
)
MQTT = ("消息",) if mosquitto.program() else ()  # a broker, where one is installed
CLOSED = ["接口", "共享数据沙箱", "短信沙箱", "财政沙箱", "办理", *MQTT, "流程", "数据库"]


@pytest.fixture
def var() -> Iterator[Path]:
    """Open to the user PostgreSQL runs as."""
    path = Path(tempfile.mkdtemp(prefix="anjuan-test-"))
    path.chmod(0o755)
    yield path / "var"
    shutil.rmtree(path)


@asynccontextmanager
async def up(var: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The real command, as its process and its address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
    own = {f"ANJUAN_{port}": "0" for port in PORTS} | {"ANJUAN_VAR_DIR": str(var)}
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "anjuan.py", "up"),
        cwd=ROOT,
        env=kept | own | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield run, await _address(run)
    finally:
        with suppress(ProcessLookupError):
            run.terminate()
        await run.wait()


async def _address(run: asyncio.subprocess.Process) -> str:
    said = ""
    assert run.stdout is not None
    while "Ctrl-C" not in said:
        line = await run.stdout.readline()
        assert line, said
        said += line.decode()
    return str(re.findall(r"http://[\d.:]+", said)[0])


async def _told_to_stop(run: asyncio.subprocess.Process) -> str:
    run.send_signal(signal.SIGTERM)
    said, _ = await run.communicate()
    assert run.returncode == 0, said.decode()
    return said.decode()


async def test_the_next_run_goes_on_with_the_case(var: Path) -> None:
    async with up(var) as (run, address), open_doors(address) as client:
        first = await Visitors(client).sign_in(*everybody())
        case = await opened(first, "over-night")
        await first.hand_in(case, "decide_docketing", UNIT, **YES)
        assert re.findall(r"■ (\S+)", await _told_to_stop(run)) == CLOSED
    assert "worker draining" in (var / "worker.log").read_text()
    async with up(var) as (run, address), open_doors(address) as client:
        second = Visitors(client, first.tokens)  # still signed in
        state = await second.hand_in(case, "order_correction", ZHANG, **ORDER)
        assert state["stage"] == "inquiry"
        acts = [entry["name"] for entry in await second.timeline(case) if entry["kind"] == "act"]
        assert acts == ["file_case", "decide_docketing", "order_correction"]
        await _told_to_stop(run)
