"""Child processes: each in a group of its own, watched, stopped in order, never left behind."""

import asyncio
import ctypes
import errno
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
PATIENCE = 10  # seconds a part has to drain before it is killed
QUIET_PORTS = range(15_000, 32_000)
LOG_TAIL = 20  # lines of its log a fallen part is reported with


class CannotStart(Exception):  # noqa: N818 - said to a person, who is to mend it
    """Why the house cannot open, in Chinese and English."""


@dataclass(frozen=True)
class Account:
    """The unprivileged user a server runs as when we are root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Child:
    name: str
    process: asyncio.subprocess.Process
    log: Path

    def fallen(self) -> CannotStart:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL:])
        return CannotStart(
            f"{self.name} 已停止,退出码 {self.process.returncode};日志 {self.log}\n"
            f"{self.name} stopped with exit code {self.process.returncode}; log {self.log}\n{tail}"
        )


@dataclass(frozen=True)
class Server:
    """A running child and where it is reached."""

    address: str
    child: Child


def claim(port: int, setting: str, host: str = "127.0.0.1") -> int:
    """The port, known to be free (any free one for 0), or a refusal that names the setting."""
    if port == 0:
        return _any_free(host)
    try:
        return _bound(port, host)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        message = (
            f"{host}:{port} {'已被占用' if taken else '无法使用'},请用 {setting} 另设端口\n"
            f"{host}:{port} {'is taken' if taken else f'cannot be opened ({error.strerror})'}; "
            f"choose another with {setting} (0 = any free port)"
        )
        raise CannotStart(message) from error


def _any_free(host: str) -> int:
    """Below the range from which the system lends ports to connections: it is opened seconds later, and must still be free then."""
    for port in random.SystemRandom().sample(QUIET_PORTS, 200):
        with suppress(OSError):
            return _bound(port, host)
    return _bound(0, host)


def _bound(port: int, host: str) -> int:
    """Raises OSError where it cannot be opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as probe:
        return int(probe.getsockname()[1])


async def listening(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def until(ready: Callable[[], Awaitable[bool]], child: Child, seconds: float = 60) -> None:
    """Wait until the child is ready; it may fall or take too long, and then says so."""
    deadline = time.monotonic() + seconds
    while not await ready():
        if child.process.returncode is not None:
            raise child.fallen()
        if time.monotonic() > deadline:
            message = (
                f"{child.name} 在 {seconds:.0f} 秒内未就绪;日志 {child.log}\n"
                f"{child.name} was not ready within {seconds:.0f} s; log {child.log}"
            )
            raise CannotStart(message)
        await asyncio.sleep(0.05)


def _own_life(account: Account | None, when_orphaned: signal.Signals) -> Callable[[], None]:
    """Between fork and exec: drop rights, then ask the kernel to end us with our parent.

    In this order, because a change of user clears the parent-death signal.
    """
    parent = os.getpid()

    def become() -> None:
        if account:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, when_orphaned)
        if os.getppid() != parent:  # it went between fork and prctl
            os._exit(1)

    return become


@asynccontextmanager
async def running(  # noqa: PLR0913 - what the operating system asks of a child
    name: str,
    *command: str | Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    closing: signal.Signals = signal.SIGTERM,
    when_orphaned: signal.Signals = signal.SIGKILL,
) -> AsyncIterator[Child]:
    """Run a command until the block ends; its output goes to ``log``, the last run's is kept."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            start_new_session=True,  # Ctrl-C is for the supervisor, which closes in order
            preexec_fn=_own_life(account, when_orphaned),
        )
    finally:
        os.close(output)
    try:
        yield Child(name, process, log)
    finally:
        await _stop(process, closing)


async def _stop(process: asyncio.subprocess.Process, closing: signal.Signals) -> None:
    with suppress(ProcessLookupError, TimeoutError):
        process.send_signal(closing)
        await asyncio.wait_for(process.wait(), PATIENCE)
    with suppress(ProcessLookupError):  # whoever would not go, and what they started
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def finish(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
) -> tuple[int, str]:
    """Run a command to its end: its exit code, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_own_life(account, signal.SIGKILL),
    )
    try:
        said, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return process.returncode or 0, said.decode(errors="replace")
