"""Secrets an installation makes for itself on its first start."""

import base64
import os
import secrets
from pathlib import Path

from models.settings import KEY_BYTES


def key(path: Path) -> str:
    """The key kept in this file; made once, whole or not at all, for the owner's eyes only."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
            file.flush()
            os.fsync(file.fileno())  # what is encrypted with it must not outlive it
        fresh.rename(path)
    return path.read_text().strip()
