"""Papers of the inquiry (调查取证): records, evidence, orders to correct (行政处罚法 28, 46, 54, 55)."""

from models.act import Act, Moment
from models.basis import PENALTY
from models.case_file import CaseFile
from models.evidence import EvidenceKind
from models.officers import two_qualified
from models.person import Role
from models.refusal import Code, gate, refuse
from models.suspension import civil_day
from models.text import Digest, Line, Text, ask
from models.when import Instant


def kept(act: Act, moment: Moment) -> None:
    """Evidence that is a file is in the store first, so that it can be traced (行政处罚法 46, 47). Raises `Refused`."""
    for digest in act.evidence_cited():
        if digest not in moment.evidence:
            raise refuse(
                Code.INVALID,
                "digest：没有这份证据文件，请先上传原件",
                "digest: no such file of evidence; bring the original first",
                PENALTY(46),
                "digest",
            )
        if moment.evidence[digest].unreviewed:
            raise gate(
                "监控记录未经审核通过，不得作为证据",
                "what a camera recorded is no evidence before a person has passed it",
                PENALTY("41(2)"),
                "digest",
            )


class _OnSite(Act):
    """A record made by officers who were there."""

    officers: tuple[Line, ...] = ask("在场执法人员", "Officers present", max_length=10)
    at: Instant = ask("时间", "When")
    until: Instant | None = ask("结束时间", "Until", default=None)
    place: Line | None = ask("地点（与案发地点不同时）", "Where, if not at the scene", default=None)
    record: Text = ask("记录内容", "Record")
    signed: bool = ask("当事人签字确认", "Signed by the person", default=True)
    refusal_note: Text | None = ask("拒签或不在场记载", "Note of refusal or absence", default=None)
    digest: Digest | None = ask("音像或扫描件摘要", "Digest of the recording or scan", default=None)

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def evidence_cited(self) -> tuple[str, ...]:
        return (self.digest,) if self.digest else ()

    def gate(self, file: CaseFile, moment: Moment) -> None:
        two_qualified(self.officers, moment, civil_day(self.at))
        kept(self, moment)
        if self.at > moment.now:
            raise refuse(
                Code.INVALID, "at：不得晚于现在", "at: must not be in the future", PENALTY(55), "at"
            )
        if not self.signed and not self.refusal_note:
            raise gate(
                "未签字的，须注明原因",
                "unsigned: the reason must be noted",
                PENALTY(55),
                "refusal_note",
            )


class RecordInspection(
    _OnSite,
    term="现场检查（勘验）笔录",
    en="On-site inspection record",
    basis=PENALTY(42, 55),
    by=(Role.OFFICER,),
):
    """What officers found at the place."""


class RecordInterview(
    _OnSite,
    term="询问笔录",
    en="Interview record",
    basis=PENALTY(42, 55),
    by=(Role.OFFICER,),
):
    """What a person answered."""

    person: Line = ask("被询问人", "Person asked")
    identity: Line | None = ask("身份信息", "Who that is", default=None)


class AddEvidence(
    Act, term="补充证据", en="Add evidence", basis=PENALTY(40, 46), by=(Role.OFFICER,)
):
    """One piece of evidence of one of the eight kinds."""

    kind: EvidenceKind = ask("证据种类", "Kind")
    title: Line = ask("名称", "Title")
    digest: Digest | None = ask("文件摘要", "Digest of the file", default=None)
    source: Text | None = ask("来源和取得过程", "Where it comes from", default=None)

    def evidence_cited(self) -> tuple[str, ...]:
        return (self.digest,) if self.digest else ()

    def gate(self, file: CaseFile, moment: Moment) -> None:
        kept(self, moment)


class ExcludeEvidence(
    Act,
    term="排除证据",
    en="Exclude evidence",
    basis=PENALTY(46),
    by=(Role.OFFICER, Role.LEGAL_REVIEWER, Role.UNIT_HEAD),
):
    """Evidence got illegally or not verified supports nothing."""

    no: int = ask("证据序号", "Number of the evidence", ge=1)
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not any(item.no == self.no and not item.excluded for item in file.evidence):
            raise gate("没有这件有效证据", "no such evidence in force", PENALTY(46), "no")


class OrderCorrection(
    Act, term="责令改正", en="Order to correct", basis=PENALTY(28), by=(Role.OFFICER,)
):
    """To be done at once or by a day (责令改正通知书)."""

    content: Text = ask("改正内容", "What to correct")
    days: int = ask("改正期限（日，0为立即）", "Days to correct (0 = at once)", ge=0, le=365)


class RecordReinspection(
    Act,
    term="复查",
    en="Re-inspection",
    basis=PENALTY(28, 42),
    by=(Role.OFFICER,),
):
    """Whether the order was met."""

    officers: tuple[Line, ...] = ask("在场执法人员", "Officers present", max_length=10)
    corrected: bool = ask("已改正", "Corrected")
    refused: bool = ask("拒不改正", "Refused outright", default=False)
    record: Text = ask("复查情况", "What was found")

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def gate(self, file: CaseFile, moment: Moment) -> None:
        two_qualified(self.officers, moment, moment.today)
        waiting = [order for order in file.corrections if order.passed is None]
        if not waiting:
            raise gate("没有待复查的责令改正", "no order waits for re-inspection", PENALTY(28))
        due = waiting[0].due_on
        if not self.corrected and not self.refused and due and moment.today <= due:
            raise gate(
                f"改正期限至 {due}，尚未届满，且未记录拒不改正",
                f"the time to correct runs to {due} and no refusal is recorded",
                PENALTY(28),
            )
