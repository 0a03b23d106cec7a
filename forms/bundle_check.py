"""Checking a bundle without us: no server, no register; what the file itself holds, and the roots that whoever checks trusts.

Each step says what it found; nothing in a bundle is trusted before its digest, and no digest before the organ's signature.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from asn1crypto.cms import ContentInfo
from asn1crypto.x509 import Certificate
from pydantic import ValidationError
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

from forms.proof import check
from models.bundle import (
    CHAIN,
    DOCUMENTS,
    MANIFEST,
    SIGNATURE,
    TIMELINE,
    WHOLE,
    BundledDocument,
    Manifest,
)
from models.timeline import GENESIS, Entry, digest

LARGEST = 8 << 30  # bytes that a bundle may unpack to
_PIECE = 1 << 20


class Step(NamedTuple):
    """One thing that was looked at."""

    good: bool
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{'✓' if self.good else '✗'} {self.zh} · {self.en}"


class _Stop(Exception):  # noqa: N818 -- says it as it is
    """Nothing further can be said."""


def checked(path: Path, roots: list[Certificate]) -> Iterator[Step]:
    """The steps, one after the other; ends early where nothing further can be said. Never raises for what is in the file."""
    try:
        with ZipFile(path) as bundle:
            yield from _steps(bundle, roots)
    except _Stop:
        return
    except (BadZipFile, OSError, ValueError, KeyError, EOFError, NotImplementedError) as wrong:
        yield Step(False, "案卷包损坏或者不完整", f"damaged or not whole: {type(wrong).__name__}")


def _steps(bundle: ZipFile, roots: list[Certificate]) -> Iterator[Step]:
    names = bundle.namelist()
    yield _or_stop(_shape(bundle, names))
    raw = bundle.read(MANIFEST)
    yield _signed(raw, bundle.read(SIGNATURE), roots)
    try:
        manifest = Manifest.model_validate_json(raw)
        documents = [BundledDocument.model_validate(d) for d in json.loads(bundle.read(DOCUMENTS))]
        entries = json.loads(bundle.read(TIMELINE))
    except ValidationError:
        yield Step(False, "清单内容不符合格式", "the lists are malformed")
        return
    yield _complete(manifest, names)
    yield from _digests(bundle, manifest)
    yield _chained(manifest, entries)
    yield _documents_fit(documents, entries, names)
    yield from _seals(bundle, documents, roots)


def _or_stop(step: Step) -> Step:
    if not step.good:
        raise _Stop
    return step


def _shape(bundle: ZipFile, names: list[str]) -> Step:
    """No path leads out, nothing stands twice, nothing unpacks without end."""
    plain = all(
        ".." not in name.split("/") and not name.startswith("/") and "\\" not in name
        for name in names
    )
    once = len(names) == len(set(names))
    bounded = sum(info.file_size for info in bundle.infolist()) <= LARGEST
    there = {MANIFEST, SIGNATURE, TIMELINE, DOCUMENTS, WHOLE} <= set(names)
    if not (plain and once and bounded and there):
        raise ValueError("shape")
    return Step(True, "结构完整", "its structure is whole")


def _signed(manifest: bytes, signature: bytes, roots: list[Certificate]) -> Step:
    """The organ signed the list of digests."""
    try:
        signed = ContentInfo.load(signature, strict=True)["content"]
        status = asyncio.run(
            async_validate_detached_cms(
                manifest, signed, ValidationContext(trust_roots=roots, allow_fetching=False)
            )
        )
    except Exception:  # noqa: BLE001 -- a damaged signature fails in many ways
        return Step(False, "清单签名无法核验", "the signature of the manifest cannot be verified")
    if not (status.intact and status.valid):
        return Step(False, "清单与签名不符", "the manifest was changed since it was signed")
    who = status.signing_cert.subject.native.get("common_name")
    if not status.trusted:
        return Step(
            False, f"签名证书不受信任：{who}", "signed under a certificate that is not trusted"
        )
    return Step(True, f"清单由{who}签名", "the manifest is signed under a trusted certificate")


def _complete(manifest: Manifest, names: list[str]) -> Step:
    listed = {file.name for file in manifest.files}
    more = set(names) - listed - {MANIFEST, SIGNATURE, CHAIN}
    if listed - set(names) or more:
        odd = "、".join(sorted((listed - set(names)) | more))[:200]
        return Step(False, f"文件缺少或者多出：{odd}", "files are missing or added")
    return Step(True, f"文件齐全，共 {len(listed)} 个", "all files are there, and no other")


def _digests(bundle: ZipFile, manifest: Manifest) -> Iterator[Step]:
    wrong = [
        file.name for file in manifest.files if not _same(bundle, file.name, file.size, file.sha256)
    ]
    for name in wrong:
        yield Step(False, f"{name} 与清单摘要不符", f"{name} does not have its digest")
    if not wrong:
        yield Step(True, "每个文件与清单摘要一致", "every file has its digest")


def _same(bundle: ZipFile, name: str, size: int, sha256: str) -> bool:
    reckoned, seen = hashlib.sha256(), 0
    try:
        with bundle.open(name) as file:
            while piece := file.read(_PIECE):
                reckoned.update(piece)
                seen += len(piece)
    except (BadZipFile, KeyError, OSError, EOFError, ValueError):
        return False
    return (seen, reckoned.hexdigest()) == (size, sha256)


def _chained(manifest: Manifest, entries: list[dict[str, object]]) -> Step:
    """From the first entry to the head; of what the party may not read, only the links."""
    head = GENESIS
    for n, raw in enumerate(entries, start=1):
        withheld = raw.pop("withheld", False)
        try:
            entry = Entry.model_validate_json(json.dumps(raw))
        except ValidationError:
            return Step(False, f"时间线第 {n} 条格式不符", f"entry {n} is malformed")
        if entry.seq != n or entry.prev != head or not (withheld or entry.hash == digest(entry)):
            return Step(False, f"时间线在第 {n} 条断开", f"the timeline is broken at entry {n}")
        head = entry.hash
    if (len(entries), head) != (manifest.version, manifest.head):
        return Step(
            False, "时间线与清单的链头不符", "the timeline does not end at the manifest's head"
        )
    return Step(True, f"时间线完整，共 {len(entries)} 条", "the timeline is whole")


def _documents_fit(
    documents: list[BundledDocument], entries: list[dict[str, object]], names: list[str]
) -> Step:
    """Each document is there, and was issued by an entry of the timeline that says the same number."""
    numbers: dict[str, set[object]] = {}
    for entry in entries:
        data = entry.get("data")
        number = data.get("number") if isinstance(data, dict) else None
        numbers.setdefault(str(entry["name"]), set()).add(number)
    for document in documents:
        told = numbers.get(f"issue_{document.kind}", set())
        if document.file not in names or (document.number not in told and told != {None}):
            return Step(
                False, f"{document.term}与时间线不符", f"{document.kind} does not fit the timeline"
            )
    return Step(True, f"文书与时间线一致，共 {len(documents)} 份", "documents and timeline agree")


def _seals(
    bundle: ZipFile, documents: list[BundledDocument], roots: list[Certificate]
) -> Iterator[Step]:
    for document in documents:
        if document.sealed:
            proof = check(bundle.read(document.file), roots)
            why = "；".join(flaw.zh for flaw in proof.problems)
            if not proof.good:
                yield Step(False, f"{document.file} 印章未通过：{why}", "its seal does not hold")
    proof = check(bundle.read(WHOLE), roots)
    yield Step(
        proof.good,
        f"{WHOLE} 印章{'有效' if proof.good else '未通过'}",
        "the seal of the whole file",
    )
    sealed = sum(document.sealed for document in documents)
    yield Step(True, f"已核验 {sealed} 份盖章文书", "sealed documents were checked")
