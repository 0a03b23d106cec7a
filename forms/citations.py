"""Articles as documents cite them: 第16条第1款、第3款 for ``16(1),(3)``; 第32条第1款第4项 for ``32(1)(4)``.

In the catalogue the first bracket is the paragraph (款), the second the item (项). ``48(9) (44(10))`` names the penalty's article and, in
brackets behind it, that of the duty.
"""

import re

_DUTY = re.compile(r"(.+?) \((.+)\)")
_ONE = re.compile(r"(\d*)((?:\(\d+\))*)")
_MARKS = ("款", "项")


def penalty_part(article: str) -> str:
    """The article the penalty rests on."""
    found = _DUTY.fullmatch(article)
    return found[1] if found else article


def duty_part(article: str) -> str | None:
    """The article of the duty, where the notation names it."""
    found = _DUTY.fullmatch(article)
    return found[2] if found else None


def cite(articles: str) -> str:
    """The articles in words; what is written otherwise stays as it is."""
    parts = [part.strip() for part in articles.split(",")]
    said = [_range(part) for part in parts]
    return "、".join(word or part for word, part in zip(said, parts, strict=True))


def _range(part: str) -> str | None:
    first, dash, last = part.partition("-")
    begin, end = _one(first), _one(last) if dash else None
    if begin is None or (dash and end is None):
        return None
    return f"{begin}至{end}" if end else begin


def _one(part: str) -> str | None:
    found = _ONE.fullmatch(part)
    if not part or found is None:
        return None
    marks = re.findall(r"\d+", found[2])
    if len(marks) > len(_MARKS):
        return None
    words = "".join(f"第{n}{mark}" for n, mark in zip(marks, _MARKS, strict=False))
    return (f"第{found[1]}条" if found[1] else "") + words
