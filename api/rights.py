"""Who may do what to which matter: one table, read both for a single row and for a list.

Denied unless granted here (个人信息保护法 6, 28: no wider than the task needs). What one may not
see is answered as not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from models.act import ACTS
from models.capture import of_another, withheld
from models.captures import CaptureRow
from models.case_file import Stage
from models.database import Matter, Todo
from models.person import Actor, Role

Table = type[Matter] | type[Todo]
Condition = sa.ColumnElement[bool]


class Action(StrEnum):
    """What a reader may want of a matter."""

    SEE = "see"  # find it in lists, read its state, masked
    FOLLOW = "follow"  # timeline, clocks, ledgers
    ACT = "act"  # hand in papers; which ones, the procedure says
    READ_INTERNAL = "read_internal"  # papers the party may not read
    READ_DOCUMENTS = "read_documents"  # the documents themselves, which name people in full
    IDENTIFY = "identify"  # the party's personal data, unmasked


class Reach(Protocol):
    """Which matters: the same condition for a row and for a query."""

    def holds(self, actor: Actor, row: Any) -> bool: ...

    def where(self, actor: Actor, table: Table) -> Condition: ...


@dataclass(frozen=True)
class Tie:
    """Matters whose `column` is, or `listed` holds, what is the actor's. None ties to nothing."""

    column: str
    mine: Callable[[Actor], str | None]
    listed: bool = False

    def holds(self, actor: Actor, row: Any) -> bool:
        mine, theirs = self.mine(actor), getattr(row, self.column)
        return mine is not None and (mine in theirs if self.listed else mine == theirs)

    def where(self, actor: Actor, table: Table) -> Condition:
        mine, column = self.mine(actor), getattr(table, self.column)
        if mine is None:
            return sa.false()
        condition: Condition = column.contains([mine]) if self.listed else column == mine
        return condition


class Everything:
    """All cases of the bureau."""

    def holds(self, actor: Actor, row: Any) -> bool:
        return True

    def where(self, actor: Actor, table: Table) -> Condition:
        return sa.true()


class Charged:
    """Cases with a bill, or in collection. What waits for the treasury is one by itself."""

    def holds(self, actor: Actor, row: Any) -> bool:
        return row.stage == Stage.COLLECTION or bool(row.state.get("money"))

    def where(self, actor: Actor, table: Table) -> Condition:
        if table is Todo:
            return sa.true()
        billed = sa.func.jsonb_typeof(Matter.state["money"]) == "object"
        return sa.or_(Matter.stage == Stage.COLLECTION.value, sa.func.coalesce(billed, sa.false()))


HIS_UNIT = Tie("unit", lambda actor: actor.unit)
NAMED = Tie("officers", lambda actor: actor.username, listed=True)
PARTY = Tie("party_digest", lambda actor: actor.id_digest)
ALL, CHARGED = Everything(), Charged()

Grant = dict[Action, tuple[Reach, ...]]
_OF_THE_CASE: Grant = dict.fromkeys(Action, (ALL,))
_SUPERVISION = (
    *(Action.SEE, Action.FOLLOW, Action.ACT),
    *(Action.READ_INTERNAL, Action.READ_DOCUMENTS),  # an audit of files reads files
)
_OWN = (Action.SEE, Action.FOLLOW, Action.ACT, Action.IDENTIFY, Action.READ_DOCUMENTS)
_IN_FULL = (Action.IDENTIFY, Action.READ_DOCUMENTS)

CASES: dict[Role, Grant] = {
    Role.OFFICER: dict.fromkeys(Action, (HIS_UNIT, NAMED)) | dict.fromkeys(_IN_FULL, (NAMED,)),
    Role.UNIT_HEAD: dict.fromkeys(Action, (HIS_UNIT,)),
    Role.LEGAL_REVIEWER: _OF_THE_CASE,
    Role.BUREAU_HEAD: _OF_THE_CASE,
    Role.HEARING_CHAIR: _OF_THE_CASE,
    Role.SUPERVISOR: dict.fromkeys(_SUPERVISION, (ALL,)),
    Role.TREASURY: dict.fromkeys((Action.SEE, Action.ACT), (CHARGED,)),
    Role.CITIZEN: dict.fromkeys(_OWN, (PARTY,)),
}
_HANDLING: Grant = dict.fromkeys(Action, (ALL,))
_OWN_OR_FILED: Grant = dict.fromkeys(_OWN, (PARTY, NAMED))
APPLICATIONS: dict[Role, Grant] = {
    Role.WINDOW_CLERK: _HANDLING,  # any window takes any item (优化营商环境条例 35–37)
    Role.LICENCE_REVIEWER: _HANDLING,
    Role.LICENCE_APPROVER: _HANDLING,
    Role.BUREAU_HEAD: _HANDLING,
    Role.HEARING_CHAIR: _HANDLING,
    Role.SUPERVISOR: dict.fromkeys(_SUPERVISION, (ALL,)),
    Role.TREASURY: dict.fromkeys((Action.SEE, Action.ACT), (CHARGED,)),
    Role.KIOSK: dict.fromkeys(_OWN, (NAMED,)),
    Role.CITIZEN: _OWN_OR_FILED,
}
LICENCES: dict[Role, Grant] = {
    role: grant for role, grant in APPLICATIONS.items() if role is not Role.TREASURY
}
INCIDENTS: dict[Role, Grant] = {
    Role.DISPATCHER: _HANDLING,
    Role.HANDLER: dict.fromkeys(Action, (HIS_UNIT, NAMED)),
    Role.UNIT_HEAD: dict.fromkeys(Action, (HIS_UNIT,)),
    Role.OFFICER: dict.fromkeys((Action.SEE, Action.FOLLOW, Action.ACT), (ALL,)),
    Role.SUPERVISOR: dict.fromkeys(_SUPERVISION, (ALL,)),
    Role.BUREAU_HEAD: _HANDLING,
    Role.WINDOW_CLERK: dict.fromkeys(_OWN, (NAMED,)),
    Role.KIOSK: dict.fromkeys(_OWN, (NAMED,)),
    Role.DEVICE: dict.fromkeys((Action.SEE,), (NAMED,)),
    Role.CITIZEN: dict.fromkeys((Action.SEE, Action.FOLLOW, Action.ACT), (NAMED,)),
}
RIGHTS: dict[str, dict[Role, Grant]] = {
    "case": CASES,
    "application": APPLICATIONS,
    "licence": LICENCES,
    "incident": INCIDENTS,
}
MAY_FILE: dict[str, frozenset[Role]] = {
    "case": frozenset({Role.OFFICER}),
    "application": frozenset({Role.CITIZEN, Role.WINDOW_CLERK, Role.KIOSK}),
    "incident": frozenset(
        {Role.CITIZEN, Role.KIOSK, Role.WINDOW_CLERK, Role.DISPATCHER, Role.OFFICER, Role.HANDLER}
        | {Role.DEVICE}
    ),
}

_MONEY_FACTS = (
    *("id", "number", "kind", "procedure", "stage", "money"),
    *("open_acts", "standing_acts", "version", "updated_at", "opened_at"),
)


def may(actor: Actor, action: Action, row: Any) -> bool:
    """Whether the actor may do this to the matter in `row` (columns of `matters`)."""
    granted = _reaches(actor, action, row.kind)
    return any(reach.holds(actor, row) for reach in granted)


def visible(actor: Actor, kind: str, action: Action = Action.SEE) -> Condition:
    """The same as a condition on `matters`."""
    granted = _reaches(actor, action, kind)
    seen = sa.or_(sa.false(), *(reach.where(actor, Matter) for reach in granted))
    return sa.and_(Matter.kind == kind, seen)


def visible_anywhere(actor: Actor, action: Action) -> Condition:
    """Matters of whatever kind."""
    return sa.or_(*(visible(actor, kind, action) for kind in RIGHTS))


def waiting_for(actor: Actor) -> Condition:
    """To-dos addressed to a role of the actor, of matters he may act on in that role."""
    addressed = [
        sa.and_(Todo.roles.contains([_addressed(role)]), reach.where(actor, Todo))
        for rights in RIGHTS.values()
        for role in actor.roles
        for reach in rights.get(role, {}).get(Action.ACT, ())
    ]
    return sa.or_(sa.false(), *addressed)


def party_of(actor: Actor, row: Any) -> str | None:
    """The digest of the party as this person acts: an agent stands for him."""
    agent = row.state.get("agent") == actor.username
    mine: str | None = actor.id_digest if agent else row.party_digest
    return mine


def may_file(actor: Actor, kind: str) -> bool:
    """Whether the actor may open a matter of this kind."""
    return bool(MAY_FILE[kind] & set(actor.roles))


def may_subscribe(actor: Actor) -> bool:
    """Whether the actor decides who outside is told of changes."""
    return Role.ADMIN in actor.roles


_BRINGERS = frozenset(Role) - {Role.TREASURY, Role.ADMIN, Role.SYSTEM}


def may_bring(actor: Actor) -> bool:
    """Whether the actor may bring files of evidence; what they prove, the case says that cites them."""
    return bool(_BRINGERS & set(actor.roles))


STAFF = frozenset(Role) - {Role.CITIZEN, Role.PARTY, Role.KIOSK, Role.DEVICE, Role.SYSTEM}
REGISTER: dict[str, frozenset[Role]] = {  # of devices and their events, which are no matters
    "send_events": frozenset({Role.DEVICE}),
    "see_poison": frozenset({Role.ADMIN, Role.SUPERVISOR}),
    "replay_poison": frozenset({Role.ADMIN}),
    "see_devices": STAFF,
    "keep_devices": frozenset({Role.ADMIN}),
    "legal_review": frozenset({Role.LEGAL_REVIEWER}),
    "technical_review": frozenset({Role.ADMIN}),
}


def granted(actor: Actor, what: str) -> bool:
    """Whether the actor may do this with devices or their events."""
    return bool(REGISTER[what] & set(actor.roles))


def evidence_of(actor: Actor) -> Condition:
    """Cases whose evidence the actor may read: those whose inner papers he may, and his own once he was told (行政处罚法 41, 44, 64)."""
    inner = visible_anywhere(actor, Action.READ_INTERNAL)
    his = visible(actor, "application", Action.READ_DOCUMENTS)  # what he himself brought
    documents = Matter.state["documents"]
    kinds = ("record_notice", "notice", "summary")
    told = sa.or_(*(documents.contains([{"kind": kind}]) for kind in kinds))
    return sa.or_(inner, his, sa.and_(told, visible(actor, "case", Action.READ_DOCUMENTS)))


def captures_of(actor: Actor) -> Condition:
    """Captures the actor may list: of his unit, or all."""
    roles = set(actor.roles)
    if roles & {Role.LEGAL_REVIEWER, Role.BUREAU_HEAD, Role.SUPERVISOR}:
        return sa.true()
    if roles & {Role.OFFICER, Role.UNIT_HEAD} and actor.unit:
        return CaptureRow.unit == actor.unit
    return sa.false()


def state_for(actor: Actor, row: Any, state: dict[str, Any]) -> dict[str, Any]:
    """What of a state the actor may read: all, without the office's inner acts, or money only."""
    if not may(actor, Action.FOLLOW, row):
        return {key: state[key] for key in _MONEY_FACTS if key in state}
    if may(actor, Action.READ_INTERNAL, row):
        return state
    acts = {key: state[key] for key in ("open_acts", "standing_acts") if key in state}
    if (
        "tasks" in state
    ):  # who of the colleagues was away, or had how much to do, is the office's own
        state = state | {"tasks": [_without(task, "considered") for task in state["tasks"]]}
    return state | {key: [a for a in had if not internal(name_of(a))] for key, had in acts.items()}


def _without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


def entry_for(actor: Actor, row: Any, entry: dict[str, Any]) -> dict[str, Any]:
    """A timeline entry; of papers the party may not read, only that they were handed in."""
    if may(actor, Action.READ_INTERNAL, row):
        return entry
    if of_another(row.state, entry["seq"]):
        return withheld(entry)
    return entry | {"data": {}, "withheld": True} if internal(entry["name"]) else entry


def name_of(offered: dict[str, Any] | str) -> str:
    """The act's name: open acts are listed with their due, standing acts by name."""
    return offered if isinstance(offered, str) else str(offered["name"])


def internal(act: str) -> bool:
    """Whether an act's paper is the office's own."""
    return act in ACTS and ACTS[act].internal


def _reaches(actor: Actor, action: Action, kind: str) -> list[Reach]:
    rights = RIGHTS.get(kind, {})
    return [reach for role in actor.roles for reach in rights.get(role, {}).get(action, ())]


def _addressed(role: Role) -> str:
    """A citizen is addressed as the party he is."""
    return (Role.PARTY if role is Role.CITIZEN else role).value
