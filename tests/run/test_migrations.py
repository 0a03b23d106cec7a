"""The migrations make exactly the tables the models describe, and can be taken back."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from run import postgres

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


async def test_migrations_and_models_agree() -> None:
    async with postgres.running(None) as url:
        config = Config(ROOT / "alembic.ini")
        config.attributes["url"] = url
        for step in (
            lambda: command.upgrade(config, "head"),
            lambda: command.check(config),
            lambda: command.downgrade(config, "base"),
            lambda: command.upgrade(config, "head"),
        ):
            await asyncio.to_thread(step)
