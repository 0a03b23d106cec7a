"""A file on its way in: hashed while it is written, bounded, and known by its content before it is kept (行政处罚法 46).

Nothing here uses the name somebody gave the file but as words.
"""

import hashlib
import mimetypes
import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import filetype
from cryptography.hazmat.primitives.hashes import SM3, Hash
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from models.basis import PENALTY
from models.photograph import Broken, Photograph, looked_at
from models.refusal import Code, Refused, refuse

# What may be evidence (行政处罚法 46: documents, recordings, electronic data), by content; each with the names such files go by.
ALLOWED = {
    "image/jpeg": {"image/jpeg", "image/jpg", "image/pjpeg"},
    "image/png": {"image/png"},
    "image/webp": {"image/webp"},
    "image/heic": {"image/heic", "image/heif"},
    "application/pdf": {"application/pdf"},
    "video/mp4": {"video/mp4", "audio/mp4", "video/x-m4v"},
    "video/quicktime": {"video/quicktime", "video/mp4"},
    "video/3gpp": {"video/3gpp", "audio/3gpp", "video/mp4"},
    "audio/mpeg": {"audio/mpeg", "audio/mp3"},
    "audio/mp4": {"audio/mp4", "audio/x-m4a", "audio/m4a", "video/mp4"},
    "audio/x-wav": {"audio/x-wav", "audio/wav", "audio/vnd.wave"},
    "audio/amr": {"audio/amr"},
}
LARGEST = 2 << 30  # bytes
ANY = "application/octet-stream"


class TooLarge(ValueError):  # noqa: N818 -- says it as it is
    """More than an upload may hold, or than was announced."""


@dataclass
class Spool:
    """The bytes so far, in a file of our own naming, with their digests; memory stays constant."""

    path: Path
    limit: int = LARGEST
    size: int = 0
    _file: BinaryIO | None = None
    _sha256: Any = field(default_factory=hashlib.sha256)
    _sm3: Any = field(default_factory=lambda: Hash(SM3()))

    def write(self, piece: bytes) -> None:
        """Raises `TooLarge`."""
        self.size += len(piece)
        if self.size > self.limit:
            raise TooLarge
        if self._file is None:
            self._file = self.path.open("wb")
        self._file.write(piece)
        self._sha256.update(piece)
        self._sm3.update(piece)

    def close(self) -> None:
        """Everything is on disk."""
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def drop(self) -> None:
        """Nothing of it stays."""
        if self._file:
            self._file.close()
        self.path.unlink(missing_ok=True)

    @property
    def digest(self) -> str:
        return f"sha256:{self._sha256.hexdigest()}"

    @property
    def sm3(self) -> str:
        return f"sm3:{self._sm3.copy().finalize().hex()}"


@dataclass(frozen=True)
class Known:
    """What a file is by its content."""

    media_type: str
    photograph: Photograph | None = None


def known(path: Path, size: int, name: str, declared: str | None) -> Known:
    """Reads the file; takes a while for a picture. Raises `Refused` for what cannot be evidence, saying what was found."""
    if size == 0:
        raise no("文件是空的", "the file is empty")
    found = filetype.guess(str(path))
    media = "image/heic" if found and found.mime == "image/heif" else found and found.mime
    if media not in ALLOWED:
        said = media or "无法识别 / unknown"
        raise no(
            f"内容为 {said}，不在可接受的格式之内", f"its content is {said}, which is not accepted"
        )
    _refuse_mislabelled(media, name, declared)
    if media == "application/pdf":
        _refuse_bad_pdf(path)
    try:
        photograph = looked_at(path) if media.startswith("image/") else None
    except Broken as broken:
        raise no("图片损坏，或者过大", "the picture is broken, or too large") from broken
    return Known(media, photograph)


def no(zh: str, en: str) -> Refused:
    """Not evidence: it cannot be verified (行政处罚法 46(3))."""
    return refuse(Code.INVALID, f"file：{zh}", f"file: {en}", PENALTY("46(3)"), "file")


def _refuse_mislabelled(media: str, name: str, declared: str | None) -> None:
    """By its header or by its ending; a file that claims to be another is looked at by a person first."""
    by_name, _ = mimetypes.guess_type(name, strict=False)
    for said in (declared, by_name):
        plain = (said or ANY).partition(";")[0].strip().lower()
        if plain != ANY and plain not in ALLOWED[media]:
            raise no(
                f"标明为 {plain}，内容却是 {media}", f"labelled {plain}, but its content is {media}"
            )


def _refuse_bad_pdf(path: Path) -> None:
    try:
        reader = PdfReader(path)
        locked = reader.is_encrypted
        pages = 0 if locked else len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, OSError, RecursionError) as broken:
        raise no("PDF 损坏，无法打开", "the PDF is broken") from broken
    if locked:
        raise no("PDF 加密，无法核实内容", "the PDF is encrypted and cannot be verified")
    if not pages:
        raise no("PDF 没有页面", "the PDF has no pages")


def plain_name(name: str) -> str:
    """The words of a file name, without folders and what does not print; it never names a file of ours."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(
        sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " "
    )
    return shown.strip(". ")[:120] or "未命名"
