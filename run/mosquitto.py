"""An MQTT broker of our own for the demo, where mosquitto is installed: this machine only, a password for each account, topics by name."""

import base64
import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from run.process import Server, claim, listening, running as child, until

US = "anjuan"
_ROUNDS = 20_000
_ACCESS = f"""\
user {US}
topic read anjuan/events/#
topic write anjuan/answers/#

pattern write anjuan/events/%u
pattern read anjuan/answers/%u
"""


def program() -> str | None:
    """Where it is; None: not installed."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@asynccontextmanager
async def serving(folder: Path, port: int, passwords: Mapping[str, str]) -> AsyncIterator[Server]:
    """``passwords``: by account, ours included. What waits for us outlives a restart."""
    port = claim(port, "ANJUAN_MQTT_PORT")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep(
        folder / "passwords", "".join(f"{who}:{_hash(word)}\n" for who, word in passwords.items())
    )
    _keep(folder / "access", _ACCESS)
    _keep(folder / "mosquitto.conf", _settings(folder, port))
    command = (program() or "mosquitto", "-c", folder / "mosquitto.conf")
    async with child("mosquitto", *command, log=folder / "mosquitto.log") as server:
        await until(lambda: listening("127.0.0.1", port), server)
        yield Server(f"127.0.0.1:{port}", server)


def _settings(folder: Path, port: int) -> str:
    """By itself it would forget what is over a thousand messages, and run as a user of its own, who cannot get here."""
    lines = {
        "listener": f"{port} 127.0.0.1",
        "allow_anonymous": "false",
        "password_file": folder / "passwords",
        "acl_file": folder / "access",
        "persistence": "true",
        "persistence_location": f"{folder}/",
        "max_queued_messages": "100000",
        "message_size_limit": str(1 << 20),
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _hash(word: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 over SHA-512."""
    salt = secrets.token_bytes(12)
    made = hashlib.pbkdf2_hmac("sha512", word.encode(), salt, _ROUNDS)
    return "$".join(
        ("", "7", str(_ROUNDS), base64.b64encode(salt).decode(), base64.b64encode(made).decode())
    )


def _keep(path: Path, text: str) -> None:
    """For its owner's eyes only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
