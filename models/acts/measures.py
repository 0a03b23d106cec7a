"""Papers of preserved evidence (先行登记保存, 行政处罚法 56) and of sealing and seizing (查封扣押, 行政强制法 18–28)."""

from typing import Literal

from models.act import Act, Moment, no_conflict
from models.acts.addressed import addressed
from models.basis import COERCION, PENALTY
from models.case_file import CaseFile
from models.officers import two_qualified
from models.person import Role
from models.refusal import gate
from models.text import Line, Text, ask


class PreserveEvidence(
    Act,
    term="先行登记保存证据",
    en="Preserve evidence",
    basis=PENALTY(56),
    by=(Role.OFFICER,),
):
    """Asked for when evidence may vanish or be hard to get later; the head approves first."""

    officers: tuple[Line, ...] = ask("执法人员", "Officers", max_length=10)
    things: tuple[Line, ...] = ask("物品清单", "Things", min_length=1, max_length=200)
    reason: Text = ask("可能灭失或以后难以取得的理由", "Why it may vanish")

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def gate(self, file: CaseFile, moment: Moment) -> None:
        two_qualified(self.officers, moment, moment.today)
        if file.preservation and file.preservation.live:
            raise gate(
                "上一批先行登记保存的证据尚未处理",
                "the things preserved before are not dealt with yet",
                PENALTY(56),
            )


class ApprovePreservation(
    Act,
    term="先行登记保存审批",
    en="Approve preservation",
    basis=PENALTY(56),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """The head approves before anything is taken."""

    approved: bool = ask("同意", "Approved")
    opinion: Text = ask("意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))


class DisposePreserved(
    Act,
    term="先行登记保存证据处理",
    en="Deal with preserved evidence",
    basis=PENALTY(56),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """Within seven working days, or it lapses."""

    disposal: Literal["returned", "seized", "sampled", "handed_over", "lifted"] = ask(
        "处理决定", "What is done"
    )
    opinion: Text = ask("处理意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        seizure = file.seizure
        if self.disposal == "seized" and not (seizure and seizure.live and seizure.approved):
            raise gate(
                "转为查封扣押的，须先依法批准实施查封扣押",
                "seized: a seizure must be approved and in force first",
                COERCION(18),
                "disposal",
            )


class Seize(
    Act,
    term="查封扣押",
    en="Seal or seize",
    basis=COERCION(18, 19, 23, 24),
    by=(Role.OFFICER,),
):
    """Asked for, or in an emergency done and reported within 24 hours."""

    officers: tuple[Line, ...] = ask("执法人员", "Officers", max_length=10)
    things: tuple[Line, ...] = ask("清单", "List of things", min_length=1, max_length=200)
    reason: Text = ask("理由", "Reason")
    measure_basis: Line = ask("法律、法规依据", "Law that provides for the measure")
    urgent: bool = ask("情况紧急当场实施", "Emergency: done on the spot", default=False)
    heard: Text = ask("告知权利并听取陈述申辩的记载", "Rights told and the party heard")
    witness: Line | None = ask("见证人", "Witness", default=None)

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def gate(self, file: CaseFile, moment: Moment) -> None:
        two_qualified(self.officers, moment, moment.today, COERCION(18))
        addressed(file, COERCION(24))
        if file.seizure and file.seizure.live:
            raise gate("不得重复查封", "things are not sealed twice", COERCION(23))


class ApproveSeizure(
    Act,
    term="查封扣押审批",
    en="Approve sealing or seizing",
    basis=COERCION(18, 19),
    by=(Role.BUREAU_HEAD,),
):
    """Before it is done; after an emergency, and a no lifts it at once."""

    approved: bool = ask("同意", "Approved")
    opinion: Text = ask("意见", "Opinion")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        no_conflict(moment.actor.username, file.ever_investigators, type(self))


class ExtendSeizure(
    Act,
    term="延长查封扣押",
    en="Extend the seizure",
    basis=COERCION(25),
    by=(Role.BUREAU_HEAD,),
):
    """Once, by up to 30 days, in complex cases; told in writing with the reason."""

    days: int = ask("延长天数", "Days", ge=1, le=30)
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.seizure and file.seizure.extended:
            raise gate("查封扣押只能延长一次", "a seizure is extended once", COERCION(25))


class StartTesting(
    Act,
    term="检测检验期间告知",
    en="Testing starts",
    basis=COERCION("25(3)"),
    by=(Role.OFFICER,),
):
    """Testing time does not count; it must be definite and told in writing."""

    days: int = ask("检测检验期间（日）", "Days of testing", ge=1, le=180)
    document: Line = ask("告知书文号", "Paper that told the party")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.seizure is None or not file.seizure.live or not file.seizure.approved:
            raise gate("没有生效的查封扣押", "no seizure is in force", COERCION(25))


class ReleaseSeizure(
    Act,
    term="解除查封扣押",
    en="Lift the seizure",
    basis=COERCION(27, 28),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """Returned, or confiscated or destroyed as the law allows."""

    disposal: Literal["returned", "confiscated", "destroyed", "sold"] = ask("处理", "What is done")
    reason: Text = ask("理由", "Reason")
    law: Line | None = ask("销毁、变卖的依据", "Statute for destroying or selling", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        stands = file.decision if file.decision and not file.decision.revoked else None
        penalty = stands.penalty if stands else None
        if self.disposal == "confiscated" and not (penalty and penalty.goods):
            raise gate(
                "没收须以处罚决定为依据",
                "confiscation rests on a penalty decision",
                COERCION(27),
                "disposal",
            )
        if file.seizure and file.seizure.over and self.disposal != "returned":
            raise gate(
                "查封扣押期限已满，应当退还财物",
                "the time of the seizure is over: the things go back",
                COERCION(28),
                "disposal",
            )
        if self.disposal in {"destroyed", "sold"} and not self.law:
            raise gate(
                "销毁、变卖须写明法律、行政法规依据",
                "destroyed or sold: name the statute that provides for it",
                COERCION(27),
                "law",
            )
