"""What an item may not be (清单体检): a question nobody is ever asked, a material outside the basis or never needed, a promise longer than
the law, a document that does not exist, an expression about an answer nobody gives.
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from models.catalogue_file import Location
from models.condition import holds, names_in
from models.item import Item, Question, QuestionKind
from models.period import Period, Unit

Findings = Iterator[tuple[str, Location]]
PAPERS = frozenset({"licence", "dog_licence", "filing_receipt", "proof"})
MOST = 20_000  # situations looked at
_SOME_DAY = date(2026, 1, 1)


def findings(
    item: Item, periods: Mapping[str, tuple[Period, ...]], documents: Mapping[str, Any]
) -> Findings:
    """Every broken rule, at its place inside the item."""
    yield from _unknown_answers(item)
    situations = list(_situations(item))
    yield from _never(item, situations)
    yield from _outside_the_basis(item)
    yield from _promised_too_long(item, periods)
    if item.document is not None and item.document not in documents:
        yield f"document {item.document} does not exist", ("document",)
    if item.document is not None and item.document not in PAPERS:
        yield f"document {item.document} is no kind of licence", ("document",)
    if item.pledge is not None and item.public_safety:
        yield (
            "no pledge where public safety, health or the environment is at stake (14)",
            ("pledge",),
        )


def _expressions(item: Item) -> Iterator[tuple[str, Location]]:
    parts: list[tuple[str, Any]] = [
        *((f"questions.{n}.when", q.when) for n, q in enumerate(item.questions)),
        *((f"materials.{n}.when", m.when) for n, m in enumerate(item.materials)),
        *((f"steps.{n}.when", s.when) for n, s in enumerate(item.steps)),
        *((f"periods.promised.{n}.when", p.when) for n, p in enumerate(item.periods.promised)),
        ("at_once", item.at_once),
        ("fee.amount", item.fee.amount if item.fee else None),
        ("fee.when", item.fee.when if item.fee else None),
        ("pledge.when", item.pledge.when if item.pledge else None),
    ]
    for path, text in parts:
        if text is not None:
            yield text, tuple(int(p) if p.isdigit() else p for p in path.split("."))


def _unknown_answers(item: Item) -> Findings:
    known = {question.id for question in item.questions} | {"applicant", "renewal"}
    for text, at in _expressions(item):
        for name in sorted(names_in(text) - known):
            yield f"nobody answers {name}", at
    if item.validity and item.validity.until and item.validity.until not in known:
        yield f"nobody answers {item.validity.until}", ("validity", "until")


def _situations(item: Item) -> Iterator[dict[str, Any]]:
    """Every way of answering, as far as conditions can tell one from another."""
    names = [question.id for question in item.questions]
    choices = [_answers(question, item) for question in item.questions]
    every = itertools.product(item.applicants, (False, True), *choices)
    for applicant, renewal, *given in itertools.islice(every, MOST):
        answers = dict(zip(names, given, strict=True))
        yield _asked_only(item, answers | {"applicant": applicant, "renewal": renewal})


def _asked_only(item: Item, answers: dict[str, Any]) -> dict[str, Any]:
    """Without the answers to questions that are not asked then, in their order."""
    kept = {key: answers[key] for key in ("applicant", "renewal")}
    for question in item.questions:
        if holds(question.when, kept):
            kept[question.id] = answers[question.id]
    return kept


def _answers(question: Question, item: Item) -> tuple[Any, ...]:
    match question.kind:
        case QuestionKind.CHOICE:
            return tuple(option.id for option in question.options)
        case QuestionKind.YES_NO:
            return (True, False)
        case QuestionKind.NUMBER:
            return _numbers(question, item)
        case QuestionKind.DATE:
            return (_SOME_DAY.isoformat(),)
        case QuestionKind.TEXT:
            return ("文字",)


def _numbers(question: Question, item: Item) -> tuple[int, ...]:
    """Its ends, and about every number that an expression names."""
    low, high = question.low or 0, question.high or 0
    named = {low, high}
    for text, _ in _expressions(item):
        if question.id in names_in(text):
            words = text.replace("(", " ").replace(")", " ").replace(",", " ").split()
            for number in (int(word) for word in words if word.isdigit()):
                named |= {number - 1, number, number + 1}
    return tuple(sorted(n for n in named if low <= n <= high))


def _never(item: Item, situations: list[dict[str, Any]]) -> Findings:
    for n, question in enumerate(item.questions):
        if not any(question.id in answers for answers in situations):
            yield f"question {question.id} is never asked", ("questions", n, "when")
    for n, material in enumerate(item.materials):
        if not any(holds(material.when, answers) for answers in situations):
            yield f"material {material.id} is never asked for", ("materials", n, "when")
    for n, step in enumerate(item.steps):
        if not any(holds(step.when, answers) for answers in situations):
            yield f"step {step.kind} is never taken", ("steps", n, "when")
    if not all(any(holds(p.when, a) for p in item.periods.promised) for a in situations):
        yield "some situation has no promised period", ("periods", "promised")


def _outside_the_basis(item: Item) -> Findings:
    laws = {basis.law for basis in item.basis} | {"行政许可法", "浙江省保障“最多跑一次”改革规定"}
    for n, material in enumerate(item.materials):
        for m, basis in enumerate(material.basis):
            if basis.law not in laws:
                rule = f"material {material.id} rests on {basis.law}, which is no basis of the item"
                yield rule, ("materials", n, "basis", m)


def _promised_too_long(item: Item, periods: Mapping[str, tuple[Period, ...]]) -> Findings:
    rows = periods.get(item.periods.statutory, ())
    if not rows:
        yield f"period {item.periods.statutory} does not exist", ("periods", "statutory")
        return
    longest = item.periods.days or rows[-1].length
    if rows[-1].unit is not Unit.WORKING_DAY:
        yield "licensing counts working days (行政许可法 82)", ("periods", "statutory")
    for n, promise in enumerate(item.periods.promised):
        if promise.days > longest:
            rule = f"promised {promise.days} working days, the law allows {longest}"
            yield rule, ("periods", "promised", n, "days")
