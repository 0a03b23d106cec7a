"""What general and summary penalty cases share: their standing acts, the ways they end, their claim on the act."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, ClassVar

from models.act import Act
from models.acts import (
    challenge,
    collection as money,
    documents as papers,
    electronic,
    enforcement,
    exhibits,
    inquiry,
    measures,
    standing,
)
from models.acts.general_penalty import CloseCase, DecideDocketing, MakeDecision
from models.acts.non_contact import DecideOnRecord
from models.acts.service import RecordDispatch, RecordReturn, ServeDocument
from models.acts.standing import RecordJudicialResult, TransferCase, WithdrawCase
from models.basis import COERCION, PENALTY, Basis
from models.case_file import CaseFile, Decision, Outcome, Stage
from models.change import Start
from models.identifiers import mask_plate
from models.suspension import Suspension, civil_day
from workflows import (
    collection,
    documents,
    electronic as by_wire,
    execution,
    exhibits as things,
    measures as side,
    standing as effects,
)
from workflows.procedure import Procedure, Standing
from workflows.service import returned, serve, serve_document

INQUIRY = frozenset({Stage.INQUIRY})
BEFORE_DECISION = frozenset(
    {Stage.INQUIRY, Stage.NOTICE, Stage.HEARING, Stage.REVIEW, Stage.DECISION}
)
FROM_LEAD = BEFORE_DECISION | {Stage.LEAD}
EXECUTION = frozenset({Stage.SERVICE, Stage.COLLECTION, Stage.CLOSING})
CORRECTING = BEFORE_DECISION | EXECUTION
SERVING = frozenset({Stage.NOTICE, Stage.HEARING, Stage.SERVICE, Stage.COLLECTION})
ALWAYS = None


class PenaltyCase(Procedure[CaseFile]):
    """A penalty case of either procedure."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        inquiry.AddEvidence: Standing(effects.add_evidence, FROM_LEAD),
        inquiry.ExcludeEvidence: Standing(effects.exclude_evidence, BEFORE_DECISION),
        electronic.ConsentElectronic: Standing(by_wire.consent, ALWAYS, True),
        electronic.WithdrawConsent: Standing(by_wire.withdraw, ALWAYS, True),
        electronic.ServeElectronically: Standing(by_wire.serve_electronically, SERVING),
        electronic.RecordDelivery: Standing(by_wire.delivered, ALWAYS, True),
        exhibits.RegisterExhibit: Standing(things.register_exhibit, FROM_LEAD),
        exhibits.HandOverExhibit: Standing(things.hand_over_exhibit, ALWAYS),
        exhibits.ReceiveExhibit: Standing(things.receive_exhibit, ALWAYS),
        exhibits.DisposeExhibit: Standing(things.dispose_exhibit, ALWAYS),
        inquiry.RecordInspection: Standing(effects.record_inspection, FROM_LEAD),
        inquiry.RecordInterview: Standing(effects.record_interview, INQUIRY),
        inquiry.OrderCorrection: Standing(effects.order_correction, CORRECTING),
        inquiry.RecordReinspection: Standing(effects.record_reinspection, CORRECTING),
        measures.PreserveEvidence: Standing(side.preserve, INQUIRY),
        measures.Seize: Standing(side.seize, INQUIRY),
        measures.StartTesting: Standing(side.testing, BEFORE_DECISION),
        standing.ReassignOfficers: Standing(effects.reassign_officers, FROM_LEAD, True),
        standing.SuspendCase: Standing(effects.suspend_case, BEFORE_DECISION),
        standing.ResumeCase: Standing(
            effects.resume_case, BEFORE_DECISION | {Stage.JUDICIARY}, True
        ),
        standing.ExtendDecision: Standing(effects.extend_decision, BEFORE_DECISION),
        standing.LinkIncident: Standing(effects.link_incident, ALWAYS, True),
        standing.CorrectParty: Standing(effects.correct_party, FROM_LEAD),
        WithdrawCase: Standing(lambda case, act: case.leave(act), BEFORE_DECISION, True),
        TransferCase: Standing(lambda case, act: case.leave(act), BEFORE_DECISION, True),
        standing.RequestRecusal: Standing(effects.request_recusal, BEFORE_DECISION),
        papers.IssueDocument: Standing(documents.issue_by_hand, ALWAYS),
        papers.ReplaceDocument: Standing(documents.replace, ALWAYS),
        papers.VoidDocument: Standing(documents.void, ALWAYS),
        standing.AddNote: Standing(effects.add_note, ALWAYS, True),
        standing.UnpublishDecision: Standing(execution.unpublish, EXECUTION),
        ServeDocument: Standing(serve_document, ALWAYS),
        RecordReturn: Standing(returned, SERVING),
        RecordDispatch: Standing(execution.dispatched, EXECUTION | {Stage.NOTICE}),
        money.ReceivePayment: Standing(execution.receive_payment, EXECUTION, True),
        money.ApplyDeferral: Standing(execution.apply_deferral, EXECUTION),
        challenge.RecordReview: Standing(execution.record_review, EXECUTION),
        challenge.ReplyToReview: Standing(execution.reply_to_review, EXECUTION),
        challenge.RecordReviewResult: Standing(execution.record_review_result, EXECUTION),
        challenge.RecordReviewService: Standing(execution.review_served, EXECUTION),
        challenge.RecordLawsuit: Standing(execution.record_lawsuit, EXECUTION),
        challenge.RecordSuitResult: Standing(execution.record_suit_result, EXECUTION),
        enforcement.IssueDemand: Standing(execution.demand, EXECUTION),
        enforcement.DefendDemand: Standing(execution.defend_demand, EXECUTION),
        enforcement.ApplyCourtEnforcement: Standing(execution.apply_to_court, EXECUTION),
        enforcement.SuspendExecution: Standing(execution.suspend, EXECUTION),
        enforcement.ResumeExecution: Standing(execution.resume, EXECUTION),
        enforcement.EndExecution: Standing(execution.end, EXECUTION),
    }

    reopened_by: ClassVar[tuple[type[Act], ...]] = (
        money.ReceivePayment,
        challenge.RecordReview,
        challenge.RecordReviewResult,
        challenge.RecordReviewService,
        challenge.RecordLawsuit,
        challenge.RecordSuitResult,
    )

    def __init__(self, file: CaseFile, start: Start) -> None:
        super().__init__(file, start)
        self._way_out: WithdrawCase | TransferCase | None = None

    # ---- beginning ---------------------------------------------------------------------------------------------------------------

    def file_lead(self) -> None:
        """The lead is registered (54)."""
        file = self.file
        self.keep_party(file.party.model_dump(mode="json"))
        self.filed(
            "file_case",
            "案件来源登记",
            PENALTY(36, 42, 54),
            self._filer,
            cause=file.rules.cause,
            law=f"{file.rules.law} {file.rules.article}",
            occurred_at=file.occurred_at.isoformat(),
            source=file.source,
            place=file.place.model_dump(mode="json", exclude_none=True),
            party=file.party.masked(),
            plate=mask_plate(file.plate) if file.plate else None,
            facts=file.facts,
            officers=list(file.investigators),
        )
        self.issue("lead", "案件来源登记表", PENALTY(54))
        for incident in file.incidents:
            self.send("link", incident, to=incident, act="raise_case", paper={"case": file.id})

    def docket(self, act: DecideDocketing) -> None:
        """The case has its number; ninety days to decide begin (54, 60)."""
        self.file.docketed_at = self.now()
        self.issue("docketing", "立案审批表", PENALTY(54), act=act)
        self.name_matter("docketing")
        self.start_clock("decide")

    # ---- decision and service ----------------------------------------------------------------------------------------------------

    def decided(
        self,
        decision: Decision,
        kind: str,
        term: str,
        basis: tuple[Basis, ...],
        act: MakeDecision | DecideOnRecord | None = None,
    ) -> None:
        """The decision is issued; its bill goes out with it; seven working days to serve it (57, 59, 61, 67)."""
        self.file.decision, self.file.outcome = decision, decision.outcome
        penalty = decision.penalty.model_dump(mode="json") if decision.penalty else None
        self.issue(kind, term, basis, act=act, outcome=decision.outcome, penalty=penalty)
        self._decided_in_time(decision)
        if decision.penalty is not None:
            collection.bill(self, decision.penalty)

    def _decided_in_time(self, decision: Decision) -> None:
        clock = self.clocks.get("decide")
        if clock and clock.live and clock.due_on and clock.over(self.now()):
            decision.overdue_days = (civil_day(self.now()) - clock.due_on).days
            self.file.flags.append("decided_late")
            self.step(
                "decided_late", "超过办案期限作出决定", PENALTY(60), days=decision.overdue_days
            )
        self.stop_clock("decide")

    async def serve_decision(self) -> None:
        """Within seven working days (61)."""
        self.enter(Stage.SERVICE)
        self.start_clock("serve")
        await serve(self, "decision", due="serve")
        self._served_in_time()
        self.stop_clock("serve")
        self._published()
        self.licences_are_told()

    def licences_are_told(self) -> None:
        """Penalties and licences know each other (最多跑一次 33)."""
        decision, scope = self.file.decision, self.file.rules.tells
        if scope is None or decision is None or decision.outcome is not Outcome.PENALISE:
            return
        on = civil_day(decision.made_at).isoformat()
        self.send("penalty_news", "decision", scope=scope, on=on)

    def _served_in_time(self) -> None:
        """By the day it was served, or announced; not by the day that was recorded (61)."""
        service, last = self.file.services[-1], self.clocks["serve"].due_on
        if last is not None and (service.set_out or service.on) > last:
            self.file.flags.append("served_late")
            self.step("served_late", "超过送达期限", PENALTY(61))

    def _published(self) -> None:
        """Decisions with social impact are published (48)."""
        if self.file.decision and self.file.decision.published:
            self.step("published", "依法公开处罚决定", PENALTY(48))
            at = {"published_at": self.now().isoformat()}
            self.issue("publication", "行政处罚信息公示记录", PENALTY(48), given=at)

    async def collect_and_close(self) -> None:
        """Execution, then the head closes the case."""
        await collection.collect(self)
        self.enter(Stage.CLOSING)
        act = await self.expect(CloseCase)
        self.issue("closing", "结案审批表", PENALTY(47), act=act)
        self.finish(self.file.outcome or Outcome.PENALISE)

    def finish(self, outcome: str) -> None:
        """Nothing waits any more."""
        self.file.outcome = outcome
        if self._may_be_filed_again():
            self.release(self.file.claim)
        self.shut_everything()
        self.enter(Stage.CLOSED)

    # ---- ways out ----------------------------------------------------------------------------------------------------------------

    async def conduct_case(self, main: Callable[[], Coroutine[Any, Any, None]]) -> str:
        """The main line, unless the case is withdrawn or transferred first."""
        await self.conduct(self._to_the_end(main))
        return self.file.outcome or ""

    async def _to_the_end(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while not self.file.closed:
            if await self.unless(lambda: self._way_out is not None, main()):
                assert self._way_out is not None  # noqa: S101 -- that is why the line was left
                act, self._way_out = self._way_out, None
                await self._leave(act)

    def leave(self, act: WithdrawCase | TransferCase) -> None:
        """Takes the case off its main line."""
        self._way_out = act
        self._stir()

    async def _leave(self, act: WithdrawCase | TransferCase) -> None:
        self.shut_everything(but_clocks=True)
        if isinstance(act, WithdrawCase):
            self.issue("withdrawal", "撤销案件审批表", PENALTY(54, 57), act=act)
            self.finish(Outcome.WITHDRAW)
        elif act.to == "other_organ":
            self.issue("jurisdiction", "指定管辖（移送案件）审批表", PENALTY(22, 25), act=act)
            self.issue("transfer", "案件移送函", PENALTY(22, 25), act=act, to=act.receiver)
            self._things_go_along()
            self.finish(Outcome.TRANSFER)
        else:
            await self.hand_to_judiciary(act, act.receiver)

    async def hand_to_judiciary(self, act: TransferCase | MakeDecision, receiver: str) -> None:
        """A suspected crime goes to the judiciary; without a criminal penalty the file may come back (27)."""
        self.shut_everything(but_clocks=True)
        self.issue("transfer", "案件移送书", PENALTY(27), act=act, to=receiver)
        self._things_go_along()
        self.file.recusal = None
        self.enter(Stage.JUDICIARY)
        self.suspend_clocks(_with_judiciary(self.now()), "decide")
        result = await self.expect(RecordJudicialResult)
        if not result.returned:
            self.finish(Outcome.TRANSFER)
            return
        self.resume_clocks("judiciary")
        self.enter(Stage.INQUIRY)

    def _things_go_along(self) -> None:
        """What is preserved or seized goes with the file (行政强制法 21); what was only asked for is not taken."""
        for measure, clock in ((self.file.preservation, "preserve"), (self.file.seizure, "seal")):
            if measure is None or not measure.live:
                continue
            measure.disposal = "handed_over" if measure.since else "not_taken"
            self.stop_clock(clock, "urgent_report")
            if measure.since:
                self.step("things_handed_over", "涉案财物一并移送", COERCION(21))
        self._exhibits_go_along()

    def _exhibits_go_along(self) -> None:
        for exhibit in self.file.exhibits_held:
            exhibit.disposal, exhibit.disposed_at = "handed_over", self.now()
            self.step("exhibit_handed_over", "物证一并移送", COERCION(21), tag=exhibit.tag)

    def _may_be_filed_again(self) -> bool:
        """Without a penalty, or after it was revoked (29)."""
        decision = self.file.decision
        revoked = decision is not None and decision.revoked
        return revoked or self.file.outcome != Outcome.PENALISE


def _with_judiciary(now: datetime) -> Suspension:
    return Suspension(ground="judiciary", since=now, basis=PENALTY(27))
