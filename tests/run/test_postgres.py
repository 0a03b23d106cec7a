"""The database on this machine: its own user, its own password, and nobody's folder changed."""

import asyncio
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from run import postgres
from run.process import CannotStart, claim

pytestmark = pytest.mark.slow


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder anybody can get to; the one pytest gives is closed to all but its owner."""
    path = Path(tempfile.mkdtemp(prefix="anjuan-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder as many are: nobody else gets through it."""
    monkeypatch.setattr(postgres, "REACHABLE", folder)
    path = folder / "home"
    path.mkdir(mode=0o700)
    return path


async def ask(url: str, *questions: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for question in questions[:-1]:
                await connection.execute(text(question))
            return (await connection.execute(text(questions[-1]))).scalar()
    finally:
        await engine.dispose()


async def place_of(url: str) -> Path:
    return Path(str(await ask(url, "show data_directory"))).parent


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_database_without_a_folder_leaves_nothing_behind() -> None:
    async with postgres.running(None) as url:
        assert await ask(url, "select current_database()") == "anjuan"
        place = await place_of(url)
        assert place.exists()
    assert not place.exists()


async def test_what_was_written_is_there_at_the_next_start(folder: Path) -> None:
    async with postgres.running(folder / "db", durable=True) as url:
        await ask(
            url, "create table cases (name text)", "insert into cases values ('占道') returning 1"
        )
        assert await ask(url, "show fsync") == "on"
    async with postgres.running(folder / "db", durable=True) as url:
        assert await ask(url, "select name from cases") == "占道"


async def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    async with postgres.running(folder / "db") as url:
        password = (folder / "db" / "password").read_text()
        assert mode(folder / "db" / "password") == 0o600
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(
                url.replace("+asyncpg", "").replace(password, "guess"), ssl=False, timeout=5
            )


async def test_a_taken_port_names_its_setting(folder: Path) -> None:
    async with postgres.running(folder / "one", port := claim(0, "any")):
        with pytest.raises(CannotStart, match=rf"{port}.*ANJUAN_POSTGRES_PORT"):
            async with postgres.running(folder / "two", port):
                pass


async def test_a_closed_parent_folder_stays_closed(closed: Path) -> None:
    for _ in range(2):  # the second start finds the database where the first put it
        async with postgres.running(closed / "var" / "postgres") as url:
            assert await ask(url, "select 1") == 1
            assert mode(closed) == 0o700
    assert mode(closed) == 0o700
    assert mode(closed.parent) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs a server as somebody else")
async def test_a_database_that_became_unreachable_is_not_replaced_by_an_empty_one(
    closed: Path,
) -> None:
    closed.chmod(0o755)
    async with postgres.running(closed / "db"):
        pass
    closed.chmod(0o700)
    with pytest.raises(CannotStart, match="700"):
        async with postgres.running(closed / "db"):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs a server as somebody else")
async def test_programs_in_a_closed_folder_are_copied(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_open_to_all", lambda _paths: False)
    async with postgres.running(closed / "db") as url:
        assert (await place_of(url)).parent == closed.parent
    assert len(list(closed.parent.glob("anjuan-postgres-*/*/*/bin/postgres"))) == 1


async def test_a_server_left_by_a_killed_run_is_ended_first(folder: Path) -> None:
    async with postgres.serving(folder / "db", claim(0, "any")) as left:
        port = int(left.address.rsplit(":", 1)[1].split("/")[0])
        async with postgres.running(folder / "db", port) as url:
            assert await ask(url, "select 1") == 1
        assert left.child.process.returncode is not None


async def test_a_killed_server_recovers(folder: Path) -> None:
    async with postgres.serving(folder / "db", durable=True) as server:
        await ask(server.address, "create table cases (name text)", "select 1")
        server.child.process.send_signal(signal.SIGKILL)
        await server.child.process.wait()
    async with postgres.running(folder / "db") as url:
        assert await ask(url, "select count(*) from cases") == 0


async def test_the_note_of_a_server_long_gone_is_forgotten(folder: Path) -> None:
    """Its process number may be another's by now."""
    async with postgres.running(folder / "db"):
        pass
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    note = folder / "db" / "data" / "postmaster.pid"
    note.write_text(f"{stranger.pid}\n{note.parent}\n")
    try:
        async with postgres.running(folder / "db") as url:
            assert await ask(url, "select 1") == 1
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()
