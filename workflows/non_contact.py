"""Non-contact enforcement (非现场执法, 行政处罚法 41): a person reviews what a camera recorded, the party is found, told, warned, heard; of
summary size it is decided on the record, larger by the general procedure.
"""

from collections.abc import Coroutine
from datetime import date, timedelta
from typing import Any, ClassVar

from temporalio import workflow

from models.act import Act
from models.acts.general_penalty import SubmitInvestigationReport
from models.acts.non_contact import (
    AcceptFacts,
    AnswerObjection,
    DecideOnRecord,
    IdentifyParty,
    ObjectNotMine,
    ProposePenalty,
    ReviewCapture,
    ReviewCaptureAgain,
)
from models.acts.standing import WithdrawCase
from models.basis import PENALTY, PRACTICE
from models.capture import Capture, Found, Monitoring, Objection, Verdict
from models.case_file import CaseFile, Decision, Finding, Outcome, Stage
from models.change import Start
from models.evidence import Correction, EvidenceKind
from models.lookup import new_code, shown
from models.suspension import civil_day
from workflows.general_penalty import GeneralPenalty, paper_of
from workflows.penalty_case import BEFORE_DECISION
from workflows.procedure import Standing
from workflows.standing import file_evidence


@workflow.defn(name="non_contact")
class NonContact(GeneralPenalty):
    """From the capture to closing."""

    standing: ClassVar[dict[type[Act], Standing]] = GeneralPenalty.standing | {
        ReviewCapture: Standing(lambda case, act: case.another_capture(act), BEFORE_DECISION),
        AcceptFacts: Standing(lambda case, act: case.facts_accepted(act), BEFORE_DECISION),
        ObjectNotMine: Standing(lambda case, act: case.objected(act), BEFORE_DECISION),
    }

    @workflow.init
    def __init__(self, file: CaseFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: CaseFile, start: Start) -> str:
        """Ends with the outcome of the case."""
        return await self.conduct_case(self._procedure)

    @property
    def monitoring(self) -> Monitoring:
        """What the camera brought."""
        assert self.file.monitoring is not None  # noqa: S101 -- with it the case began
        return self.file.monitoring

    async def _procedure(self) -> None:
        if self.file.docketed_at is None and not await self._stands_up():
            return  # 41(2): no record that stands; 54: not docketed
        while self.file.decision is None:
            await self._weigh_or_decide()  # 51, 54–59
            if self.file.closed:
                return  # 27: with the judiciary
        if self.file.served_on("decision") is None:
            await self.serve_decision()  # 61
        await self.collect_and_close()  # 66–73

    async def _stands_up(self) -> bool:
        """A person passes a capture, the party is found, the case docketed, and the party told at once (41)."""
        if self._fresh:
            self._captured()
        passed = await self._passed()
        if passed is None:
            self.step("no_record_stands", "监控记录均未通过审核，不予立案", PENALTY("41(2)"))
            self.finish(Outcome.NOT_DOCKETED)
            return False
        await self._party_found(passed.moment.found)
        self.issue("lead", "案件来源登记表", PENALTY(54), act=passed)
        self.start_clock("docket")
        if not await self.docketing_decided():
            return False
        self._warned()
        self._told()
        return True

    # ---- the record

    def _captured(self) -> None:
        file, first = self.file, self.monitoring.captures[0]
        self.filed(
            "capture",
            "监控记录进入",
            PENALTY(41, 54),
            self.filer,
            device=first.device,
            cause=file.rules.cause,
            law=f"{file.rules.law} {file.rules.article}",
            captured_at=first.taken_at.isoformat(),
            place=file.place.model_dump(mode="json", exclude_none=True),
            facts=first.facts,
            media=list(first.media),
        )
        self.start_clock("record_review")

    async def _passed(self) -> ReviewCapture | None:
        """The review a capture passed; None when all were rejected (41(2))."""
        while True:
            act = await self.expect(ReviewCapture, due="record_review")
            passed = await self._counts(act, self._said(act))
            if passed or not self._waiting(act):
                self.stop_clock("record_review")
                return act if passed else None

    def _waiting(self, act: ReviewCapture) -> bool:
        """Whether more of the case wait: as the counter saw it, less what was reviewed meanwhile."""
        known = {one.id for one in self.monitoring.captures if one.reviewed_by}
        return bool(set(act.moment.captures_waiting) - known)

    def _said(self, act: ReviewCapture) -> Capture:
        """Marked at once, so that nobody reviews it a second time; one that joined later enters the case now."""
        capture = self.monitoring.capture(act.capture)
        if capture is None:
            capture = act.moment.capture
            assert capture is not None  # noqa: S101 -- the gate asked for it
            self.monitoring.captures.append(capture)
        capture.verdict = Verdict.PASSED if act.passed else Verdict.REJECTED
        capture.reason, capture.reviewed_at = act.reason, self.now()
        capture.reviewed_by = act.moment.actor.username
        if act.passed and capture.sampled:
            capture.verdict = Verdict.PENDING
        return capture

    async def _counts(self, act: ReviewCapture, capture: Capture) -> bool:
        """Of a sample another person has the last word; only what passes is evidence (41(2))."""
        if capture.verdict is Verdict.PENDING:
            self.step("sampled", "抽中复审", PRACTICE("抽样复审"), capture=capture.id)
            second = await self.expect(ReviewCaptureAgain, due="record_review")
            capture.again_by, capture.reason = second.moment.actor.username, second.reason
            capture.verdict = Verdict.PASSED if second.passed else Verdict.REJECTED
        self.reviewed(capture)
        if capture.verdict is Verdict.REJECTED:
            self.release(act.moment.claim)
            return False
        self._is_evidence(act, capture)
        return True

    def _is_evidence(self, act: ReviewCapture, capture: Capture) -> None:
        """On the file, with the form that says who reviewed what (41, 46)."""
        file = self.file
        if len(self.monitoring.passed) == 1:  # what the case is about, is what was passed first
            file.facts, file.occurred_at = capture.facts, capture.taken_at
        if not file.officers:
            file.officers = tuple(act.moment.people[name] for name in act.officers)
        for digest in capture.media:
            name = f"电子技术监控记录（{self.monitoring.site.name}）"
            file_evidence(self, act, EvidenceKind.AUDIO_VISUAL, name, digest, source=capture.device)
        site = self.monitoring.site
        given = {
            "device": site.device,
            "site_published": site.published,
            "legal_review": site.legal_review,
            "technical_review": site.technical_review,
            "captured_at": capture.taken_at.isoformat(),
            "place": f"{file.place.street}{file.place.address}",
            "object": self.monitoring.value,
            "check": "真实、清晰、完整、准确",
            "result": "通过",
        }
        self.issue("camera_review", "电子技术监控记录审核表", PENALTY(41), act=act, given=given)

    def another_capture(self, act: ReviewCapture) -> Coroutine[Any, Any, None]:
        """More evidence of the same act."""
        return self._more(act, self._said(act))

    async def _more(self, act: ReviewCapture, capture: Capture) -> None:
        """After the day to put it right, it shows that this was not done."""
        if await self._counts(act, capture) and self.monitoring.warn_days is not None:
            self._seen_again(civil_day(capture.taken_at))

    def _seen_again(self, on: date) -> None:
        """Only after the last day to put it right (28)."""
        for order in self.file.corrections:
            if order.passed is None and order.due_on is not None and on > order.due_on:
                order.passed, order.checked_on = False, on
                self.step("not_put_right", "期满后的监控记录显示未改正", PENALTY(28), no=order.no)

    # ---- the party

    async def _party_found(self, found: Found | None) -> None:
        """By the registers, or by an officer who goes and sees (40)."""
        if found is None:
            self.step("party_unknown", "登记信息未查到当事人，转巡查核实", PENALTY(40, 54))
            found = (await self.expect(IdentifyParty)).moment.found
        assert found is not None  # noqa: S101 -- the gate asked for it
        file = self.file
        file.party, file.party_digest = found.party, found.party_digest
        file.claim, file.rules = found.claim, found.rules
        self.monitoring.found, self.monitoring.accepted_at = True, None
        self.keep_party(found.party.model_dump(mode="json"))
        self.step(
            "party_found",
            "查明当事人",
            PENALTY(40),
            party=found.party.masked(),
            source=found.source,
        )

    def _told(self) -> None:
        """The facts, and where to look and object, at once (41(3)); it is not service, and needs no consent."""
        passed = self.monitoring.passed[-1]
        given = {"captured_at": passed.taken_at.isoformat(), "site": self.monitoring.site.name}
        given["code"] = shown(self.monitoring.lookup)
        paper = self.issue("record_notice", "监控记录违法告知书", PENALTY("41(3)"), given=given)
        self.supersede(paper, "重新告知")
        self._sent(paper)

    def _sent(self, paper: str) -> None:
        """To his inbox and phone, where he has them; else somebody has to bring it."""
        party = self.file.party
        channels = [("portal", self.file.party_digest), ("sms", party.phone)]
        for channel in (name for name, address in channels if address):
            self.send(channel, paper, document=paper)
        if not any(address for _, address in channels) and "to_be_told" not in self.file.flags:
            self.file.flags.append("to_be_told")
            self.step("to_be_told", "没有网上账户和电话，须当面或者邮寄告知", PENALTY("41(3)"))

    def _warned(self) -> None:
        """Where the bureau warns first: put right by that day, nothing is imposed (28, 33)."""
        days = self.monitoring.warn_days
        if days is None or self.file.corrections:
            return
        due = civil_day(self.now()) + timedelta(days=days)
        content = f"立即改正{self.file.rules.title}的行为"
        no = len(self.file.corrections) + 1
        self.file.corrections.append(Correction(no=no, content=content, due_on=due))
        paper = self.issue(
            "correction", "责令（限期）改正通知书", PENALTY(28, "33(1)"), due_on=due.isoformat()
        )
        self._sent(paper)

    def facts_accepted(self, act: AcceptFacts) -> None:
        """His statement is evidence; his rights stay (44, 46)."""
        self.monitoring.accepted_at = self.now()
        file_evidence(self, act, EvidenceKind.STATEMENT, "当事人认可违法事实", None)

    def objected(self, act: ObjectNotMine) -> Coroutine[Any, Any, None]:
        """From now on nothing is decided until it is answered (41(3))."""
        objection = Objection(statement=act.statement, at=self.now())
        self.monitoring.objections.append(objection)
        self.start_clock("object_answer")
        return self._answered(objection)

    async def _answered(self, objection: Objection) -> None:
        """In five working days; upheld, the record is withdrawn in three, or the right party is looked for (41)."""
        answer = await self.expect(AnswerObjection, due="object_answer")
        self.stop_clock("object_answer")
        objection.answer, objection.upheld = answer.answer, answer.upheld
        objection.another = answer.another
        if answer.another:
            self._forget_the_party()
            await self._party_found(None)
            self._warned()
            self._told()
        elif answer.upheld:
            await self._withdrawn(answer)

    def _forget_the_party(self) -> None:
        """What he was warned of and what he said, binds nobody else."""
        self.release(self.file.claim)
        self.monitoring.found, self.monitoring.party_since = False, self._seq
        self.monitoring.lookup = new_code(workflow.random())
        self.file.corrections = []
        for document in self.file.documents:
            if document["kind"] == "correction" and document["status"] == "valid":
                self.overtake(document["id"], "另行查明当事人")
        for item in self.file.evidence:
            if item.kind is EvidenceKind.STATEMENT:
                item.excluded = "系原当事人的陈述"

    async def _withdrawn(self, answer: AnswerObjection) -> None:
        for item in self.file.evidence:
            if item.source == self.monitoring.site.device:
                item.excluded = answer.answer
        self.start_clock("record_withdraw")
        self.leave(await self.expect(WithdrawCase, due="record_withdraw"))

    # ---- the decision

    async def _weigh_or_decide(self) -> None:
        """On the record where it is of summary size (51), else by report, notice, review and decision (54–59)."""
        self.back_to_inquiry()
        act = await self.first_of(
            ProposePenalty, DecideOnRecord, SubmitInvestigationReport, due="decide"
        )
        if isinstance(act, SubmitInvestigationReport):
            await self.weigh(self.found(act))
        elif isinstance(act, ProposePenalty):
            await self._told_what_is_intended(act)
        elif isinstance(act, DecideOnRecord):
            self._decided_on_the_record(act)

    async def _told_what_is_intended(self, act: ProposePenalty) -> None:
        """Told, heard, answered (44, 45, 62); then the head of the unit decides."""
        self.enter(Stage.NOTICE)
        self.file.finding = Finding(outcome=Outcome.PENALISE, facts=act.facts, penalty=act.penalty)
        self._give_notice(act.penalty, act)
        await self._party_answers()
        if self.file.defences_open:
            await self._review_defence()
        self.enter(Stage.DECISION)
        self._decided_on_the_record(await self.expect(DecideOnRecord, due="decide"))

    def _decided_on_the_record(self, act: DecideOnRecord) -> None:
        decision = Decision(
            outcome=act.outcome,
            penalty=act.penalty,
            ground=act.ground,
            made_at=act.moment.now,
            made_by=act.moment.actor.username,
        )
        self.decided(decision, *paper_of(act.outcome, act.ground), act)
