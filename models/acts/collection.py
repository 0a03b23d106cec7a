"""Papers of collection (收缴): payments, refunds, cash taken on the street, deferral (行政处罚法 66–71)."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from models.account import Instalment
from models.act import Act, Moment
from models.acts.general_penalty import still_owes
from models.application_file import ApplicationFile
from models.basis import COERCION, LICENSING, PENALTY
from models.case_file import CaseFile
from models.money import Yuan
from models.period import add_months
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Digest, Line, Text, ask
from models.when import Day, Instant

LONGEST_DEFERRAL = 60  # months; the law sets no end, the bureau does: a schedule is no remission


class ReceivePayment(
    Act,
    term="收到缴款",
    en="Payment received",
    basis=PENALTY(67),
    elsewhere={"application": LICENSING(59)},
    by=(Role.TREASURY,),
    matters=("case", "application"),
):
    """What the collecting bank reports, under its own reference; a repeat changes nothing."""

    bill: Line = ask("缴款单号", "Bill")
    reference: Line = ask("银行流水号", "Bank reference")
    amount: Yuan = ask("金额（元）", "Amount (yuan)", gt=0)
    paid_at: Instant = ask("缴款时间", "Paid at")

    def gate(self, file: CaseFile | ApplicationFile, moment: Moment) -> None:
        basis = self.basis_in(file.kind)
        if file.account is None or file.account.bill != self.bill:
            raise gate("缴款单号不属于本办件", "the bill is not this matter's", basis, "bill")
        if self.paid_at > moment.now:
            raise refuse(
                Code.INVALID,
                "paid_at：不得晚于现在",
                "paid_at: in the future",
                basis,
                "paid_at",
            )
        known = file.account.payment(self.reference)
        if known is not None and known.amount != self.amount:
            raise gate(
                "该银行流水号已用于其他金额",
                "this bank reference is known with another amount",
                basis,
                "reference",
            )


class RecordRefund(
    Act,
    term="退还多缴款",
    en="Refund",
    basis=PENALTY(67, 74),
    by=(Role.TREASURY,),
):
    """What was paid too much goes back."""

    reference: Line = ask("退款流水号", "Reference")
    amount: Yuan = ask("金额（元）", "Amount (yuan)", gt=0)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        over = (
            file.account.overpaid(moment.today, file.regime.surcharge)
            if file.account
            else Decimal(0)
        )
        if file.account and file.account.refunded_by(self.reference):
            raise gate("该退款已入账", "this refund is entered already", PENALTY(67), "reference")
        if self.amount > over:
            raise gate(
                f"可退金额为 {over} 元", f"only {over} yuan is overpaid", PENALTY(67), "amount"
            )


class HandInCash(
    Act,
    term="当场收缴罚款交款",
    en="Hand in cash",
    basis=PENALTY(71),
    by=(Role.OFFICER,),
):
    """Within two working days of taking it."""

    receipt: Line = ask("交款凭证", "Voucher")


class BankCash(
    Act,
    term="缴付银行",
    en="Pay into the bank",
    basis=PENALTY(71),
    by=(Role.TREASURY, Role.UNIT_HEAD),
):
    """The agency pays it in within two more working days."""

    voucher: Line = ask("银行回单", "Bank voucher")


class Part(BaseModel):
    """One instalment asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    due_on: Day = ask("缴纳日期", "Due on")
    amount: Yuan = ask("金额（元）", "Amount (yuan)", gt=0)


class ApplyDeferral(
    Act,
    term="申请暂缓或者分期缴纳罚款",
    en="Apply for deferral",
    basis=PENALTY(66),
    by=(Role.PARTY, Role.OFFICER),
):
    """Real hardship: later, or in parts."""

    reason: Text = ask("困难情况", "Hardship")
    parts: tuple[Part, ...] = ask("缴纳安排", "Schedule", min_length=1, max_length=36)
    proof: Digest | Line | None = ask("证明材料", "Proof", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not still_owes(file, moment):
            raise gate("没有应缴罚款", "nothing is owed", PENALTY(66))
        _may_still_be_deferred(file)
        days = [part.due_on for part in self.parts]
        last = add_months(moment.today, LONGEST_DEFERRAL)
        if days != sorted(set(days)) or days[0] <= moment.today or days[-1] > last:
            raise refuse(
                Code.INVALID,
                f"parts：日期须晚于今天、依次递增，最迟 {last}",
                f"parts: dates must lie ahead, ascend, and end by {last}",
                PENALTY(66),
                "parts",
            )
        self._covers_what_is_owed(file, moment)

    def _covers_what_is_owed(self, file: CaseFile, moment: Moment) -> None:
        owed = file.account.owed(moment.today, file.regime.surcharge) if file.account else 0
        if sum(part.amount for part in self.parts) != owed:
            raise refuse(
                Code.INVALID,
                f"parts：各期金额之和须等于应缴的 {owed} 元",
                f"parts: they must sum up to the {owed} yuan owed",
                PENALTY(66),
                "parts",
            )

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        return tuple(Instalment(due_on=p.due_on, amount=p.amount) for p in self.parts)


def _may_still_be_deferred(file: CaseFile) -> None:
    """One application at a time, and none once the court has it or the time for the court is over."""
    if file.deferral_asked:
        raise gate("已有申请待审批", "an application waits for a decision", PENALTY(66))
    if file.court_window == "missed" or file.court in ("applied", "granted"):
        raise gate(
            "已申请人民法院强制执行或者申请期限已过，不再暂缓或者分期缴纳",
            "the court was applied to, or the time for that is over: no deferral any more",
            PENALTY(66, "72(2)") + COERCION(53),
        )


class DecideDeferral(
    Act,
    term="暂缓或者分期缴纳罚款审批",
    en="Decision on deferral",
    basis=PENALTY(66, "72(2)"),
    by=(Role.BUREAU_HEAD,),
):
    """Approved, no surcharge runs and the time to apply to court runs from its end."""

    approved: bool = ask("同意", "Approved")
    opinion: Text = ask("意见", "Opinion")
