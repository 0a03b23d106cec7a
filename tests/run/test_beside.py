"""A command beside a running `anjuan up` finds what that made for itself, and never guesses where somebody named it."""

import base64
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.settings import Settings
from run import postgres
from run.beside import beside
from run.keys import key


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder anybody can get to; the one pytest gives is closed to all but its owner."""
    path = Path(tempfile.mkdtemp(prefix="anjuan-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.mark.slow
async def test_database_engine_and_key_are_found(var: Path) -> None:
    made = key(var / "secret.key")
    async with postgres.running(var / "postgres") as url:
        found = beside(Settings(var_dir=var, temporal_port=7999))
    assert found.database_url == url
    assert found.temporal_address == "127.0.0.1:7999"
    assert found.secret_key is not None
    assert found.secret_key.get_secret_value() == made
    assert beside(Settings(var_dir=var)).database_url is None


def test_what_was_named_is_left_alone(tmp_path: Path) -> None:
    """Beside a database of its own the engine is not the one of this machine."""
    secret = SecretStr(base64.b64encode(bytes(32)).decode())
    named = Settings(
        var_dir=tmp_path, database_url="postgresql+asyncpg://db/anjuan", secret_key=secret
    )
    assert beside(named) == named
