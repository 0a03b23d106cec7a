"""The documentation says what is so."""

import re
import runpy
from pathlib import Path

import pytest

from models.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_the_page_of_acts_is_as_the_acts_are() -> None:
    made = runpy.run_path(str(ROOT / "docs/make_procedures.py"))["page"]()
    assert (ROOT / "docs/procedures.md").read_text(encoding="utf-8") == made, (
        "acts changed: run python docs/make_procedures.py"
    )


def test_the_page_of_documents_is_as_the_catalogue_is() -> None:
    made = runpy.run_path(str(ROOT / "docs/make_documents.py"))["page"]()
    assert (ROOT / "docs/documents.md").read_text(encoding="utf-8") == made, (
        "documents changed: run python docs/make_documents.py"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_setting_is_documented() -> None:
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"ANJUAN_{name.upper()}" in operations, f"ANJUAN_{name.upper()} is not documented"
