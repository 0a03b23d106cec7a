"""Papers of the general procedure (普通程序, 行政处罚法 54–62): docketing, report, notice, defence, review, decision, closing."""

from typing import Literal

from models.act import Act, Moment, no_conflict
from models.acts.addressed import addressed
from models.acts.inquiry import kept
from models.basis import COERCION, PENALTY, REVIEW
from models.case_file import CaseFile, Finding, NoPenaltyGround, Outcome
from models.fining import party_found, penalty_allowed, record_stands
from models.penalty import Penalty
from models.person import Role
from models.refusal import Code, gate, refuse
from models.suspension import civil_day
from models.text import Digest, Line, Text, ask


class DecideDocketing(
    Act,
    term="立案审批",
    en="Docketing decision",
    basis=PENALTY(54, 76),
    by=(Role.UNIT_HEAD,),
    internal=True,
):
    """Approve, or refuse with the reason; not docketing what meets the standard is itself a breach."""

    approved: bool = ask("同意立案", "Docket the case")
    opinion: Text = ask("意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))


class SubmitInvestigationReport(
    Act,
    term="调查终结报告",
    en="Investigation report",
    basis=PENALTY(40, 54, 57),
    by=(Role.OFFICER,),
    internal=True,
):
    """The inquiry is over: what was found, and what is proposed."""

    outcome: Outcome = ask("处理建议", "Proposed outcome")
    facts: Text = ask("查明的事实", "Facts found")
    penalty: Penalty | None = ask("拟处罚", "Proposed penalty", default=None)
    ground: NoPenaltyGround | None = ask("不予处罚的情形", "Ground for no penalty", default=None)
    complex_or_serious: bool = ask("情节复杂或者重大违法", "Complex or serious", default=False)
    public_interest: bool = ask("涉及重大公共利益", "Big public interest", default=False)

    def finding(self) -> Finding:
        return Finding.model_validate_json(self.model_dump_json())

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if moment.actor.username not in file.investigators:
            raise refuse(
                Code.CONFLICT_OF_INTEREST,
                "调查终结报告由本案调查人员提交",
                "the report is submitted by an investigator of the case",
                PENALTY(54),
            )
        outcome_is_whole(self.outcome, self.penalty, self.ground)
        ground_fits(file, self.ground)
        _measures_settled(file)
        if self.outcome is Outcome.PENALISE and self.penalty is not None:
            facts_are_clear(file)
            penalty_allowed(file, self.penalty, moment)


def outcome_is_whole(
    outcome: Outcome, penalty: Penalty | None, ground: NoPenaltyGround | None
) -> None:
    """A penalty belongs to penalising, a ground to not penalising; docketing is over."""
    if outcome is Outcome.NOT_DOCKETED:
        raise refuse(
            Code.INVALID, "outcome：案件已立案", "the case is docketed", PENALTY(57), "outcome"
        )
    if (outcome is Outcome.PENALISE) != (penalty is not None):
        raise refuse(
            Code.INVALID,
            "penalty：给予处罚的须写明处罚，其他情形不得写",
            "penalty: given exactly when the outcome is to penalise",
            PENALTY(57),
            "penalty",
        )
    if (outcome is Outcome.NO_PENALTY) != (ground is not None):
        raise refuse(
            Code.INVALID,
            "ground：不予处罚的须写明法定情形，其他情形不得写",
            "ground: given exactly when there is no penalty",
            PENALTY(33),
            "ground",
        )


def ground_fits(file: CaseFile, ground: NoPenaltyGround | None) -> None:
    age = file.party.age_on(civil_day(file.occurred_at))
    if ground is NoPenaltyGround.UNDER_14 and age is not None and age >= 14:
        raise gate("当事人已满十四周岁", "the party was 14 or older", PENALTY(30), "ground")


def facts_are_clear(file: CaseFile) -> None:
    if not file.supporting:
        raise gate(
            "没有查证属实的证据，不得给予处罚",
            "no penalty without evidence",
            PENALTY(40, 46),
        )


def _measures_settled(file: CaseFile) -> None:
    if file.preservation and file.preservation.approved is None and file.preservation.live:
        raise gate("先行登记保存尚待审批", "a preservation waits for approval", PENALTY(56))


class ApproveNotice(
    Act,
    term="事先告知审批",
    en="Approve the advance notice",
    basis=PENALTY(44, 57, 63),
    by=(Role.BUREAU_HEAD,),
    internal=True,
):
    """The head reviews the result of the inquiry; approved, the party is told; otherwise the inquiry goes on."""

    approved: bool = ask("同意告知", "Approved")
    opinion: Text = ask("意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))
        if self.approved:
            record_stands(file)
            party_found(file)


class FromTheParty(Act):
    """Done by the party, or by an officer on the party's behalf with proof."""

    proof: Digest | Line | None = ask(
        "代为办理的证明", "Proof that the party asked for it", default=None
    )

    def gate(self, file: CaseFile, moment: Moment) -> None:
        is_party = moment.actor.id_digest is not None and (
            moment.actor.id_digest == file.party_digest
        )
        if not is_party and self.proof is None:
            raise gate(
                "代当事人办理须附证明材料",
                "acting for the party needs proof",
                PENALTY(44),
                "proof",
            )


class StateAndDefend(
    FromTheParty,
    term="陈述申辩",
    en="Statement and defence",
    basis=PENALTY(44, 45),
    by=(Role.PARTY, Role.OFFICER),
):
    """What the party says; it never makes the penalty heavier."""

    statement: Text = ask("陈述申辩内容", "Statement")
    evidence: tuple[Digest, ...] = ask("证据摘要", "Digests of evidence", default=(), max_length=50)

    def evidence_cited(self) -> tuple[str, ...]:
        return self.evidence

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        kept(self, moment)


class RequestHearing(
    FromTheParty,
    term="要求听证",
    en="Request a hearing",
    basis=PENALTY(63, "64(1)"),
    by=(Role.PARTY, Role.OFFICER),
):
    """Within five working days of being told; free of charge."""

    reason: Text | None = ask("理由", "Reason", default=None)


class WaiveRights(
    FromTheParty,
    term="放弃陈述申辩和听证",
    en="Waive the rights",
    basis=PENALTY(62),
    by=(Role.PARTY, Role.OFFICER),
):
    """Explicit, and stored."""

    declared: Literal[True] = ask("明确表示放弃", "Clearly waived")


class ReviewDefence(
    Act,
    term="陈述申辩复核",
    en="Review of the defence",
    basis=PENALTY(45),
    by=(Role.OFFICER,),
):
    """Each point is answered: adopted, or why not. The penalty may go down, never up."""

    answers: tuple[Text, ...] = ask("逐项复核意见", "Answer to each point", min_length=1)
    adopted: bool = ask("采纳", "Adopted")
    penalty: Penalty | None = ask("调整后的拟处罚", "Changed penalty", default=None)
    drop: bool = ask("不再给予处罚", "No penalty any more", default=False)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        waiting = sum(1 for defence in file.defences if not defence.answered)
        if len(self.answers) < waiting:
            raise gate(
                "对每项陈述申辩都须复核答复",
                "every statement must be answered",
                PENALTY(45),
                "answers",
            )
        if (self.drop or self.penalty is not None) and not self.adopted:
            raise refuse(
                Code.INVALID,
                "adopted：变更或者不再给予处罚的，须采纳申辩",
                "adopted: a change of the penalty adopts the defence",
                PENALTY(45),
                "adopted",
            )
        if self.penalty is not None:
            never_heavier(file, self.penalty)
            penalty_allowed(file, self.penalty, moment)


def never_heavier(file: CaseFile, penalty: Penalty) -> None:
    """The decision is never heavier than the notice (行政处罚法 45)."""
    ceiling = file.ceiling
    respect = penalty.heavier_than(ceiling) if ceiling else None
    if respect:
        raise gate(
            "处罚不得重于事先告知的内容，不得因陈述申辩加重处罚",
            f"heavier than what the party was told ({respect}); a defence never makes it heavier",
            PENALTY(45),
            f"penalty.{respect}",
        )


class LegalReview(
    Act,
    term="法制审核",
    en="Legal review",
    basis=PENALTY(58),
    by=(Role.LEGAL_REVIEWER,),
    internal=True,
):
    """Without a pass no decision; returned, the file goes back with the reasons."""

    passed: bool = ask("审核通过", "Passed")
    opinion: Text = ask("审核意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))


class CollectiveDiscussion(
    Act,
    term="集体讨论",
    en="Collective discussion",
    basis=PENALTY("57(2)"),
    by=(Role.BUREAU_HEAD,),
    internal=True,
):
    """The heads of the bureau decide a complex or serious case together."""

    participants: tuple[Line, ...] = ask("参加人员", "Who took part", min_length=2, max_length=30)
    record: Text = ask("讨论记录", "Record")
    conclusion: Text = ask("结论", "Conclusion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))


class MakeDecision(
    Act,
    term="处罚决定",
    en="Decision",
    basis=PENALTY(57, 59, 60),
    by=(Role.BUREAU_HEAD,),
):
    """The head decides, inside the notice, the range and the tier."""

    outcome: Outcome = ask("决定", "Outcome")
    penalty: Penalty | None = ask("处罚", "Penalty", default=None)
    ground: NoPenaltyGround | None = ask("不予处罚的情形", "Ground for no penalty", default=None)
    reasons: Text = ask("理由", "Reasons")
    receiver: Line | None = ask("受移送机关", "Receiving organ", default=None)
    publish: bool = ask("具有一定社会影响，依法公开", "Published", default=False)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        recusal_decided(file)
        record_stands(file)
        _receiver_named(self.outcome, self.receiver)
        no_conflict(moment.actor.username, file.ever_investigators, type(self))
        outcome_is_whole(self.outcome, self.penalty, self.ground)
        ground_fits(file, self.ground)
        if self.outcome in _PAPERED:
            addressed(file, PENALTY("59(1)"))
        if self.outcome is Outcome.PENALISE and self.penalty is not None:
            told_and_heard(file)
            facts_are_clear(file)
            never_heavier(file, self.penalty)
            penalty_allowed(file, self.penalty, moment)


_PAPERED = {Outcome.PENALISE, Outcome.NO_PENALTY, Outcome.NOT_PROVEN}


def recusal_decided(file: CaseFile) -> None:
    if file.recusal:
        raise gate(
            "回避申请尚未决定，不得作出处罚决定",
            "a request for recusal is not decided yet",
            PENALTY(43),
        )


def _receiver_named(outcome: Outcome, receiver: str | None) -> None:
    if (outcome is Outcome.TRANSFER) != (receiver is not None):
        raise refuse(
            Code.INVALID,
            "receiver：移送的须写明受移送机关，其他情形不得写",
            "receiver: given exactly when the case is transferred",
            PENALTY(27, 57),
            "receiver",
        )


def told_and_heard(file: CaseFile) -> None:
    if file.notice is None:
        raise gate(
            "未履行告知程序，不得作出处罚决定",
            "no decision to penalise without the advance notice",
            PENALTY(44, 62),
            "outcome",
        )
    if file.defences_open:
        raise gate("陈述申辩尚未复核", "a statement is not reviewed yet", PENALTY(45, 62))
    if file.notice.dropped:
        raise gate(
            "申辩成立已予采纳，不得再给予处罚",
            "the defence was adopted: no penalty any more",
            PENALTY(45),
            "outcome",
        )


class CloseCase(
    Act,
    term="结案",
    en="Close the case",
    basis=PENALTY(47, 72) + COERCION(40),
    by=(Role.UNIT_HEAD,),
    internal=True,
):
    """Performed, or ended by law, or no penalty; goods dealt with, correction checked."""

    opinion: Text = ask("意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))
        _things_dealt_with(file)
        if not file.corrections_settled:
            raise gate("责令改正尚未复查", "an order to correct is not re-inspected", PENALTY(28))
        _money_settled(file, moment)
        if file.account and still_owes(file, moment):
            raise gate(
                "罚款尚未缴清，也未依法终结执行",
                "the fine is neither paid nor ended by law",
                PENALTY(72) + COERCION(40),
            )


def _money_settled(file: CaseFile, moment: Moment) -> None:
    """Cash is in the bank, nothing waits to be refunded, nothing is being challenged."""
    if file.on_the_spot and file.on_the_spot.collected and file.cash != "banked":
        raise gate("当场收缴的罚款尚未缴付银行", "cash is not in the bank yet", PENALTY(71))
    if file.account and file.account.overpaid(moment.today, file.regime.surcharge) > 0:
        raise gate("多缴款尚未退还", "what was overpaid is not refunded", PENALTY(67, 74))
    if file.pending("review") or file.pending("lawsuit"):
        raise gate("复议或者诉讼尚未终结", "a review or suit is pending", PENALTY(73) + REVIEW(42))
    if file.to_be_unpublished:
        raise gate(
            "决定已被变更或者撤销，公开的决定尚未撤回",
            "changed or revoked, and still on the public list",
            PENALTY("48(2)"),
        )


def _things_dealt_with(file: CaseFile) -> None:
    for measure, basis in ((file.preservation, PENALTY(56)), (file.seizure, COERCION(27, 28))):
        if measure and measure.live:
            raise gate("涉案物品尚未处理", "things taken are not dealt with yet", basis)
    if file.exhibits_held:
        raise gate("物证尚未处理", "exhibits are still in custody", PENALTY(74))


def still_owes(file: CaseFile, moment: Moment) -> bool:
    """Whether money is still owed today and execution has not been ended by law."""
    if file.account is None or file.execution_ended:
        return False
    return file.account.owed(moment.today, file.regime.surcharge) > 0
