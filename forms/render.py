"""A document on paper: HTML from its template, PDF/A from the HTML. The same content gives the same HTML."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from forms.fonts import Fonts
from forms.printed import chinese_date, printed_fields
from models.document import DocumentKind

TEMPLATES = Path(__file__).parent / "templates"
PACKAGES = (
    *("libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig"),
    *("fonts-noto-cjk", "fonts-lxgw-wenkai"),
)
INSTALL = f"apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"


class CannotPrint(RuntimeError):  # noqa: N818 -- says it as it is
    """The system lacks what PDF needs; the message says what to install."""


@dataclass(frozen=True)
class Paper:
    """What is printed: the kind, its title as issued, number, organ, civil day of issue, fields, and the marks of seal and check."""

    kind: DocumentKind
    title: str
    number: str | None
    organ: str
    day: date
    content: dict[str, Any]
    stamp: str = ""
    qr: str = ""


def html(paper: Paper, fonts: Fonts) -> str:
    """The whole page. The style stands inside, so that it looks the same wherever it is opened."""
    return (
        _environment()
        .get_template(f"{paper.kind.id}.html")
        .render(
            kind=paper.kind,
            title=paper.title,
            number=paper.number,
            organ=paper.organ,
            date=chinese_date(paper.day),
            term={field.name: field.term for field in paper.kind.fields},
            columns={field.name: list(field.columns.values()) for field in paper.kind.fields},
            stamp=paper.stamp,
            qr=paper.qr,
            fonts=fonts,
            f=printed_fields(paper.kind, paper.content),
        )
    )


class Pdf(NamedTuple):
    """A PDF and how many pages it has."""

    data: bytes
    pages: int


def pdf(page: str, fonts: Fonts) -> Pdf:
    """PDF/A-3u with its fonts inside. Raises `CannotPrint`."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except OSError as missing:
        raise CannotPrint(f"缺少排版组件，请运行 · install first: {INSTALL}") from missing
    known = FontConfiguration()
    faces = CSS(string=fonts.faces, font_config=known)
    document = HTML(string=page).render(
        stylesheets=[faces], font_config=known, pdf_variant="pdf/a-3u"
    )
    return Pdf(bytes(document.write_pdf(pdf_variant="pdf/a-3u")), len(document.pages))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["parts"] = environment.get_template("parts.html").module
    return environment
