"""``anjuan up``: every part on this machine, opened in order, watched, closed in reverse."""

import asyncio
import fcntl
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import typer
from pydantic import SecretStr

from models.catalogue import Catalogue
from models.settings import Settings
from run import mosquitto, postgres, process, temporal
from run.authority import authority
from run.keys import key
from run.process import CannotStart, Child, Server, claim, finish, listening, until

HOUSE = Path(__file__).resolve().parent.parent
DEMO_ACCOUNTS = """\
  officer.zhang officer.li unit.head legal.reviewer bureau.head hearing.chair
  window.clerk licence.reviewer licence.approver dispatcher handler.kaixuan handler.nanxing
  treasury supervisor admin kiosk.hall1 camera.hub citizen.wang citizen.chen firm.hualong"""

DEMO_HUBS = ("camera.hub",)


def up(settings: Settings) -> int:
    """Run until told to stop (exit code 0) or until a part falls or cannot start (1)."""
    try:
        asyncio.run(_open_and_watch(settings))
    except CannotStart as reason:
        typer.secho(f"\n✗ {reason}", err=True, fg="red")
        return 1
    return 0


async def _open_and_watch(settings: Settings) -> None:
    var = settings.var_dir.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _only_run(var), suppress(asyncio.CancelledError):
        _close_on_signals()
        async with AsyncExitStack() as stack:
            house = House(settings, var, stack)
            await house.open()
            typer.echo(house.welcome())
            await house.watch()


@contextmanager
def _only_run(var: Path) -> Iterator[None]:
    """Two runs over one folder would end each other's servers."""
    with (var / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                f"案卷已在 {var} 运行;另开一套请用 ANJUAN_VAR_DIR 另设目录\n"
                f"Anjuan already runs over {var}; give a second one its own ANJUAN_VAR_DIR"
            )
            raise CannotStart(message) from error
        yield


def _close_on_signals() -> None:
    """The first signal closes the house; later ones do not interrupt the closing."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked: list[bool] = []

    def close() -> None:
        if task and not asked:
            asked.append(task.cancel())

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, close)


@dataclass
class House:
    """The parts that are open, and what each next one is told of those before it."""

    settings: Settings
    var: Path
    stack: AsyncExitStack
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    children: list[Child] = field(default_factory=list)

    async def open(self) -> None:
        await self._check_catalogue()
        self._tell_secrets()
        self._tell_seal()
        self._tell_ports()
        await self._open_postgres()
        await self._migrate()
        await self._open_temporal()
        await self._open_mqtt()
        await self._open_worker()
        await self._open_treasury()
        await self._open_sms()
        await self._open_registers()
        await self._open_api()

    async def watch(self) -> None:
        """Wait for the first part to fall: then all of it stops, rather than half of it run."""
        waits = [asyncio.create_task(child.process.wait()) for child in self.children]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        raise next(c for c in self.children if c.process.returncode is not None).fallen()

    def welcome(self) -> str:
        api = self._api
        lines = [
            "",
            f"案卷 Anjuan           {api}/",
            f"接口说明 OpenAPI      {api}/api/openapi.json",
            f"监控审核 review        {api}/review",
            f"财政沙箱 treasury     http://127.0.0.1:{self.env['ANJUAN_TREASURY_PORT']}/",
            f"短信沙箱 SMS          http://127.0.0.1:{self.env['ANJUAN_SMS_PORT']}/messages",
            f"数据沙箱 registers    http://127.0.0.1:{self.env['ANJUAN_REGISTERS_PORT']}/",
        ]
        if self.settings.mqtt_address is None and "ANJUAN_MQTT_ADDRESS" in self.env:
            lines.append(f"消息 MQTT             {self.env['ANJUAN_MQTT_ADDRESS']}")
        if self.settings.temporal_address is None:
            ui_port = self.env["ANJUAN_TEMPORAL_UI_PORT"]
            lines.append(f"流程后台 Temporal UI  http://127.0.0.1:{ui_port}/")
        if self.settings.demo_unless_told:
            password = self.settings.demo_password.get_secret_value()
            lines += [f"\n演示账号 demo accounts · 密码 password {password}", DEMO_ACCOUNTS]
        return "\n".join([*lines, f"\n数据 data {self.var} · Ctrl-C 停止 stops\n"])

    def _tell_secrets(self) -> None:
        self._tell("VAR_DIR", self.var)
        self._tell("DEMO", int(self.settings.demo_unless_told))
        self._tell("SECRET_KEY", self._secret(self.settings.secret_key, "secret.key"))
        self._tell("TREASURY_SECRET", self._secret(self.settings.treasury_secret, "treasury.key"))
        self._tell("SMS_SECRET", self._secret(self.settings.sms_secret, "sms.key"))
        self._tell(
            "REGISTERS_SECRET", self._secret(self.settings.registers_secret, "registers.key")
        )

    def _tell_seal(self) -> None:
        """An office that brings no seal gets one of our own making, marked as a demo's."""
        if self.settings.seal_cert is None:
            offices = Catalogue.load(HOUSE / "catalogue", *self.settings.catalogue_dirs).offices
            for setting, path in authority(self.var / "seal", offices.organ.name).items():
                self._tell(setting, path)

    def _tell_ports(self) -> None:
        """All at once and first: a taken port is better heard of before anything has started."""
        chosen = self.settings
        if chosen.temporal_address is None:
            self._tell_port("TEMPORAL_UI_PORT", chosen.temporal_ui_port)
        self._tell_port("TREASURY_PORT", chosen.treasury_port)
        self._tell_port("SMS_PORT", chosen.sms_port)
        self._tell_port("REGISTERS_PORT", chosen.registers_port)
        if mosquitto.program() is not None and chosen.mqtt_address is None:
            self._tell_port("MQTT_PORT", chosen.mqtt_port)
        self._tell_port("API_PORT", chosen.api_port, chosen.api_host)

    def _tell_port(self, setting: str, port: int, host: str = "127.0.0.1") -> None:
        self._tell(setting, claim(port, f"ANJUAN_{setting}", host))

    async def _open_postgres(self) -> None:
        if self.settings.database_url is None:
            place, port = self.var / "postgres", self.settings.postgres_port
            part = postgres.serving(place, port, durable=True)
            self._tell("DATABASE_URL", (await self._enter("数据库 PostgreSQL", part)).address)

    async def _check_catalogue(self) -> None:
        """Nothing starts on a broken catalogue: file, line and rule are named."""
        code, said = await finish(sys.executable, "-m", "anjuan", "check-catalogue", env=self.env)
        if code:
            raise CannotStart(f"清单库有误 · the catalogue is broken\n{said}")

    async def _migrate(self) -> None:
        begun = time.monotonic()
        code, said = await finish(sys.executable, "-m", "anjuan", "migrate", env=self.env)
        if code:
            message = f"数据库结构更新失败 · the database could not be migrated\n{said}"
            raise CannotStart(message)
        _report("结构 migrations", begun)

    async def _open_temporal(self) -> None:
        if self.settings.temporal_address is None:
            part = temporal.serving(
                self.var,
                self.settings.temporal_port,
                ui_port=int(self.env["ANJUAN_TEMPORAL_UI_PORT"]),
                namespace=self.settings.temporal_namespace,
            )
            self._tell("TEMPORAL_ADDRESS", (await self._enter("流程 Temporal", part)).address)

    async def _open_mqtt(self) -> None:
        """In a demo, where no broker is named and mosquitto is installed."""
        if self.settings.mqtt_address is not None or not self.settings.demo_unless_told:
            return
        if mosquitto.program() is None:
            typer.echo("  · 没有安装 mosquitto，事件只走 HTTP · no mosquitto: events by HTTP only")
            return
        ours, theirs = key(self.var / "mqtt.key"), self.settings.demo_password.get_secret_value()
        words = {mosquitto.US: ours} | dict.fromkeys(DEMO_HUBS, theirs)
        part = mosquitto.serving(self.var / "mqtt", int(self.env["ANJUAN_MQTT_PORT"]), words)
        self._tell("MQTT_ADDRESS", (await self._enter("消息 MQTT", part)).address)
        self._tell("MQTT_USER", mosquitto.US)
        self._tell("MQTT_PASSWORD", ours)

    async def _open_worker(self) -> None:
        where = (
            self.env["ANJUAN_TEMPORAL_ADDRESS"],
            self.settings.temporal_namespace,
            self.settings.task_queue,
        )
        part = self._module("worker", ready=lambda: temporal.has_worker(*where))
        await self._enter("办理 worker", part)

    async def _open_treasury(self) -> None:
        port = int(self.env["ANJUAN_TREASURY_PORT"])
        part = self._module("anjuan", "treasury", ready=lambda: listening("127.0.0.1", port))
        await self._enter("财政沙箱 treasury", part)

    async def _open_sms(self) -> None:
        port = int(self.env["ANJUAN_SMS_PORT"])
        part = self._module("anjuan", "sms", ready=lambda: listening("127.0.0.1", port))
        await self._enter("短信沙箱 SMS", part)

    async def _open_registers(self) -> None:
        port = int(self.env["ANJUAN_REGISTERS_PORT"])
        part = self._module("anjuan", "registers", ready=lambda: listening("127.0.0.1", port))
        await self._enter("共享数据沙箱 registers", part)

    async def _open_api(self) -> None:
        async with httpx.AsyncClient(base_url=self._api, trust_env=False) as client:
            part = self._module("anjuan", "api", ready=lambda: _healthy(client))
            await self._enter("接口 API", part)

    @asynccontextmanager
    async def _module(
        self, *words: str, ready: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[Server]:
        """A part of ours: a Python module in a process of its own."""
        name = words[-1]
        command = (sys.executable, "-m", *words)
        log = self.var / f"{name}.log"
        async with process.running(name, *command, log=log, env=self.env) as child:
            await until(ready, child)
            yield Server("", child)

    async def _enter(self, title: str, part: AbstractAsyncContextManager[Server]) -> Server:
        """Open a part and say how long it took; say so again when it is closed."""
        begun = time.monotonic()
        self.stack.callback(typer.echo, f"  ■ {title}")  # unwound after the part itself
        server = await self.stack.enter_async_context(part)
        self.children.append(server.child)
        _report(title, begun)
        return server

    def _tell(self, setting: str, value: object) -> None:
        self.env[f"ANJUAN_{setting}"] = str(value)

    def _secret(self, given: SecretStr | None, file: str) -> str:
        return given.get_secret_value() if given else key(self.var / file)

    @property
    def _api(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.api_host)  # noqa: S104
        host = host or self.settings.api_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.env['ANJUAN_API_PORT']}"


async def _healthy(client: httpx.AsyncClient) -> bool:
    with suppress(httpx.TransportError):
        return (await client.get("/api/health/ready")).is_success
    return False


def _report(title: str, begun: float) -> None:
    typer.echo(f"  ✓ {title:<20} {time.monotonic() - begun:5.2f} s")
