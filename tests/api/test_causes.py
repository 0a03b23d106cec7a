"""Causes as they stood on a day, for everybody."""

from datetime import date

import httpx
import pytest

from models.catalogue import Catalogue
from models.cause import Cause


@pytest.fixture
def repealed(catalogue: Catalogue) -> Cause:
    """A cause that ended and is carried on by others."""
    return next(c for c in catalogue.causes.values() if c.successors and c.rows[-1].valid_to)


async def test_the_row_of_today_with_its_ranges(anyone: httpx.AsyncClient) -> None:
    cause = (await anyone.get("/api/causes/SR-01?on=2026-11-02")).json()
    assert cause["fine"]["person"] == {"min": None, "max": 50}
    assert set(cause["fine"]) == {"person", "organisation", "sole_trader"}
    assert cause["basis"][0]["article"]
    assert cause["precondition"] == "refusal"
    assert cause["now"] == []


async def test_a_day_without_the_law_names_the_successors(
    anyone: httpx.AsyncClient, repealed: Cause, catalogue: Catalogue
) -> None:
    no = await anyone.get(f"/api/causes/{repealed.id}?on=2026-11-23")
    assert (no.status_code, no.json()["code"]) == (404, "not_in_force")
    carried = [c.cause.id for c in catalogue.successor_rows(repealed, date(2026, 11, 23))]
    assert [c["id"] for c in no.json()["successors"]] == carried


async def test_a_law_that_changed_is_shown_beside(
    anyone: httpx.AsyncClient, repealed: Cause
) -> None:
    last = repealed.rows[-1].valid_to
    cause = (await anyone.get(f"/api/causes/{repealed.id}?on={last}")).json()
    assert cause["valid_to"] == str(last)
    assert cause["now"]
    assert set(cause["lighter"]) == {"person", "organisation", "sole_trader"}


async def test_a_search_finds_every_word(anyone: httpx.AsyncClient) -> None:
    found = (await anyone.get("/api/causes", params={"q": "摊 场所"})).json()["items"]
    assert "SR-01" in [cause["id"] for cause in found]
    every = (await anyone.get("/api/causes")).json()["items"]
    assert 0 < len(found) < len(every)


async def test_an_unknown_cause_is_404(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.get("/api/causes/XX-99")).json()["code"] == "not_found"
