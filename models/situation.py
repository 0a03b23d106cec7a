"""The situation (情形) that answers put an applicant in: exactly which materials, steps, period and fee (行政许可法 30; 最多跑一次 4,
7).
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from models.basis import LICENSING, VISIT_ONCE, Basis
from models.condition import ConditionError, holds, value
from models.item import Item, Material, Question, QuestionKind, Step
from models.money import Yuan
from models.refusal import Code, Refused, refuse
from models.timeline import canonical
from models.when import FIRST, LAST

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Needed(BaseModel):
    """One material of this situation."""

    id: str
    name: str
    name_en: str
    form: str
    basis: tuple[Basis, ...]
    source: str | None = None
    tolerated: bool = False
    reuse_months: int | None = None


class Asked(BaseModel):
    """One department that is asked, within so many working days."""

    id: str
    name: str
    days: int
    binding: bool = True


class StepNeeded(BaseModel):
    """One step of this situation."""

    kind: str
    basis: tuple[Basis, ...]
    departments: tuple[Asked, ...] = ()
    serial: bool = False


class Situation(BaseModel):
    """What these answers lead to. ``key`` tells this matter of the applicant from his others; days are working days."""

    key: str
    answers: dict[str, Any]
    materials: tuple[Needed, ...]
    steps: tuple[StepNeeded, ...]
    statutory: str
    statutory_days: int | None
    period_basis: tuple[Basis, ...]
    promised_days: int
    fee: Yuan | None
    fee_basis: tuple[Basis, ...] = ()
    at_once: bool
    pledge: tuple[str, ...] = ()

    def material(self, known: str) -> Needed | None:
        """The material of that id, if it is needed here."""
        return next((material for material in self.materials if material.id == known), None)


def asked_next(item: Item, answers: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions of this situation so far: those whose condition holds for the answers given."""
    return tuple(q for q in item.questions if holds(q.when, answers))


def situation(
    item: Item, answers: Mapping[str, Any], applicant: str, *, renewal: bool = False
) -> Situation:
    """The situation of these answers. Raises `Refused` naming the first answer at fault."""
    _applicant_fits(item, applicant)
    given = {"applicant": applicant, "renewal": renewal}
    for question in item.questions:
        if holds(question.when, given):
            given |= _answer(question, answers)
    _refuse_unasked(item, answers, given)
    return _of(item, given)


def _of(item: Item, given: dict[str, Any]) -> Situation:
    """Materials, steps, period and fee of complete answers."""
    promise = next(p for p in item.periods.promised if holds(p.when, given))
    pledge = item.pledge
    return Situation(
        key=_key(item, given),
        answers=given,
        materials=tuple(_needed(m) for m in item.materials if holds(m.when, given)),
        steps=tuple(_step(s) for s in item.steps if holds(s.when, given)),
        statutory=item.periods.statutory,
        statutory_days=item.periods.days,
        period_basis=item.periods.basis,
        promised_days=promise.days,
        fee=_fee(item, given),
        fee_basis=item.fee.basis if item.fee else (),
        at_once=item.at_once is not None and holds(item.at_once, given),
        pledge=pledge.conditions if pledge and holds(pledge.when, given) else (),
    )


def _needed(material: Material) -> Needed:
    return Needed(
        id=material.id,
        name=material.name,
        name_en=material.name_en,
        form=material.form,
        basis=material.basis,
        source=material.register_,
        tolerated=material.tolerated,
        reuse_months=material.reuse_months,
    )


def _step(step: Step) -> StepNeeded:
    asked = tuple(
        Asked(id=d.id, name=d.name, days=d.days, binding=d.binding) for d in step.departments
    )
    return StepNeeded(
        kind=step.kind, basis=step.basis, departments=asked, serial=step.order == "serial"
    )


def _fee(item: Item, given: Mapping[str, Any]) -> Decimal | None:
    """Only what is known to be lawful is asked for (58)."""
    if item.fee is None or not item.fee.verified or not holds(item.fee.when, given):
        return None
    try:
        return Decimal(str(value(item.fee.amount, given))).quantize(Decimal("0.01"))
    except (ConditionError, ArithmeticError):
        return None


def _key(item: Item, given: Mapping[str, Any]) -> str:
    """Choices, and the answers that the item says tell one matter from another."""
    telling = {
        question.id: given.get(question.id)
        for question in item.questions
        if question.same or question.kind in (QuestionKind.CHOICE, QuestionKind.YES_NO)
    }
    return hashlib.sha256(canonical([item.code, telling])).hexdigest()


def _applicant_fits(item: Item, applicant: str) -> None:
    if applicant not in item.applicants:
        raise refuse(
            Code.INVALID,
            f"applicant.kind：{item.name}不向此类申请人办理",
            f"applicant.kind: {item.name_en} is not for this kind of applicant",
            item.basis,
            "applicant.kind",
        )


def _answer(question: Question, answers: Mapping[str, Any]) -> dict[str, Any]:
    said = answers.get(question.id)
    if said is None:
        if question.required:
            raise _wrong(question.id, f"请回答：{question.text}", f"answer: {question.text_en}")
        return {}
    _PROPER[question.kind](question, said)
    return {question.id: said}


def _choice(question: Question, said: Any) -> None:
    options = [option.id for option in question.options]
    if said not in options:
        one_of = "、".join(options)
        raise _wrong(question.id, f"须为 {one_of} 之一", f"one of {', '.join(options)}")


def _yes_no(question: Question, said: Any) -> None:
    if not isinstance(said, bool):
        raise _wrong(question.id, "须为 true 或 false", "must be true or false")


def _number(question: Question, said: Any) -> None:
    low, high = question.low or 0, question.high or 0
    if isinstance(said, bool) or not isinstance(said, int) or not low <= said <= high:
        unit = question.unit or ""
        raise _wrong(
            question.id,
            f"须为 {low} 至 {high}{unit} 的整数",
            f"a whole number from {low} to {high}",
        )


def _date(question: Question, said: Any) -> None:
    try:
        day = date.fromisoformat(said if _DAY.fullmatch(said) else "")
    except (TypeError, ValueError):
        raise _wrong(question.id, "须为日期，如 2026-01-31", "a date, as in 2026-01-31") from None
    if not FIRST <= day <= LAST:
        raise _wrong(question.id, f"须在 {FIRST} 至 {LAST} 之间", f"between {FIRST} and {LAST}")


def _text(question: Question, said: Any) -> None:
    if not isinstance(said, str) or not said.strip():
        raise _wrong(question.id, "须为文字", "must be text")


_PROPER = {
    QuestionKind.CHOICE: _choice,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _date,
    QuestionKind.TEXT: _text,
}


def _refuse_unasked(item: Item, answers: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Nothing beyond the item is asked, and nothing beyond it is taken (31)."""
    for known in answers:
        if known not in given or known in {"applicant", "renewal"}:
            raise _wrong(known, "本情形没有这个问题", "not asked in this situation")


def _wrong(question: str, zh: str, en: str) -> Refused:
    field = f"answers.{question}"
    basis = LICENSING(30, 31) + VISIT_ONCE(4)
    return refuse(Code.INVALID, f"{field}：{zh}", f"{field}: {en}", basis, field)
