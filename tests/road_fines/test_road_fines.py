"""Real input: our collection procedure lives real road fines under a foreign law that is catalogue data and nothing else."""

import os
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from models.catalogue import Catalogue
from tests.office import office
from tests.road_fines import traces as log
from tests.road_fines.life import LAW, Report, live_all
from tests.road_fines.traces import Trace
from worker import CATALOGUE

pytestmark = pytest.mark.slow
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    """The whole log. Absent on a laptop the tests are skipped; in CI they must not be."""
    file = log.path()
    if not file.exists():
        why = f"no event log at {file}; name its folder in ANJUAN_SHARED_DATA"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return list(log.read(file))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def report(traces: list[Trace]) -> AsyncIterator[Report]:
    """One of every variant, and all that are out of line."""
    async with office(LAW) as house:
        yield await live_all(house, log.telling(traces))


def test_the_log_is_the_one_we_know(traces: list[Trace]) -> None:
    assert len(traces) == 3582
    assert sum(len(trace.events) for trace in traces) == 13246
    assert len({trace.variant for trace in traces}) == 43
    assert sum(trace.appealed_late for trace in traces) == 19
    assert sum(trace.appealed_early for trace in traces) == 4


def test_the_law_is_data_only() -> None:
    assert {path.suffix for path in LAW.rglob("*") if path.is_file()} == {".yaml"}
    regime = Catalogue.load(CATALOGUE, LAW).regime("road_fines")
    assert regime.surcharge.kind == "flat"


def test_every_variant_is_lived(report: Report, traces: list[Trace]) -> None:
    lived = {life.trace.variant for life in report.lives}
    assert lived == {trace.variant for trace in traces}


def test_the_timeline_is_the_trace(report: Report) -> None:
    """Names, order and civil days."""
    assert not report.stuck
    for life in report.lives:
        assert life.lived == life.expected, life.trace.id


def test_the_penalty_comes_by_itself_on_the_same_day(report: Report) -> None:
    """In every trace that has one, but for those the party had paid up in time: there our law adds nothing."""
    assert report.penalties_due - report.penalties_on_the_day == len(report.paid_up)
    assert sorted(report.paid_up) == ["A17617", "S155457"]
    for life in report.lives:
        assert (life.surcharge is None) == (
            life.trace.first(log.PENALTY) is None or life.trace.paid_up_in_time
        )


def test_late_appeals_are_kept_and_flagged(report: Report, traces: list[Trace]) -> None:
    late = {trace.id for trace in traces if trace.appealed_late}
    assert set(report.flagged("review_late")) == late


def test_an_appeal_before_notification_is_refused_with_the_reason(
    report: Report, traces: list[Trace]
) -> None:
    """Four appeals, and the four replies that rest on them."""
    sys.stdout.write(f"\n{report}\n")
    assert report.quarantined == {log.APPEALED: 4, log.FORWARDED: 4}
    assert report.reasons == {
        "the decision is not served yet: there is nothing to challenge": 4,
        "no review was filed": 4,
    }
    turned = {life.trace.id for life in report.lives if life.refused}
    assert turned == {trace.id for trace in traces if trace.appealed_early}


def test_every_payment_is_on_the_account(report: Report) -> None:
    for life in report.lives:
        paid = sum(event.amount for event in life.trace.events if event.name == log.PAID)
        assert life.paid == paid, life.trace.id


def test_doubling_is_the_log_s_penalty_in_some_cases_only(traces: list[Trace]) -> None:
    """The code says half the statutory maximum; the log bears that out, twice the fine only now and then."""
    off = [
        penalty.amount - 2 * trace.fine for trace in traces if (penalty := trace.first(log.PENALTY))
    ]
    assert len(off) == 1860
    assert sum(gap == 0 for gap in off) == 349
    assert sum(abs(gap) <= CENT for gap in off) == 565
    assert sum(abs(gap) <= Decimal("2.5") for gap in off) == 1859
    assert max(off) == 1110


def test_the_whole_log_has_its_place(tmp_path: Path) -> None:
    """Elsewhere by ANJUAN_SHARED_DATA."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANJUAN_SHARED_DATA", str(tmp_path))
        assert log.path() == tmp_path / log.NAME
