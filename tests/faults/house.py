"""The installation as it runs: every part a process of its own, on disk, to be killed and started again."""

import asyncio
import base64
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from run import postgres, process, temporal
from run.process import CannotStart, Server, claim, finish, until

ROOT = Path(__file__).parents[2]
KEY = bytes(range(32))
PARTS = ("postgres", "temporal", "worker", "api")
TRIES = 40


@dataclass
class House:
    """The parts that run; every one keeps its port when it comes back."""

    place: Path
    env: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, tuple[Server, AsyncExitStack]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['api']}"

    @property
    def database(self) -> str:
        return self.env["ANJUAN_DATABASE_URL"]

    @property
    def temporal(self) -> str:
        return self.env["ANJUAN_TEMPORAL_ADDRESS"]

    def pid(self, part: str) -> int:
        return self.running[part][0].child.process.pid

    async def start(self, part: str) -> None:
        """Until it is ready."""
        openers: dict[str, Callable[[AsyncExitStack], Awaitable[Server]]] = {
            "postgres": self._postgres,
            "temporal": self._temporal,
            "worker": self._worker,
            "api": self._api,
        }
        stack = AsyncExitStack()
        self.running[part] = await openers[part](stack), stack

    async def kill(self, part: str) -> None:
        """Kill -9."""
        server, stack = self.running.pop(part)
        server.child.process.kill()
        await server.child.process.wait()
        await stack.aclose()

    async def stop(self, part: str) -> None:
        """As Ctrl-C does; nothing if it does not run."""
        if part in self.running:
            await self.running.pop(part)[1].aclose()

    async def migrate(self) -> None:
        code, said = await finish(sys.executable, "-m", "anjuan", "migrate", env=self.env, cwd=ROOT)
        assert code == 0, said

    async def _postgres(self, stack: AsyncExitStack) -> Server:
        """A killed one's children may hold its memory for a moment longer."""
        for _ in range(TRIES):
            part = postgres.serving(self.place / "pg", self.ports["postgres"], durable=True)
            try:
                server = await stack.enter_async_context(part)
            except CannotStart:
                await asyncio.sleep(0.1)
                continue
            self.env["ANJUAN_DATABASE_URL"] = server.address
            return server
        raise CannotStart(self.place)

    async def _temporal(self, stack: AsyncExitStack) -> Server:
        part = temporal.serving(self.place, self.ports["temporal"])
        server = await stack.enter_async_context(part)
        self.env["ANJUAN_TEMPORAL_ADDRESS"] = server.address
        return server

    async def _worker(self, stack: AsyncExitStack) -> Server:
        """It says so itself: the server remembers pollers that are gone."""
        log = self.place / "worker.log"

        async def ready() -> bool:
            return "worker ready" in log.read_text()

        return await self._module(stack, log, ready, "worker")

    async def _api(self, stack: AsyncExitStack) -> Server:
        async def ready() -> bool:
            return await process.listening("127.0.0.1", self.ports["api"])

        return await self._module(stack, self.place / "api.log", ready, "anjuan", "api")

    async def _module(
        self, stack: AsyncExitStack, log: Path, ready: Callable[[], Awaitable[bool]], *words: str
    ) -> Server:
        command = (sys.executable, "-m", *words)
        part = process.running(words[-1], *command, log=log, env=self.env, cwd=ROOT)
        child = await stack.enter_async_context(part)
        await until(ready, child)
        return Server("", child)


@asynccontextmanager
async def house(**chosen: object) -> AsyncIterator[House]:
    """All parts, freshly installed, in a folder that is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="anjuan-test-"))
    place.chmod(0o755)
    ports = {part: claim(0, part) for part in PARTS}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
    wishes = {f"ANJUAN_{name.upper()}": str(value) for name, value in chosen.items()}
    own = {
        "ANJUAN_SECRET_KEY": base64.b64encode(KEY).decode(),
        "ANJUAN_TREASURY_SECRET": base64.b64encode(KEY[::-1]).decode(),
        "ANJUAN_TREASURY_PORT": str(claim(0, "nobody listens there")),
        "ANJUAN_DEMO": "1",
        "ANJUAN_API_PORT": str(ports["api"]),
        "ANJUAN_LOG_LEVEL": "warning",
    }
    opened = House(place, kept | own | wishes, ports)
    try:
        await opened.start("postgres")
        await opened.migrate()
        for part in PARTS[1:]:
            await opened.start(part)
        yield opened
    finally:
        for part in reversed(PARTS):
            await opened.stop(part)
        shutil.rmtree(place)


def visitors(url: str) -> httpx.AsyncClient:
    """One pool of connections for everybody; what is slow is waited for."""
    limits = httpx.Limits(max_connections=100)
    return httpx.AsyncClient(base_url=url, timeout=30, limits=limits, trust_env=False)
