"""Words that people write into papers: bounded, trimmed, without control characters; every other character is kept as written."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

_NAME_MARKS = "·•・.'-() （）&,，、"


def _printable(text: str) -> str:
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        raise ValueError("不得含有控制字符 / no control characters")
    return text


def _name(text: str) -> str:
    """Names hold letters of any script (喆堃昇赟祎玥䶮 included), digits and a few marks, no emoji."""
    for character in text:
        if unicodedata.category(character)[0] not in "LMN" and character not in _NAME_MARKS:
            raise ValueError(
                f"名称含有不允许的字符 {character!r} / character not allowed in a name"
            )
    return text


def _text(maximum: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=maximum)


Text = Annotated[str, _text(5000), AfterValidator(_printable)]
Line = Annotated[str, _text(200), AfterValidator(_printable)]
Name = Annotated[str, _text(100), AfterValidator(_printable), AfterValidator(_name)]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


def ask(zh: str, en: str, **rest: Any) -> Any:
    """A field of a paper with its Chinese and English title."""
    return Field(title=zh, json_schema_extra={"title_en": en}, **rest)
