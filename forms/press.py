"""The press: one document from what it says to HTML and sealed PDF/A. It works in a process of its own, so that nobody who hands in a paper
waits for a page to be set.
"""

import os
import threading
from dataclasses import dataclass
from datetime import date
from multiprocessing import parent_process
from typing import Any

from forms.fonts import Fonts
from forms.render import CannotPrint, Paper, html, pdf
from forms.seal import CannotSeal, Sealer
from forms.stamp import qr_svg
from models.document import DocumentKind
from models.settings import Settings


@dataclass(frozen=True)
class Order:
    """What to print. ``check``: where its QR code leads."""

    kind: DocumentKind
    title: str
    number: str | None
    organ: str
    day: date
    content: dict[str, Any]
    check: str


@dataclass(frozen=True)
class Printed:
    """What came out. ``lacks``: why there is no PDF, or no seal on it yet."""

    html: bytes
    pdf: bytes | None = None
    pages: int | None = None
    sealed: bool = False
    lacks: str | None = None


class Press:
    """Fonts and the organ's seal, made ready once."""

    def __init__(self, chosen: Settings) -> None:
        self.fonts, self.sealer = Fonts.of(chosen), Sealer.of(chosen)

    def print(self, order: Order) -> Printed:
        """The document; without what PDF or seal need, as far as it goes, and what is lacking. All that leaves the house is sealed
        against change; the round stamp is drawn only where the law asks for the organ's seal.
        """
        sealer = self.sealer if order.kind.seal or order.kind.external else None
        page = html(self._paper(order, sealer), self.fonts)
        try:
            plain = pdf(page, self.fonts)
            sealed = sealer.seal(plain.data, number=order.number) if sealer else plain.data
        except (CannotPrint, CannotSeal) as lacking:
            return Printed(page.encode(), lacks=str(lacking))
        return Printed(page.encode(), sealed, plain.pages, sealed=sealer is not None)

    def _paper(self, order: Order, sealer: Sealer | None) -> Paper:
        return Paper(
            kind=order.kind,
            title=order.title,
            number=order.number,
            organ=order.organ,
            day=order.day,
            content=order.content,
            stamp=sealer.stamp() if sealer and order.kind.seal else "",
            qr=qr_svg(order.check) if order.kind.external else "",
        )


_press: Press | None = None


def open_press(chosen: Settings) -> None:
    """In the process that prints: make ready, and end with the process that asked for it."""
    global _press  # noqa: PLW0603 -- one press a process, made when it starts
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _press = Press(chosen)


def _end_with_parent() -> None:
    """A parent that was killed closes nothing; the press would wait for orders for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def print_one(order: Order) -> Printed:
    """In the process that prints."""
    if _press is None:
        raise RuntimeError("the press is not open")
    return _press.print(order)
