"""A party who paid at once and whose case was closed may still ask for a review: the case opens again, on the same chain."""

from datetime import datetime, timedelta

import pytest

from models.suspension import SHANGHAI
from models.timeline import first_break
from tests.builders import a_summary_lead
from tests.office import Case, Office, office

pytestmark = pytest.mark.slow
FILED = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


async def _paid_and_closed(opened: Office, name: str) -> Case:
    case = await opened.file(a_summary_lead(FILED), "officer.zhang", FILED, name)
    paper = {"bill": f"{name}-1", "reference": "r1", "amount": 100}
    paper["paid_at"] = (await case.now()).isoformat()
    await case.hand_in("receive_payment", "treasury", **paper)
    await case.hand_in("close_case", "unit.head", opinion="已缴清")
    await case.handle.result()
    return case


async def test_a_revoked_decision_gives_the_money_back_after_closing() -> None:
    async with office() as opened:
        case = await _paid_and_closed(opened, "reviewed-late")
        assert "record_review" in (await case.state())["reopened_by"]

        review = {"filed_on": "2026-03-02", "body": "上城区人民政府", "document": "复〔2026〕1号"}
        state = await case.hand_in("record_review", "officer.zhang", **review)
        assert state["stage"] == "after_closing"
        result = {"result": "revoke", "document": "复决〔2026〕1号", "served_on": "2026-03-02"}
        state = await case.hand_in("record_review_result", "officer.zhang", **result)
        assert "record_refund" in [act["name"] for act in state["open_acts"]]
        state = await case.hand_in("record_refund", "treasury", reference="b1", amount=100)

        assert state["stage"] == "closed"
        assert state["money"]["owed"] == state["money"]["overpaid"] == 0
        assert first_break(await case.timeline()) is None


async def test_a_paper_that_is_refused_leaves_the_case_closed() -> None:
    async with office() as opened:
        case = await _paid_and_closed(opened, "refused-late")
        before = await case.state()
        future = (FILED + timedelta(days=400)).date().isoformat()
        with pytest.raises(Exception, match="filed_on"):
            await case.hand_in(
                "record_review", "officer.zhang", filed_on=future, body="上城区人民政府"
            )
        assert await case.state() == before
