"""Papers that may come at any time while a case runs (常设行为)."""

from typing import Any, Literal

from models.act import Act, Moment
from models.basis import COERCION, LOOP, PENALTY, PRACTICE
from models.case_file import CaseFile
from models.officers import two_qualified
from models.party import Party
from models.person import Role
from models.refusal import gate
from models.text import Line, Text, ask


class ReassignOfficers(
    Act,
    term="变更执法人员",
    en="Reassign officers",
    basis=PENALTY(42),
    by=(Role.UNIT_HEAD,),
):
    """Other officers take the case over; still at least two."""

    officers: tuple[Line, ...] = ask("执法人员", "Officers", max_length=10)
    reason: Text = ask("理由", "Reason")

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def gate(self, file: CaseFile, moment: Moment) -> None:
        two_qualified(self.officers, moment, moment.today)


class SuspendCase(
    Act,
    term="中止调查",
    en="Suspend the case",
    basis=PRACTICE("中止") + PENALTY(60),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """Only where a law, regulation or rule lets the time to decide stand still; it is on the paper."""

    ground: Literal["expert_opinion", "force_majeure", "party_unreachable", "other_case"] = ask(
        "中止事由", "Ground"
    )
    rule: Line = ask("法律、法规、规章依据", "Rule that allows it")
    reason: Text = ask("理由", "Reason")
    document: Line = ask("依据文书", "Paper")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.suspended:
            raise gate("案件已经中止", "the case is suspended already", PRACTICE("中止"))


class ResumeCase(
    Act,
    term="恢复调查",
    en="Resume the case",
    basis=PRACTICE("中止") + PENALTY(60),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """The clocks go on where they stopped."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not file.suspended:
            raise gate("案件没有中止", "the case is not suspended", PRACTICE("中止"))


class ExtendDecision(
    Act,
    term="延长办案期限",
    en="Extend the time to decide",
    basis=PENALTY(60),
    by=(Role.BUREAU_HEAD,),
):
    """Only where a law, regulation or rule allows it."""

    days: int = ask("延长天数", "Days", ge=1, le=180)
    rule: Line = ask("法律、法规、规章依据", "Rule that allows it")
    reason: Text = ask("理由", "Reason")


class CorrectParty(
    Act,
    term="更正当事人信息",
    en="Correct the party",
    basis=PENALTY(40),
    by=(Role.OFFICER,),
):
    """A wrong name or number is put right; the old one stays on the timeline. Not after the decision."""

    party: Party = ask("当事人", "Party")
    reason: Text = ask("理由", "Reason")

    def disclosed(self) -> dict[str, Any]:
        return {"party": self.party.masked(), "reason": self.reason}

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.decision is not None:
            raise gate(
                "已作出决定，不得更正当事人，应当另行处理",
                "the decision is made: the party is not changed any more",
                PENALTY(59),
            )
        if self.party.kind is not file.party.kind:
            raise gate(
                "当事人类型不同，适用的罚款幅度和标准不同，应当撤案后另行立案",
                "another kind of party has other ranges: withdraw, and file against the right party",
                PENALTY(40),
                "party.kind",
            )
        if file.notice is not None and not _same_party(file, self.party, moment):
            raise gate(
                "已告知原当事人，不得换成他人，应当撤案后另行立案",
                "another party has not been told: withdraw, and file against the right party",
                PENALTY(44, 62),
                "party",
            )


def _same_party(file: CaseFile, party: Party, moment: Moment) -> bool:
    """By the number; where none was known, by the name."""
    if file.party_digest is None:
        return party.name == file.party.name
    return moment.party_digest == file.party_digest


class TransferCase(
    Act,
    term="移送",
    en="Transfer",
    basis=PENALTY(22, 25, 27),
    by=(Role.BUREAU_HEAD,),
):
    """To the organ that has jurisdiction, or, where a crime is suspected, to the judiciary."""

    to: Literal["judiciary", "other_organ"] = ask("移送对象", "To")
    receiver: Line = ask("受移送机关", "Receiving organ")
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.decision is not None:
            raise gate("已作出决定", "the decision is made", PENALTY(22, 27))


class RecordJudicialResult(
    Act,
    term="司法机关处理结果",
    en="Result of the judiciary",
    basis=PENALTY(27),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER),
):
    """No criminal penalty, but an administrative one due: the file comes back."""

    returned: bool = ask("退回并应予行政处罚", "Returned for an administrative penalty")
    document: Line = ask("文书", "Paper")


class WithdrawCase(
    Act,
    term="撤销案件",
    en="Withdraw the case",
    basis=PENALTY(54, 57) + PRACTICE("撤案"),
    by=(Role.BUREAU_HEAD,),
):
    """Docketed in error; with reasons, before the decision."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.decision is not None:
            raise gate("已作出决定，不得撤案", "the decision is made", PENALTY(57))
        if file.seizure and file.seizure.live:
            raise gate("查封扣押尚未解除", "a seizure is not lifted", COERCION(28))
        if file.preservation and file.preservation.live:
            raise gate("先行登记保存尚未处理", "preserved things wait", PENALTY(56))
        if file.exhibits_held:
            raise gate("物证尚未处理", "exhibits are still in custody", PENALTY(74))


class RequestRecusal(
    Act,
    term="申请回避",
    en="Ask for recusal",
    basis=PENALTY(43),
    by=(Role.PARTY, Role.OFFICER, Role.HEARING_CHAIR),
):
    """Of an officer or of the chair; the head decides."""

    person: Line = ask("申请回避的人员", "Who should step back")
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        chair = file.hearing.chair if file.hearing else None
        if self.person not in (*file.investigators, chair):
            raise gate(
                "该人员不是本案执法人员或听证主持人",
                "not an officer or the chair of this case",
                PENALTY(43),
                "person",
            )
        if file.recusal:
            raise gate("已有回避申请待决定", "a request is being decided", PENALTY(43))


class AddNote(
    Act,
    term="备注",
    en="Note",
    basis=PENALTY(47),
    elsewhere=dict.fromkeys(("application", "licence", "incident"), PRACTICE("全过程记录")),
    by=(
        *(Role.OFFICER, Role.UNIT_HEAD, Role.LEGAL_REVIEWER, Role.BUREAU_HEAD, Role.SUPERVISOR),
        *(Role.WINDOW_CLERK, Role.LICENCE_REVIEWER, Role.LICENCE_APPROVER, Role.DISPATCHER),
    ),
    matters=("case", "application", "licence", "incident"),
    internal=True,
):
    """Whole-process record: anything worth keeping."""

    text: Text = ask("内容", "Text")


class LinkIncident(
    Act,
    term="关联城市事件",
    en="Link the incident it arose from",
    basis=LOOP(18),
    by=(Role.SYSTEM,),
):
    """The incident says that this case was raised on it; the case knows it too."""

    incident: Line = ask("城市事件", "Incident")


class UnpublishDecision(
    Act,
    term="撤回公开的处罚决定",
    en="Withdraw the published decision",
    basis=PENALTY("48(2)"),
    by=(Role.LEGAL_REVIEWER, Role.BUREAU_HEAD),
):
    """Within three working days of its change, and the reason is published."""

    reason: Text = ask("公开说明的理由", "Reason as published")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if file.decision is None or not file.decision.published:
            raise gate("处罚决定没有公开", "the decision is not published", PENALTY(48))
