"""Printing (制作): a document that was issued is rendered, sealed and stored; an errand that is done once, however often it is asked."""

import asyncio
import hashlib
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.courier import NotTaken, Parcel
from activities.documents import written
from forms.press import Order, Printed, open_press, print_one
from models.catalogue import Catalogue
from models.database import Document
from models.secrets import key_of, unseal
from models.settings import Settings
from models.store import Store
from models.suspension import civil_day


class Printing:
    """Carries orders to print. What is lacking (fonts, a token that was pulled) is tried again later; until then there is HTML."""

    def __init__(self, engine: AsyncEngine, catalogue: Catalogue, chosen: Settings) -> None:
        self.engine, self.catalogue, self.chosen = engine, catalogue, chosen
        self.key, self.store = key_of(chosen), Store.of(chosen)
        self._pool = self._opened()

    async def carry(self, parcel: Parcel) -> None:
        """Raises `NotTaken` where it could not be finished now."""
        row = await self._row(parcel.payload["document"])
        if row is None or row.pdf_digest or not self._says(row, parcel.payload["says"]):
            return  # made, or drawn up anew meanwhile: then another order makes it
        printed = await self.printed(self._order(row))
        await self._keep(row, printed)
        if printed.pdf is None:
            raise NotTaken(printed.lacks or "no PDF")

    def close(self) -> None:
        """Let the press finish what it prints."""
        self._pool.shutdown()

    async def _row(self, known: str) -> sa.Row[Any] | None:
        async with self.engine.connect() as connection:
            mine = sa.select(Document.__table__).where(Document.id == known)
            return (await connection.execute(mine)).first()

    def _says(self, row: sa.Row[Any], says: str) -> bool:
        return hashlib.sha256(unseal(row.content, self.key)).hexdigest() == says

    def _order(self, row: sa.Row[Any]) -> Order:
        kind = self.catalogue.document(row.kind)
        return Order(
            kind=kind,
            title=row.term,
            number=row.number,
            organ=self.catalogue.offices.organ.name,
            day=civil_day(row.issued_at),
            content=written(row.content, self.key),
            check=f"{self.chosen.public_address}/verify/{row.token}",
        )

    async def printed(self, order: Order) -> Printed:
        """One document from the press. Raises `NotTaken` where the press fell."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, print_one, order)
        except BrokenProcessPool as fallen:
            self._pool = self._opened()
            raise NotTaken("the press fell, and stands again") from fallen

    def _opened(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=open_press, initargs=(self.chosen,)
        )

    async def _keep(self, row: sa.Row[Any], printed: Printed) -> None:
        """First the bytes, then the row that names them; whoever comes second changes nothing."""
        kept: dict[str, Any] = {"html_digest": await self.store.put(printed.html)}
        if printed.pdf:
            kept |= {
                "pdf_digest": await self.store.put(printed.pdf),
                "pages": printed.pages,
                "sealed": printed.sealed,
                "made_at": sa.func.now(),
            }
        mine = Document.id == row.id, Document.content == row.content, Document.pdf_digest.is_(None)
        async with self.engine.begin() as connection:
            await connection.execute(sa.update(Document).where(*mine).values(kept))
