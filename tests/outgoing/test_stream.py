"""The stream: whoever is signed in is told of what he may see, as it happens, once, also after he was away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.publishing import publish
from activities.register import Register
from api.stream import BATCH, OPEN_EACH, Feed
from models.act import ACTS
from models.database import Account, Matter
from models.feed import ChangeRow
from tests.api.builders import WANG_DIGEST
from tests.outgoing.acts import saved
from tests.outgoing.conftest import SignIn

pytestmark = pytest.mark.slow
INNER = next(act.name for act in ACTS.values() if act.internal)


class Listener:
    """Reads a stream as the standard says: blocks of lines, comments apart."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status, self.headers = answer.status_code, answer.headers
        self.last, self.beats = "", 0
        self._lines = answer.aiter_lines()

    async def opened(self) -> "Listener":
        """Until the first block, which says the place."""
        await self._block()
        return self

    async def next(self) -> dict[str, Any]:
        """The next event."""
        async with asyncio.timeout(10):
            while True:
                block = await self._block()
                if "data" in block:
                    assert block["event"] == "change"
                    told: dict[str, Any] = json.loads(block["data"])
                    return told

    async def until(self, position: int) -> list[dict[str, Any]]:
        """Every event up to a place in the feed; a heartbeat tells that there was nothing more."""
        told = []
        async with asyncio.timeout(10):
            while int(self.last) < position:
                block = await self._block()
                told += [json.loads(block["data"])] if "data" in block else []
        return told

    async def beat(self) -> None:
        async with asyncio.timeout(10):
            before = self.beats
            while self.beats == before:
                await self._block()

    async def over(self) -> None:
        """Until the other side ends it."""
        async with asyncio.timeout(10):
            async for _ in self._lines:
                pass

    async def _block(self) -> dict[str, str]:
        block: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                self.last = block.get("id", self.last)
                return block
            name, _, value = line.partition(":")
            self.beats += not name
            block[name] = value.removeprefix(" ")
        raise EOFError


@asynccontextmanager
async def listening(
    person: httpx.AsyncClient, last: str | None = None, **query: str
) -> AsyncIterator[Listener]:
    headers = {"Last-Event-ID": last} if last is not None else {}
    async with person.stream("GET", "/api/stream", headers=headers, params=query) as answer:
        yield await Listener(answer).opened()


async def told(register: Register, *matters: str, **changed: Any) -> None:
    for matter in matters:
        await saved(register, matter, **changed)
    await publish(register.engine)


async def end_of(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(sa.select(sa.func.max(ChangeRow.position))) or 0)


WANGS = {"party_digest": WANG_DIGEST, "unit": "kaixuan"}
SEEN_BY = {
    "citizen.wang": ["his"],
    "citizen.chen": [],
    "officer.zhang": ["his", "units"],
    "unit.head": ["his", "units"],
    "bureau.head": ["his", "units", "elsewhere"],
    "supervisor": ["his", "units", "elsewhere"],
    "treasury": [],
    "window.clerk": [],
    "dispatcher": [],
    "admin": [],
    "camera.hub": [],
}


async def test_everybody_is_told_of_what_he_may_see_and_nothing_else(
    register: Register, sign_in: SignIn
) -> None:
    """A stranger's stream carries heartbeats only."""
    async with AsyncExitStack() as stack:
        streams = {
            name: await stack.enter_async_context(listening(await sign_in(name)))
            for name in SEEN_BY
        }
        await told(register, "his", **WANGS)
        await told(register, "units", unit="kaixuan")
        await told(register, "elsewhere", unit="nanxing")
        end = await end_of(register.engine)
        got = {name: await stream.until(end) for name, stream in streams.items()}
    assert {name: [one["subject"] for one in all_] for name, all_ in got.items()} == SEEN_BY


async def test_nobody_listens_who_is_not_signed_in(house: Any, feed: Feed) -> None:
    async with httpx.AsyncClient(base_url=house[1], trust_env=False) as anyone:
        assert (await anyone.get("/api/stream")).status_code == 401


async def test_a_stream_says_what_a_webhook_says(register: Register, sign_in: SignIn) -> None:
    async with listening(await sign_in("bureau.head")) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        await told(register, "m1", number="杭上城立〔2026〕1号")
        change = await stream.next()
    assert change["type"] == "cn.anjuan.case.act.record_inspection"
    assert change["data"]["number"] == "杭上城立〔2026〕1号"
    assert "王小明" not in json.dumps(change, ensure_ascii=False)


async def test_the_party_is_not_told_the_name_of_an_inner_act(
    register: Register, sign_in: SignIn
) -> None:
    async with (
        listening(await sign_in("citizen.wang")) as party,
        listening(await sign_in("officer.zhang")) as officer,
    ):
        await told(register, "his", name=INNER, **WANGS)
        assert (await party.next())["type"] == "cn.anjuan.case.changed"
        assert (await officer.next())["type"] == f"cn.anjuan.case.act.{INNER}"


async def test_the_treasury_is_told_where_a_case_with_a_bill_stands_and_not_what_is_done(
    register: Register, sign_in: SignIn
) -> None:
    async with listening(await sign_in("treasury")) as stream:
        await told(register, "billed", stage="collection")
        change = await stream.next()
    assert change["type"] == "cn.anjuan.case.changed"
    assert change["data"].keys() == {"matter", "kind", "seq", "stage", "number", "hash"}


async def test_who_comes_back_is_told_what_he_missed_once_and_in_order(
    register: Register, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one batch of it, and farther back than one statement reaches."""
    monkeypatch.setattr("api.stream.REACH", BATCH + 20)
    person, missed = await sign_in("bureau.head"), 2 * BATCH + 7
    async with listening(person) as stream:
        await told(register, "m1")
        assert (await stream.next())["data"]["seq"] == 1
        place = stream.last
    for seq in range(2, missed + 2):
        await saved(register, "m1", seq)
    while await publish(register.engine):
        pass
    async with listening(person, place) as stream:
        got = await stream.until(await end_of(register.engine))
        assert [change["data"]["seq"] for change in got] == list(range(2, missed + 2))
        place = stream.last
    async with listening(person, place) as stream:
        await told(register, "m2")
        assert (await stream.next())["subject"] == "m2"


async def test_a_place_beyond_the_end_is_the_end(register: Register, sign_in: SignIn) -> None:
    async with listening(await sign_in("bureau.head"), "999999999") as stream:
        await told(register, "m1")
        assert (await stream.next())["subject"] == "m1"


async def test_a_place_we_did_not_give_is_refused(sign_in: SignIn) -> None:
    person = await sign_in("bureau.head")
    answer = await person.get("/api/stream", headers={"Last-Event-ID": "yesterday"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_heartbeat_moves_the_place_of_who_is_told_nothing(
    register: Register, sign_in: SignIn
) -> None:
    async with listening(await sign_in("citizen.chen")) as stream:
        before = stream.last
        await told(register, "m1", "m2", "m3")
        await stream.beat()
        await stream.beat()
        assert int(stream.last) == int(before) + 3


async def test_a_stream_can_be_of_one_kind_or_one_matter(
    register: Register, sign_in: SignIn
) -> None:
    person = await sign_in("bureau.head")
    async with (
        listening(person, kind="incident") as incidents,
        listening(person, matter="m2") as one,
    ):
        await told(register, "m1")
        await told(register, "i1", kind="incident")
        await told(register, "m2")
        assert (await incidents.next())["subject"] == "i1"
        assert (await one.next())["subject"] == "m2"


async def test_rights_are_asked_anew_for_every_change(
    register: Register, sign_in: SignIn, engine: AsyncEngine
) -> None:
    """He was moved to another unit while he listened."""
    async with listening(await sign_in("unit.head")) as stream:
        await told(register, "m1", unit="kaixuan")
        assert (await stream.next())["subject"] == "m1"
        his = sa.update(Account).where(Account.username == "unit.head")
        try:
            await _do(engine, his.values(unit="nanxing"))
            await told(register, "m2", unit="kaixuan")
            await told(register, "m3", unit="nanxing")
            assert (await stream.next())["subject"] == "m3"
        finally:
            await _do(engine, his.values(unit="kaixuan"))


async def test_a_matter_that_is_handed_on_is_told_to_whom_it_is_now(
    register: Register, sign_in: SignIn, engine: AsyncEngine
) -> None:
    async with listening(await sign_in("unit.head")) as stream:
        before = stream.last
        await told(register, "m1", unit="nanxing")
        while stream.last == before:
            await stream.beat()  # it was not his, and is behind him
        await _do(engine, sa.update(Matter).values(unit="kaixuan"))
        await told(register, "m1", seq=2, unit="kaixuan")
        assert (await stream.next())["data"]["seq"] == 2


async def test_a_stream_ends_with_its_session(register: Register, sign_in: SignIn) -> None:
    person = await sign_in("bureau.head")
    async with listening(person) as stream:
        assert (await person.delete("/api/session")).status_code == 204
        await told(register, "m1")
        await stream.over()
    assert (await person.get("/api/stream")).status_code == 401


async def test_nobody_opens_more_than_his_share_and_a_closed_one_is_given_back(
    sign_in: SignIn, feed: Feed
) -> None:
    person, other = await sign_in("bureau.head"), await sign_in("unit.head")
    async with AsyncExitStack() as stack:
        mine = [await stack.enter_async_context(listening(person)) for _ in range(OPEN_EACH)]
        refused = await person.get("/api/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) > 0
        async with listening(other) as one_of_another:
            await one_of_another.beat()
        await mine[0].beat()
    async with asyncio.timeout(10):
        while feed._open:  # noqa: ASYNC110 -- the server notices in its own time
            await asyncio.sleep(0.02)
    assert feed._looking is None


async def test_one_look_serves_all_streams(sign_in: SignIn, house: Any, feed: Feed) -> None:
    """What waits costs the register two looks a second, however many wait."""
    statements: list[str] = []
    engine = house[0].state.counter._single.sync_engine

    def note(*said: Any) -> None:
        statements.append(said[2])

    feed.heartbeat = 60
    person = await sign_in("bureau.head")
    async with AsyncExitStack() as stack:
        some = [await stack.enter_async_context(listening(person)) for _ in range(OPEN_EACH)]
        sa.event.listen(engine, "before_cursor_execute", note)
        await asyncio.sleep(1.2)
        sa.event.remove(engine, "before_cursor_execute", note)
    assert 1 <= len(statements) <= 4 < len(some)


async def test_a_reader_who_does_not_read_holds_up_nobody_and_nothing_is_kept_for_him(
    register: Register, sign_in: SignIn, house: Any, engine: AsyncEngine
) -> None:
    """Far more happened than lines and sockets hold: he is asked for no more until he reads, and then gets it all."""
    asked: list[str] = []
    single = house[0].state.counter._single.sync_engine

    def note(*said: Any) -> None:
        asked.append(said[2])

    await told(register, "m1")
    async with listening(await sign_in("bureau.head"), kind="case") as stream:
        sa.event.listen(single, "before_cursor_execute", note)
        await _do(engine, sa.text(MANY).bindparams(many=HOW_MANY))
        async with listening(await sign_in("unit.head")) as other:
            await _settled(asked)
            assert _batches(asked) < HOW_MANY / BATCH * 0.8
            await told(register, "m2", unit="kaixuan")
            assert (await other.next())["subject"] == "m2"
        sa.event.remove(single, "before_cursor_execute", note)
        seqs = [(await stream.next())["data"]["seq"] for _ in range(HOW_MANY)]
    assert seqs == list(range(2, HOW_MANY + 2))


HOW_MANY = 3_000  # of six kilobytes
MANY = """
    insert into changes (hash, position, matter, seq, kind, stage, at, entry, name, term)
    select 'many-' || n, 1 + n, 'm1', 1 + n, 'case', 'lead', now(), 'act', 'record_inspection', repeat('长', 2000)
    from generate_series(1, :many) as n
"""


def _batches(asked: list[str]) -> int:
    return sum("JOIN matters" in statement for statement in asked)


async def _settled(asked: list[str]) -> None:
    """Until no more is asked for half a second."""
    before = -1
    async with asyncio.timeout(20):
        while before != _batches(asked):
            before = _batches(asked)
            await asyncio.sleep(0.7)


async def _do(engine: AsyncEngine, statement: sa.Executable) -> None:
    async with engine.begin() as connection:
        await connection.execute(statement)
