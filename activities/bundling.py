"""Bundles (案卷包): the whole file as one, made in the background and kept; the same version and scope is made once."""

import asyncio
import hashlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.courier import NotTaken, Parcel
from activities.printing import Printing
from forms.archive import Paper, bound, contents
from forms.fonts import Fonts
from forms.press import Order
from forms.seal import CannotSeal, Sealer
from models.act import ACTS
from models.bundle import (
    CHAIN,
    DOCUMENTS,
    MANIFEST,
    SIGNATURE,
    TIMELINE,
    WHOLE,
    Bundle,
    BundledDocument,
    Listed,
    Manifest,
)
from models.capture import of_another, withheld
from models.catalogue import Catalogue
from models.database import Document, Matter, TimelineEntry
from models.document import DocumentKind
from models.evidence_files import EvidenceFile
from models.settings import Settings
from models.store import Store, digest_of
from models.suspension import civil_day
from models.timeline import Entry, canonical

MAKE = "bundle"
_FIXED = (1980, 1, 1, 0, 0, 0)  # the same bundle has the same bytes but for its signatures
_SUFFIX = {"image/jpeg": "jpg", "video/quicktime": "mov", "audio/mpeg": "mp3", "audio/x-wav": "wav"}
STANDS = {"valid": "", "void": "已作废", "replaced": "已更换"}


class Bundling:
    """Carries orders to bundle. It waits until every document is printed."""

    def __init__(
        self, engine: AsyncEngine, catalogue: Catalogue, chosen: Settings, printing: Printing
    ) -> None:
        self.engine, self.catalogue, self.chosen, self.printing = (
            engine,
            catalogue,
            chosen,
            printing,
        )
        self.store, self.sealer, self.fonts = Store.of(chosen), Sealer.of(chosen), Fonts.of(chosen)

    async def carry(self, parcel: Parcel) -> None:
        """Raises `NotTaken` where something is not there yet."""
        known = parcel.payload["bundle"]
        row = await self._one(sa.select(Bundle.__table__).where(Bundle.id == known))
        if row.state == "ready":
            return
        if self.sealer is None:
            raise NotTaken("no seal is set: a bundle proves nothing without one")
        matter = await self._one(sa.select(Matter.__table__).where(Matter.id == row.matter))
        try:
            with tempfile.TemporaryDirectory(dir=self._folder()) as place:
                await _Making(self, row, matter, Path(place), self.sealer).made()
        except CannotSeal as lacking:
            raise NotTaken(str(lacking)) from lacking

    def _folder(self) -> Path:
        folder = self.chosen.var_dir / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    async def _one(self, query: sa.Select[Any]) -> sa.Row[Any]:
        async with self.engine.connect() as connection:
            row: sa.Row[Any] = (await connection.execute(query)).one()
        return row

    async def rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(query))


class _Making:
    """One bundle while it is made."""

    def __init__(
        self, house: Bundling, row: sa.Row[Any], matter: sa.Row[Any], place: Path, sealer: Sealer
    ) -> None:
        self.house, self.row, self.matter, self.sealer = house, row, matter, sealer
        self.zip = place / "bundle.zip"
        self.party = row.scope == "party"
        self.listed: list[Listed] = []

    async def made(self) -> None:
        documents = await self._documents()
        evidence = [] if self.party else await self._evidence()
        entries = await self._entries()
        await self._note(state="making", total=len(documents) + len(evidence) + 1)
        with ZipFile(self.zip, "w", ZIP_DEFLATED) as bundle:
            papers, listed = await self._put_documents(bundle, documents)
            for file in evidence:
                await self._put_evidence(bundle, file)
            whole = await self._whole(papers, evidence)
            self._put(bundle, WHOLE, whole)
            self._put(bundle, DOCUMENTS, canonical([d.model_dump(mode="json") for d in listed]))
            self._put(bundle, TIMELINE, canonical(entries))
            await self._sign(bundle, entries)
        digest = await asyncio.to_thread(_reckoned, self.zip)
        await self.house.store.put_file(self.zip, digest)
        total = len(documents) + len(evidence) + 1
        await self._note(state="ready", done=total, digest=digest, made_at=datetime.now(UTC))

    # ---- what goes in

    async def _documents(self) -> list[tuple[DocumentKind, sa.Row[Any]]]:
        """In filing order. Raises `NotTaken` while one is not printed."""
        query = sa.select(Document.__table__).where(Document.matter == self.row.matter)
        rows = await self.house.rows(query.where(Document.seq <= self.row.version))
        known = [(self.house.catalogue.document(row.kind), row) for row in rows]
        known = [(kind, row) for kind, row in known if not self.party or self._his(kind, row)]
        if any(row.pdf_digest is None for _, row in known):
            raise NotTaken("documents are still being printed")
        return sorted(known, key=lambda item: (item[0].filing, item[1].seq, item[1].kind))

    def _his(self, kind: DocumentKind, row: sa.Row[Any]) -> bool:
        return kind.for_the_party and not of_another(self.matter.state, row.seq)

    async def _evidence(self) -> list[sa.Row[Any]]:
        cited = [item["digest"] for item in self.matter.state["evidence"] if item.get("digest")]
        return await self.house.rows(
            sa.select(EvidenceFile.__table__)
            .where(EvidenceFile.digest.in_(cited))
            .order_by(EvidenceFile.digest)
        )

    async def _entries(self) -> list[dict[str, Any]]:
        """As the timeline keeps them; of papers the party may not read, only the links."""
        query = sa.select(TimelineEntry.__table__).where(
            TimelineEntry.matter == self.row.matter, TimelineEntry.seq <= self.row.version
        )
        rows = await self.house.rows(query.order_by(TimelineEntry.seq))
        entries = [Entry.model_validate(row._asdict()).model_dump(mode="json") for row in rows]
        return [self._shown(entry) for entry in entries]

    def _shown(self, entry: dict[str, Any]) -> dict[str, Any]:
        if self.party and of_another(self.matter.state, entry["seq"]):
            return withheld(entry)
        act = ACTS.get(entry["name"])
        hidden = self.party and act is not None and act.internal
        return entry | {"data": {}, "withheld": True} if hidden else entry

    async def _put_documents(
        self, bundle: ZipFile, documents: list[tuple[DocumentKind, sa.Row[Any]]]
    ) -> tuple[list[Paper], list[BundledDocument]]:
        papers, listed = [], []
        for n, (kind, row) in enumerate(documents, start=1):
            data = await self.house.store.get(row.pdf_digest)
            name = f"documents/{n:03}-{kind.id}-{row.copy}.pdf"
            self._put(bundle, name, data, stored=True)
            day = civil_day(row.issued_at)
            papers.append(Paper(row.term, row.number, day, data, STANDS[row.status]))
            listed.append(
                BundledDocument(
                    id=row.id,
                    kind=row.kind,
                    term=row.term,
                    number=row.number,
                    issued_at=row.issued_at,
                    status=row.status,
                    reason=row.reason,
                    replaced_by=row.replaced_by,
                    file=name,
                    sha256=row.pdf_digest.removeprefix("sha256:"),
                    sealed=row.sealed,
                )
            )
            await self._note(done=n)
        return papers, listed

    async def _put_evidence(self, bundle: ZipFile, file: sa.Row[Any]) -> None:
        """The original, streamed: it may be large."""
        plain = file.digest.removeprefix("sha256:")
        suffix = _SUFFIX.get(file.media_type) or file.media_type.rpartition("/")[2]
        info = _info(f"evidence/{plain}.{suffix}", ZIP_STORED)
        with bundle.open(info, "w", force_zip64=True) as into:
            async for piece in self.house.store.stream(file.digest):
                into.write(piece)
        self.listed.append(Listed(name=info.filename, size=file.size, sha256=plain))

    async def _whole(self, papers: list[Paper], evidence: list[sa.Row[Any]]) -> bytes:
        papers = [*papers, *await self._evidence_sheet(evidence)]
        rows = contents(papers)
        pages = sum(paper.pages for paper in papers)
        number = self.matter.number or self.matter.id
        front = [
            await self._page("file_cover", "卷宗封面", self._cover(pages)),
            await self._page("file_contents", "卷内目录", {"case_no": number, "rows": rows}),
        ]
        title = f"{number} {self.matter.title}"
        whole = await asyncio.to_thread(bound, front, papers, title, self.house.fonts)
        return await asyncio.to_thread(self.sealer.seal, whole, number=self.matter.number)

    def _cover(self, pages: int) -> dict[str, Any]:
        state = self.matter.state
        closed = self.matter.closed_at
        return {
            "case_no": self.matter.number or self.matter.id,
            "cause": self.matter.title,
            "party": state["party"]["name"],
            "officers": [officer["name"] for officer in state["officers"]],
            "filed_at": civil_day(self.matter.opened_at).isoformat(),
            "closed_at": civil_day(closed).isoformat() if closed else None,
            "archive_no": None,
            "retention": "由档案管理部门确定",
            "pages": str(pages),
        }

    async def _evidence_sheet(self, evidence: list[sa.Row[Any]]) -> list[Paper]:
        """The evidence of the file, excluded pieces with the reason; the originals lie beside."""
        items = [] if self.party else self.matter.state["evidence"]
        if not items:
            return []
        sizes = {file.digest: file for file in evidence}
        rows = [
            {
                "name": item["name"],
                "digest": item.get("digest") or "无电子文件",
                "size": str(sizes[item["digest"]].size) if item.get("digest") in sizes else "",
                "note": f"已排除：{item['excluded']}" if item.get("excluded") else "",
            }
            for item in items
        ]
        data = await self._page("evidence_list", "证据目录", {"rows": rows})
        return [Paper("证据目录", None, civil_day(self.matter.updated_at), data)]

    async def _page(self, kind: str, title: str, content: dict[str, Any]) -> bytes:
        order = Order(
            kind=self.house.catalogue.document(kind),
            title=title,
            number=None,
            organ=self.house.catalogue.offices.organ.name,
            day=civil_day(self.matter.updated_at),
            content=content,
            check="",
        )
        printed = await self.house.printing.printed(order)
        if printed.pdf is None:
            raise NotTaken(printed.lacks or "no PDF")
        return printed.pdf

    # ---- how it is closed

    def _put(self, bundle: ZipFile, name: str, data: bytes, *, stored: bool = False) -> None:
        bundle.writestr(_info(name, ZIP_STORED if stored else ZIP_DEFLATED), data)
        sha256 = digest_of(data).removeprefix("sha256:")
        self.listed.append(Listed(name=name, size=len(data), sha256=sha256))

    async def _sign(self, bundle: ZipFile, entries: list[dict[str, Any]]) -> None:
        manifest = Manifest(
            organ=self.house.catalogue.offices.organ.name,
            matter=self.matter.id,
            number=self.matter.number,
            scope=self.row.scope,
            version=self.row.version,
            head=entries[-1]["hash"],
            made_at=datetime.now(UTC),
            files=sorted(self.listed, key=lambda file: file.name),
        )
        raw = canonical(json.loads(manifest.model_dump_json()))
        signature = await asyncio.to_thread(self.sealer.sign_detached, raw)
        bundle.writestr(_info(MANIFEST, ZIP_DEFLATED), raw)
        bundle.writestr(_info(SIGNATURE, ZIP_DEFLATED), signature)
        bundle.writestr(_info(CHAIN, ZIP_DEFLATED), self.sealer.certificates())

    async def _note(self, **said: Any) -> None:
        async with self.house.engine.begin() as connection:
            mine = sa.update(Bundle).where(Bundle.id == self.row.id)
            await connection.execute(mine.values(said))


def _info(name: str, compression: int) -> ZipInfo:
    info = ZipInfo(name, _FIXED)
    info.compress_type = compression
    info.external_attr = 0o644 << 16
    return info


def _reckoned(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
