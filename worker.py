"""The Temporal worker: every procedure, every activity, one task queue; the only file that knows them all."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorSimpleMaximum, UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities import publishing
from activities.bills import Bills
from activities.births import Births, queue_of
from activities.bundling import MAKE as BUNDLE, Bundling
from activities.courier import Carrier, Courier
from activities.deliveries import Deliveries
from activities.documents import MAKE
from activities.printing import Printing
from activities.register import Register
from activities.webhooks import Webhooks
from models.catalogue import Catalogue
from models.registers import Registers
from models.secrets import key_of
from models.settings import Settings, settings
from workflows import (
    arrivals,
    events_capture,
    events_in,
    events_mqtt,
    events_report,
    events_water,
    late_entries,
)
from workflows.after_closing import AfterClosing
from workflows.approval import Approval
from workflows.client import connect
from workflows.general_penalty import GeneralPenalty
from workflows.incident import Incident
from workflows.late_answers import LateAnswers
from workflows.licence import Licence
from workflows.non_contact import NonContact
from workflows.summary_penalty import SummaryPenalty
from workflows.telling import Links

WORKFLOWS: Sequence[type] = (
    GeneralPenalty,
    SummaryPenalty,
    AfterClosing,
    Approval,
    Licence,
    Incident,
    NonContact,
)
HANDLERS: Mapping[str, events_in.Handler] = {
    events_report.TYPE: events_report.handle,
    events_capture.TYPE: events_capture.handle,
    events_water.TYPE: events_water.reading,
}
CATALOGUE = Path(__file__).parent / "catalogue"
DRAIN = timedelta(seconds=8)
# After a crash every open matter is replayed. Taken all at once, none is done before its task times out, and all begin again.
TASKS_AT_ONCE = 8


LICENCES_AWAKE = (
    50  # kept in memory; the others are read from their history when something happens to them
)


def writing(register: Register) -> Sequence[Callable[..., Any]]:
    """What writes the register."""
    return (register.save,)


def carriers(
    client: Client,
    engine: AsyncEngine,
    catalogue: Catalogue,
    chosen: Settings,
) -> dict[str, Carrier]:
    """Who delivers what leaves by the outbox; what is printed or bundled has a courier of its own, for it takes long."""
    late = LateAnswers(client, engine, Registers(chosen), key_of(chosen))
    return {
        "bill": Bills(chosen).carry,
        **Deliveries(engine, catalogue, chosen).carriers(),
        **late.carriers(),
        **Links(client).carriers(),
    }


def runner() -> SandboxedWorkflowRunner:
    """The sandbox guards procedures against clocks, files and chance; our own modules pass through it, loaded once."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "models",
            "workflows",
            "pydantic",
            "pydantic_core",
            "yaml",
            "phonenumbers",
            "annotated_types",
        )
    )


@asynccontextmanager
async def workers(
    client: Client, register: Register, task_queue: str, *, sandboxed: bool = True
) -> AsyncIterator[None]:
    """One for what runs, one for the licences that sleep."""
    births = Births(client, task_queue)
    running = _worker(client, register, births, task_queue, sandboxed=sandboxed)
    sleeping = _worker(
        client, register, births, queue_of(task_queue), sandboxed=sandboxed, awake=LICENCES_AWAKE
    )
    async with sleeping, running:
        yield


def _worker(  # noqa: PLR0913 -- what a worker is made of
    client: Client,
    register: Register,
    births: Births,
    task_queue: str,
    *,
    sandboxed: bool,
    awake: int = 1000,
) -> Worker:
    """A worker that is moving again soon after a crash: short sticky timeout, more pollers for new cases."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[*writing(register), births.start, births.end],
        max_cached_workflows=awake,
        max_concurrent_workflow_tasks=TASKS_AT_ONCE,
        workflow_runner=runner() if sandboxed else UnsandboxedWorkflowRunner(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(maximum=10),
        nonsticky_to_sticky_poll_ratio=0.5,
        graceful_shutdown_timeout=DRAIN,
    )


def engine_of(chosen: Settings, size: int = 10) -> AsyncEngine:
    """Connections to the register, twice `size` at most."""
    if chosen.database_url is None:
        raise SystemExit("ANJUAN_DATABASE_URL 未设置 · is not set")
    return create_async_engine(
        chosen.database_url, pool_size=size, max_overflow=size, hide_parameters=True
    )


async def connected(chosen: Settings) -> Client:
    """Wait for Temporal rather than fail: the parts of an installation start in any order."""
    if chosen.temporal_address is None:
        raise SystemExit("ANJUAN_TEMPORAL_ADDRESS 未设置 · is not set")
    while True:
        try:
            return await connect(chosen.temporal_address, key_of(chosen), chosen.temporal_namespace)
        except (RuntimeError, RPCError):
            await asyncio.sleep(0.5)


def by_mqtt(engine: AsyncEngine, chosen: Settings) -> list[asyncio.Task[Any]]:
    """Events by MQTT, where a broker is named."""
    return [asyncio.create_task(events_mqtt.run(engine, chosen))] if chosen.mqtt_address else []


async def work(chosen: Settings) -> None:
    """Until told to stop; then finish what was begun."""
    catalogue = Catalogue.load(CATALOGUE, *chosen.catalogue_dirs)
    engine = engine_of(chosen)
    aside = engine_of(chosen, 3)  # many subscribers must not keep the register's writes waiting
    client = await connected(chosen)
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    printing = Printing(engine, catalogue, chosen)
    bundling = Bundling(engine, catalogue, chosen, printing)
    errands: list[asyncio.Task[Any]] = [
        asyncio.create_task(Courier(engine, {MAKE: printing.carry}).run()),
        asyncio.create_task(Courier(engine, {BUNDLE: bundling.carry}).run()),
        asyncio.create_task(Courier(engine, carriers(client, engine, catalogue, chosen)).run()),
        asyncio.create_task(late_entries.run(client, engine, chosen)),
        asyncio.create_task(arrivals.run(client, engine)),
        asyncio.create_task(events_in.run(client, engine, chosen, catalogue, HANDLERS)),
        *by_mqtt(engine, chosen),
        asyncio.create_task(publishing.run(aside)),
        asyncio.create_task(Webhooks(aside, chosen).run()),
    ]
    register = Register(engine, catalogue, key_of(chosen))
    async with workers(client, register, chosen.task_queue, sandboxed=chosen.sandbox):
        typer.echo("办理进程就绪 · worker ready")
        told: asyncio.Task[Any] = asyncio.create_task(stop.wait())
        fallen, _ = await asyncio.wait([told, *errands], return_when=asyncio.FIRST_COMPLETED)
        typer.echo("办理进程收尾 · worker draining")
    for errand in errands:
        errand.cancel()
    await asyncio.gather(*errands, return_exceptions=True)
    printing.close()
    await engine.dispose()
    await aside.dispose()
    for errand in fallen - {told}:
        errand.result()  # an errand never ends by itself: say why it did


if __name__ == "__main__":
    uvloop.run(work(settings()))
    os._exit(0)  # the SDK's native threads may abort an ordinary exit
