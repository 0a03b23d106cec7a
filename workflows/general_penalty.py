"""The general procedure of a penalty (普通程序, 行政处罚法 第五章第三节, 54–62), then service, execution and closing."""

from temporalio import workflow

from models.act import Act
from models.acts.general_penalty import (
    ApproveNotice,
    CollectiveDiscussion,
    DecideDocketing,
    LegalReview,
    MakeDecision,
    RequestHearing,
    ReviewDefence,
    StateAndDefend,
    SubmitInvestigationReport,
    WaiveRights,
)
from models.basis import PENALTY, Basis
from models.case_file import (
    GROUND_ARTICLES,
    CaseFile,
    Decision,
    Defence,
    Finding,
    NoPenaltyGround,
    Notice,
    Outcome,
    Stage,
)
from models.change import Start
from models.evidence import EvidenceKind
from models.penalty import Penalty
from workflows.hearing import hold_hearing
from workflows.penalty_case import PenaltyCase
from workflows.service import at_start_of, serve
from workflows.standing import file_evidence


@workflow.defn(name="general_penalty")
class GeneralPenalty(PenaltyCase):
    """From the lead to closing."""

    @workflow.init
    def __init__(self, file: CaseFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: CaseFile, start: Start) -> str:
        """Ends with the outcome of the case."""
        return await self.conduct_case(self._procedure)

    async def _procedure(self) -> None:
        if self.file.docketed_at is None and not await self._docketed():
            return  # 54: not docketed
        while self.file.decision is None:
            await self.weigh(await self._inquire())  # 54, 55
            if self.file.closed:
                return  # 27: with the judiciary
        if self.file.served_on("decision") is None:
            await self.serve_decision()  # 61
        await self.collect_and_close()  # 66–73

    async def _docketed(self) -> bool:
        """Filed promptly, or refused with the reason (54, 76)."""
        if self._fresh:
            self.file_lead()
            self.start_clock("docket")
        return await self.docketing_decided()

    async def docketing_decided(self) -> bool:
        """By the head of the unit, in the time there is."""
        docketing = await self.expect(DecideDocketing, due="docket")
        self.stop_clock("docket")
        if docketing.approved:
            self.docket(docketing)
            return True
        self.issue(
            "not_docketed", "不予立案审批表", PENALTY(54), act=docketing, opinion=docketing.opinion
        )
        self.finish(Outcome.NOT_DOCKETED)
        return False

    async def _inquire(self) -> Finding:
        """Full, objective, fair; records, evidence, measures and orders come beside, as standing acts."""
        self.back_to_inquiry()
        return self.found(await self.expect(SubmitInvestigationReport, due="decide"))

    def back_to_inquiry(self) -> None:
        """What followed an earlier report counts no more."""
        self.enter(Stage.INQUIRY)
        file = self.file
        file.notice, file.hearing, file.reviewed, file.discussed = None, None, False, False

    def found(self, report: SubmitInvestigationReport) -> Finding:
        """The inquiry is over (57)."""
        finding = self.file.finding = report.finding()
        self.issue("report", "案件调查终结报告", PENALTY(57), act=report)
        return finding

    async def weigh(self, finding: Finding) -> None:
        """Tell and hear, review, decide; a file that is sent back has no decision yet (44, 45, 57, 58)."""
        if finding.outcome is Outcome.PENALISE and not await self._tell_and_hear(finding):
            return  # 57: back to the inquiry
        if not await self._reviewed(finding):
            return  # 58: returned with reasons
        await self._decide()  # 57, 59

    async def _tell_and_hear(self, finding: Finding) -> bool:
        """Tell what is intended and why, hear the party, answer every point (44, 45, 62–65)."""
        self.enter(Stage.NOTICE)
        approval = await self.expect(ApproveNotice, due="decide")
        if not approval.approved or finding.penalty is None:
            return False
        self._give_notice(finding.penalty, approval)
        hearing = await self._party_answers()
        if self.file.defences_open:
            await self._review_defence()
        if hearing is not None:
            await hold_hearing(self, hearing)
            if self.file.defences_open:
                await self._review_defence()
        return True

    def _give_notice(self, penalty: Penalty, approval: Act) -> None:
        offered = self.file.rules.hearing_must_be_offered(penalty)
        self.file.notice = Notice(penalty=penalty, hearing_offered=offered)
        told = penalty.model_dump(mode="json")
        notice = self.issue("notice", "行政处罚事先告知书", PENALTY(44), act=approval, penalty=told)
        self.supersede(notice, "重新告知")
        if offered:
            offer = self.issue("hearing_offer", "听证告知书", PENALTY(63, 64), act=approval)
            self.supersede(offer, "重新告知")

    async def _party_answers(self) -> RequestHearing | None:
        """Until the party waives, asks for a hearing, or the time is over: five working days for a hearing (64), the bureau's for a
        statement.
        """
        notice = self.file.notice
        assert notice is not None  # noqa: S101 -- given just before
        rights = (
            StateAndDefend,
            WaiveRights,
            *((RequestHearing,) if notice.hearing_offered else ()),
        )
        answer = await serve(self, "notice", *rights, due="decide")
        notice.served_on = self.file.served_on("notice")
        window = "hearing_ask" if notice.hearing_offered else "statement"
        told = notice.served_on
        self.start_clock(window, since=at_start_of(told) if told else None)
        while not isinstance(answer, WaiveRights | RequestHearing):
            if isinstance(answer, StateAndDefend):
                self._state_and_defend(answer)
            answer = await self.first_of(*rights, within=window)
            if answer is None:
                return None
        self.stop_clock(window)
        if isinstance(answer, WaiveRights):
            self.issue("waiver", "放弃陈述申辩（听证）声明", PENALTY(62), act=answer)
        return answer if isinstance(answer, RequestHearing) else None

    def _state_and_defend(self, act: StateAndDefend) -> None:
        self.file.defences.append(Defence(statement=act.statement, at=act.moment.now))
        for digest in act.evidence:
            file_evidence(self, act, EvidenceKind.DOCUMENT, "当事人提交的证据", digest)
        self.issue("statement", "陈述申辩笔录", PENALTY(45), act=act)

    async def _review_defence(self) -> None:
        review = await self.expect(ReviewDefence, due="decide")
        for defence in self.file.defences:
            defence.answered = True
        self.issue("defence_review", "陈述申辩复核意见书", PENALTY(45), act=review)
        if review.penalty is not None and self.file.notice is not None:
            self.file.notice.penalty = review.penalty
        if review.drop and self.file.notice is not None:
            self.file.notice.dropped = True
            self.step("defence_adopted", "采纳申辩，不再给予处罚", PENALTY(40, 45))

    async def _reviewed(self, finding: Finding) -> bool:
        """Legal review where 58 asks for it, collective discussion where 57(2) does."""
        self.enter(Stage.REVIEW)
        if self._needs_legal_review(finding) and not self.file.reviewed:
            review = await self.expect(LegalReview, due="decide")
            self.issue("legal_review", "法制审核意见书", PENALTY(58), act=review)
            if not review.passed:
                return False
            self.file.reviewed = True
        if self._needs_discussion(finding) and not self.file.discussed:
            discussion = await self.expect(CollectiveDiscussion, due="decide")
            self.issue("discussion", "重大案件集体讨论记录", PENALTY("57(2)"), act=discussion)
            self.file.discussed = True
        return True

    def _needs_legal_review(self, finding: Finding) -> bool:
        """58: big public interest; big direct interest with a hearing held; complex; and by the bureau's amount."""
        by_amount = finding.penalty and self.file.rules.legal_review_by_amount(finding.penalty)
        return bool(
            finding.public_interest or self.file.heard or finding.complex_or_serious or by_amount
        )

    def _needs_discussion(self, finding: Finding) -> bool:
        by_amount = finding.penalty and self.file.rules.collective_by_amount(finding.penalty)
        return bool(finding.complex_or_serious or by_amount)

    async def _decide(self) -> None:
        """The head decides; a suspected crime goes to the judiciary (27, 57)."""
        self.enter(Stage.DECISION)
        act = await self.expect(MakeDecision, due="decide")
        if act.outcome is Outcome.TRANSFER and act.receiver is not None:
            await self.hand_to_judiciary(act, act.receiver)
            return
        self.decided(
            Decision(
                outcome=act.outcome,
                penalty=act.penalty,
                ground=act.ground,
                made_at=act.moment.now,
                made_by=act.moment.actor.username,
                published=act.publish,
            ),
            *paper_of(act.outcome, act.ground),
            act,
        )


def paper_of(
    outcome: Outcome, ground: NoPenaltyGround | None
) -> tuple[str, str, tuple[Basis, ...]]:
    """Kind, name and articles of the decision; without a penalty, the article of its ground."""
    paper, term, basis = _PAPERS[outcome]
    return paper, term, (PENALTY(GROUND_ARTICLES[ground]) if ground else ()) + basis


_PAPERS = {
    Outcome.PENALISE: ("decision", "行政处罚决定书", PENALTY(57, 59)),
    Outcome.NO_PENALTY: ("no_penalty", "不予行政处罚决定书", PENALTY(57)),
    Outcome.NOT_PROVEN: ("no_penalty", "不予行政处罚决定书（违法事实不能成立）", PENALTY(57)),
    Outcome.WITHDRAW: ("withdrawal", "撤销案件审批表", PENALTY(54, 57)),
}
