"""Write docs/documents.md from the catalogue itself: python docs/make_documents.py"""

from pathlib import Path

from forms.contact_sheet import in_order
from models.catalogue import Catalogue
from models.document import DocumentKind

PAGE = Path(__file__).with_name("documents.md")
CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"
HEAD = """# 文书 · The documents

Generated from `catalogue/documents/` by `python docs/make_documents.py`; a test fails when it is out of date. `anjuan papers` shows each
as it is printed. 实务 marks a document that practice knows and no law names; 手工 one that is issued by hand (`issue_document`).

| 编号 | kind | 文书 | 文号 | 用印 | 交当事人 | 依据 | 必载事项 |
|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    catalogue = Catalogue.load(CATALOGUE)
    words = {word.id: word.word for word in catalogue.offices.number_words}
    return HEAD + "".join(_row(kind, words) for kind in in_order(catalogue))


def _row(kind: DocumentKind, words: dict[str, str]) -> str:
    marks = "".join(
        mark for mark, is_so in (("（实务）", kind.practice), ("（手工）", kind.by_hand)) if is_so
    )
    cells = (
        kind.code,
        f"`{kind.id}`",
        f"{kind.name}{marks}<br>{kind.name_en}",
        words[kind.word] if kind.word else "",
        "是" if kind.seal else "",
        "是" if kind.external else "",
        "；".join(map(str, kind.basis)),
        "、".join(field.term for field in kind.fields if field.required),
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
