"""Items: every situation of every row can be lived, a broken row is refused with its rule, and a condition is data."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from models.catalogue import Catalogue
from models.catalogue_file import CatalogueError
from models.condition import holds
from models.item import Item, Question, QuestionKind
from models.refusal import Refused
from models.situation import asked_next, situation
from models.when import FIRST, LAST

ROOT = Path(__file__).parents[2] / "catalogue"
CATALOGUE = Catalogue.load(ROOT)
ITEMS = tuple(CATALOGUE.items.values())
A_ROW: dict[str, Any] = {
    "code": "ZZ-09",
    "name": "验证",
    "name_en": "Trial",
    "group": "验证",
    "basis": [{"law": "某条例", "article": "1"}],
    "decided_by": "本机关",
    "applicants": ["person"],
    "questions": [
        {
            "id": "kind",
            "text": "哪一种",
            "text_en": "Which",
            "kind": "choice",
            "options": [
                {"id": "a", "text": "甲", "text_en": "A"},
                {"id": "b", "text": "乙", "text_en": "B"},
            ],
        },
        {"id": "area", "text": "面积", "text_en": "Area", "kind": "number", "low": 1, "high": 50},
    ],
    "materials": [
        {
            "id": "plan",
            "name": "方案",
            "name_en": "Plan",
            "basis": [{"law": "某条例", "article": "2"}],
            "when": "area > 10",
        }
    ],
    "periods": {"basis": [{"law": "行政许可法", "article": "42(1)"}], "promised": [{"days": 5}]},
    "verified": True,
}


def test_there_are_at_least_twenty_four_items() -> None:
    assert len(ITEMS) >= 24


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_every_item_says_who_decides_on_what_basis_and_what_is_to_be_confirmed(item: Item) -> None:
    assert item.basis
    assert item.decided_by
    assert item.verified or item.note


def _answer(question: Question) -> st.SearchStrategy[Any]:
    match question.kind:
        case QuestionKind.CHOICE:
            return st.sampled_from([option.id for option in question.options])
        case QuestionKind.YES_NO:
            return st.booleans()
        case QuestionKind.NUMBER:
            return st.integers(question.low or 0, question.high or 0)
        case QuestionKind.DATE:
            return st.dates(FIRST, LAST).map(str)
        case QuestionKind.TEXT:
            return st.just("文字")


@settings(max_examples=300)
@given(st.data())
def test_whoever_answers_what_he_is_asked_gets_one_situation(data: st.DataObject) -> None:
    """Question by question, as the checklist asks them; no promise is longer than the law."""
    item = data.draw(st.sampled_from(ITEMS))
    applicant = data.draw(st.sampled_from(item.applicants))
    answers: dict[str, Any] = {}
    while True:
        known = answers | {"applicant": applicant, "renewal": False}
        left = [q for q in asked_next(item, known) if q.id not in answers]
        if not left:
            break
        answers[left[0].id] = data.draw(_answer(left[0]))
    found = situation(item, answers, applicant)
    longest = found.statutory_days or CATALOGUE.periods[found.statutory][-1].length
    assert found.promised_days <= longest
    assert len({material.id for material in found.materials}) == len(found.materials)
    assert not (found.at_once and found.steps)
    assert situation(item, dict(reversed(answers.items())), applicant).key == found.key


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (
            {
                "questions": [
                    *A_ROW["questions"],
                    A_ROW["questions"][1] | {"id": "x", "when": "kind == 'c'"},
                ]
            },
            "question x is never asked",
        ),
        (
            {"materials": [A_ROW["materials"][0] | {"when": "area > 50"}]},
            "material plan is never asked for",
        ),
        (
            {"materials": [A_ROW["materials"][0] | {"basis": [{"law": "别的法", "article": "1"}]}]},
            "which is no basis of the item",
        ),
        (
            {"materials": [A_ROW["materials"][0] | {"when": "colour == 'red'"}]},
            "nobody answers colour",
        ),
        (
            {"periods": A_ROW["periods"] | {"promised": [{"days": 21}]}},
            "promised 21 working days, the law allows 20",
        ),
        ({"periods": A_ROW["periods"] | {"days": 3}}, "promised 5 working days, the law allows 3"),
        (
            {"periods": A_ROW["periods"] | {"promised": [{"days": 5, "when": "kind == 'a'"}]}},
            "some situation has no promised period",
        ),
        ({"document": "certificate"}, "document certificate does not exist"),
        (
            {"public_safety": True, "pledge": {"conditions": ["x"], "basis": A_ROW["basis"]}},
            "no pledge where",
        ),
    ],
)
def test_a_broken_item_is_refused_with_its_rule(
    tmp_path: Path, changed: dict[str, Any], rule: str
) -> None:
    (tmp_path / "items").mkdir()
    text = yaml.safe_dump({"items": [A_ROW | changed]}, allow_unicode=True)
    (tmp_path / "items" / "trial.yaml").write_text(text, "utf-8")
    with pytest.raises(CatalogueError) as told:
        Catalogue.load(ROOT, tmp_path)
    assert rule in str(told.value)
    assert "trial.yaml:" in str(told.value)


def test_a_sound_row_is_taken(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    text = yaml.safe_dump({"items": [A_ROW]}, allow_unicode=True)
    (tmp_path / "items" / "trial.yaml").write_text(text, "utf-8")
    assert "ZZ-09" in Catalogue.load(ROOT, tmp_path).items


@pytest.mark.parametrize(
    "text",
    [
        "''.__class__.__mro__",
        "area.__class__",
        "range(10**9)",
        "cycler('a').next()",
        "lipsum()",
        "self.__init__.__globals__",
        "answers.pop('x')",
    ],
)
def test_a_condition_reaches_nothing_but_the_answers(text: str) -> None:
    assert not holds(text, {"area": 3, "kind": "a", "answers": {"x": 1}})


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(ValidationError, match="not an expression"):
        Question.model_validate(
            A_ROW["questions"][1] | {"when": "area > ", "kind": QuestionKind.NUMBER}
        )


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"kind": "c", "area": 1}, "answers.kind"),
        ({"kind": "a", "area": True}, "answers.area"),
        ({"kind": "a", "area": 51}, "answers.area"),
        ({"kind": "a"}, "answers.area"),
        ({"kind": "a", "area": 1, "applicant": "organisation"}, "answers.applicant"),
        ({"kind": "a", "area": 1, "more": 1}, "answers.more"),
    ],
)
def test_a_wrong_answer_is_named(answers: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as told:
        situation(Item.model_validate(A_ROW), answers, "person")
    assert told.value.refusal.field == field


@pytest.mark.parametrize(
    "day", ["9999-12-31", "0001-01-01", "2026-02-29", "2026-1-1", "2027-W01-1", 20260101, ""]
)
def test_a_day_that_cannot_be_is_named(day: object) -> None:
    """A licence until the year 9999 could not be counted, and its matter would stand still for ever."""
    row = A_ROW | {
        "questions": [{"id": "to_day", "text": "至", "text_en": "Until", "kind": "date"}],
        "materials": [],
    }
    with pytest.raises(Refused) as told:
        situation(Item.model_validate(row), {"to_day": day}, "person")
    assert told.value.refusal.field == "answers.to_day"
