"""The register's writes, asked for twice, at once, and by runs that were given up: nothing twice, nothing skipped."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.register import Register
from forms.content import Incomplete
from models.catalogue import Catalogue
from models.change import (
    Answers,
    Change,
    Facts,
    Overtaken,
    answered,
)
from models.database import Base, Document, IssuedNumber, Number, Outgoing
from models.document import document_id
from models.secrets import unseal
from run import postgres
from tests.activities.changes import AT, KEY, PLAIN, a_change, a_document, a_state, an_entry
from worker import CATALOGUE, writing

pytestmark = pytest.mark.slow

SAVES, AT_ONCE = 1_000, 20


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[AsyncEngine]:
    async with postgres.running(None) as url:
        engine = create_async_engine(url, pool_size=AT_ONCE)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield engine
        await engine.dispose()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Ours, with documents of one sentence."""
    return Catalogue.load(CATALOGUE, PLAIN)


@pytest.fixture
def register(engine: AsyncEngine, catalogue: Catalogue) -> Register:
    return Register(engine, catalogue, KEY)


SAMPLES: dict[str, Callable[[], Any]] = {"save": lambda: a_change("sample")}


async def everything(engine: AsyncEngine) -> dict[str, list[Any]]:
    """Every row of every table; what is sealed, opened, for no two seals are alike."""
    async with engine.connect() as connection:
        return {
            table.name: sorted(map(_opened, await connection.execute(sa.select(table))))
            for table in Base.metadata.sorted_tables
        }


def _opened(row: sa.Row[Any]) -> str:
    return repr([unseal(value, KEY) if isinstance(value, bytes) else value for value in row])


def name_of(doing: Callable[..., Any]) -> str:
    return str(cast("Any", activity._Definition.must_from_callable(doing)).name)


# ---- the same input twice ----------------------------------------------------------------------


async def test_every_activity_changes_nothing_the_second_time(
    register: Register, engine: AsyncEngine
) -> None:
    for doing in writing(register):
        first = await doing(SAMPLES[name_of(doing)]())
        before = await everything(engine)
        assert await doing(SAMPLES[name_of(doing)]()) == first
        assert await everything(engine) == before


async def test_a_crash_between_commit_and_answer_is_not_noticed(
    register: Register, engine: AsyncEngine, catalogue: Catalogue
) -> None:
    for doing in writing(Register(Crashing(engine, after=1), catalogue, KEY)):
        with pytest.raises(Crash):
            await doing(a_change("crashed"))
    before = await everything(engine)
    answers = await register.save(a_change("crashed"))
    assert answers.numbers["plain#1"]
    assert await everything(engine) == before


async def test_a_late_run_beside_its_retry_writes_once(register: Register) -> None:
    """Both may start on a matter nobody knows yet; whoever loses is tried again and then answers the same."""
    for number in range(20):
        runs = [_insisting(register, a_change(f"twice-{number}")) for _ in range(3)]
        first, *others = await asyncio.gather(*runs)
        assert all(other == first for other in others)
    async with register.engine.connect() as connection:
        rows = sa.select(IssuedNumber).where(IssuedNumber.matter.startswith("twice-"))
        assert len((await connection.execute(rows)).all()) == 20


async def test_a_run_long_given_up_changes_nothing(register: Register, engine: AsyncEngine) -> None:
    first, second = a_change("zombie"), a_change("zombie", 2)
    await register.save(first)
    await register.save(second)
    before = await everything(engine)
    with pytest.raises(ApplicationError):
        await register.save(first)
    assert await everything(engine) == before


async def test_a_run_long_given_up_brings_no_old_to_do_back(
    register: Register, engine: AsyncEngine
) -> None:
    """Two changes without an entry bear the same version; the earlier one comes late."""
    silent: dict[str, Any] = {"entries": [], "documents": [], "clocks": [], "outgoing": []}
    opened = a_change("silent", **silent, base=1, turn=2)
    shut = a_change("silent", **silent, base=1, turn=3, todos=[])
    await register.save(a_change("silent"))
    await register.save(opened)
    await register.save(shut)
    before = await everything(engine)
    with pytest.raises(ApplicationError):
        await register.save(opened)
    assert await everything(engine) == before


@pytest.mark.parametrize("name", ["issue_lead", "another_act_came_first"])
async def test_a_task_that_was_lost_is_written_anew(register: Register, name: str) -> None:
    """Temporal died before it knew of the write: the task is done again, later, perhaps with another act first."""
    matter, later = f"lost-{name}", AT + timedelta(seconds=3)
    lost = await register.save(a_change(matter))
    entry = an_entry(matter, 1).model_copy(update={"at": later, "name": name})
    again = a_change(matter, entries=[entry], updated_at=later)
    answers = await register.save(again)
    assert answers.numbers == lost.numbers
    assert answers.head == answered(again, answers)[-1].hash
    assert await register.save(again) == answers


async def test_a_lost_task_may_be_done_again_as_part_of_a_longer_one(register: Register) -> None:
    await register.save(a_change("longer"))
    later = AT + timedelta(seconds=3)
    two = [an_entry("longer", seq).model_copy(update={"at": later}) for seq in (1, 2)]
    again = a_change("longer", version=2, base=0, turn=1, entries=two, updated_at=later)
    answers = await register.save(again)
    assert answers.head == answered(again, answers)[-1].hash


# ---- numbers -----------------------------------------------------------------------------------


async def test_numbers_have_no_gap_after_a_thousand_saves_that_fail_at_random(
    engine: AsyncEngine, catalogue: Catalogue
) -> None:
    register = Register(Crashing(engine, before=0.1, after=0.1), catalogue, KEY)
    gate = asyncio.Semaphore(AT_ONCE)

    async def save(number: int) -> Answers:
        async with gate:
            return await _insisting(register, a_change(f"many-{number}", kind="plain_decision"))

    answers = await asyncio.gather(*(save(number) for number in range(SAVES)))
    assert await _serials(engine, "decision") == list(range(1, SAVES + 1))
    assert len({answer.numbers["plain_decision#1"] for answer in answers}) == SAVES


async def test_numbers_have_no_gap_after_saves_that_were_given_up(
    engine: AsyncEngine, catalogue: Catalogue
) -> None:
    """Ended at any moment, as a killed worker ends them."""
    chance = random.Random(7)
    register = Register(engine, catalogue, KEY)
    for number in range(100):
        change = a_change(f"given-up-{number}", kind="plain_summary")
        with suppress(TimeoutError):
            await asyncio.wait_for(register.save(change), chance.random() / 50)
        await register.save(change)
    assert await _serials(engine, "summary") == list(range(1, 101))


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), 2027),
    ],
)
async def test_a_year_of_numbers_turns_at_midnight_in_hangzhou(
    register: Register, at: datetime, year: int
) -> None:
    matter = f"turn-{year}"
    document = a_document(matter, 1, "plain", issued_at=at)
    answers = await register.save(a_change(matter, documents=[document]))
    number = answers.numbers["plain#1"]
    assert number is not None
    assert f"立字〔{year}〕第" in number
    again = a_change(matter, documents=[document], updated_at=AT + timedelta(days=1))
    assert await register.save(again) == answers


async def test_documents_of_a_case_share_its_serial_and_are_counted(register: Register) -> None:
    own = a_document("shared", 1, "plain", names_matter=True)
    answers = await register.save(a_change("shared", documents=[own]))
    number = str(answers.numbers["plain#1"])
    shared = [a_document("shared", 2, "plain_shared", copy=n) for n in (1, 2)]
    answers = await register.save(a_change("shared", 2, documents=shared))
    first = number.replace("立字", "回证字")
    assert list(answers.numbers.values()) == [first, first.replace("号", "-2号")]


async def test_a_document_without_a_word_bears_no_number(register: Register) -> None:
    note = a_document("noted", 1, "plain_note")
    assert (await register.save(a_change("noted", documents=[note]))).numbers == {
        "plain_note#1": None
    }


async def test_a_number_whose_document_was_lost_is_void_and_stays_on_record(
    register: Register, engine: AsyncEngine
) -> None:
    await register.save(a_change("voided", kind="plain_decision"))
    later = AT + timedelta(seconds=3)
    again = a_change("voided", documents=[], updated_at=later)
    await register.save(again)
    assert await _void(engine, "voided") == [(later, "制作中断，文书未成，号码作废")]
    with_it = a_change("voided", kind="plain_decision", updated_at=later, turn=2)
    await register.save(with_it)  # issued after all: the same number stands again
    assert await _void(engine, "voided") == [(None, None)]


async def test_a_document_drawn_up_again_is_printed_again(
    register: Register, engine: AsyncEngine
) -> None:
    """It was printed before Temporal lost the task; the row is new, so its order is too."""
    await register.save(a_change("again", kind="plain_decision"))
    order = Outgoing.id == f"{document_id('again', 'plain_decision#1')}/made"
    async with engine.begin() as connection:
        await connection.execute(sa.update(Outgoing).where(order).values(sent_at=AT))
    later = AT + timedelta(seconds=3)
    await register.save(a_change("again", kind="plain_decision", updated_at=later))
    async with engine.connect() as connection:
        assert await connection.scalar(sa.select(Outgoing.sent_at).where(order)) is None


async def test_a_replaced_document_keeps_both_versions_and_voids_the_number(
    register: Register, engine: AsyncEngine
) -> None:
    await register.save(a_change("slip", kind="plain_decision"))
    old, new = (document_id("slip", f"plain_decision#{n}") for n in (1, 2))
    facts = Facts(file={"number": None, "documents": []}, data={"text": "更正后的内容"})
    corrected = a_document("slip", 2, "plain_decision", copy=2, facts=facts, replaces=old)
    gone = Overtaken(id=old, status="replaced", reason="笔误", replaced_by=new)
    state = a_state("slip", 2) | {"documents": [{"id": new, "status": "valid", "number": None}]}
    change = a_change("slip", 2, documents=[corrected], overtaken=[gone], state=state)
    await register.save(change)
    assert await register.save(change)
    rows = await _documents(engine, "slip")
    assert [(row.id, row.status, row.replaced_by) for row in rows] == [
        (old, "replaced", new),
        (new, "valid", None),
    ]
    assert [reason for _, reason in await _void(engine, "slip")] == ["笔误", None]


async def test_a_correction_that_was_lost_leaves_the_old_document_standing(
    register: Register, engine: AsyncEngine
) -> None:
    await register.save(a_change("stood", kind="plain_decision"))
    old = document_id("stood", "plain_decision#1")
    gone = Overtaken(id=old, status="void", reason="有误")
    await register.save(a_change("stood", 2, documents=[], overtaken=[gone]))
    state = a_state("stood", 2) | {"documents": [{"id": old, "status": "valid", "number": "x"}]}
    later = AT + timedelta(seconds=3)
    await register.save(a_change("stood", 2, documents=[], state=state, updated_at=later))
    assert [row.status for row in await _documents(engine, "stood")] == ["valid"]
    assert await _void(engine, "stood") == [(None, None)]


async def test_a_document_without_what_the_law_asks_for_is_not_issued(
    register: Register, engine: AsyncEngine
) -> None:
    empty = a_document("empty", 1, "plain", facts=Facts(file={"number": None, "documents": []}))
    with pytest.raises(Incomplete, match="普通文书缺少内容"):
        await register.save(a_change("empty", documents=[empty]))
    assert await _documents(engine, "empty") == []


async def _documents(engine: AsyncEngine, matter: str) -> list[Any]:
    async with engine.connect() as connection:
        mine = sa.select(Document.__table__).where(Document.matter == matter)
        return list(await connection.execute(mine.order_by(Document.copy)))


async def _void(engine: AsyncEngine, matter: str) -> list[Any]:
    async with engine.connect() as connection:
        mine = sa.select(IssuedNumber.voided_at, IssuedNumber.void_reason)
        rows = mine.where(IssuedNumber.matter == matter).order_by(IssuedNumber.serial)
        return [tuple(row) for row in await connection.execute(rows)]


async def _serials(engine: AsyncEngine, word: str) -> list[int]:
    """Those given; the counter stands at the last."""
    async with engine.connect() as connection:
        given = sa.select(IssuedNumber.serial).where(IssuedNumber.word == word)
        serials = list((await connection.scalars(given.order_by(IssuedNumber.serial))).all())
        last = await connection.scalar(sa.select(Number.last).where(Number.word == word))
    assert last == len(serials)
    return serials


async def _insisting(register: Register, change: Change) -> Answers:
    """As Temporal does: again and again until it is answered."""
    while True:
        with suppress(Crash, sa.exc.IntegrityError):
            return await register.save(change)


# ---- crashes -----------------------------------------------------------------------------------


class Crash(Exception):  # noqa: N818 -- what it is
    """The worker died here."""


class Crashing(AsyncEngine):
    """An engine whose transactions die now and then: before the commit, or between the commit and the answer."""

    def __init__(self, engine: AsyncEngine, *, before: float = 0, after: float = 0) -> None:
        super().__init__(engine.sync_engine)
        self.before, self.after = before, after
        self.chance = random.Random(1)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with super().begin() as connection:
            yield connection
            self._perhaps(self.before)
        self._perhaps(self.after)

    def _perhaps(self, likelihood: float) -> None:
        if self.chance.random() < likelihood:
            raise Crash
