"""Papers of non-contact enforcement (非现场执法, 行政处罚法 41, 44, 45, 51): review of captures, the party found, told, heard; decided."""

from typing import Any, Literal

from models.act import Act, Moment, no_conflict
from models.acts.addressed import addressed
from models.acts.general_penalty import (
    FromTheParty,
    facts_are_clear,
    ground_fits,
    never_heavier,
    outcome_is_whole,
    recusal_decided,
    told_and_heard,
)
from models.basis import PENALTY, PRACTICE
from models.capture import Monitoring, Verdict
from models.case_file import CaseFile, NoPenaltyGround, Outcome
from models.fining import party_found, penalty_allowed, record_stands
from models.officers import two_qualified
from models.party import Party
from models.penalty import Penalty
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Line, Text, ask


class ReviewCapture(
    Act,
    term="审核监控记录",
    en="Review a capture",
    basis=PENALTY("41(2)"),
    by=(Role.OFFICER,),
    internal=True,
):
    """A person passes it as true, clear, complete and accurate, or rejects it with the reason."""

    capture: Line = ask("记录", "Capture")
    passed: bool = ask("真实、清晰、完整、准确", "True, clear, complete and accurate")
    reason: Text | None = ask("不通过的理由", "Why not", default=None)
    officers: tuple[Line, ...] = ask("办案人员", "Officers of the case", default=(), max_length=10)

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def gate(self, file: CaseFile, moment: Moment) -> None:
        _waits_for_review(file, moment)
        if self.passed and not file.officers:
            two_qualified(self.officers, moment, moment.today)
        if not self.passed and self.reason is None:
            raise refuse(
                Code.INVALID,
                "reason：不通过的须写明理由",
                "reason: say why it is rejected",
                PENALTY("41(2)"),
                "reason",
            )


def _waits_for_review(file: CaseFile, moment: Moment) -> None:
    """It is one of this case, and nobody reviewed it yet; what is unusable belongs to no case (41(1))."""
    capture = moment.capture
    known = capture and _monitoring(file).capture(capture.id)
    reviewed = known and known.reviewed_by
    if _monitoring(file).between_two_reviews:
        raise gate(
            "抽中的记录尚待复审，请先完成复审",
            "a sampled capture waits for its second review first",
            PRACTICE("抽样复审"),
        )
    if capture is None or reviewed or capture.verdict is not Verdict.PENDING:
        raise gate(
            "本案没有这条待审核的记录",
            "no such capture of this case waits for review",
            PENALTY("41(2)"),
            "capture",
        )


class ReviewCaptureAgain(
    Act,
    term="抽样复审监控记录",
    en="Second review of a capture",
    basis=PENALTY("41(2)") + PRACTICE("抽样复审"),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
    internal=True,
):
    """The sample is looked at by another person, who may take the first verdict back."""

    passed: bool = ask("真实、清晰、完整、准确", "True, clear, complete and accurate")
    reason: Text = ask("复审意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        first = {capture.reviewed_by for capture in _monitoring(file).captures}
        if moment.actor.username in first:
            raise refuse(
                Code.CONFLICT_OF_INTEREST,
                "复审不得由初审人员进行",
                "not reviewed again by who reviewed it first",
                self.basis,
            )


class IdentifyParty(
    Act,
    term="查明当事人",
    en="Identify the party",
    basis=PENALTY(40, "41(3)", 54),
    by=(Role.OFFICER,),
):
    """By patrol or inquiry; or, without a party, the registers are asked once more."""

    party: Party | None = ask("当事人", "Party; none: ask the registers again", default=None)
    how: Text = ask("查明经过", "How it was found out")

    def disclosed(self) -> dict[str, Any]:
        return {"party": self.party.masked() if self.party else None, "how": self.how}

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.notice is not None:
            raise gate(
                "已告知原当事人，不得换成他人",
                "another party has not been told what is intended",
                PENALTY(44, 62),
                "party",
            )
        again = any(objection.another for objection in _monitoring(file).objections)
        if moment.found is None or (again and self.party is None):
            raise gate(
                "登记信息中没有查到当事人，请巡查核实后填写",
                "the registers do not know: go and see, then name the party",
                PENALTY(40),
                "party",
            )


class AcceptFacts(
    FromTheParty,
    term="认可违法事实",
    en="Accept the facts",
    basis=PENALTY("41(3)", 44),
    by=(Role.PARTY, Role.OFFICER),
):
    """Having seen the evidence; it says nothing about the penalty, and waives nothing."""

    accepted: Literal[True] = ask("认可记录的事实", "The facts are as recorded")
    remarks: Text | None = ask("说明", "Remarks", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        party_found(file)
        if _monitoring(file).accepted_at is not None:
            raise gate("已经认可过", "accepted already", PENALTY("41(3)"))


class ObjectNotMine(
    FromTheParty,
    term="对监控记录提出异议",
    en="Object to the record",
    basis=PENALTY("41(3)"),
    by=(Role.PARTY, Role.OFFICER),
):
    """Not mine, not true, or excused; answered within five working days, and nothing is decided before."""

    statement: Text = ask("异议内容", "Objection")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        super().gate(file, moment)
        party_found(file)
        if _monitoring(file).objection is not None:
            raise gate("上一次异议尚未答复", "the last one is not answered yet", PENALTY("41(3)"))


class AnswerObjection(
    Act,
    term="答复异议",
    en="Answer the objection",
    basis=PENALTY("41(3)") + PRACTICE("非现场执法异议"),
    by=(Role.UNIT_HEAD, Role.LEGAL_REVIEWER),
):
    """By somebody who did not review the record. Upheld, the record is withdrawn, or it is another's."""

    upheld: bool = ask("异议成立", "Upheld")
    another: bool = ask("系他人所为，另行查明", "It was somebody else", default=False)
    answer: Text = ask("答复", "Answer")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))
        if self.another and not self.upheld:
            raise refuse(
                Code.INVALID,
                "another：异议成立的方可另行查明",
                "another: only where the objection is upheld",
                PENALTY("41(3)"),
                "another",
            )
        if self.another and file.notice is not None:
            raise gate(
                "已告知原当事人，不得换成他人，应当撤案后另行立案",
                "another party has not been told: withdraw, and file against the right party",
                PENALTY(44, 62),
                "another",
            )


class ProposePenalty(
    Act,
    term="拟处罚告知",
    en="Tell the intended penalty",
    basis=PENALTY(44, 51, 62),
    by=(Role.OFFICER,),
):
    """Of summary size: the party is told at once what is intended and why; larger ones go through the general procedure."""

    facts: Text = ask("违法事实", "Facts")
    penalty: Penalty = ask("拟处罚", "Intended penalty")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if moment.actor.username not in file.investigators:
            raise refuse(
                Code.CONFLICT_OF_INTEREST,
                "由本案办案人员告知",
                "told by an officer of the case",
                PENALTY(44),
            )
        of_summary_size(file, self.penalty)
        penalty_allowed(file, self.penalty, moment)
        facts_are_clear(file)


class DecideOnRecord(
    Act,
    term="依监控记录作出决定",
    en="Decide on the record",
    basis=PENALTY(41, 51, 57, 59),
    by=(Role.UNIT_HEAD,),
):
    """Of summary size, told and heard: decided by the head of the unit, never heavier than told."""

    outcome: Literal[Outcome.PENALISE, Outcome.NO_PENALTY] = ask("决定", "Outcome")
    penalty: Penalty | None = ask("处罚", "Penalty", default=None)
    ground: NoPenaltyGround | None = ask("不予处罚的情形", "Ground for no penalty", default=None)
    reasons: Text = ask("理由", "Reasons")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))
        recusal_decided(file)
        outcome_is_whole(self.outcome, self.penalty, self.ground)
        ground_fits(file, self.ground)
        record_stands(file)
        party_found(file)
        addressed(file, PENALTY("59(1)"))
        if self.penalty is not None:
            told_and_heard(file)
            facts_are_clear(file)
            of_summary_size(file, self.penalty)
            never_heavier(file, self.penalty)
            penalty_allowed(file, self.penalty, moment)


def of_summary_size(file: CaseFile, penalty: Penalty) -> None:
    """Within the limit of the summary procedure (51)."""
    if penalty.fine > file.rules.summary_limit or penalty.beyond_a_fine:
        raise gate(
            f"限警告或者 {file.rules.summary_limit} 元以下罚款；超过的应当适用普通程序",
            f"a warning or at most {file.rules.summary_limit} yuan; more goes through the general procedure",
            PENALTY(51),
            "penalty",
        )


def _monitoring(file: CaseFile) -> Monitoring:
    assert file.monitoring is not None  # noqa: S101 -- only a case that began with a camera takes these papers
    return file.monitoring
