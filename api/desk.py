"""The desk: how a paper reaches its matter. Looks up what a gate may ask about (officers, working days, a lighter rule), hands the
paper to the procedure, and gives back its state or its refusal.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api import applying, dogs
from api.claims import claim, give_back, held_by
from api.counter import Counter
from api.moment import case_time, of_act, of_lead, party_digest
from api.refusals import StillRunning, Unavailable
from api.rights import party_of
from models.act import ACTS, Moment, not_your_role, relation
from models.application import Application
from models.applying import application_from
from models.basis import CITY, LICENSING, PENALTY, VISIT_ONCE
from models.change import Request, Start
from models.database import Matter
from models.filing import case_from
from models.lead import Lead
from models.lookup import new_code
from models.matter import MatterFile
from models.person import Actor
from models.refusal import Code, Refusal, Refused, refuse
from models.report import Report
from models.reporting import incident_from
from workflows.opening import PATIENCE, begin
from workflows.reopening import House, hand_in_closed

CLOSED = {
    "case": ("案件已结案，不能再办理", "the case is closed", PENALTY(47)),
    "application": ("申请已办结，不能再办理", "the application is closed", VISIT_ONCE(12)),
    "licence": ("许可证件已失效，不能再办理", "the licence has ended", LICENSING(70)),
    "incident": ("城市事件已结案，不能再办理", "the incident is closed", CITY("结案")),
}
# A client that never connected raises a plain RuntimeError.
AWAY = (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError, RuntimeError)


async def file_case(
    counter: Counter, lead: Lead, actor: Actor, matter_id: str, now: datetime | None = None
) -> dict[str, Any]:
    """Check the lead, claim the act, start its procedure; the state once the register has it. Filing twice is one case."""
    at = now or datetime.now(UTC)
    moment = await of_lead(counter, lead, actor, at)
    file = case_from(lead, counter.catalogue, moment, matter_id, party_digest(counter, lead.party))
    if file.claim:
        await claim(counter, file.claim, matter_id)
    return await _started(counter, file, file.rules.title, actor, now)


async def apply(
    counter: Counter, paper: Application, actor: Actor, matter_id: str, now: datetime | None = None
) -> dict[str, Any]:
    """Look up what is known, take the application in, start its procedure. The same applicant, item and situation, while one is live, is
    that one.
    """
    at = now or datetime.now(UTC)
    live = await applying.live(counter, paper, actor, matter_id, at)
    if live is not None:
        return await _as_answered(counter, live) if live["id"] == matter_id else live
    try:
        return await _taken_in(counter, paper, actor, matter_id, at, now)
    except Refused:  # for what its own first sending, decided meanwhile, has taken?
        first = await counter.row(sa.select(Matter.state).where(Matter.id == matter_id))
        if first is None:
            raise
        return await _as_answered(counter, first.state)


async def _taken_in(  # noqa: PLR0913, PLR0917 -- as `apply`, at a moment
    counter: Counter,
    paper: Application,
    actor: Actor,
    matter_id: str,
    at: datetime,
    now: datetime | None,
) -> dict[str, Any]:
    moment, known = await applying.looked_up(counter, paper, actor, at, matter_id)
    file = application_from(paper, counter.catalogue, moment, known, matter_id)
    holder = await held_by(counter, file.claim or "", matter_id)
    if holder != matter_id:
        return await _state(counter, holder)
    taken: list[str] = []
    for key in file.claims:
        if await held_by(counter, key, matter_id) != matter_id:
            for mine in (*taken, file.claim or ""):
                await give_back(counter, mine, matter_id)
            raise dogs.taken(known.claims, key)
        taken.append(key)
    return await _started(counter, file, file.item.name, actor, now)


async def report(
    counter: Counter, paper: Report, actor: Actor, matter_id: str, now: datetime | None = None
) -> dict[str, Any]:
    """Take a report in; its procedure runs until it is closed."""
    at = now or datetime.now(UTC)
    brought = await applying.brought(counter, paper.photos, actor)
    channels = counter.settings.channels
    moment = Moment(now=at, actor=actor, evidence=brought, channels=channels)
    file = incident_from(paper, counter.catalogue, moment, matter_id, new_code())
    return await _started(counter, file, "城市事件", actor, now)


async def _as_answered(counter: Counter, state: dict[str, Any]) -> dict[str, Any]:
    """What the first of two equal requests is answered, once it is: the register may not know all of it yet."""
    handle = _client(counter).get_workflow_handle(state["id"])
    opened: WorkflowUpdateHandle[dict[str, Any]] = handle.get_update_handle(
        "opened", result_type=dict
    )
    return await _result(opened, state["id"])


async def _started(
    counter: Counter, file: MatterFile, title: str, actor: Actor, now: datetime | None
) -> dict[str, Any]:
    """Its procedure runs; the state once the register has it."""
    ahead = now - datetime.now(UTC) if now else timedelta(0)
    start = Start(filer=actor, ahead=ahead, rehearsal=counter.settings.demo)
    queue = counter.settings.task_queue
    try:
        admitted = await begin(_client(counter), queue, file, title, start)
    except WorkflowAlreadyStartedError:
        return await _state(counter, file.id)
    except AWAY as away:
        raise _away(away, file.kind) from away
    return await _result(admitted, file.id)


async def perform(  # noqa: PLR0913, PLR0917 -- who does what to which matter, with which paper, once
    counter: Counter,
    matter: sa.Row[Any],
    act_name: str,
    paper: dict[str, Any],
    actor: Actor,
    update_id: str,
    now: datetime | None = None,
    seen: int | None = None,
) -> dict[str, Any]:
    """Hand the paper to the procedure; the new state once the register has it. The same `update_id` is done once."""
    act = ACTS[act_name].read(paper)
    if relation(actor, party_of(actor, matter), act.by) is None:
        raise not_your_role(ACTS[act_name], matter.kind)
    moment = await of_act(counter, act, matter.state, actor, now or case_time(matter.state))
    request = Request(act=act_name, paper=paper, moment=moment, seen=seen)
    new = moment.claim is not None and await claim(counter, moment.claim, matter.id)
    try:
        return await _handed_in(counter, matter, request, update_id)
    except Refused:
        if new and moment.claim:
            await give_back(counter, moment.claim, matter.id)
        raise


async def _handed_in(
    counter: Counter, matter: sa.Row[Any], request: Request, update_id: str
) -> dict[str, Any]:
    handle = _client(counter).get_workflow_handle(matter.id)
    try:
        admitted = await handle.start_update(
            "perform",
            request,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            id=update_id,
            result_type=dict,
            rpc_timeout=PATIENCE,
        )
    except AWAY as away:
        if _is_closed(away) and request.act in matter.state.get("reopened_by", []):
            return await _reopened(counter, matter, request, update_id)
        raise _away(away, matter.kind) from away
    return await _result(admitted, matter.id)


async def _result(admitted: WorkflowUpdateHandle[dict[str, Any]], matter_id: str) -> dict[str, Any]:
    """Admitted, it will be done whatever happens now; so a slow one is still running, not lost."""
    try:
        state: dict[str, Any] = await admitted.result(rpc_timeout=PATIENCE)
    except WorkflowUpdateFailedError as failed:
        raise _refused(failed) from failed
    except AWAY as away:
        raise StillRunning(matter_id) from away
    return state


async def _reopened(
    counter: Counter, matter: sa.Row[Any], request: Request, update_id: str
) -> dict[str, Any]:
    """The case is closed, and this paper opens it again."""
    house = House(_client(counter), counter.engine, counter.settings)
    try:
        state = await hand_in_closed(house, matter.id, lambda _: request, update_id)
    except WorkflowUpdateFailedError as failed:
        raise _refused(failed) from failed
    except AWAY as away:
        raise _away(away, matter.kind) from away
    if state is None:  # somebody else is opening it; nothing is done
        raise Unavailable
    return state


async def turn_calendar(counter: Counter, matter: sa.Row[Any], to: datetime) -> dict[str, Any]:
    """Turn the calendar of a rehearsal forward; what runs out on the way lapses."""
    handle = _client(counter).get_workflow_handle(matter.id)
    try:
        state: dict[str, Any] = await handle.execute_update(
            "turn_calendar", to, result_type=dict, rpc_timeout=PATIENCE
        )
    except WorkflowUpdateFailedError as failed:
        raise _backwards() from failed
    except AWAY as away:
        raise _away(away, matter.kind) from away
    return state


def _backwards() -> Refused:
    return refuse(
        Code.INVALID,
        "to：只有演练案件的日历可以向前拨",
        "to: only a rehearsal's calendar turns, and only forward",
        (),
        "to",
    )


def _refused(failed: WorkflowUpdateFailedError) -> Exception:
    cause = failed.cause
    if isinstance(cause, ApplicationError) and cause.details:
        return Refused(Refusal.model_validate(cause.details[0]))
    return failed


def _is_closed(away: Exception) -> bool:
    return isinstance(away, RPCError) and away.status is RPCStatusCode.NOT_FOUND


def _away(away: Exception, kind: str) -> Exception:
    """The matter is closed; or the engine has not admitted the paper: nothing is done, and asking again with the same key is safe."""
    return refuse(Code.NOT_OPEN, *CLOSED[kind]) if _is_closed(away) else Unavailable()


async def _state(counter: Counter, matter_id: str) -> dict[str, Any]:
    row = await counter.row(sa.select(Matter.state).where(Matter.id == matter_id))
    if row is None:
        raise StillRunning(matter_id)
    state: dict[str, Any] = row.state
    return state


def _client(counter: Counter) -> Client:
    if counter.temporal is None:
        raise Unavailable
    return counter.temporal
