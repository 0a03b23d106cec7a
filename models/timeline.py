"""The timeline of a matter: append-only, each entry chained to the one before it by SHA-256 (行政处罚法 47)."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from models.basis import Basis
from models.person import Role

GENESIS = "0" * 64


class By(BaseModel):
    """Who stands behind an entry, and in which capacity."""

    username: str
    name: str
    role: Role


class Entry(BaseModel):
    """What happened: an act of a person or a step of the system. Carries no raw ID numbers."""

    matter: str
    seq: int
    at: datetime
    kind: Literal["act", "step"]
    name: str
    term: str
    actor: By
    basis: tuple[Basis, ...] = ()
    data: dict[str, Any] = {}
    prev: str = ""
    hash: str = ""


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(entry: Entry) -> str:
    """SHA-256 over the canonical JSON of everything but the hash itself."""
    return hashlib.sha256(canonical(entry.model_dump(mode="json", exclude={"hash"}))).hexdigest()


def chain(entries: Iterable[Entry], head: str) -> list[Entry]:
    """Link the entries onto `head`."""
    linked: list[Entry] = []
    for entry in entries:
        link = entry.model_copy(update={"prev": head, "hash": ""})
        head = digest(link)
        linked.append(link.model_copy(update={"hash": head}))
    return linked


def first_break(entries: Iterable[Entry]) -> int | None:
    """The sequence number at which the chain is broken, or None when it is whole."""
    head = GENESIS
    for expected, entry in enumerate(entries, start=1):
        if entry.seq != expected or entry.prev != head or entry.hash != digest(entry):
            return expected
        head = entry.hash
    return None


def hash_of(value: Any) -> str:
    """SHA-256 of a value in its one JSON form: to compare by, without keeping it."""
    return hashlib.sha256(canonical(value)).hexdigest()
