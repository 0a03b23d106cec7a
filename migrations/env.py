"""How the register's tables come to be: alembic, through the same driver the engine uses."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import models.bar
import models.bundle
import models.captures
import models.deliveries
import models.device_register
import models.draft
import models.evidence_files
import models.feed
import models.incoming  # noqa: F401 -- as above
from models.database import Base
from models.settings import settings

# A number nobody else takes: two installations starting at once must not both migrate.
LOCK = 0x616E6A75616E


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
        context.run_migrations()


async def online(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


def database_url() -> str:
    """Tests hand over the URL of a database of their own."""
    url = context.config.attributes.get("url") or settings().database_url
    if not url:
        message = "ANJUAN_DATABASE_URL 未设置 · is not set"
        raise SystemExit(message)
    return str(url)


if context.is_offline_mode():
    context.configure(url=database_url(), target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online(database_url()))
