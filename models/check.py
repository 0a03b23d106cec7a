"""An automatic check of an application, explained (自动核验): what was asked, what came of it, and why, in words an applicant
understands.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from models.basis import Basis

Result = Literal["passed", "warn", "ask", "unknown", "failed"]


class Check(BaseModel):
    """One check. ``ask``: the applicant must say which; ``unknown``: whoever knows is away; ``warn``: passed, with a word of caution."""

    name: str
    result: Result
    zh: str
    en: str
    basis: tuple[Basis, ...] = ()


def all_passed(checks: Sequence[Check]) -> bool:
    """Whether nothing is left for a person to judge."""
    return all(check.result in {"passed", "warn"} for check in checks)
