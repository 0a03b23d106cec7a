"""The floor: what Temporal itself asks for. A bare workflow with three updates, each writing one row by a local activity."""

import asyncio
import os
import signal
from datetime import timedelta

import sqlalchemy as sa
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

QUEUE = "floor"
ACTS = 3
TABLE = "create table if not exists floor (matter text, seq int, primary key (matter, seq))"
_WRITE = sa.text("insert into floor values (:matter, :seq) on conflict do nothing")


class Rows:
    """Writes one row."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @activity.defn(name="write")
    async def write(self, matter: str, seq: int) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_WRITE, {"matter": matter, "seq": seq})


@workflow.defn(name="floor", sandboxed=False)
class Floor:
    """Ends after its third act."""

    def __init__(self) -> None:
        self.seq = 0

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self.seq == ACTS)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def act(self) -> int:
        """Answers once the row is written."""
        self.seq += 1
        row = [workflow.info().workflow_id, self.seq]
        within = timedelta(seconds=10)
        await workflow.execute_local_activity("write", args=row, start_to_close_timeout=within)
        return self.seq


async def act(client: Client, case: str, number: int) -> None:
    """The first one starts the workflow."""
    if number:
        await client.get_workflow_handle(case).execute_update(Floor.act)
        return
    start = WithStartWorkflowOperation(
        Floor.run,
        id=case,
        task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await client.execute_update_with_start_workflow(Floor.act, start_workflow_operation=start)


async def work() -> None:
    """Until told to stop."""
    engine = create_async_engine(os.environ["ANJUAN_DATABASE_URL"], pool_size=10, max_overflow=10)
    async with engine.begin() as connection:
        await connection.execute(sa.text(TABLE))
    client = await Client.connect(os.environ["ANJUAN_TEMPORAL_ADDRESS"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    rows = Rows(engine)
    async with Worker(client, task_queue=QUEUE, workflows=[Floor], activities=[rows.write]):
        print("worker ready", flush=True)
        await stop.wait()
    await engine.dispose()


if __name__ == "__main__":
    uvloop.run(work())
    os._exit(0)  # the SDK's native threads may abort an ordinary exit
