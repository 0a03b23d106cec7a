"""A refusal cites the law: every "no" has a stable code, a reason in two languages and the article that stands in the way.

Refused
├── invalid                the paper itself is wrong (field named)              422
├── not_your_role          another role, or nobody, may do this                 403
├── conflict_of_interest   the right role, but the wrong person                 403
├── not_open               this act is not due now                              409
├── gate_not_met           the law asks for something else first                409
├── period_over            the time for it has run out                          409
├── event_differs          another event came under this name                   409
└── stale                  the matter has moved on since it was looked at       412
"""

from enum import StrEnum

from pydantic import BaseModel

from models.basis import Basis


class Code(StrEnum):
    """Why a paper is refused."""

    INVALID = "invalid"
    NOT_YOUR_ROLE = "not_your_role"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    NOT_OPEN = "not_open"
    GATE_NOT_MET = "gate_not_met"
    PERIOD_OVER = "period_over"
    EVENT_DIFFERS = "event_differs"
    STALE = "stale"


class Refusal(BaseModel):
    """What the person is told: the rule in Chinese and English, the field if one is at fault, the articles."""

    code: Code
    zh: str
    en: str
    basis: tuple[Basis, ...] = ()
    field: str | None = None


class Refused(Exception):  # noqa: N818 -- it is an answer, not an error
    """Raised where a rule says no; carries the `Refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.zh)
        self.refusal = refusal


def refuse(
    code: Code, zh: str, en: str, basis: tuple[Basis, ...] = (), field: str | None = None
) -> Refused:
    """A refusal, to be raised."""
    return Refused(Refusal(code=code, zh=zh, en=en, basis=basis, field=field))


def gate(zh: str, en: str, basis: tuple[Basis, ...], field: str | None = None) -> Refused:
    """The law asks for something else first."""
    return refuse(Code.GATE_NOT_MET, zh, en, basis, field)
