"""The store (证据与文书库): bytes under their own SHA-256, written once, never changed. A local folder, or S3 by setting.

A digest is written ``sha256:`` and 64 hexadecimal digits. Nothing else names an object, so no name that somebody gives a file can lead
anywhere.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from models.settings import Settings

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PIECE = 1 << 20  # bytes read at a time
_PARTS = 2  # of 5 MiB, on their way at once


class NotStored(LookupError):  # noqa: N818 -- says it as it is
    """No object has this digest."""


class Damaged(RuntimeError):  # noqa: N818 -- says it as it is
    """What is stored under a digest no longer has it."""


def digest_of(data: bytes) -> str:
    """How bytes are named here."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass(frozen=True)
class Store:
    """Puts are idempotent: the same bytes have the same name. Reads are checked against the name."""

    objects: ObjectStore

    @classmethod
    def of(cls, chosen: Settings) -> "Store":
        """As the settings say; a folder is made where it is missing."""
        if chosen.store_url:
            return cls(from_url(chosen.store_url))
        folder = (chosen.var_dir / "store").resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(LocalStore(folder))

    async def put(self, data: bytes) -> str:
        """Keep small bytes; answers their digest."""
        digest = digest_of(data)
        try:
            await obstore.put_async(self.objects, _key(digest), data, mode="create")
        except AlreadyExistsError:
            await self.get(digest)  # what is there must be what we were to put
        return digest

    async def put_file(self, path: Path, digest: str) -> None:
        """Keep a file of any size whose digest the caller has just reckoned, in constant memory."""
        if await self.size(digest) is None:
            await obstore.put_async(self.objects, _key(digest), path, max_concurrency=_PARTS)

    async def get(self, digest: str) -> bytes:
        """The whole of it. Raises `NotStored`, `Damaged`."""
        return b"".join([piece async for piece in self.stream(digest)])

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        """Piece by piece; `NotStored` before the first, `Damaged` after the last."""
        try:
            found = await obstore.get_async(self.objects, _key(digest))
        except FileNotFoundError as missing:
            raise NotStored(digest) from missing
        reckoned = hashlib.sha256()
        async for piece in found.stream(min_chunk_size=_PIECE):
            reckoned.update(piece)
            yield bytes(piece)
        if f"sha256:{reckoned.hexdigest()}" != digest:
            raise Damaged(digest)

    async def size(self, digest: str) -> int | None:
        """Its length in bytes; None where it is not there."""
        try:
            return (await obstore.head_async(self.objects, _key(digest)))["size"]
        except FileNotFoundError:
            return None


def _key(digest: str) -> str:
    """Folders by the first two digits, so that none holds too many."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"not a digest: {digest!r}")
    name = digest.removeprefix("sha256:")
    return f"sha256/{name[:2]}/{name}"
