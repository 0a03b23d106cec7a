"""Whatever is paid, held, deferred, reduced or refunded: the account adds up (行政处罚法 66, 67, 72, 73), and no decision is heavier
than what the party was told (45).
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from models.account import Account, Hold, Instalment, Paid
from models.acts.general_penalty import never_heavier
from models.case_file import CaseFile, Notice
from models.catalogue import Catalogue
from models.money import FEN
from models.penalty import Other, Penalty
from models.refusal import Refused

RULE = Catalogue.load(Path(__file__).parents[2] / "catalogue").regime().surcharge
DUE = date(2026, 9, 28)
STOPS = RULE.stops_during

days = st.integers(-30, 90).map(lambda n: DUE + timedelta(days=n))
fines = st.decimals(Decimal(1), Decimal(200_000), places=2)
amounts = st.decimals(FEN, Decimal(100_000), places=2)


@st.composite
def paid(draw: st.DrawFn) -> tuple[Paid, ...]:
    """Up to five payments, each with its own reference."""
    made = draw(st.lists(st.tuples(amounts, days), max_size=5))
    return tuple(
        Paid(reference=f"bank:{n}", amount=amount, on=on, at=datetime.combine(on, time(), UTC))
        for n, (amount, on) in enumerate(made)
    )


@st.composite
def hold(draw: st.DrawFn) -> Hold:
    """A review, a suit or a deferral, over or still running."""
    since = draw(days)
    until = draw(st.none() | st.integers(0, 60).map(lambda n: since + timedelta(days=n)))
    return Hold(kind=draw(st.sampled_from(STOPS)), since=since, until=until)


@st.composite
def account(draw: st.DrawFn) -> Account:
    """A fine that fell due, with what happened to it since."""
    return Account(
        bill="bill",
        fine=draw(fines),
        confiscation=draw(st.just(Decimal(0)) | amounts),
        due_on=DUE,
        late_from=DUE + timedelta(days=1),
        payments=draw(paid()),
        holds=tuple(draw(st.lists(hold(), max_size=4))),
    )


@given(account(), days)
def test_paid_and_owed_are_what_is_charged(acc: Account, today: date) -> None:
    owed, over = acc.owed(today, RULE), acc.overpaid(today, RULE)
    assert acc.kept + owed - over == acc.charged(today, RULE)
    assert not (owed and over)


@given(account(), days, st.data())
def test_refunds_keep_it_so(acc: Account, today: date, data: st.DataObject) -> None:
    """A refund never goes beyond what is overpaid, and never brings a debt back."""
    over = acc.overpaid(today, RULE)
    if over:
        back = data.draw(st.decimals(FEN, over, places=2))
        at = datetime.combine(today, time(), UTC)
        acc.refunds = (Paid(reference="refund", amount=back, on=today, at=at),)
        assert acc.overpaid(today, RULE) == over - back
        assert acc.owed(today, RULE) == 0
        assert acc.kept + acc.owed(today, RULE) - (over - back) == acc.charged(today, RULE)


@given(account(), days)
def test_surcharge_is_never_above_the_fine(acc: Account, today: date) -> None:
    assert 0 <= acc.surcharge(today, RULE) <= acc.fine


@given(account(), days, st.integers(0, 60))
def test_surcharge_never_shrinks_with_time(acc: Account, today: date, later: int) -> None:
    after = acc.surcharge(today + timedelta(days=later), RULE)
    assert acc.surcharge(today, RULE) <= after


@given(account(), days)
def test_held_days_never_count(acc: Account, today: date) -> None:
    """Counted once more, day by day: late, the fine unpaid at its start, and held by nothing."""
    expected, day = 0, DUE + timedelta(days=1)
    while day <= today:
        before = sum((p.amount for p in acc.payments if p.on < day), Decimal(0))
        held = any(h.since <= day and (h.until is None or day < h.until) for h in acc.holds)
        expected += before < acc.fine and not held
        day += timedelta(days=1)
    assert acc.chargeable_days(today, RULE) == expected


@given(account(), hold(), days)
def test_one_more_hold_never_costs_more(acc: Account, more: Hold, today: date) -> None:
    before = acc.owed(today, RULE)
    acc.holds += (more,)
    assert acc.owed(today, RULE) <= before


@given(account(), days)
def test_an_open_hold_from_the_start_stops_it_all(acc: Account, today: date) -> None:
    acc.holds += (Hold(kind="review", since=DUE),)
    assert acc.surcharge(today, RULE) == 0


@given(account(), days, st.data())
def test_a_reduction_never_makes_the_debt_bigger(
    acc: Account, today: date, data: st.DataObject
) -> None:
    before = acc.owed(today, RULE)
    less = data.draw(st.none() | st.decimals(Decimal(0), acc.fine, places=2))
    acc.reduce_to(less, date(2026, 6, 1))
    assert acc.owed(today, RULE) <= before


@given(account(), paid(), days)
def test_paying_never_makes_the_debt_bigger(
    acc: Account, more: tuple[Paid, ...], today: date
) -> None:
    before = acc.owed(today, RULE)
    acc.payments += more
    assert acc.owed(today, RULE) <= before


@given(account(), days, st.data())
def test_the_order_of_callbacks_changes_nothing(
    acc: Account, today: date, data: st.DataObject
) -> None:
    before = acc.owed(today, RULE)
    acc.payments = tuple(data.draw(st.permutations(acc.payments)))
    assert acc.owed(today, RULE) == before


@given(account(), st.lists(amounts, min_size=1, max_size=4), days)
def test_who_pays_each_part_on_its_day_is_not_behind(
    acc: Account, parts: list[Decimal], today: date
) -> None:
    """What was paid before the deferral counts for none of its parts."""
    plan = tuple(
        Instalment(due_on=DUE + timedelta(days=30 * n), amount=amount)
        for n, amount in enumerate(parts, start=1)
    )
    acc.defer(plan, DUE)
    for n, part in enumerate(plan):
        at = datetime.combine(part.due_on, time(), UTC)
        before = part.due_on + timedelta(days=1)
        unpaid = acc.behind(before, RULE)
        acc.payments += (Paid(reference=f"part:{n}", amount=part.amount, on=part.due_on, at=at),)
        assert unpaid
        last = n == len(plan) - 1
        assert acc.behind(before, RULE) == (last and acc.owed(before, RULE) > 0)


# ---- decisions -----------------------------------------------------------------------------------------------------------------------

penalties = st.builds(
    Penalty,
    warning=st.just(True) | st.booleans(),
    fine=amounts,
    confiscation=st.just(Decimal(0)) | amounts,
    goods=st.sampled_from((None, "烤炉", "音响")),
    others=st.sets(st.sampled_from(Other)).map(tuple),
)


def told(penalty: Penalty) -> CaseFile:
    """A file of which only the notice matters."""
    known: dict[str, Any] = {"notice": Notice(penalty=penalty, hearing_offered=False)}
    return CaseFile.model_construct(**known)


@given(penalties, penalties)
def test_what_may_be_decided_is_never_heavier(noticed: Penalty, decided: Penalty) -> None:
    if decided.heavier_than(noticed):
        with pytest.raises(Refused) as no:
            never_heavier(told(noticed), decided)
        assert no.value.refusal.basis[0].article == "45"
        return
    never_heavier(told(noticed), decided)
    assert decided.fine <= noticed.fine
    assert decided.confiscation <= noticed.confiscation
    assert set(decided.others) <= set(noticed.others)
    assert decided.goods in {None, noticed.goods}
    assert noticed.warning or not decided.warning


@given(penalties)
def test_what_was_told_may_be_decided(noticed: Penalty) -> None:
    never_heavier(told(noticed), noticed)


@given(penalties, penalties, penalties)
def test_step_by_step_never_leads_upwards(a: Penalty, b: Penalty, c: Penalty) -> None:
    """A review that lowers, then a decision that lowers: never above the notice."""
    if a.heavier_than(b) is None and b.heavier_than(c) is None:
        assert a.heavier_than(c) is None


@given(penalties, amounts)
def test_one_yuan_more_is_refused(noticed: Penalty, more: Decimal) -> None:
    worse = noticed.model_copy(update={"fine": noticed.fine + more})
    with pytest.raises(Refused):
        never_heavier(told(noticed), worse)
