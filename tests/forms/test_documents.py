"""Every document of the list: whole by its row, complete by its acts, and printed as it should be.

After a change that was meant: ``python -m tests.forms.test_documents`` writes the snapshots anew; read what git shows.
"""

import re
import subprocess
import sys
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pypdf import PdfReader

import models.acts  # noqa: F401 -- registers every act
from forms import content as _content  # noqa: F401 -- registers every view
from forms.capitals import capitals
from forms.contact_sheet import sample, sheets
from forms.fonts import Fonts
from forms.printed import printed_fields
from forms.render import TEMPLATES, Paper, html, pdf
from forms.views import VIEWS
from models.act import ACTS
from models.catalogue import Catalogue
from models.document import DocumentKind
from models.settings import Settings
from tests.forms.seals import tool
from worker import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = Path(__file__).parent / "snapshots"
FONTS = Fonts.of(Settings())
KINDS = list(Catalogue.load(CATALOGUE).documents)
# The acts whose handing in makes the procedure issue a document; what no act causes is not here.
ISSUED_BY = {
    "docketing": ("decide_docketing",),
    "not_docketed": ("decide_docketing",),
    "jurisdiction": ("transfer_case",),
    "inspection": ("record_inspection",),
    "interview": ("record_interview",),
    "preservation_approval": ("approve_preservation",),
    "preservation": ("approve_preservation",),
    "preservation_disposal": ("dispose_preserved",),
    "correction": ("order_correction",),
    "reinspection": ("record_reinspection",),
    "recusal": ("decide_recusal",),
    "seizure_approval": ("approve_seizure",),
    "seizure": ("seize", "approve_seizure"),
    "seizure_list": ("seize", "approve_seizure"),
    "seizure_record": ("seize", "approve_seizure"),
    "seizure_extension": ("extend_seizure",),
    "testing_notice": ("start_testing",),
    "seizure_release": ("release_seizure",),
    "report": ("submit_investigation_report",),
    "legal_review": ("legal_review",),
    "discussion": ("collective_discussion",),
    "notice": ("approve_notice",),
    "hearing_offer": ("approve_notice",),
    "statement": ("state_and_defend",),
    "defence_review": ("review_defence",),
    "waiver": ("waive_rights",),
    "hearing_notice": ("schedule_hearing",),
    "hearing_announcement": ("schedule_hearing",),
    "hearing_record": ("record_hearing",),
    "hearing_report": ("record_hearing",),
    "decision": ("make_decision",),
    "no_penalty": ("make_decision",),
    "extension": ("extend_decision",),
    "service_announcement": ("record_service",),
    "deferral_application": ("decide_deferral",),
    "deferral": ("decide_deferral",),
    "demand": ("issue_demand",),
    "court_application": ("apply_court_enforcement",),
    "execution_notice": ("suspend_execution", "resume_execution", "end_execution"),
    "closing": ("close_case",),
}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load(CATALOGUE)


# ---- rows ---------------------------------------------------------------------------------------


def test_the_list_is_whole() -> None:
    """Eighty-four documents; three are two forms each, a licence has a receipt of its own; L27 and X41 are ours."""
    codes = {kind.code for kind in Catalogue.load(CATALOGUE).documents.values()}
    d = [*range(1, 6), *range(10, 24), *range(30, 37), *range(40, 52), *range(60, 65)]
    d += [70, 71, 72, *range(80, 93), 95, 96, 97]
    licences = [*range(1, 16), *range(20, 27)]
    expected = {f"D{n:02}" for n in d} | {f"L{n:02}" for n in licences}
    assert expected <= codes
    assert codes <= expected | {"L27", "X41"}


@pytest.mark.parametrize("kind_id", KINDS)
def test_every_field_comes_from_somewhere(catalogue: Catalogue, kind_id: str) -> None:
    kind = catalogue.document(kind_id)
    for field in kind.fields:
        root, _, path = (field.source or "data.given").partition(".")
        assert root != "view" or path in VIEWS, f"{kind_id}: no view {path}"
    assert (TEMPLATES / f"{kind_id}.html").is_file()


@pytest.mark.parametrize("kind_id", ISSUED_BY)
def test_what_the_law_asks_for_is_asked_of_whoever_hands_in_the_act(
    catalogue: Catalogue, kind_id: str
) -> None:
    """So that no act is accepted whose document could not be issued."""
    for act in (ACTS[name] for name in ISSUED_BY[kind_id]):
        for field in catalogue.document(kind_id).fields:
            root, _, path = (field.source or "").partition(".")
            if root == "act":
                assert path in act.model_fields, f"{act.name} has no {path} for {kind_id}"
                assert act.model_fields[path].is_required() or not field.required, (
                    f"{kind_id} needs {path}, which {act.name} may leave out"
                )


def test_what_somebody_fills_in_by_hand_is_given_and_nothing_else(catalogue: Catalogue) -> None:
    for kind in catalogue.documents.values():
        if kind.by_hand:
            assert kind.given, kind.id
            acts = [f.source for f in kind.fields if (f.source or "").startswith("act.")]
            assert not acts, kind.id


# ---- print --------------------------------------------------------------------------------------


def _text(page: str) -> str:
    """The words of a page, a line a block."""
    body = re.sub(r"<svg.*?</svg>", "", page.split("</head>")[1], flags=re.DOTALL)
    lines = (
        re.sub(r"\s+", " ", unescape(line)).strip()
        for line in re.sub(r"<[^>]+>", "\n", body).split("\n")
    )
    return "\n".join(line for line in lines if line) + "\n"


@cache
def _pages() -> dict[str, str]:
    return sheets(Catalogue.load(CATALOGUE), FONTS)


@pytest.mark.parametrize("kind_id", KINDS)
def test_the_words_are_those_agreed(kind_id: str) -> None:
    assert _text(_pages()[kind_id]) == (SNAPSHOTS / f"{kind_id}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind_id", KINDS)
def test_every_field_is_printed_and_nothing_leaks(catalogue: Catalogue, kind_id: str) -> None:
    kind = catalogue.document(kind_id)
    text = _squeezed(_text(_pages()[kind_id]))
    for words in _words(kind):
        assert _squeezed(words) in text, words
    assert not re.search(r"None|undefined|\{\{|<bound", text)


def _words(kind: DocumentKind) -> list[str]:
    """What the examples say, as printed."""
    fields = printed_fields(kind, {field.name: field.example for field in kind.fields})
    words: list[str] = []
    for value in fields.values():
        for part in [value] if isinstance(value, str) else value:
            words += [part] if isinstance(part, str) else part
    return [line for word in words for line in word.split("\n")]


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_the_pdf_holds_every_word_in_fonts_of_its_own(
    catalogue: Catalogue, tmp_path: Path, part: int
) -> None:
    for kind_id in KINDS[part::4]:
        path = tmp_path / f"{kind_id}.pdf"
        path.write_bytes(pdf(_pages()[kind_id], FONTS).data)
        assert _conformance(path) == b"3U", kind_id
        text = re.sub(r"—\d+—", "", _squeezed(_run("pdftotext", "-raw", path, "-")))
        for words in _words(catalogue.document(kind_id)):
            assert _squeezed(words) in text, f"{kind_id}: {words}"
        fonts = _run("pdffonts", path).splitlines()[2:]
        assert fonts
        assert all(" yes yes yes " in line for line in fonts), kind_id


def _conformance(path: Path) -> bytes:
    """PDF/A part and level, as the file says of itself (ISO 19005)."""
    root: Any = PdfReader(path).trailer["/Root"]
    said = root["/Metadata"].get_data()
    return b"".join(re.findall(rb"pdfaid:(?:part|conformance)=.(\w)", said))


def _run(name: str, *words: Any) -> str:
    return subprocess.run([tool(name), *words], capture_output=True, check=True).stdout.decode()


def _decision(catalogue: Catalogue, **changed: Any) -> str:
    paper = sample(catalogue.document("decision"), catalogue)
    return html(Paper(**{**paper.__dict__, "content": paper.content | changed}), FONTS)


@pytest.mark.slow
def test_rare_names_print_without_the_fonts_of_our_own(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    plain = Fonts.of(Settings(font_dir=tmp_path))
    for fonts in (plain, FONTS):
        page = _decision(catalogue, party_name="喆堃昇赟祎玥䶮", facts="占地 3㎡")
        (tmp_path / "rare.pdf").write_bytes(pdf(page, fonts).data)
        text = _squeezed(_run("pdftotext", "-raw", tmp_path / "rare.pdf", "-"))
        assert "喆堃昇赟祎玥䶮" in text
        assert "3㎡" in text or "3m2" in text


def test_what_people_write_is_words_and_never_markup(catalogue: Catalogue) -> None:
    page = _decision(catalogue, party_name="<script>alert(1)</script>")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.slow
def test_a_long_list_goes_on_with_its_heading(catalogue: Catalogue, tmp_path: Path) -> None:
    kind = catalogue.document("sampling")
    paper = sample(kind, catalogue)
    rows = [{"item": f"第{n}件", "qty": "1", "lot": "甲"} for n in range(1, 61)]
    page = html(Paper(**{**paper.__dict__, "content": paper.content | {"items": rows}}), FONTS)
    made = pdf(page, FONTS)
    (tmp_path / "long.pdf").write_bytes(made.data)
    text = _run("pdftotext", "-raw", tmp_path / "long.pdf", "-")
    assert made.pages > 2
    assert all(f"第{n}件" in text for n in range(1, 61))
    assert text.count("品名") == text.count("批号") > 1


# ---- amounts ------------------------------------------------------------------------------------

_DIGITS = {digit: n for n, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def _read_back(words: str) -> int:
    """An amount in capitals as fen, read another way than it was written: from the left, unit by unit."""
    total = section = digit = fen = 0
    for sign in words.removeprefix("人民币").removesuffix("整"):
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            section, digit = section + digit * _UNITS[sign], 0
        elif sign in "万亿":
            size = {"万": 10**4, "亿": 10**8}[sign]
            total, section, digit = total + (section + digit) * size, 0, 0
        elif sign == "元":
            total, section, digit = total + section + digit, 0, 0
        else:
            fen, digit = fen + digit * {"角": 10, "分": 1}[sign], 0
    return total * 100 + fen


@given(st.integers(0, 10**13))
def test_capitals_read_back_as_the_amount(fen: int) -> None:
    from decimal import Decimal

    assert _read_back(capitals(Decimal(fen) / 100)) == fen


if __name__ == "__main__":
    for kind_id_, page_ in _pages().items():
        (SNAPSHOTS / f"{kind_id_}.txt").write_text(_text(page_), encoding="utf-8")
    sys.stdout.write(f"{len(_pages())} snapshots\n")
