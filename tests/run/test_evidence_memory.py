"""Two hundred megabytes of video pass through the API in constant memory."""

import asyncio
import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

import models.evidence_files  # noqa: F401 -- its tables
from api.accounts import load_demo_accounts
from api.passwords import Passwords
from models.database import Base
from models.settings import Settings
from run import postgres
from run.process import claim
from tests.api.pictures import video

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE, SIZE = 1 << 20, 200
ROOM = 60  # megabytes that the process may grow by
PASSWORD = "anjuan-demo"


def _form() -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n'
    yield b"Content-Type: video/mp4\r\n\r\n"
    yield video(MEGABYTE)
    for n in range(SIZE - 1):
        yield bytes([n]) * MEGABYTE
    yield b"\r\n--x--\r\n"


def _memory(pid: int, what: str) -> int:
    """Megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(what))
    return int(line.split()[1]) >> 10


async def test_a_large_file_passes_in_constant_memory(tmp_path: Path) -> None:
    async with postgres.running(None) as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        key = base64.b64encode(bytes(32)).decode()
        settings = Settings(
            database_url=url,
            secret_key=SecretStr(key),
            demo=True,
            demo_password=SecretStr(PASSWORD),
        )
        await load_demo_accounts(engine, settings, Passwords(1, 8, 1))
        await engine.dispose()
        port = claim(0, "ANJUAN_API_PORT", "127.0.0.1")
        own = {
            "ANJUAN_DATABASE_URL": url,
            "ANJUAN_SECRET_KEY": key,
            "ANJUAN_VAR_DIR": str(tmp_path),
            "ANJUAN_API_PORT": str(port),
        }
        api = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "anjuan", "api"), cwd=ROOT, env=os.environ | own
        )
        try:
            await asyncio.to_thread(_brings, api.pid, f"http://127.0.0.1:{port}")
        finally:
            api.kill()
            await api.wait()


def _brings(pid: int, address: str) -> None:
    transport = httpx.HTTPTransport(retries=50)
    with httpx.Client(
        base_url=address, transport=transport, timeout=120, trust_env=False
    ) as client:
        login = {"username": "officer.zhang", "password": PASSWORD}
        token = client.post("/api/session", json=login).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        before = _memory(pid, "VmRSS")
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = client.post("/api/evidence", content=_form(), headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()["size"] == SIZE * MEGABYTE
        assert _memory(pid, "VmHWM") - before < ROOM
        with client.stream("GET", answer.headers["Location"]) as read:
            assert sum(len(piece) for piece in read.iter_bytes()) == SIZE * MEGABYTE
        assert _memory(pid, "VmHWM") - before < ROOM
