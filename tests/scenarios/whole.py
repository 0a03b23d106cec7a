"""What must hold of every case, whatever path it took."""

import json
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from activities.documents import written
from api.statistics import UNOWNED
from forms.fonts import Fonts
from forms.printed import absent
from forms.render import Paper, html
from models.account import Account
from models.catalogue import Catalogue
from models.clock import Clock
from models.collection_regime import Surcharge
from models.database import ClockRow, Document, IssuedNumber, Todo
from models.document import DocumentKind
from models.penalty import Penalty
from models.period import LedgerDay, Unit, add_months
from models.suspension import civil_day
from models.timeline import Entry, first_break
from tests.office import KEY, Case

FONTS = Fonts("serif", "serif", "serif", "serif")


async def check(case: Case) -> None:
    """The chain, the clocks, the money, the to-dos and the decision of this case."""
    row, entries = await case.row(), await case.timeline()
    _chained(row, entries)
    _never_heavier_than_told(entries)
    _to_the_yuan(row.state)
    await _documents_are_whole(case, row.state)
    await _clocks_add_up(case)
    await _todos_are_what_is_open(case, row)
    await _has_an_owner(case)


def _chained(row: Any, entries: list[Entry]) -> None:
    """行政处罚法 47."""
    assert first_break(entries) is None
    assert row.version == row.state["version"] == len(entries)
    assert row.head == entries[-1].hash


def _never_heavier_than_told(entries: list[Entry]) -> None:
    """行政处罚法 45: no decision is heavier than the last notice."""
    told = [e.data["penalty"] for e in entries if e.name == "issue_notice" and "penalty" in e.data]
    decided = [e.data["penalty"] for e in entries if e.name == "issue_decision"]
    for penalty in decided:
        assert told, "decided without a notice"
        assert _penalty(penalty).heavier_than(_penalty(told[-1])) is None


def _penalty(data: dict[str, Any]) -> Penalty:
    return Penalty.model_validate_json(json.dumps(data))


def _to_the_yuan(state: dict[str, Any]) -> None:
    """Paid and owed are what is charged."""
    money = state["money"]
    if money is None or "surcharge_rule" not in money:
        return
    account = Account.model_validate(money["account"])
    rule = Surcharge.model_validate(money["surcharge_rule"])
    amounts = {k: Decimal(str(money[k])) for k in ("paid", "owed", "overpaid", "surcharge")}
    charged = account.principal + amounts["surcharge"]
    assert amounts["paid"] + amounts["owed"] - amounts["overpaid"] == charged
    assert amounts["surcharge"] <= account.fine * (rule.cap or 1)


async def _documents_are_whole(case: Case, state: dict[str, Any]) -> None:
    """Each document of the state is in the register, says what it must, bears the number of its word, and is void only with a reason."""
    rows = await case.office.rows(sa.select(Document.__table__).where(Document.matter == case.id))
    kept = {row.id: row for row in rows}
    assert kept.keys() == {document["id"] for document in state["documents"]}
    for shown in state["documents"]:
        row = kept[shown["id"]]
        assert (row.number, row.status) == (shown["number"], shown["status"])
        assert (row.status == "valid") == (row.reason is None)
        _says_what_it_must(case.office.counter.catalogue.document(row.kind), row)
    await _numbers_are_theirs(case, rows)


def _says_what_it_must(kind: DocumentKind, row: Any) -> None:
    says = written(row.content, KEY)
    assert bool(row.number) == bool(kind.word), kind.id
    for field in kind.fields:
        assert not (field.required and absent(says[field.name])), f"{kind.id}: {field.name}"
    assert html(
        Paper(kind, row.term, row.number, "机关", civil_day(row.issued_at), says), FONTS
    ).count(row.term[:2])


async def _numbers_are_theirs(case: Case, rows: list[Any]) -> None:
    """Every number given is a document's, and void exactly when that is."""
    mine = sa.select(IssuedNumber.__table__).where(IssuedNumber.matter == case.id)
    given = {row.paper: row for row in await case.office.rows(mine)}
    numbered = {f"{row.kind}#{row.copy}": row for row in rows if row.number}
    assert given.keys() == numbered.keys()
    for paper, row in numbered.items():
        assert (given[paper].voided_at is None) == (row.status == "valid"), paper


async def _clocks_add_up(case: Case) -> None:
    rows = await case.office.rows(sa.select(ClockRow.__table__).where(ClockRow.matter == case.id))
    for row in rows:
        clock = Clock.model_validate(row.clock)
        ledger = [LedgerDay.model_validate(day) for day in row.ledger]
        if clock.fixed_on is None:
            _ledger_adds_up(clock, ledger, case.office.counter.catalogue)
        if (await case.row()).closed_at is not None:
            assert row.status in {"stopped", "lapsed"}, f"{clock.name} runs in a closed case"


def _ledger_adds_up(clock: Clock, ledger: list[LedgerDay], catalogue: Catalogue) -> None:
    """The last day of the ledger is the due day, and as many days counted as the period is long."""
    period = catalogue.period(clock.period, civil_day(clock.started_at))
    if clock.due_on is None or period.unit in {Unit.HOUR, Unit.WORKING_HOUR}:
        return
    assert ledger[-1].date == clock.due_on
    days = (clock.length or period.length) + clock.extra
    if period.unit is Unit.MONTH:
        start = civil_day(clock.started_at)
        days = (add_months(start, days) - start).days
    assert sum(day.kind.counts for day in ledger) == ledger[-1].count == days


async def _todos_are_what_is_open(case: Case, row: Any) -> None:
    rows = await case.office.rows(sa.select(Todo.act).where(Todo.matter == case.id))
    assert sorted(r.act for r in rows) == sorted(o["name"] for o in row.state["open_acts"])
    if row.closed_at is not None:
        assert not rows
        assert row.state["standing_acts"] == []


async def _has_an_owner(case: Case) -> None:
    """Nothing that runs is without somebody who answers for it."""
    units = [unit.id for unit in case.office.counter.catalogue.offices.units]
    rows = await case.office.rows(sa.text(UNOWNED).bindparams(units=units))
    assert case.id not in {row.id for row in rows}
