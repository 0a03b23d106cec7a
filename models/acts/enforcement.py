"""Papers of enforcement (强制执行): demand, court, suspension and ending (行政强制法 35–58)."""

from typing import Literal

from models.act import Act, Moment
from models.acts.general_penalty import still_owes
from models.basis import COERCION, INTERPRETATION, LITIGATION, PENALTY, REVIEW
from models.case_file import CaseFile
from models.period import add_months
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Line, Text, ask


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
        if file.account.deferred:
            raise gate(
                "暂缓或者分期缴纳期间不得催告",
                "no demand while a deferral runs",
                COERCION(35) + PENALTY(66),
            )


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
        _review_body_enforces(file)
        _no_challenge_runs(file)
        _periods_are_over(file)
        _window_is_open(file)
        _demanded(file)


def _review_body_enforces(file: CaseFile) -> None:
    if file.changed_by_review:
        raise gate(
            "行政复议变更的决定由行政复议机关依法强制执行或者申请人民法院强制执行",
            "what a review changed is enforced by the review body",
            REVIEW("78"),
        )


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
            "当事人起诉期限尚未届满或者暂缓、分期缴纳尚未到期",
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
    """Death without estate, entity gone without assets, object gone, or three years suspended without means."""

    ground: Literal[
        "died_without_estate",
        "entity_gone",
        "object_gone",
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
