"""A case with a long life goes on in a new run, and nobody notices."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from models.suspension import SHANGHAI
from models.timeline import first_break
from tests.builders import a_summary_lead
from tests.office import Office, office

pytestmark = pytest.mark.slow
FILED = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


@pytest.fixture
async def tired_office() -> AsyncIterator[Office]:
    """Its Temporal suggests a new run after twenty events."""
    async with office(**{"limit.historyCount.suggestContinueAsNew": 20}) as opened:
        yield opened


async def test_a_long_collection_goes_on_in_a_new_run(tired_office: Office) -> None:
    case = await tired_office.file(a_summary_lead(FILED), "officer.zhang", FILED, "long-1")
    first_run = (await case.handle.describe()).run_id
    for n in range(8):
        await case.hand_in("add_note", "officer.zhang", text=f"第 {n} 次走访")
    await case.go_to(FILED + timedelta(days=20))

    assert (await case.handle.describe()).run_id != first_run
    assert "lapse_pay" in [entry.name for entry in await case.timeline()]

    fine_and_five_days = 115  # due on the 17th, paid on the 22nd
    paper = {"bill": "long-1-1", "reference": "r1", "amount": fine_and_five_days}
    paper["paid_at"] = (await case.now()).isoformat()
    await case.hand_in("receive_payment", "treasury", **paper)
    state = await case.hand_in("close_case", "unit.head", opinion="已缴清")

    timeline = await case.timeline()
    assert state["stage"] == "closed"
    assert first_break(timeline) is None
    assert [entry.name for entry in timeline].count("file_case") == 1
