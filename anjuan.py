"""The command line. A command imports what it needs when it is called, so that all start fast."""

import asyncio
import runpy
from pathlib import Path

import typer

from models.settings import settings

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
    """接口与页面 · The HTTP API and the pages."""
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
        timeout_graceful_shutdown=5,  # an event stream would keep it open for ever
    )


@main.command()
def treasury() -> None:
    """财政沙箱 · The treasury's sandbox."""
    from sandbox.treasury import run

    run(settings().treasury_port)


@main.command()
def migrate() -> None:
    """更新数据库结构，演示时建立演示账号 · Bring the database up to date; in a demo, its accounts too."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(ROOT / "alembic.ini"), "head")
    if settings().demo:
        asyncio.run(_demo_accounts())


async def _demo_accounts() -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    from api.accounts import load_demo_accounts

    engine = create_async_engine(str(settings().database_url))
    await load_demo_accounts(engine, settings())
    await engine.dispose()


@main.command("check-catalogue")
def check_catalogue() -> None:
    """检查清单库 · Check the catalogue, and the folders laid over it."""
    _refuse_a_broken_catalogue()


def _refuse_a_broken_catalogue() -> None:
    from models.catalogue import Catalogue
    from models.catalogue_file import CatalogueError

    try:
        Catalogue.load(ROOT / "catalogue", *settings().catalogue_dirs)
    except CatalogueError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    main()
