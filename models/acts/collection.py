"""Papers of execution (执行): money, deferral, review, suit, demand, court (行政处罚法 66–73; 行政强制法 35–60; 行政复议法; 行政诉讼法)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.account import Instalment
from models.act import Act, Moment
from models.acts.general_penalty import still_owes
from models.basis import COERCION, INTERPRETATION, LITIGATION, PENALTY, REVIEW
from models.case_file import CaseFile
from models.money import Yuan
from models.officers import not_in_future
from models.period import add_months
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Digest, Line, Text, ask


class ReceivePayment(
    Act,
    term="收到缴款",
    en="Payment received",
    basis=PENALTY(67),
    by=(Role.TREASURY,),
):
    """What the collecting bank reports, under its own reference; a repeat changes nothing."""

    bill: Line = ask("缴款单号", "Bill")
    reference: Line = ask("银行流水号", "Bank reference")
    amount: Yuan = ask("金额（元）", "Amount (yuan)", gt=0)
    paid_at: AwareDatetime = ask("缴款时间", "Paid at")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.account is None or file.account.bill != self.bill:
            raise gate("缴款单号不属于本案", "the bill is not this case's", PENALTY(67), "bill")
        if self.paid_at > moment.now:
            raise refuse(
                Code.INVALID, "paid_at：不得晚于现在", "paid_at: in the future", (), "paid_at"
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

    due_on: date = ask("缴纳日期", "Due on")
    amount: Yuan = ask("金额（元）", "Amount (yuan)", gt=0)


class ApplyDeferral(
    Act,
    term="申请延期分期缴纳",
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
        days = [part.due_on for part in self.parts]
        if days != sorted(set(days)) or days[0] <= moment.today:
            raise refuse(
                Code.INVALID,
                "parts：日期须晚于今天并依次递增",
                "parts: dates must lie ahead and ascend",
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


class DecideDeferral(
    Act,
    term="延期分期审批",
    en="Decision on deferral",
    basis=PENALTY(66, "72(2)"),
    by=(Role.BUREAU_HEAD,),
):
    """Approved, no surcharge runs and the time to apply to court runs from its end."""

    approved: bool = ask("同意", "Approved")
    opinion: Text = ask("意见", "Opinion")


class _Challenge(Act):
    """A review or a suit the party started; recorded even when late, and flagged."""

    filed_on: date = ask("提出日期", "Filed on")
    body: Line = ask("受理机关", "Body")
    document: Line | None = ask("文书号", "Paper", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        not_in_future(self.filed_on, moment, "filed_on")
        known = file.served_on("decision")
        if known is None or self.filed_on < known:
            raise gate(
                "决定尚未送达，当事人尚不能申请复议或者起诉",
                "the decision is not served yet: there is nothing to challenge",
                REVIEW(20) + LITIGATION(46),
                "filed_on",
            )


class RecordReview(
    _Challenge,
    term="行政复议申请",
    en="Review filed",
    basis=REVIEW(20, 42) + PENALTY("73(1)"),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER, Role.PARTY),
):
    """Execution goes on, but no surcharge runs."""

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if file.pending("review"):
            raise gate("复议正在进行", "a review is pending", REVIEW(20))
        if file.pending("lawsuit") and not file.regime.lawsuit.while_review_runs:
            raise gate("已经起诉的不得申请复议", "no review while a suit is pending", REVIEW(29))


class ReplyToReview(
    Act,
    term="行政复议答复",
    en="Reply to the review",
    basis=REVIEW(48, 54),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """The bureau's answer and the file, sent to the review body."""

    document: Line = ask("答复书", "Reply")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not any(c.kind == "review" for c in file.challenges):
            raise gate("没有行政复议", "no review was filed", REVIEW(48))


class Upshot(StrEnum):
    """What the review body or the court made of the decision."""

    UPHOLD = "uphold"
    CHANGE = "change"
    REVOKE = "revoke"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class _Result(Act):
    """The result, and the fine when it was changed."""

    result: Upshot = ask("结果", "Result")
    document: Line = ask("文书号", "Paper")
    fine: Yuan | None = ask("变更后的罚款（元）", "Changed fine (yuan)", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if (self.result is Upshot.CHANGE) != (self.fine is not None):
            raise refuse(
                Code.INVALID,
                "fine：变更的须写明变更后的罚款，其他不得写",
                "fine: given exactly when the decision is changed",
                (),
                "fine",
            )
        if self.fine is not None and file.account and self.fine > file.account.fine:
            raise gate(
                "复议、诉讼变更不得加重处罚",
                "a challenge never makes the penalty heavier",
                REVIEW(63) + LITIGATION(77),
                "fine",
            )


class RecordReviewResult(
    _Result,
    term="行政复议决定",
    en="Review decided",
    basis=REVIEW(63, 68, 75, 78),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """Upheld, changed, revoked, rejected or withdrawn."""

    served_on: date | None = ask("送达当事人日期", "Served on the party", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if self.served_on is not None:
            not_in_future(self.served_on, moment, "served_on")
        if not file.pending("review"):
            raise gate("没有正在进行的复议", "no review is pending", REVIEW(63))


class RecordReviewService(
    Act,
    term="行政复议决定送达",
    en="Review decision served",
    basis=REVIEW(75) + LITIGATION(45),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """From here fifteen days to sue."""

    on: date = ask("送达日期", "Served on")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        not_in_future(self.on, moment, "on")
        if not any(c.kind == "review" and c.result for c in file.challenges):
            raise gate("没有行政复议决定", "no review was decided", REVIEW(75))


class RecordLawsuit(
    _Challenge,
    term="行政诉讼",
    en="Suit filed",
    basis=LITIGATION(45, 46, 56) + PENALTY("73(1)"),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER, Role.PARTY),
):
    """Six months from knowing, or fifteen days after a review; on-the-spot penalties go to review first."""

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if file.pending("lawsuit"):
            raise gate("诉讼正在进行", "a suit is pending", LITIGATION(46))
        if file.pending("review") and not file.regime.lawsuit.while_review_runs:
            raise gate("复议期间不得起诉", "no suit while a review is pending", LITIGATION(44))
        reviewed = any(c.kind == "review" and c.result for c in file.challenges)
        if file.review_first and not reviewed:
            raise gate(
                "当场处罚决定须先申请行政复议",
                "an on-the-spot penalty goes to review first",
                REVIEW("23(1)(1)"),
            )


class RecordSuitResult(
    _Result,
    term="行政裁判",
    en="Suit decided",
    basis=LITIGATION(69, 70, 77),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """The judgment or ruling in force."""

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if not file.pending("lawsuit"):
            raise gate("没有正在进行的诉讼", "no suit is pending", LITIGATION(69))


class IssueDemand(
    Act,
    term="催告",
    en="Demand",
    basis=COERCION(35, 54),
    by=(Role.OFFICER,),
):
    """In writing before any enforcement: the sum, the way, the time, the right to be heard."""

    content: Text = ask("催告内容", "What is demanded")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.account is None or file.account.late_from is None:
            raise gate(
                "缴款期限尚未届满", "the time to pay has not run out", COERCION(35) + PENALTY(67)
            )
        if not still_owes(file, moment):
            raise gate("没有应缴罚款", "nothing is owed", COERCION(35))
        if file.demand == "issued":
            raise gate("催告书尚未送达", "a demand waits to be served", COERCION(35, 38))


class DefendDemand(
    Act,
    term="对催告的陈述申辩",
    en="Answer to the demand",
    basis=COERCION(36),
    by=(Role.PARTY, Role.OFFICER),
):
    """Recorded and reviewed; adopted if well founded."""

    statement: Text = ask("陈述申辩内容", "Statement")
    review: Text | None = ask("复核意见", "The bureau's answer", default=None)


class ApplyCourtEnforcement(
    Act,
    term="申请人民法院强制执行",
    en="Apply for court enforcement",
    basis=COERCION(53, 54, 55) + PENALTY(72) + INTERPRETATION(156),
    by=(Role.BUREAU_HEAD,),
):
    """Unpaid, unchallenged, demanded; within three months of the end of the suit period or of the deferral."""

    court: Line = ask("人民法院", "Court")
    content: Text = ask("申请事项", "What is applied for")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not still_owes(file, moment):
            raise gate("没有应执行的内容", "nothing is left to execute", COERCION(53))
        if file.execution_suspended:
            raise gate("执行已经中止", "execution is suspended", COERCION(39))
        if not file.regime.demand_required:
            return
        if file.court in ("applied", "granted"):
            raise gate("已经申请强制执行", "applied for already", COERCION(53))
        _no_challenge_runs(file)
        _periods_are_over(file)
        _window_is_open(file)
        _demanded(file)


def _window_is_open(file: CaseFile) -> None:
    if file.court_window == "missed":
        raise refuse(
            Code.PERIOD_OVER,
            "申请人民法院强制执行的三个月期限已过",
            "the three months to apply to the court are over",
            COERCION(53) + INTERPRETATION(156),
        )


def _no_challenge_runs(file: CaseFile) -> None:
    if file.pending("review") or file.pending("lawsuit"):
        raise gate(
            "复议或者诉讼尚未终结", "a review or suit is pending", COERCION(53) + LITIGATION(97)
        )


def _periods_are_over(file: CaseFile) -> None:
    if file.court_window is None:
        raise gate(
            "当事人起诉期限尚未届满或者延期分期尚未到期",
            "the time to sue, or the deferral, has not run out",
            COERCION(53) + PENALTY("72(2)"),
        )


def _demanded(file: CaseFile) -> None:
    if file.demand != "unmet":
        raise gate(
            "须先催告，催告书送达十个工作日后仍未履行的方可申请",
            "a demand must be served first and ten working days pass",
            COERCION(54, 69),
        )


class RecordCourtRuling(
    Act,
    term="法院裁定",
    en="Court ruling",
    basis=COERCION(56, 57, 58),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """Granted, refused or not accepted."""

    ruling: Literal["granted", "refused", "not_accepted"] = ask("裁定", "Ruling")
    document: Line = ask("裁定书号", "Paper")
    reason: Text | None = ask("理由", "Reason", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.court != "applied":
            raise gate("尚未申请强制执行", "no application is pending", COERCION(56))
        if self.ruling != "granted" and self.reason is None:
            raise gate("须写明理由", "the reason is needed", COERCION(58), "reason")


class SuspendExecution(
    Act,
    term="中止执行",
    en="Suspend execution",
    basis=COERCION(39),
    by=(Role.BUREAU_HEAD,),
):
    """Hardship, a third party's claim, irreparable harm, or another ground."""

    ground: Literal["hardship", "third_party_claim", "irreparable_harm", "other"] = ask(
        "中止事由", "Ground"
    )
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.execution_suspended:
            raise gate("执行已经中止", "execution is suspended already", COERCION(39))
        if not still_owes(file, moment):
            raise gate("没有应执行的内容", "nothing is left to execute", COERCION(39))


class ResumeExecution(
    Act,
    term="恢复执行",
    en="Resume execution",
    basis=COERCION(39),
    by=(Role.BUREAU_HEAD,),
):
    """The ground is gone."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not file.execution_suspended:
            raise gate("执行没有中止", "execution is not suspended", COERCION(39))


class EndExecution(
    Act,
    term="终结执行",
    en="End execution",
    basis=COERCION("39(2)", 40),
    by=(Role.BUREAU_HEAD,),
):
    """Death without estate, entity gone without assets, object gone, decision revoked, or three years suspended without means."""

    ground: Literal[
        "died_without_estate",
        "entity_gone",
        "object_gone",
        "decision_revoked",
        "suspended_three_years",
        "other",
    ] = ask("终结事由", "Ground")
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if self.ground == "suspended_three_years" and not _three_years(file, moment):
            raise gate(
                "中止执行未满三年", "not suspended for three years", COERCION("39(2)"), "ground"
            )


def _three_years(file: CaseFile, moment: Moment) -> bool:
    since = file.execution_suspended
    if since is None:
        return False
    return moment.today >= add_months(since, 36)
