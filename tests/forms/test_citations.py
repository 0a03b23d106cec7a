"""Every article of the catalogue is cited in the law's own words."""

import re

import pytest

from forms.citations import cite, duty_part, penalty_part
from models.catalogue import Catalogue
from worker import CATALOGUE

ROWS = [
    (cause.id, row.article)
    for cause in Catalogue.load(CATALOGUE).causes.values()
    for row in cause.rows
]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("54", "第54条"),
        ("16(1),(3)", "第16条第1款、第3款"),
        ("32(1)(4)", "第32条第1款第4项"),
        ("30(1)-(3)", "第30条第1款至第3款"),
        ("506, 518(2)", "第506条、第518条第2款"),
        ("unknown", "unknown"),
    ],
)
def test_articles_are_cited_by_paragraph_and_item(written: str, said: str) -> None:
    assert cite(written) == said


def test_the_duty_is_told_from_the_penalty() -> None:
    assert (penalty_part("48(9) (44(10))"), duty_part("48(9) (44(10))")) == ("48(9)", "44(10)")
    assert (penalty_part("81(2)"), duty_part("81(2)")) == ("81(2)", None)


@pytest.mark.parametrize(("cause", "article"), ROWS, ids=str)
def test_every_cause_is_cited_whole(cause: str, article: str) -> None:
    """No digit of the catalogue is lost, and no notation is left standing."""
    if article == "unknown":
        return  # the text is not known here; the catalogue says so
    for part in (penalty_part(article), duty_part(article)):
        if part:
            assert re.findall(r"\d+", cite(part)) == re.findall(r"\d+", part), cause
            assert not re.search(r"[()]", cite(part)), cause
