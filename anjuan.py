"""The command line. A command imports what it needs when it is called, so that all start fast."""

import asyncio
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from models.settings import settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from activities.verify import Ask
    from models.settings import Settings

ROOT = Path(__file__).parent

main = typer.Typer(help="案卷 Anjuan", no_args_is_help=True, add_completion=False)


@main.command()
def up() -> None:
    """全部启动:数据库、流程、办理、接口 · Start everything on this machine."""
    from run.supervisor import up as run_everything

    raise typer.Exit(run_everything(settings()))


@main.command()
def worker() -> None:
    """办理进程 · The Temporal worker."""
    _refuse_a_broken_catalogue()
    runpy.run_module("worker", run_name="__main__")


@main.command()
def api() -> None:
    """接口 · The HTTP API."""
    import uvicorn

    _refuse_a_broken_catalogue()
    uvicorn.run(
        "api.app:app",
        host=settings().api_host,
        port=settings().api_port,
        loop="uvloop",
        http="httptools",
        log_level=settings().log_level,
        server_header=False,
        access_log=False,  # a search may hold a number; the timeline records who acted
        timeout_graceful_shutdown=5,  # an event stream would keep it open for ever
    )


@main.command()
def treasury() -> None:
    """财政沙箱 · The treasury's sandbox."""
    from sandbox.treasury import run

    run(settings().treasury_port)


@main.command()
def sms() -> None:
    """短信沙箱 · The SMS gateway's sandbox."""
    from sandbox.sms import run

    run(settings().sms_port)


@main.command()
def registers() -> None:
    """共享数据沙箱 · The sandbox of the government's registers."""
    from sandbox.registers import run

    run(settings().registers_port)


loading = typer.Typer(help="迁入 · Load what comes from elsewhere.", no_args_is_help=True)
main.add_typer(loading, name="import")


@loading.command()
def licences(
    file: Path,
    prefix: Annotated[str, typer.Option(help="原登记机关代号 · whose numbers these are")] = "OLD",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="演练日期 · a rehearsal begins on")
    ] = None,
) -> None:
    """迁入养犬登记证（CSV），重复迁入只算一次 · Load dog licences (CSV); loading twice is loading once."""
    from activities.births import queue_of
    from activities.licence_import import Loading, ahead_of, read
    from models.catalogue import Catalogue
    from run.beside import beside
    from worker import CATALOGUE, connected

    async def load() -> str:
        chosen = beside(settings())
        if as_of and not chosen.demo:
            message = "--as-of 仅供演示，请设 ANJUAN_DEMO=true · a rehearsal, in a demo only"
            raise ValueError(message)
        catalogue = Catalogue.load(CATALOGUE, *chosen.catalogue_dirs)
        ahead = ahead_of(as_of.date() if as_of else None)
        async with _register(chosen) as engine:
            client = await connected(chosen)
            into = Loading(client, engine, queue_of(chosen.task_queue), ahead)
            return (await into.load(read(file, catalogue, prefix))).said()

    try:
        typer.echo(asyncio.run(load()))
    except (OSError, ValueError) as wrong:
        typer.echo(f"{file}：{wrong}", err=True)
        raise typer.Exit(2) from None


@loading.command()
def reports(file: Path) -> None:
    """迁入外来上报（CSV），重复迁入只算一次，不合理的隔离 · Load reports (CSV); what cannot be is quarantined, none is lost."""
    from models.catalogue import Catalogue
    from models.report_list import read
    from models.secrets import key_of
    from run.beside import beside
    from worker import CATALOGUE, connected
    from workflows.report_import import Loading

    async def load() -> str:
        chosen = beside(settings())
        catalogue = Catalogue.load(CATALOGUE, *chosen.catalogue_dirs)
        lines = list(read(file, catalogue.incident.rules()))
        async with _register(chosen) as engine:
            client = await connected(chosen)
            into = Loading(client, engine, chosen.task_queue, key_of(chosen))
            return (await into.load(lines)).said()

    try:
        typer.echo(asyncio.run(load()))
    except (OSError, ValueError) as wrong:
        typer.echo(f"{file}：{wrong}", err=True)
        raise typer.Exit(2) from None


@main.command()
def migrate() -> None:
    """更新数据库结构，演示时建立演示账号和设备 · Bring the database up to date; in a demo, its accounts and devices too."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(ROOT / "alembic.ini"), "head")
    if settings().demo:
        asyncio.run(_demo_data())


async def _demo_data() -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    from api.accounts import load_demo_accounts
    from api.demo_devices import load_demo_devices

    engine = create_async_engine(str(settings().database_url))
    await load_demo_accounts(engine, settings())
    await load_demo_devices(engine, settings())
    await engine.dispose()


@main.command()
def export(
    form: Annotated[Literal["xes", "csv"], typer.Argument(help="XES 2.0 (IEEE 1849) | CSV")],
    kind: Annotated[str | None, typer.Option(help="办件种类 · kind of matter, e.g. case")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="自该日起登记的 · opened on that day or later"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="文件，无则标准输出 · file; else standard output")
    ] = None,
    *,
    bom: Annotated[
        bool, typer.Option("--bom", help="CSV 加 BOM，供表格软件打开 · for spreadsheets")
    ] = False,
) -> None:
    """导出时间线，供流程挖掘 · Export timelines for process mining."""
    asyncio.run(_export(form, kind, since, out, bom=bom))


async def _export(
    form: str, kind: str | None, since: datetime | None, out: Path | None, *, bom: bool
) -> None:
    """To a file beside first, so that half an export is never taken for one."""
    from activities.export import Format, lines, written
    from run.beside import beside

    part = out.with_name(f"{out.name}.part") if out else None
    async with _register(beside(settings())) as engine:
        rows = lines(engine, kind, since.date() if since else None)
        with part.open("wb") if part else typer.get_binary_stream("stdout") as sink:
            async for piece in written(rows, Format(form), bom=bom):
                sink.write(piece.encode())
    if part and out:
        part.rename(out)


@main.command()
def verify(
    matter: Annotated[
        str | None, typer.Argument(help="办件编号，无则全部 · one matter; else all")
    ] = None,
) -> None:
    """核对时间线：登记与流程 · Check every hash chain, in the register and against the engine."""
    if asyncio.run(_verify(matter)):
        raise typer.Exit(1)


async def _verify(matter: str | None) -> int:
    from activities.verify import Verifier
    from run.beside import beside

    chosen = beside(settings())
    async with _register(chosen) as engine:
        verifier = Verifier(engine, await _chains(chosen))
        async for finding in verifier.findings(matter):
            typer.echo(finding)
    if verifier.ask is None:
        typer.echo("流程服务不可达，仅核对登记 · no engine in reach: the register only")
    typer.echo(verifier.tally)
    return verifier.tally.broken


async def _chains(chosen: "Settings") -> "Ask | None":
    """The engine, when it is in reach."""
    from temporalio.service import RPCError

    from models.secrets import key_of
    from workflows.chains import chains
    from workflows.client import connect

    if chosen.temporal_address is None or chosen.secret_key is None:
        return None
    try:
        return chains(
            await connect(chosen.temporal_address, key_of(chosen), chosen.temporal_namespace)
        )
    except (RuntimeError, RPCError):
        return None


@asynccontextmanager
async def _register(chosen: "Settings") -> AsyncIterator["AsyncEngine"]:
    from sqlalchemy.ext.asyncio import create_async_engine

    if chosen.database_url is None:
        typer.echo(
            "没有数据库：请设 ANJUAN_DATABASE_URL 或先运行 anjuan up · no register", err=True
        )
        raise typer.Exit(1)
    engine = create_async_engine(chosen.database_url)
    try:
        yield engine
    finally:
        await engine.dispose()


@main.command()
def papers(
    out: Annotated[Path, typer.Option(help="目录 · folder")] = Path("var/papers"),
) -> None:
    """全部文书样张 · A sample of every document, as HTML and PDF, with an index."""
    from forms.contact_sheet import laid_out
    from forms.fonts import Fonts, missing
    from forms.render import CannotPrint
    from models.catalogue import Catalogue

    chosen = settings()
    catalogue = Catalogue.load(ROOT / "catalogue", *chosen.catalogue_dirs)
    if lacking := missing(chosen.font_dir or chosen.var_dir / "fonts"):
        typer.echo(f"缺少字体 · fonts missing: {'、'.join(lacking)}", err=True)
    try:
        for line in laid_out(catalogue, Fonts.of(chosen), out):
            typer.echo(line)
    except CannotPrint as lacking_parts:
        typer.echo(lacking_parts, err=True)
        raise typer.Exit(1) from lacking_parts
    typer.echo(f"{out / 'index.html'}")


@main.command("check-bundle")
def check_bundle(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="案卷包 · bundle")],
    roots: Annotated[
        Path | None, typer.Option(exists=True, help="信任的根证书（PEM） · trusted roots")
    ] = None,
) -> None:
    """离线核验案卷包 · Check a bundle, without our server."""
    from forms.bundle_check import checked
    from forms.proof import read_roots

    steps = list(checked(file, read_roots(roots or settings().seal_roots)))
    for step in steps:
        typer.echo(step)
    if not steps or not all(step.good for step in steps):
        raise typer.Exit(1)


@main.command("check-catalogue")
def check_catalogue() -> None:
    """检查清单库 · Check the catalogue, and the folders laid over it."""
    causes = _refuse_a_broken_catalogue()
    typer.echo(f"清单库无误 · the catalogue is whole: {causes} causes")


def _refuse_a_broken_catalogue() -> int:
    """How many causes it holds."""
    from models.catalogue import Catalogue
    from models.catalogue_file import CatalogueError

    try:
        return len(Catalogue.load(ROOT / "catalogue", *settings().catalogue_dirs).causes)
    except CatalogueError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    main()
