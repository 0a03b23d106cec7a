"""An approval (行政许可, 行政许可法 第四章; 浙江省保障“最多跑一次”改革规定): from receipt to the licence. What an item needs comes from
its row.
"""

from typing import ClassVar

from temporalio import workflow

from models.act import Act
from models.acts import examination, intake, licence_hearing, pledge, sharing, standing
from models.acts.collection import ReceivePayment
from models.application_file import ApplicationFile, LicenceDecision, Outcome, Stage
from models.change import Start
from workflows import examination as steps, granting, pledging, receiving, standing as effects
from workflows.application_case import ApplicationCase
from workflows.procedure import Standing

OPEN = None
EXAMINED = frozenset({Stage.EXAMINATION, Stage.HEARING, Stage.DECISION})
# Once an opinion is submitted, what it rests on stays as it was.
OPEN_TO_PAPERS = frozenset({Stage.INTAKE, Stage.EXAMINATION, Stage.HEARING})
UNDECIDED = EXAMINED | {Stage.INTAKE, Stage.SUPPLEMENT}


@workflow.defn(name="approval")
class Approval(ApplicationCase):
    """From 收件 to 办结."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        intake.WithdrawApplication: Standing(lambda case, act: case.withdraw(), UNDECIDED),
        intake.SupplyMaterials: Standing(receiving.fill_gaps, OPEN_TO_PAPERS),
        intake.CorrectApplication: Standing(receiving.corrected, frozenset({Stage.INTAKE})),
        intake.RevokeAcceptance: Standing(receiving.acceptance_revoked, EXAMINED),
        intake.RecordStatement: Standing(receiving.stated, EXAMINED),
        intake.RecordVisit: Standing(receiving.visited, OPEN),
        intake.OrderVisit: Standing(receiving.visit_ordered, OPEN),
        pledge.Pledge: Standing(receiving.pledged, OPEN_TO_PAPERS),
        examination.SiteCheck: Standing(steps.site_checked, EXAMINED),
        examination.StartExpertReview: Standing(steps.excluded_begins, EXAMINED),
        examination.EndExpertReview: Standing(steps.excluded_ends, EXAMINED),
        examination.DepartmentOpinion: Standing(steps.department_answered, EXAMINED),
        examination.Announce: Standing(steps.announced, EXAMINED),
        examination.ExtendLicensing: Standing(steps.extended, EXAMINED),
        licence_hearing.OfferLicenceHearing: Standing(steps.hearing_offered, EXAMINED),
        ReceivePayment: Standing(granting.fee_received, OPEN),
        sharing.RecordRegisterAnswer: Standing(receiving.register_answered, OPEN),
        standing.AddNote: Standing(effects.add_note, OPEN),
    }

    @workflow.init
    def __init__(self, file: ApplicationFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: ApplicationFile, start: Start) -> str:
        """Ends with the outcome of the application."""
        await self.conduct(self.to_the_end(self._procedure()))
        return self.file.outcome or ""

    async def _procedure(self) -> None:
        receiving.receive(self)  # 收件 (30, 31; 最多跑一次 5)
        if not await receiving.accepted(self):  # 受理 (32; 最多跑一次 11)
            return
        decision = await self._decided()  # 审查与决定 (34–38, 42)
        if not decision.grant:
            granting.refuse_licence(self, decision)  # 不予许可 (38(2))
            return
        await granting.grant_licence(self, decision)  # 准予、缴费、制证送达 (38(1), 39, 44)
        if self.file.pledged:
            await pledging.check(self)  # 承诺核查 (最多跑一次 14)
        if not self.file.closed:
            self.finish(Outcome.GRANTED)

    async def _decided(self) -> LicenceDecision:
        if steps.nothing_left_to_judge(self.file):
            return granting.decided_at_once(self)  # 当场决定 (34(2))
        return await steps.examine(self)
