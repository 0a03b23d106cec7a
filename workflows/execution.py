"""What the acts of execution do to the account and the case (行政处罚法 66–73; 行政强制法 35–58; 行政复议法; 行政诉讼法)."""

from datetime import date
from decimal import Decimal

from models.account import Hold, Paid, PaymentKind
from models.acts.challenge import (
    RecordLawsuit,
    RecordReview,
    RecordReviewResult,
    RecordReviewService,
    RecordSuitResult,
    ReplyToReview,
    Upshot,
)
from models.acts.collection import (
    ApplyDeferral,
    BankCash,
    DecideDeferral,
    HandInCash,
    ReceivePayment,
    RecordRefund,
)
from models.acts.documents import DECISIONS
from models.acts.enforcement import (
    ApplyCourtEnforcement,
    DefendDemand,
    EndExecution,
    IssueDemand,
    RecordCourtRuling,
    ResumeExecution,
    SuspendExecution,
)
from models.acts.service import RecordDispatch
from models.acts.standing import UnpublishDecision
from models.basis import COERCION, LITIGATION, PENALTY, REVIEW
from models.case_file import CaseFile, Challenge
from models.money import to_number
from models.suspension import civil_day
from workflows.collection import close_court_window, next_instalment, open_court_window, send_bill
from workflows.procedure import Procedure
from workflows.service import at_start_of, serve

Case = Procedure[CaseFile]


def _today(case: Case) -> date:
    return civil_day(case.now())


# ---- money ---------------------------------------------------------------------------------------------------------------------------


def receive_payment(case: Case, act: ReceivePayment) -> None:
    """Summed by the bank's reference; too much is a refund to-do."""
    account = case.file.account
    assert account is not None  # noqa: S101 -- the gate asked for it
    if account.payment(act.reference):
        case.step("payment_repeated", "重复回执，不重复入账", PENALTY(67), reference=act.reference)
        return
    account.payments += (
        Paid(reference=act.reference, amount=act.amount, on=civil_day(act.paid_at), at=act.paid_at),
    )
    regime = case.file.regime
    if regime.payable_from == "service" and not case.file.served_on("decision"):
        case.file.flags.append("paid_before_service")
    refund_if_overpaid(case)


def refund_if_overpaid(case: Case) -> None:
    """Opens the to-do once."""
    account = case.file.account
    over = account.overpaid(_today(case), case.file.regime.surcharge) if account else Decimal(0)
    if over > 0 and not case.waits_for(RecordRefund):
        case.step("overpaid", "多缴款待退", PENALTY(67, 74), amount=to_number(over))
        case.beside(_refund(case))


async def _refund(case: Case) -> None:
    account = case.file.account
    assert account is not None  # noqa: S101 -- overpaid, so there is one
    while account.overpaid(_today(case), case.file.regime.surcharge) > 0:
        act = await case.expect(RecordRefund)
        account.refunds += (
            Paid(reference=act.reference, amount=act.amount, on=_today(case), at=act.moment.now),
        )


async def collected_on_the_spot(case: Case) -> None:
    """Cash taken on the street: two working days to the agency, two more to the bank (行政处罚法 68–71)."""
    account, spot = case.file.account, case.file.on_the_spot
    if account is None or spot is None:
        return
    cash = Paid(
        reference=f"cash:{spot.receipt}",
        amount=account.principal,
        on=_today(case),
        at=case.now(),
        kind=PaymentKind.CASH,
    )
    account.payments += (cash,)
    case.step("cash", "当场收缴罚款", PENALTY(68, 69, 70), receipt=spot.receipt)
    case.start_clock("cash_in")
    _in_time(case, "cash_in", await case.expect(HandInCash, due="cash_in"))
    case.start_clock("bank_in")
    _in_time(case, "bank_in", await case.expect(BankCash, due="bank_in"))
    case.file.cash = "banked"


def _in_time(case: Case, clock: str, act: HandInCash | BankCash) -> None:
    if case.clocks[clock].over(act.moment.now):
        case.file.flags.append(f"{clock}_late")
        case.step(f"{clock}_late", "逾期交款", PENALTY(71))
    case.stop_clock(clock)


def dispatched(case: Case, act: RecordDispatch) -> None:
    """Costs of service are charged only where the regime says so."""
    if act.costs and case.file.account is not None:
        case.file.account.costs += act.costs


# ---- deferral ------------------------------------------------------------------------------------------------------------------------


async def apply_deferral(case: Case, act: ApplyDeferral) -> None:
    """Approved: no surcharge while it runs, and the time to apply to court runs from its end (行政处罚法 66, 72(2))."""
    case.file.deferral_asked = True
    decision = await case.expect(DecideDeferral)
    case.file.deferral_asked = False
    asked = {"hardship": act.reason, "parts": [part.model_dump(mode="json") for part in act.parts]}
    case.issue(
        "deferral_application",
        "延期（分期）缴纳罚款申请（审批）表",
        PENALTY(66),
        act=decision,
        given=asked,
    )
    account = case.file.account
    if not decision.approved or account is None:
        return
    account.defer(act.instalments, civil_day(act.moment.now))
    case.issue("deferral", "延期（分期）缴纳罚款通知书", PENALTY(66), act=decision)
    case.stop_clock("pay")
    close_court_window(case)
    _demand_lapses(case)
    next_instalment(case)


# ---- review and suit -----------------------------------------------------------------------------------------------------------------


def record_review(case: Case, act: RecordReview) -> None:
    """Execution goes on; no surcharge while it runs (行政处罚法 73)."""
    _challenged(case, "review", "review_apply", act.filed_on)


def record_lawsuit(case: Case, act: RecordLawsuit) -> None:
    """As a review, before the court."""
    _challenged(case, "lawsuit", "sue", act.filed_on)


def _challenged(case: Case, kind: str, clock: str, filed_on: date) -> None:
    """Recorded whenever it comes. Late, it is flagged, and holds nothing up: every period runs on as it was."""
    last = _last_day(case, clock)
    late = last is not None and filed_on > last
    case.file.challenges.append(Challenge(kind=kind, filed_on=filed_on, late=late))
    if late:
        case.file.flags.append(f"{kind}_late")
        basis = REVIEW(20) + LITIGATION(46)
        case.step(f"{kind}_late", "逾期提出，已记录", basis, last_day=str(last))
        return
    case.stop_clock(clock)
    close_court_window(case)
    if case.file.account:
        case.file.account.holds += (Hold(kind=kind, since=filed_on),)


def _last_day(case: Case, clock: str) -> date | None:
    """To ask for a review or to sue; none while the time to sue waits for the service of a review (行政诉讼法 45)."""
    period = case.clocks.get(clock)
    if period is None or (clock == "sue" and case.file.review_unserved):
        return None
    return period.due_on


def reply_to_review(case: Case, act: ReplyToReview) -> None:
    """The entry on the timeline is all."""


def record_review_result(case: Case, act: RecordReviewResult) -> None:
    """Decided, fifteen days to sue run from its service; not decided in time, from today (行政诉讼法 45)."""
    review = _resolved(case, "review", act.result)
    _apply_result(case, act.result, act)
    if not review.weighs:
        return
    if act.result is Upshot.NO_DECISION:
        _suit_after_review(case, _today(case))
    elif not case.file.opens_suit(review):
        open_court_window(case)  # six months to sue that still run are left as they were
    elif act.served_on is not None:
        _review_reached_the_party(case, review, act.served_on)
    else:
        case.stop_clock("sue")


def review_served(case: Case, act: RecordReviewService) -> None:
    """From here fifteen days to sue."""
    decided = (c for c in reversed(case.file.challenges) if case.file.opens_suit(c))
    review = next(decided, None)
    if review is not None:
        _review_reached_the_party(case, review, act.on)


def _review_reached_the_party(case: Case, review: Challenge, on: date) -> None:
    review.served_on = on
    _suit_after_review(case, on)


def _suit_after_review(case: Case, on: date) -> None:
    case.stop_clock("sue")
    close_court_window(case)
    case.start_clock(case.file.regime.lawsuit.after_review, "sue", at_start_of(on))


def record_suit_result(case: Case, act: RecordSuitResult) -> None:
    """In force: the time to apply to the court begins."""
    suit = _resolved(case, "lawsuit", act.result)
    _apply_result(case, act.result, act)
    if suit.weighs:
        open_court_window(case)


def _resolved(case: Case, kind: str, result: str) -> Challenge:
    challenge = case.file.unresolved(kind)
    assert challenge is not None  # noqa: S101 -- the gate asked for it
    challenge.result = result
    if case.file.account and not challenge.late:
        case.file.account.end_hold(kind, _today(case))
    return challenge


def _apply_result(case: Case, result: Upshot, act: RecordReviewResult | RecordSuitResult) -> None:
    account, decision = case.file.account, case.file.decision
    if decision is None or result not in (Upshot.CHANGE, Upshot.REVOKE):
        return
    if result is Upshot.REVOKE:
        decision.revoked = True
        _decision_stands_no_more(case, act.term)
        case.file.execution_ended = "decision_revoked"
        case.step("decision_revoked", "处罚决定被撤销，终结执行", COERCION(40))
    if account is not None:
        account.reduce_to(act.fine, _today(case))
        _demand_lapses(case)
        send_bill(case, account, "变更缴款单")
        refund_if_overpaid(case)
    if case.file.to_be_unpublished and not case.waits_for(UnpublishDecision):
        case.beside(_unpublish_in_time(case))


def _decision_stands_no_more(case: Case, by: str) -> None:
    for document in case.file.documents:
        if document["kind"] in DECISIONS and document["status"] == "valid":
            case.overtake(document["id"], f"决定被撤销（{by}）")


async def _unpublish_in_time(case: Case) -> None:
    """Within three working days of the change (行政处罚法 48(2))."""
    case.start_clock("unpublish")
    act = await case.expect(UnpublishDecision, due="unpublish")
    if case.clocks["unpublish"].over(act.moment.now):
        case.file.flags.append("unpublished_late")
        case.step("unpublished_late", "逾期撤回公开的处罚决定", PENALTY("48(2)"))
    case.stop_clock("unpublish")
    unpublish(case, act)


def unpublish(case: Case, act: UnpublishDecision) -> None:
    """Withdrawn from the public list, with the reason (行政处罚法 48)."""
    if case.file.decision:
        case.file.decision.published = False
    at = {"withdrawn_at": case.now().isoformat()}
    case.issue("publication", "行政处罚信息撤回记录", PENALTY("48(2)"), act=act, given=at)


# ---- demand and court ----------------------------------------------------------------------------------------------------------------


async def demand(case: Case, act: IssueDemand) -> None:
    """Served, it gives ten working days (行政强制法 35, 54)."""
    owed = (
        case.file.account.owed(_today(case), case.file.regime.surcharge)
        if case.file.account
        else Decimal(0)
    )
    case.issue("demand", "催告书", COERCION(35, 54), act=act, amount=to_number(owed))
    case.file.demand, fine = "issued", case.file.account.fine if case.file.account else None
    await serve(case, "demand")
    served = case.file.served_on("demand")
    if _overtaken(case, fine):
        case.file.demand = None
        return
    case.file.demand = "served"
    case.start_clock(
        case.file.regime.demand_period, "demand_court", at_start_of(served) if served else None
    )


def _overtaken(case: Case, fine: Decimal | None) -> bool:
    """While the demand was on its way the fine was changed, or may be paid later."""
    account = case.file.account
    return account is not None and (account.deferred or account.fine != fine)


def _demand_lapses(case: Case) -> None:
    """Another sum, or another day to pay: it is demanded anew (行政强制法 35). One on its way is dropped when it is served."""
    case.stop_clock("demand_court")
    if case.file.demand != "issued":
        case.file.demand = None


def defend_demand(case: Case, act: DefendDemand) -> None:
    """Recorded and reviewed (行政强制法 36)."""
    case.file.demand_answers.append(act.statement)


async def apply_to_court(case: Case, act: ApplyCourtEnforcement) -> None:
    """With the papers of article 55; then the court rules (行政强制法 55–58)."""
    case.file.court = "applied"
    case.stop_clock("court_apply")
    case.issue("court_application", "强制执行申请书", COERCION(54, 55), act=act, court=act.court)
    ruling = await case.expect(RecordCourtRuling)
    case.file.court = ruling.ruling
    if ruling.ruling != "granted":
        case.file.flags.append("court_refused")


def suspend(case: Case, act: SuspendExecution) -> None:
    """Until the ground is gone (行政强制法 39)."""
    case.file.execution_suspended = _today(case)
    case.issue("execution_notice", "中止执行通知书", COERCION(39), act=act, ground=act.ground)


def resume(case: Case, act: ResumeExecution) -> None:
    """The ground is gone (行政强制法 39)."""
    case.file.execution_suspended = None
    case.issue("execution_notice", "恢复执行通知书", COERCION(39), act=act)


def end(case: Case, act: EndExecution) -> None:
    """Nothing more is executed (行政强制法 39(2), 40)."""
    case.file.execution_ended = act.ground
    if case.file.account is not None:
        case.file.account.end(_today(case))
    article = "39(2)" if act.ground == "suspended_three_years" else "40"
    basis = COERCION(article)
    case.issue("execution_notice", "终结执行通知书", basis, act=act, ground=act.ground)
