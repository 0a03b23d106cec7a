"""The summary procedure (简易程序, 行政处罚法 第五章第二节, 51–53): decided on the street, in one request; then execution and closing."""

from temporalio import workflow

from models.basis import PENALTY, REVIEW
from models.case_file import CaseFile, Decision, Outcome, Served
from models.change import Start
from models.suspension import civil_day
from workflows import execution
from workflows.penalty_case import PenaltyCase


@workflow.defn(name="summary_penalty")
class SummaryPenalty(PenaltyCase):
    """One request carries cause, party, facts and decision; what could forbid it was refused before it was filed."""

    @workflow.init
    def __init__(self, file: CaseFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: CaseFile, start: Start) -> str:
        """Ends with the outcome of the case."""
        return await self.conduct_case(self._procedure)

    async def _procedure(self) -> None:
        if self.file.decision is None:
            self.file_lead()
            self._decide_on_the_spot()  # 51, 52
        if self.file.served_on("decision") is None:
            await self.serve_decision()
        await self.collect_and_close()

    def _decide_on_the_spot(self) -> None:
        """Numbered at once, with the sentence that review comes first (52; 行政复议法 23); reported for the record (52(3))."""
        spot, now = self.file.on_the_spot, self.now()
        if spot is None:
            raise LookupError("a summary case carries its decision")
        by = self.file.investigators[0]
        decision = Decision(outcome=Outcome.PENALISE, penalty=spot.penalty, made_at=now, made_by=by)
        self.decided(decision, "summary", "当场行政处罚决定书", PENALTY(51, 52) + REVIEW(23))
        self.name_matter("summary")
        self.step("reported", "报所属行政机关备案", PENALTY("52(3)"))
        if self.file.regime.handed_over == "on_the_spot":
            self.file.services.append(Served(paper="decision", way="direct", on=civil_day(now)))
            self.step("handed_over", "当场交付当事人", PENALTY("52(1)"), signed=spot.signed)
            self.licences_are_told()
        if spot.collected:
            self.beside(execution.collected_on_the_spot(self))
