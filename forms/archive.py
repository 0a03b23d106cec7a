"""The file as one PDF (案卷): cover, contents, papers in their order with one run of page numbers, and a bookmark for each."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter

from forms.fonts import Fonts
from forms.render import pdf


@dataclass(frozen=True)
class Paper:
    """One paper of the file: its bytes, and how the contents list it."""

    name: str
    number: str | None
    day: date
    data: bytes
    note: str = ""

    @property
    def pages(self) -> int:
        return len(PdfReader(BytesIO(self.data)).pages)


def contents(papers: list[Paper]) -> list[dict[str, str]]:
    """The rows of the contents (卷内目录), with the pages each paper has in the file."""
    rows, page = [], 1
    for paper in papers:
        last = page + paper.pages - 1
        name = f"{paper.name}（{paper.note}）" if paper.note else paper.name
        rows.append(
            {
                "name": name,
                "number": paper.number or "",
                "date": paper.day.isoformat(),
                "pages": str(page) if last == page else f"{page}-{last}",
            }
        )
        page = last + 1
    return rows


def bound(front: list[bytes], papers: list[Paper], title: str, fonts: Fonts) -> bytes:
    """One PDF; what stands before the papers bears no number of the file."""
    writer = PdfWriter()
    writer.add_metadata({"/Title": title})
    for data in front:
        for page in PdfReader(BytesIO(data)).pages:
            writer.add_page(_plain(page))
    numbers = PdfReader(BytesIO(pdf(_numbers(sum(p.pages for p in papers)), fonts).data)).pages
    at = 0
    for paper in papers:
        first = len(writer.pages)
        for page in PdfReader(BytesIO(paper.data)).pages:
            writer.add_page(_plain(page)).merge_page(numbers[at])
            at += 1
        writer.add_outline_item(title=f"{paper.name}{paper.number or ''}", page_number=first)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _plain(page: PageObject) -> PageObject:
    """A copy bears no seal: that is on the original, which lies beside it."""
    any_page: Any = page
    any_page.pop("/Annots", None)
    return page


def _numbers(count: int) -> str:
    pages = "".join(f"<p>{n}</p>" for n in range(1, count + 1))
    style = "@page{size:A4;margin:12mm}p{margin:0;text-align:right;font:12pt sans-serif;break-after:page}"
    return f"<!doctype html><title>页码</title><style>{style}</style>{pages}"
