"""The contact sheet (样张): every kind of document filled with the examples of its row, as it would be issued."""

from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path

from forms.fonts import Fonts
from forms.render import Paper, html, pdf
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
    return {kind.id: html(sample(kind, catalogue), fonts) for kind in in_order(catalogue)}


def in_order(catalogue: Catalogue) -> list[DocumentKind]:
    """The kinds as the list of documents counts them."""
    return sorted(catalogue.documents.values(), key=lambda kind: (kind.code, kind.id))


def laid_out(catalogue: Catalogue, fonts: Fonts, folder: Path) -> Iterator[str]:
    """Write every kind as HTML and PDF into a folder, and a page that leads to them; what was written, kind by kind.

    Raises `forms.render.CannotPrint`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for kind_id, page in sheets(catalogue, fonts).items():
        (folder / f"{kind_id}.html").write_text(page, encoding="utf-8")
        made = pdf(page, fonts)
        (folder / f"{kind_id}.pdf").write_bytes(made.data)
        yield f"{kind_id} · {made.pages}"
    (folder / "index.html").write_text(_index(catalogue), encoding="utf-8")


def _index(catalogue: Catalogue) -> str:
    rows = "".join(_row(kind) for kind in in_order(catalogue))
    head = "".join(f"<th>{word}</th>" for word in ("编号", "文书", "样张", "依据", "必载事项"))
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>文书样张 · Documents</title>'
        "<style>body{font:16px/1.6 sans-serif;margin:2rem}table{border-collapse:collapse}"
        "td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}</style>"
        f"<h1>文书样张 · Documents</h1><table><tr>{head}</tr>{rows}</table></html>"
    )


def _row(kind: DocumentKind) -> str:
    basis = "；".join(map(str, kind.basis)) + ("（实务名称）" if kind.practice else "")
    fields = "、".join(field.term for field in kind.fields if field.required)
    links = f'<a href="{kind.id}.html">HTML</a> <a href="{kind.id}.pdf">PDF</a>'
    cells = (kind.code, f"{escape(kind.name)}<br>{escape(kind.name_en)}", links, escape(basis))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in (*cells, escape(fields)))}</tr>"
