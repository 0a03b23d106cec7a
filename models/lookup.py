"""The look-up code (查询码): twelve letters and digits that nobody can guess, for whoever reported without an account."""

from random import Random, SystemRandom
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none that are taken for one another
_READ_AS = str.maketrans("ILO", "110", "- ")

LookupCode = Annotated[
    str,
    BeforeValidator(lambda said: plain(said) if isinstance(said, str) else said),
    StringConstraints(pattern=rf"^[{_LETTERS}]{{12}}$"),
]


def new_code(chance: Random | None = None) -> str:
    """Sixty bits of chance; within a procedure, of its own, so that replay draws the same."""
    drawn = chance or SystemRandom()
    return "".join(drawn.choice(_LETTERS) for _ in range(12))


def shown(code: str) -> str:
    """In groups of four."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def plain(said: str) -> str:
    """As somebody typed or heard it: any case, with dashes or blanks, I and L for 1, O for 0."""
    return said.upper().translate(_READ_AS)
