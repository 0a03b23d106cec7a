"""Papers of review and suit against a decision (行政复议、行政诉讼): 行政复议法 20–78; 行政诉讼法 44–77; 行政处罚法 73."""

from enum import StrEnum

from models.act import Act, Moment
from models.basis import LITIGATION, PENALTY, REVIEW
from models.case_file import CaseFile
from models.money import Yuan
from models.officers import not_in_future
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Line, ask
from models.when import Day


class _Challenge(Act):
    """A review or a suit the party started; recorded even when late, and flagged. A late one holds nothing up."""

    filed_on: Day = ask("提出日期", "Filed on")
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
    basis=REVIEW(20, 42) + PENALTY("73(1)", "73(3)"),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
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
    NO_DECISION = "no_decision"


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
                REVIEW(63) + LITIGATION(77),
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
    """Upheld, changed, revoked, rejected (不予受理), withdrawn, or not decided in time."""

    served_on: Day | None = ask("送达当事人日期", "Served on the party", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if self.served_on is not None:
            not_in_future(self.served_on, moment, "served_on")
        if file.unresolved("review") is None:
            raise gate("没有正在进行的复议", "no review is pending", REVIEW(63))


_SERVED = (Upshot.UPHOLD, Upshot.CHANGE, Upshot.REVOKE, Upshot.REJECTED)
"""What there is a decision of to be served; a withdrawn application has none."""


class RecordReviewService(
    Act,
    term="行政复议决定送达",
    en="Review decision served",
    basis=REVIEW(75) + LITIGATION(45),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """From here fifteen days to sue."""

    on: Day = ask("送达日期", "Served on")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        not_in_future(self.on, moment, "on")
        if not any(c.kind == "review" and c.result in _SERVED for c in file.challenges):
            raise gate("没有行政复议决定", "no review was decided", REVIEW(75))


class RecordLawsuit(
    _Challenge,
    term="行政诉讼",
    en="Suit filed",
    basis=LITIGATION(45, 46, 56) + PENALTY("73(1)", "73(3)"),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """Six months from knowing, or fifteen days after a review; on-the-spot penalties go to review first."""

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if file.pending("lawsuit"):
            raise gate("诉讼正在进行", "a suit is pending", LITIGATION(46))
        if file.pending("review") and not file.regime.lawsuit.while_review_runs:
            raise gate("复议期间不得起诉", "no suit while a review is pending", LITIGATION(44))
        ended = (c.result for c in file.challenges if c.kind == "review" and c.result)
        reviewed = any(result != Upshot.WITHDRAWN for result in ended)
        if file.review_first and not reviewed:
            raise gate(
                "当场处罚决定须先申请行政复议",
                "an on-the-spot penalty goes to review first",
                REVIEW("23(1)(1)"),
            )


class RecordSuitResult(
    _Result,
    term="行政判决（裁定）",
    en="Suit decided",
    basis=LITIGATION(69, 70, 77),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """The judgment or ruling in force."""

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        if self.result is Upshot.NO_DECISION:
            raise refuse(
                Code.INVALID,
                "result：逾期不作决定仅限行政复议",
                "result: only a review may end without a decision",
                LITIGATION(45),
                "result",
            )
        if file.unresolved("lawsuit") is None:
            raise gate("没有正在进行的诉讼", "no suit is pending", LITIGATION(69))
