"""The register's one write: everything one act caused, in one transaction; asked twice, it changes nothing the second time."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

import models.captures
import models.evidence_files
import models.feed  # noqa: F401 -- the statement below writes their tables
from activities.deadlines import reckoned
from activities.documents import Drafting
from activities.numbers import give_numbers, void_lost_numbers
from models.catalogue import Catalogue
from models.change import Answers, Change, answered
from models.document import document_id
from models.secrets import seal
from models.timeline import Entry, canonical

_SAVE = sa.text(
    """
    with change as (select cast(:matter as jsonb) as m),
    kept as (
        insert into matters (id, kind, procedure, number, stage, outcome, title, cause, unit, street, officers, party_digest,
            party_secret, state, file, version, turn, head, due_at, opened_at, updated_at, closed_at)
        select m->>'id', m->>'kind', m->>'procedure', m->>'number', m->>'stage', m->>'outcome', m->>'title', m->>'cause',
            m->>'unit', m->>'street', array(select jsonb_array_elements_text(m->'officers')), m->>'party_digest',
            cast(:party as bytea), m->'state', cast(:file as bytea), (m->>'version')::int, (m->>'turn')::int, m->>'head',
            (m->>'due_at')::timestamptz, (m->>'opened_at')::timestamptz, (m->>'updated_at')::timestamptz,
            (m->>'closed_at')::timestamptz
        from change
        on conflict (id) do update set number = excluded.number, stage = excluded.stage, outcome = excluded.outcome,
            title = excluded.title, unit = excluded.unit, street = excluded.street,
            officers = excluded.officers, party_digest = excluded.party_digest,
            party_secret = coalesce(excluded.party_secret, matters.party_secret), state = excluded.state,
            file = excluded.file, version = excluded.version, turn = excluded.turn, head = excluded.head,
            due_at = excluded.due_at, updated_at = excluded.updated_at, closed_at = excluded.closed_at
    ),
    chained as (
        insert into timeline (matter, seq, at, kind, name, term, actor, basis, data, prev, hash)
        select e.* from change, jsonb_to_recordset(m->'entries') as e(matter text, seq int, at timestamptz, kind text, name text,
            term text, actor jsonb, basis jsonb, data jsonb, prev text, hash text)
    ),
    noted as (
        insert into changes (hash, matter, seq, kind, stage, number, unit, street, at, entry, name, term)
        select e.hash, m->>'id', e.seq, m->>'kind', m->>'stage', m->>'number', m->>'unit', m->>'street', e.at, e.kind, e.name, e.term
        from change, jsonb_to_recordset(m->'entries') as e(seq int, at timestamptz, kind text, name text, term text, hash text)
        order by e.seq
        on conflict (hash) do nothing
    ),
    clocked as (
        insert into clocks (matter, name, clock, ledger, due_at, status, provisional)
        select m->>'id', c.name, c.clock, c.ledger, c.due_at, c.status, c.provisional
        from change, jsonb_to_recordset(m->'clocks') as c(name text, clock jsonb, ledger jsonb, due_at timestamptz, status text,
            provisional boolean)
        on conflict (matter, name) do update set clock = excluded.clock, ledger = excluded.ledger, due_at = excluded.due_at,
            status = excluded.status, provisional = excluded.provisional
    ),
    forgotten as (
        delete from clocks using change where clocks.matter = m->>'id' and not (m->'clock_names' ? clocks.name)
    ),
    stopped as (
        update clocks set status = s.status, clock = clocks.clock || s.clock
        from change, jsonb_to_recordset(m->'stopped') as s(name text, status text, clock jsonb)
        where clocks.matter = m->>'id' and clocks.name = s.name and clocks.status is distinct from s.status
    ),
    done as (
        delete from todos using change where todos.matter = m->>'id'
            and not (m->'acts' ? todos.act)
    ),
    open as (
        insert into todos (matter, act, term, roles, unit, officers, party_digest, title, basis, due_at, opened_at)
        select m->>'id', t.act, t.term, array(select jsonb_array_elements_text(t.roles)), m->>'unit',
            array(select jsonb_array_elements_text(m->'officers')), m->>'party_digest', m->>'title', t.basis, t.due_at,
            (m->>'updated_at')::timestamptz
        from change, jsonb_to_recordset(m->'todos') as t(act text, term text, roles jsonb, basis jsonb, due_at timestamptz)
        on conflict (matter, act) do update set due_at = excluded.due_at, officers = excluded.officers, unit = excluded.unit,
            party_digest = excluded.party_digest
    ),
    documented as (
        insert into documents (id, matter, kind, copy, seq, term, number, issued_at, status, token, content)
        select d.id, m->>'id', d.kind, d.copy, d.seq, d.term, d.number, d.issued_at, 'valid', d.token, decode(d.content, 'base64')
        from change, jsonb_to_recordset(m->'documents') as d(id text, kind text, copy int, seq int, term text, number text,
            issued_at timestamptz, token text, content text)
    ),
    overtaken as (
        update documents set status = r.status, reason = r.reason, replaced_by = r.replaced_by
        from change, jsonb_to_recordset(m->'overtaken') as r(id text, status text, reason text, replaced_by text)
        where documents.id = r.id
        returning documents.matter, kind || '#' || copy as paper, documents.reason
    ),
    voided as (
        update issued_numbers set voided_at = (m->>'updated_at')::timestamptz, void_reason = o.reason
        from change, overtaken as o where issued_numbers.matter = o.matter and issued_numbers.paper = o.paper
    ),
    cited as (
        insert into evidence_citations (digest, matter)
        select distinct c.digest, m->>'id' from change, jsonb_array_elements_text(m->'cited') as c(digest)
        on conflict do nothing
    ),
    barred as (
        insert into bars (matter, scope, ground, party_digest, since, until, basis, set_at)
        select m->>'id', b.scope, b.ground, m->>'party_digest', b.since, b.until, b.basis, (m->>'updated_at')::timestamptz
        from change, jsonb_to_recordset(m->'bars') as b(scope text, ground text, since date, until date, basis jsonb)
        where m->>'party_digest' is not null
        on conflict (matter, scope, ground) do nothing
    ),
    reviewed as (
        update captures set verdict = r.verdict, reason = r.reason, reviewed_by = r.by, reviewed_at = r.at
        from change, jsonb_to_recordset(m->'reviewed') as r(id text, verdict text, reason text, by text, at timestamptz)
        where captures.id = r.id
    ),
    left_over as (
        update captures set verdict = 'closed', reason = '案件已办结' from change
        where captures.matter = m->>'id' and captures.verdict = 'pending' and m->>'closed_at' is not null
            and not exists (select from jsonb_array_elements(m->'reviewed') as r where r->>'id' = captures.id)
    ),
    claimed as (
        insert into claims (key, matter, claimed_at)
        select k, m->>'id', (m->>'updated_at')::timestamptz from change, jsonb_array_elements_text(m->'claims_taken') as c(k)
        on conflict (key) do update set matter = excluded.matter
    ),
    freed as (
        delete from claims using change where m->'claims_released' ? claims.key and claims.matter = m->>'id'
    )
    insert into outbox (id, matter, kind, payload, created_at, next_at)
    select o.id, m->>'id', o.kind, o.payload, (m->>'updated_at')::timestamptz, now()
    from change, jsonb_to_recordset(m->'outgoing') as o(id text, kind text, payload jsonb)
    on conflict (id) do update set payload = excluded.payload, sent_at = null, attempts = 0, next_at = excluded.next_at
        where outbox.payload is distinct from excluded.payload
    """
)
_FIRST = sa.text("select pg_advisory_xact_lock(hashtextextended(:id, 0))")
_BEFORE = sa.text("select version, updated_at, turn from matters where id = :id for update")
_UNCONFIRMED = sa.text(
    """
    with unsaid as (delete from documents where matter = :id and seq > :base returning id),
    printed_again as (
        update outbox set sent_at = null, attempts = 0, next_at = now()
        from unsaid where outbox.id = unsaid.id || '/made' and outbox.sent_at is not null
    )
    delete from timeline where matter = :id and seq > :base
    """
)

_STAND_AGAIN = sa.text(
    """
    with again as (
        update documents set status = 'valid', reason = null, replaced_by = null
        where matter = :matter and status <> 'valid' and id = any(:standing)
        returning matter, kind || '#' || copy as paper
    )
    update issued_numbers set voided_at = null, void_reason = null
    from again where issued_numbers.matter = again.matter and issued_numbers.paper = again.paper
    """
)


class Register:
    """Writes matters. Holds what every write needs: the database, the catalogue, the key of sealed columns."""

    def __init__(self, engine: AsyncEngine, catalogue: Catalogue, key: bytes) -> None:
        self.engine, self.catalogue, self.key = engine, catalogue, key

    @activity.defn(name="save")
    async def save(self, change: Change) -> Answers:
        """Write the change and answer what it asks.

        A procedure may lose the task that asked for a write, after it was written: then it does the same again at another moment. What
        it does not know to be written (`seq > base`) is therefore written anew; numbers, once given to a paper, stay with it.
        Raises ApplicationError for a write of a task long lost, overtaken by a later one.
        """
        async with self.engine.begin() as connection:
            if not change.base:
                # No row to lock yet: two runs of the first write would wait for each other.
                await connection.execute(_FIRST, {"id": change.matter})
            before = (await connection.execute(_BEFORE, {"id": change.matter})).first()
            if before is not None:
                _refuse_overtaken(change, before)
            lost = before is not None and before.version > change.base
            if lost:
                await connection.execute(_UNCONFIRMED, {"id": change.matter, "base": change.base})
            answers = await self._write(connection, change)
            if lost:
                await connection.execute(_STAND_AGAIN, _standing(change))
                await void_lost_numbers(connection, change)
            return answers

    async def _write(self, connection: AsyncConnection, change: Change) -> Answers:
        reckonings = {ask.clock.name: reckoned(ask.clock, self.catalogue) for ask in change.clocks}
        answers = Answers(
            dues={name: due for name, (due, _) in reckonings.items()},
            numbers=await give_numbers(connection, change, self.catalogue),
        )
        entries = answered(change, answers)
        answers.head = entries[-1].hash if entries else change.head
        row = _row(change, answers, entries)
        drafting = Drafting(change, answers.numbers, self.catalogue, self.key)
        drawn = await drafting.drawn(connection)
        row["documents"] = [document.row for document in drawn]
        row["outgoing"] += [document.order.model_dump(mode="json") for document in drawn]
        row["clocks"] = [
            {
                "name": ask.clock.name,
                "clock": ask.clock.model_dump(mode="json") | _dump(answers.dues[ask.clock.name]),
                "ledger": [day.model_dump(mode="json") for day in reckonings[ask.clock.name][1]],
                "due_at": _iso(answers.dues[ask.clock.name].due_at),
                "status": ask.clock.status,
                "provisional": answers.dues[ask.clock.name].provisional,
            }
            for ask in change.clocks
        ]
        await connection.execute(
            _SAVE,
            {
                "matter": json.dumps(row, ensure_ascii=False),
                "party": self._sealed(change.party),
                "file": self._sealed(change.file),
            },
        )
        return answers

    def _sealed(self, value: dict[str, Any] | None) -> bytes | None:
        return seal(canonical(value), self.key) if value is not None else None


def _refuse_overtaken(change: Change, before: Row[Any]) -> None:
    if before.version < change.base:
        raise RuntimeError(f"the register of {change.matter} lags behind its procedure")
    if (before.updated_at, before.turn) > (change.updated_at, change.turn):
        raise ApplicationError("overtaken by a later write", non_retryable=True)


def _row(change: Change, answers: Answers, entries: list[Entry]) -> dict[str, Any]:
    state = completed(change, answers)
    todos = [
        {
            "act": todo.act,
            "term": todo.term,
            "roles": todo.roles,
            "basis": [basis.model_dump() for basis in todo.basis],
            "due_at": _clock_due(state, todo.clock),
        }
        for todo in change.todos
    ]
    dues = [clock["due_at"] for clock in state["clocks"] if clock["status"] == "running"]
    return {
        "id": change.matter,
        "kind": state["kind"],
        "procedure": state["procedure"],
        "number": state["number"],
        "stage": state["stage"],
        "outcome": state["outcome"],
        "title": state["title"],
        "cause": state.get("cause"),
        "unit": change.unit,
        "street": (state.get("place") or {}).get("street"),
        "officers": [officer["username"] for officer in state.get("officers", [])],
        "party_digest": change.party_digest,
        "state": state,
        "version": change.version,
        "turn": change.turn,
        "head": answers.head,
        "due_at": min((due for due in dues if due), default=None),
        "opened_at": _iso(change.opened_at),
        "updated_at": _iso(change.updated_at),
        "closed_at": _iso(change.closed_at),
        "entries": [entry.model_dump(mode="json") for entry in entries],
        "stopped": [
            {
                "name": clock.name,
                "status": clock.status,
                "clock": {"status": clock.status, "stopped_at": _iso(clock.stopped_at)},
            }
            for clock in change.stopped
        ],
        "clock_names": [clock["name"] for clock in state["clocks"]],
        "acts": [todo.act for todo in change.todos],
        "todos": todos,
        "overtaken": [document.model_dump() for document in change.overtaken],
        "claims_released": change.claims_released,
        "claims_taken": change.claims_taken,
        "reviewed": [one.model_dump(mode="json") for one in change.reviewed],
        "bars": [bar.model_dump(mode="json") for bar in change.bars],
        "cited": change.cited,
        "outgoing": [out.model_dump(mode="json") for out in change.outgoing],
    }


def _standing(change: Change) -> dict[str, Any]:
    """What a lost act had declared void or replaced, and the procedure holds for good."""
    documents = change.state["documents"]
    return {
        "matter": change.matter,
        "standing": [d["id"] for d in documents if d["status"] == "valid"],
    }


def completed(change: Change, answers: Answers) -> dict[str, Any]:
    """The state with the register's answers in it: numbers and due dates."""
    state: dict[str, Any] = json.loads(json.dumps(change.state))
    for clock in state["clocks"]:
        if due := answers.dues.get(clock["name"]):
            clock.update(_dump(due))
    for offer in state["open_acts"]:
        offer["due"] = _clock_due(state, offer["clock"])
    for ask in change.documents:
        number = answers.numbers[ask.paper]
        if ask.names_matter:
            state["number"] = number
        for document in state["documents"]:
            if document["id"] == document_id(change.matter, ask.paper):
                document["number"] = number
    return state


def _dump(due: Any) -> dict[str, Any]:
    return {
        "term": due.term,
        "due_on": due.due_on.isoformat() if due.due_on else None,
        "due_at": _iso(due.due_at),
        "provisional": due.provisional,
    }


def _clock_due(state: dict[str, Any], name: str | None) -> str | None:
    return next((clock["due_at"] for clock in state["clocks"] if clock["name"] == name), None)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
