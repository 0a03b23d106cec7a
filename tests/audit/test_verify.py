"""Whoever touches a timeline is found out: each way of touching it is tried, and the entry must be named."""

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
import sqlalchemy as sa

from activities.verify import Ask, Chain, Finding, Unanswered, Verifier
from models.database import TimelineEntry
from models.timeline import GENESIS, Entry, chain, digest
from tests.audit.conftest import WALKED
from tests.office import KEY, Office
from workflows.chains import chains

pytestmark = pytest.mark.slow
MATTER = "heard_and_paid"


async def found(
    house: Office, only: str | None = None, ask: Ask | None = None
) -> tuple[list[Finding], Verifier]:
    verifier = Verifier(house.counter.engine, ask)
    return [finding async for finding in verifier.findings(only)], verifier


def engine_of(house: Office) -> Ask:
    assert house.counter.temporal is not None
    return chains(house.counter.temporal)


async def run(house: Office, *statements: str, **values: object) -> None:
    async with house.counter.engine.begin() as connection:
        for statement in statements:
            await connection.execute(sa.text(statement), {"m": MATTER, **values})


@pytest_asyncio.fixture(loop_scope="session")
async def touched(house: Office) -> AsyncIterator[Office]:
    """What a test does to the register is undone after it."""
    tables = ("timeline", "matters")
    await run(house, *(f"create table kept_{table} as table {table}" for table in tables))
    yield house
    await run(house, "truncate timeline, matters")
    await run(house, *(f"insert into {table} table kept_{table}" for table in tables))
    await run(house, *(f"drop table kept_{table}" for table in tables))


async def entries(house: Office, matter: str = MATTER) -> list[Entry]:
    table = TimelineEntry.__table__
    asked = sa.select(table).where(table.c.matter == matter).order_by(table.c.seq)
    return [Entry.model_validate(dict(row._mapping)) for row in await house.rows(asked)]


async def test_what_nobody_touched_is_whole(house: Office) -> None:
    """Register, chain and engine agree, for running and closed matters."""
    findings, verifier = await found(house, ask=engine_of(house))
    assert findings == []
    assert verifier.tally.matters == verifier.tally.compared == len(WALKED)
    assert verifier.tally.entries == sum([len(await entries(house, name)) for name in WALKED])


SWAP = """update timeline t
    set (at, kind, name, term, actor, basis, data, prev, hash) =
        (select at, kind, name, term, actor, basis, data, prev, hash
         from timeline o where o.matter = t.matter and o.seq = 7 - t.seq)
    where seq in (3, 4)"""
APPEND = """insert into timeline
    select matter, seq + 1, at, kind, name, term, actor, basis, data, hash, hash from timeline
    where seq = (select max(seq) from timeline where matter = :m)"""
WHO = """update timeline set actor = jsonb_set(actor, '{username}', '"officer.li"') where seq = 4"""
KING = """update timeline set actor = jsonb_set(actor, '{role}', '"king"') where seq = 7"""
LATER = "update timeline set at = at + interval '1 second' where seq = 5"

TOUCHES = {
    "a byte of the words": ("update timeline set term = term || '。' where seq = 3", 3, "改动"),
    "a second of the time": (LATER, 5, "改动"),
    "who did it": (WHO, 4, "改动"),
    "the data": ("""update timeline set data = data || '{"x": 1}' where seq = 2""", 2, "改动"),
    "the law": ("update timeline set basis = '[]' where seq = 1", 1, "改动"),
    "its own hash": ("update timeline set hash = repeat('0', 64) where seq = 6", 6, "改动"),
    "a role nobody has": (KING, 7, "无法读取"),
    "taken out": ("delete from timeline where seq = 4", 4, "缺失"),
    "the first taken out": ("delete from timeline where seq = 1", 1, "缺失"),
    "the tail cut off": ("delete from timeline where seq > 8", 9, "缺失"),
    "everything": ("delete from timeline where true", 1, "缺失"),
    "two changed places": (SWAP, 3, "移位"),
    "one put in at the end": (APPEND, None, "改动"),
}
"""The statement, the entry that must be named (None: the one after the last), a word of the reason."""


@pytest.mark.parametrize("touch", TOUCHES)
async def test_each_touch_is_named(touched: Office, touch: str) -> None:
    statement, seq, word = TOUCHES[touch]
    last = len(await entries(touched))
    await run(touched, f"{statement} and matter = :m")
    findings, verifier = await found(touched)
    assert [finding.matter for finding in findings] == [MATTER]
    seq = seq or last + 1
    assert findings[0].zh.startswith(f"第 {seq} 条")
    assert word in findings[0].zh
    assert findings[0].en.startswith(f"entry {seq} ")
    assert verifier.tally.broken == 1


async def test_the_same_entry_is_named_when_only_this_matter_is_asked_for(touched: Office) -> None:
    await run(touched, "delete from timeline where matter = :m and seq = 2")
    assert len((await found(touched, MATTER))[0]) == 1
    assert (await found(touched, "summary"))[0] == []


async def test_an_entry_with_a_fresh_hash_does_not_fit_the_next(touched: Office) -> None:
    forged = (await entries(touched))[2].model_copy(update={"term": "改"})
    await _write(touched, [forged.model_copy(update={"hash": digest(forged)})])
    ((finding,), _) = await found(touched)
    assert finding.zh == "第 4 条与第 3 条不相接，两条之一被改动"


async def test_a_chain_forged_to_its_end_is_not_the_head_on_record(touched: Office) -> None:
    forged = await _forge(touched)
    ((finding,), _) = await found(touched)
    assert finding.en == f"entry {forged[-1].seq} is not the head the matter has on record"


async def test_even_with_the_head_forged_the_engine_knows_better(touched: Office) -> None:
    forged = await _forge(touched)
    head = forged[-1].hash
    await run(touched, "update matters set head = :head where id = :m", head=head)
    assert (await found(touched))[0] == []
    ((finding,), _) = await found(touched, ask=engine_of(touched))
    assert finding.matter == MATTER
    assert "整体改写" in finding.zh


async def test_a_register_set_back_as_a_whole_is_behind_the_engine(touched: Office) -> None:
    kept = (await entries(touched))[:6]
    await run(touched, "delete from timeline where matter = :m and seq > 6")
    set_back = "update matters set version = 6, head = :head where id = :m"
    await run(touched, set_back, head=kept[-1].hash)
    ((finding,), _) = await found(touched, ask=engine_of(touched))
    assert "登记为第 6 条" in finding.zh


async def test_a_matter_taken_from_the_register_leaves_its_entries(touched: Office) -> None:
    await run(touched, "delete from matters where id = :m")
    ((finding,), _) = await found(touched)
    assert finding.matter == MATTER
    assert "gone from the register" in finding.en


async def test_an_unknown_matter_is_not_whole(house: Office) -> None:
    findings, verifier = await found(house, "nowhere")
    assert [finding.en for finding in findings] == ["there is no such matter"]
    assert verifier.tally.broken == 1


async def test_a_running_matter_without_a_procedure_is_broken_a_closed_one_may_be_forgotten(
    touched: Office,
) -> None:
    async def forgotten(matter: str) -> Chain | None:
        return None

    await run(touched, "update matters set closed_at = null where id = :m")
    findings, verifier = await found(touched, ask=forgotten)
    open_ = {
        row.id
        for row in await touched.rows(sa.text("select id from matters where closed_at is null"))
    }
    assert {finding.matter for finding in findings if finding.broken} == open_
    assert verifier.tally.broken == len(open_)
    assert len(findings) == len(WALKED)


async def test_a_silent_engine_is_told_and_is_no_break(house: Office) -> None:
    async def silent(matter: str) -> Chain | None:
        raise Unanswered("no poller")

    findings, verifier = await found(house, ask=silent)
    assert len(findings) == len(WALKED)
    assert verifier.tally.broken == verifier.tally.compared == 0


async def test_a_matter_that_moves_while_it_is_read_is_read_again(house: Office) -> None:
    """The engine is a step ahead of the copy we hold, or we of it, until the write is through."""
    asked: list[str] = []
    truth = engine_of(house)

    async def ahead(matter: str) -> Chain | None:
        asked.append(matter)
        true = await truth(matter)
        assert true is not None
        return Chain(true.seq + 1, GENESIS) if asked.count(matter) == 1 else true

    assert (await found(house, MATTER, ahead))[0] == []
    assert asked == [MATTER, MATTER]


async def _forge(house: Office, at: int = 3) -> list[Entry]:
    """Change one entry and mend every hash after it."""
    before = await entries(house)
    changed = [
        entry.model_copy(update={"term": "改"}) if entry.seq == at else entry
        for entry in before[at - 1 :]
    ]
    forged = chain(changed, before[at - 2].hash)
    await _write(house, forged)
    return forged


async def _write(house: Office, forged: Sequence[Entry]) -> None:
    for entry in forged:
        await run(
            house,
            "update timeline set term = :term, prev = :prev, hash = :hash where matter = :m and seq = :seq",
            **entry.model_dump(include={"term", "prev", "hash", "seq"}),
        )


# ---- from the command line -------------------------------------------------------------------------


async def command(house: Office, *words: str) -> tuple[int, str]:
    assert house.counter.temporal is not None
    env = os.environ | {
        "ANJUAN_DATABASE_URL": house.counter.engine.url.render_as_string(hide_password=False),
        "ANJUAN_TEMPORAL_ADDRESS": house.counter.temporal.service_client.config.target_host,
        "ANJUAN_SECRET_KEY": b64encode(KEY).decode(),
    }
    words = ("-m", "anjuan", "verify", *words)
    process = await create_subprocess_exec(sys.executable, *words, stdout=PIPE, env=env)
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_the_command_is_content(house: Office) -> None:
    code, said = await command(house)
    assert code == 0
    assert f"{len(WALKED)} compared with the engine, 0 broken" in said


async def test_the_command_names_the_entry_and_exits_1(touched: Office) -> None:
    await run(touched, "update timeline set term = '改' where matter = :m and seq = 3")
    code, said = await command(touched, MATTER)
    assert code == 1
    assert f"{MATTER}：第 3 条" in said
    assert "entry 3 is not what its hash says" in said
