"""A condition of the catalogue (条件): one expression over the answers, compiled once in Jinja2's sandbox. Data, not code: it can neither
call nor reach anything but the answers and the few words below.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any

from jinja2 import TemplateSyntaxError, meta
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import AfterValidator

_SANDBOX = ImmutableSandboxedEnvironment()
_SANDBOX.globals.clear()


class ConditionError(ValueError):
    """An expression that cannot be evaluated on these answers."""


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Callable[..., Any]:
    return _SANDBOX.compile_expression(text, undefined_to_none=True)


def _readable(text: str) -> str:
    try:
        _compiled(text)
    except TemplateSyntaxError as wrong:
        raise ValueError(f"not an expression: {text} ({wrong.message})") from wrong
    return text


Condition = Annotated[str, AfterValidator(_readable)]
"""An expression as the catalogue writes it, e.g. ``purpose == 'works' and area > 20``."""


def names_in(text: str) -> frozenset[str]:
    """The answers an expression asks about."""
    return frozenset(meta.find_undeclared_variables(_SANDBOX.parse("{{ " + text + " }}")))


def value(text: str, answers: Mapping[str, Any]) -> Any:
    """What the expression is for these answers; an answer not given is none. Raises `ConditionError`."""
    try:
        return _compiled(text)(**answers)
    except (TemplateError, SecurityError, TypeError, ArithmeticError, AttributeError) as wrong:
        raise ConditionError(f"{text}: {wrong}") from wrong


def holds(text: str | None, answers: Mapping[str, Any]) -> bool:
    """Whether it holds; no condition always does, and comparing what was not answered does not."""
    if text is None:
        return True
    try:
        return bool(value(text, answers))
    except ConditionError:
        return False
