"""The desk: how a paper reaches its matter. Looks up what a gate may ask about (officers, working days, a lighter rule), hands the
paper to the procedure, and gives back its state or its refusal.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.counter import Counter
from api.refusals import StillRunning, Unavailable
from models.act import ACTS, LighterRule, Moment
from models.acts.standing import CorrectParty
from models.basis import PENALTY
from models.change import Request, Start
from models.database import Account, Claim, Matter
from models.filing import case_from, same_act_twice
from models.identifiers import id_digest
from models.lead import Lead
from models.party import PartyKind
from models.period import add_working_days
from models.person import Actor, Officer
from models.refusal import Code, Refusal, Refused, refuse
from models.secrets import key_of
from models.suspension import civil_day

PATIENCE = timedelta(seconds=10)
TASK_TIMEOUT = timedelta(seconds=3)
CLAIM_SETTLES = timedelta(minutes=1)
# A client that never connected raises a plain RuntimeError.
AWAY = (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError, RuntimeError)
HORIZON = (2, 3, 5, 7, 10)


async def file_case(
    counter: Counter, lead: Lead, actor: Actor, matter_id: str, now: datetime | None = None
) -> dict[str, Any]:
    """Check the lead, claim the act, start its procedure; the state once the register has it. Filing twice is one case."""
    moment = await _moment(counter, actor, lead.officers, now)
    digest = _digest(counter, lead.party.id_no)
    ahead = now - datetime.now(UTC) if now else timedelta(0)
    file = case_from(lead, counter.catalogue, moment, matter_id, digest)
    await _claim(counter, file.claim or matter_id, matter_id)
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        file.procedure,
        args=[file, Start(filer=actor, ahead=ahead, rehearsal=counter.settings.demo)],
        id=matter_id,
        task_queue=counter.settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        task_timeout=TASK_TIMEOUT,
        static_summary=f"{file.rules.title}",
    )
    try:
        state: dict[str, Any] = await _client(counter).execute_update_with_start_workflow(
            "opened",
            start_workflow_operation=start,
            id="opened",
            result_type=dict,
            rpc_timeout=PATIENCE,
        )
    except WorkflowAlreadyStartedError:
        return await _state(counter, matter_id)
    except AWAY as away:
        raise _away(away, matter_id) from away
    return state


async def perform(  # noqa: PLR0913, PLR0917 -- who does what to which matter, with which paper, once
    counter: Counter,
    matter: sa.Row[Any],
    act_name: str,
    paper: dict[str, Any],
    actor: Actor,
    update_id: str,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Hand the paper to the procedure; the new state once the register has it. The same `update_id` is done once."""
    act = ACTS[act_name].read(paper)
    moment = await _moment(counter, actor, act.people_named(), now or case_time(matter.state))
    moment = moment.model_copy(
        update={
            "lighter": _lighter(counter, matter.state, moment.today),
            "party_digest": _digest(counter, act.party.id_no)
            if isinstance(act, CorrectParty)
            else None,
        }
    )
    request = Request(act=act_name, paper=paper, moment=moment)
    handle = _client(counter).get_workflow_handle(matter.id)
    try:
        state: dict[str, Any] = await handle.execute_update(
            "perform", request, id=update_id, result_type=dict, rpc_timeout=PATIENCE
        )
    except WorkflowUpdateFailedError as failed:
        raise _refused(failed) from failed
    except AWAY as away:
        raise _away(away, matter.id) from away
    return state


def case_time(state: dict[str, Any]) -> datetime:
    """The time a case lives in: now, but for a rehearsal."""
    return datetime.now(UTC) + timedelta(seconds=state.get("rehearsal") or 0)


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
        raise _away(away, matter.id) from away
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


def _away(away: Exception, matter_id: str) -> Exception:
    """The engine is away (nothing done), or slow (admitted, and coming), or the matter is closed."""
    if isinstance(away, WorkflowUpdateRPCTimeoutOrCancelledError):
        return StillRunning(matter_id)
    if not isinstance(away, RPCError):
        return Unavailable()
    if away.status is RPCStatusCode.NOT_FOUND:
        return refuse(Code.NOT_OPEN, "案件已结案，不能再办理", "the case is closed", PENALTY(47))
    if away.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
        return StillRunning(matter_id)
    return Unavailable()


async def _moment(
    counter: Counter, actor: Actor, people: tuple[str, ...], now: datetime | None
) -> Moment:
    at = now or datetime.now(UTC)
    calendar, today = counter.catalogue.calendar, civil_day(at)
    return Moment(
        now=at,
        actor=actor,
        people=await _officers(counter, people),
        workdays_ahead={n: add_working_days(calendar, today, n) for n in HORIZON},
    )


async def _officers(counter: Counter, usernames: tuple[str, ...]) -> dict[str, Officer]:
    """Those of them who hold an enforcement certificate and are in service."""
    if not usernames:
        return {}
    rows = await counter.rows(
        sa.select(Account.__table__).where(
            Account.username.in_(usernames),
            Account.active,
            Account.roles.contains(["officer"]),
            Account.certificate.is_not(None),
        )
    )
    return {
        row.username: Officer(
            username=row.username,
            name=row.name,
            certificate=row.certificate,
            valid_to=row.certificate_valid_to,
            unit=row.unit,
        )
        for row in rows
    }


def _lighter(counter: Counter, state: dict[str, Any], today: date) -> LighterRule | None:
    """The rule of today when it is lighter than that of the day of the act (行政处罚法 37)."""
    if not state.get("cause") or not state.get("party"):
        return None
    day = civil_day(datetime.fromisoformat(state["occurred_at"]))
    kind = PartyKind(state["party"]["kind"])
    charge = counter.catalogue.lighter(state["cause"], day, today, kind)
    if charge is None:
        return None
    row, cause = charge
    trader = counter.catalogue.penalty.sole_trader_counts_as.value
    return LighterRule(
        cause=cause.id, law=row.law, article=row.article, range=row.range_for(kind, trader)
    )


async def _claim(counter: Counter, key: str, matter_id: str) -> None:
    """One act, one case (行政处罚法 29). A claim whose case never came to be holds for a minute only."""
    mine = insert(Claim).values(key=key, matter=matter_id, claimed_at=datetime.now(UTC))
    known = sa.select(Matter.id).where(Matter.id == Claim.matter).exists()
    stale = Claim.claimed_at < datetime.now(UTC) - CLAIM_SETTLES
    holder = await counter.row(
        mine.on_conflict_do_update(
            index_elements=[Claim.key],
            set_={
                "matter": sa.case(
                    (sa.and_(stale, ~known), mine.excluded.matter), else_=Claim.matter
                )
            },
        ).returning(Claim.matter)
    )
    if holder is not None and holder.matter != matter_id:
        raise same_act_twice(holder.matter)


async def _state(counter: Counter, matter_id: str) -> dict[str, Any]:
    row = await counter.row(sa.select(Matter.state).where(Matter.id == matter_id))
    if row is None:
        raise StillRunning(matter_id)
    state: dict[str, Any] = row.state
    return state


def _digest(counter: Counter, id_no: str | None) -> str | None:
    return id_digest(id_no, key_of(counter.settings)) if id_no else None


def _client(counter: Counter) -> Client:
    if counter.temporal is None:
        raise Unavailable
    return counter.temporal
