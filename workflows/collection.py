"""Collection (执行): from the served decision to the last yuan, or to the end the law gives it (行政处罚法 66–73; 行政强制法 53, 54)."""

from collections.abc import Callable
from datetime import timedelta

from models.account import Account
from models.basis import COERCION, INTERPRETATION, PENALTY
from models.case_file import CaseFile, Stage
from models.money import to_number
from models.penalty import Penalty
from models.suspension import civil_day
from workflows.procedure import Procedure
from workflows.service import at_start_of

Case = Procedure[CaseFile]


def bill(case: Case, penalty: Penalty) -> None:
    """Deciding and collecting are apart: the treasury gets the bill with the decision (行政处罚法 67)."""
    if not penalty.fine and not penalty.confiscation:
        return
    number = f"{case.file.id}-1"
    account = Account(bill=number, fine=penalty.fine, confiscation=penalty.confiscation)
    case.file.account = account
    if case.file.on_the_spot is None or not case.file.on_the_spot.collected:
        send_bill(case, account, "罚缴分离：开具缴款单")


def send_bill(case: Case, account: Account, term: str) -> None:
    """The bill, or the bill as amended; nothing personal goes along."""
    amount = to_number(account.principal)
    account.bills_sent += 1
    case.send("bill", f"{account.bill}/{account.bills_sent}", bill=account.bill, amount=amount)
    case.step("bill", term, PENALTY(67), bill=account.bill, amount=amount)


async def collect(case: Case) -> None:
    """Fifteen days to pay, then surcharge; once neither review nor suit can come any more, the court."""
    case.enter(Stage.COLLECTION)
    if case.file.account is None:
        return
    if "pay" not in case.clocks:
        _start_periods(case)
    while not settled(case):
        lapsed = await case.until(lambda: settled(case) or case.tired(), *LAPSES)
        if lapsed is not None:
            LAPSES[lapsed](case)
        elif not settled(case):
            await case.continue_in_a_new_run()
    case.stop_clock(*LAPSES)


def settled(case: Case) -> bool:
    """Paid, or ended by law."""
    file = case.file
    if file.execution_ended or file.account is None:
        return True
    return file.account.owed(civil_day(case.now()), file.regime.surcharge) <= 0


def _start_periods(case: Case) -> None:
    """They all run from the day the decision was served."""
    served = case.file.served_on("decision")
    since = at_start_of(served) if served else case.now()
    regime = case.file.regime
    case.start_clock(regime.pay_period, "pay", since)
    case.start_clock(regime.review.period, "review_apply", since)
    if not case.file.review_first:
        case.start_clock(regime.lawsuit.period, "sue", since)


def _fall_due(case: Case) -> None:
    """The time to pay is over (行政处罚法 67, 72(1))."""
    account, rule = case.file.account, case.file.regime.surcharge
    due = case.clocks["pay"].due_on
    if account is None or due is None:
        return
    account.due_on, account.late_from = due, due + timedelta(days=1)
    if not account.unpaid_on(account.late_from, rule):
        return
    if rule.kind == "flat":
        amount = account.surcharge(account.late_from, rule)
        case.step("surcharge", "加处罚款", rule.basis, amount=to_number(amount))
        return
    held = any(hold.until is None for hold in account.holds)
    case.step(
        "surcharge",
        "逾期未缴，每日按罚款数额的百分之三加处罚款"
        + ("（复议、诉讼或者暂缓、分期缴纳期间不计）" if held else ""),
        rule.basis,
        rate=str(rule.rate),
        cap=str(rule.cap),
        **{"from": account.late_from.isoformat()},
    )


def _suit_period_over(case: Case) -> None:
    """Nobody sued: three months to apply to the court (行政强制法 53; 2018解释 156)."""
    open_court_window(case, "sue")


def _review_period_over(case: Case) -> None:
    """Where review comes first and nobody asked for it, no suit can follow."""
    if case.file.review_first and not case.file.challenges:
        open_court_window(case, "review_apply")


def open_court_window(case: Case, ended: str | None = None) -> None:
    """The bureau has three months from the end of the time to sue, or of the deferral if that is later (行政强制法 53; 行政处罚法 72(2)).

    They run from the last day of the clock that `ended`, or from today; not while something still has to end first.
    """
    file = case.file
    if settled(case) or _something_runs(case):
        return
    if file.court_window == "missed" or file.changed_by_review:
        return  # over for good; or the review body enforces (行政复议法 78)
    last = case.clocks[ended].due_on if ended else None
    file.court_window = "open"
    case.step(
        "court_window", "可以申请人民法院强制执行的期限开始", COERCION(53) + INTERPRETATION(156)
    )
    since = at_start_of(last) if last else None
    case.start_clock(case.file.regime.court_window, "court_apply", since)


def _something_runs(case: Case) -> bool:
    """A review, a suit, the time for one, or a deferral."""
    file = case.file
    first = "review_apply" if file.review_first and not file.challenges else "sue"
    clock = case.clocks.get(first)
    deferred = file.account is not None and file.account.deferred
    return bool(
        deferred
        or file.pending("review")
        or file.pending("lawsuit")
        or file.review_unserved
        or (clock is not None and clock.live)
    )


def close_court_window(case: Case) -> None:
    """A challenge or a deferral comes between; missed it stays missed."""
    case.stop_clock("court_apply")
    if case.file.court_window != "missed":
        case.file.court_window = None


def _court_window_missed(case: Case) -> None:
    """Too late to apply: the supervisor must see it."""
    if case.file.court in ("applied", "granted"):
        return
    case.file.court_window = "missed"
    case.file.flags.append("court_window_missed")
    case.step("court_window_missed", "逾期未申请人民法院强制执行", COERCION(53))


def _demand_unmet(case: Case) -> None:
    """Ten working days after the demand nothing was paid (行政强制法 54)."""
    case.file.demand = "unmet"


def _instalment_due(case: Case) -> None:
    """A part was not paid by its day: the deferral is over (行政处罚法 66, 72)."""
    account, today = case.file.account, civil_day(case.now())
    if account is None:
        return
    if not account.behind(today, case.file.regime.surcharge):
        next_instalment(case)
        return
    account.end_hold("deferral", today)
    account.late_from = account.late_from or today
    last = case.clocks["instalment"].due_on
    account.due_on = account.due_on or last
    case.file.flags.append("deferral_broken")
    case.step("deferral_over", "暂缓或者分期缴纳期限届满仍未缴清", PENALTY(66, "72(2)"))
    open_court_window(case, "instalment")


def next_instalment(case: Case) -> None:
    """The next part to be paid, as a clock of its own."""
    account = case.file.account
    ahead = account.next_instalment(civil_day(case.now())) if account else None
    if ahead is not None:
        case.start_fixed("instalment", ahead.due_on, "暂缓或者分期缴纳罚款", PENALTY(66))


LAPSES: dict[str, Callable[[Case], None]] = {
    "pay": _fall_due,
    "sue": _suit_period_over,
    "review_apply": _review_period_over,
    "court_apply": _court_window_missed,
    "demand_court": _demand_unmet,
    "instalment": _instalment_due,
}
