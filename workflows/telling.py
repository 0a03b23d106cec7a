"""One matter tells another, by the outbox: a case and the incident it was raised on know each other (条例 18). Carried until taken, entered
once.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from activities.courier import Carrier, NotTaken, Parcel
from models.act import Moment
from models.change import Request
from models.person import SYSTEM


@dataclass(frozen=True)
class Links:
    """Carrier of ``link``."""

    client: Client

    def carriers(self) -> dict[str, Carrier]:
        """By kind."""
        return {"link": self.carry}

    async def carry(self, parcel: Parcel) -> None:
        """The paper is in the parcel."""
        told = parcel.payload
        await tell(self.client, told["to"], told["act"], told["paper"], parcel.id)


async def tell(client: Client, matter: str, act: str, paper: dict[str, Any], once: str) -> None:
    """A matter that has ended, or takes it no more, is told nothing; an engine that is away, later. Raises `NotTaken`."""
    moment = Moment(now=datetime.now(UTC), actor=SYSTEM)
    request = Request(act=act, paper=json.loads(json.dumps(paper)), moment=moment)
    try:
        handle = client.get_workflow_handle(matter)
        await handle.execute_update("perform", request, id=once, result_type=dict)
    except WorkflowUpdateFailedError:
        return
    except RPCError as no:
        if no.status is not RPCStatusCode.NOT_FOUND:
            raise NotTaken(no.status.name) from no
    except (TemporalError, RuntimeError, TimeoutError) as away:
        raise NotTaken(type(away).__name__) from away
