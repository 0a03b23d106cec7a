"""The contact sheet (样张): every kind of document filled with the examples of its row, as it would be issued."""

from datetime import date

from forms.fonts import Fonts
from forms.render import Paper, html
from forms.stamp import qr_svg, stamp_svg
from models.catalogue import Catalogue
from models.document import DocumentKind

DAY = date(2026, 11, 24)
SERIAL = 217


def sample(kind: DocumentKind, catalogue: Catalogue) -> Paper:
    """One document with the examples of its fields."""
    organ, word = catalogue.offices.organ.name, kind.word
    return Paper(
        kind=kind,
        title=kind.name,
        number=catalogue.offices.number(word, DAY.year, SERIAL) if word else None,
        organ=organ,
        day=DAY,
        content={field.name: field.example for field in kind.fields},
        stamp=stamp_svg(organ, "样张") if kind.seal else "",
        qr=qr_svg("https://anjuan.example/verify/SAMPLE") if kind.external else "",
    )


def sheets(catalogue: Catalogue, fonts: Fonts) -> dict[str, str]:
    """HTML by kind, in the order of the documents' numbers."""
    kinds = sorted(catalogue.documents.values(), key=lambda kind: kind.code)
    return {kind.id: html(sample(kind, catalogue), fonts) for kind in kinds}
