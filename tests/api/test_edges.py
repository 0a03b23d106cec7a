"""Input at the edge of what can be written down: each a clear problem, never a crash, and nothing is done."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest

from models.act import ACTS
from models.party import Party
from models.refusal import Refused
from models.suspension import SHANGHAI
from tests.api.builders import CountingDesk
from tests.api.conftest import SignIn
from tests.builders import WANG, a_lead

NOW = datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)
EDGES: dict[str, tuple[dict[str, Any], str]] = {
    "year one, ahead of UTC": ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    "the last year there is": ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "occurred_at"),
    "a number for a time": ({"occurred_at": "1700000000"}, "occurred_at"),
    "no offset": ({"occurred_at": "2026-11-01T09:00:00"}, "occurred_at"),
    "no such day": ({"occurred_at": "2026-02-30T09:00:00+08:00"}, "occurred_at"),
}


@pytest.mark.parametrize(("changed", "field"), EDGES.values(), ids=EDGES)
async def test_a_lead_at_the_edge_is_refused_by_its_field(
    sign_in: SignIn, desk: CountingDesk, changed: dict[str, Any], field: str
) -> None:
    officer = await sign_in("officer.zhang")
    answer = await officer.post("/api/cases", json=a_lead(NOW) | changed)
    no = answer.json()
    assert (answer.status_code, no["code"]) == (422, "invalid")
    assert no["field"].startswith(field)
    assert desk.asked == []


@pytest.mark.parametrize("fine", [1e30, 1e300, 10**40, -1, 0.001])
def test_money_nobody_has_is_refused(fine: float) -> None:
    paper = {"outcome": "penalise", "facts": "属实", "penalty": {"fine": fine}}
    with pytest.raises(Refused) as no:
        ACTS["submit_investigation_report"].read(paper)
    assert no.value.refusal.field == "penalty.fine"


async def test_a_name_given_twice_is_refused(sign_in: SignIn, desk: CountingDesk) -> None:
    officer = await sign_in("officer.zhang")
    body = json.dumps(a_lead(NOW)).replace('"cause"', '"cause": "ZZ-99", "cause"', 1)
    headers = {"Content-Type": "application/json"}
    answer = await officer.post("/api/cases", content=body, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "cause")


@pytest.mark.parametrize(
    "key", [["0001-01-01T00:00:00+14:00", "m1"], ["2026-01-01T00:00:00Z", "\ud800"]]
)
async def test_a_cursor_that_is_not_ours_is_refused(sign_in: SignIn, key: list[str]) -> None:
    officer = await sign_in("officer.zhang")
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    answer = await officer.get("/api/cases", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


async def test_a_number_is_kept_as_it_should_be_written() -> None:
    party = Party.model_validate(WANG | {"id_no": " 33011319901123000x "}, strict=False)
    assert party.id_no == "33011319901123000X"
