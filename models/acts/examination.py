"""Papers of examination and decision (审查与决定): site check, expert review, departments, extension, opinion, decision (行政许可法 26,
34–45).
"""

from typing import Literal

from models.act import Act, Moment
from models.application_file import ApplicationFile
from models.basis import LICENSING, VISIT_ONCE
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Digest, Line, Text, ask
from models.when import Day, Instant

ON = ("application",)
STAFF = (Role.LICENCE_REVIEWER, Role.WINDOW_CLERK)
Special = Literal[
    "expert_review", "inspection", "testing", "quarantine", "appraisal", "tender", "auction"
]


class SiteCheck(
    Act,
    term="现场核查",
    en="Site check",
    basis=LICENSING("34(3)"),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
    internal=True,
):
    """The substance is checked by two or more of the staff."""

    staff: tuple[Line, ...] = ask("核查人员", "Staff", max_length=10)
    at: Instant = ask("核查时间", "When")
    place: Line = ask("核查地点", "Where")
    findings: Text = ask("核查情况", "Findings")
    conforms: bool = ask("与申请相符", "As applied for")
    photos: tuple[Digest, ...] = ask("照片", "Photos", default=(), max_length=60)

    def staff_named(self) -> tuple[str, ...]:
        return self.staff

    def evidence_cited(self) -> tuple[str, ...]:
        return self.photos

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if len(set(self.staff)) < 2 or moment.actor.username not in self.staff:
            raise gate(
                "实质核查应当指派两名以上工作人员，登记人须在其中",
                "two or more of the staff check, whoever records among them",
                LICENSING("34(3)"),
                "staff",
            )
        for name in self.staff:
            if name not in moment.staff:
                raise refuse(
                    Code.INVALID,
                    f"staff：{name} 不是本机关工作人员",
                    f"staff: {name} is not of the staff",
                    LICENSING("34(3)"),
                    "staff",
                )
        if self.at > moment.now:
            raise refuse(
                Code.INVALID, "at：不得晚于现在", "at: in the future", LICENSING("34(3)"), "at"
            )


class StartExpertReview(
    Act,
    term="启动专家评审等特别程序",
    en="Start expert review, testing or the like",
    basis=LICENSING(45) + VISIT_ONCE(28),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
):
    """Its time does not count, if the time needed is told in writing; a report that no law asks for counts."""

    what: Special = ask("特别程序", "What", default="expert_review")
    until: Day = ask("预计完成之日", "Done by")
    reason: Text = ask("理由", "Reason")
    required_by_law: bool = ask("法律法规要求", "Asked for by law")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if file.excluded is not None and not file.excluded.ended:
            raise gate("特别程序正在进行", "one is running already", LICENSING(45))
        if self.until <= moment.today:
            raise refuse(
                Code.INVALID, "until：须在今天之后", "until: after today", LICENSING(45), "until"
            )


class EndExpertReview(
    Act,
    term="特别程序结束",
    en="End of expert review, testing or the like",
    basis=LICENSING(45),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
):
    """The clock runs on."""

    result: Text = ask("结论", "Result")
    report: Digest | None = ask("报告", "Report", default=None)

    def evidence_cited(self) -> tuple[str, ...]:
        return (self.report,) if self.report else ()

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if file.excluded is None or file.excluded.ended:
            raise gate("没有正在进行的特别程序", "none is running", LICENSING(45))


class DepartmentOpinion(
    Act,
    term="部门意见",
    en="A department's opinion",
    basis=LICENSING(26) + VISIT_ONCE(5),
    by=STAFF,
    matters=ON,
    internal=True,
):
    """What a department answers; each has its own clock."""

    department: Line = ask("部门", "Department")
    agrees: bool = ask("同意", "Agrees")
    opinion: Text = ask("意见", "Opinion")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if self.department not in {asked.id for asked in file.unanswered}:
            raise refuse(
                Code.INVALID,
                "department：没有等待答复的这个部门",
                "department: it is not being asked, or has answered",
                LICENSING(26),
                "department",
            )


class Announce(
    Act,
    term="公示",
    en="Announce the application",
    basis=LICENSING(36, 40),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
):
    """Where the item asks for it: made known, so that whoever is touched by it may speak."""

    where: Line = ask("公示地点或者网站", "Where")
    until: Day = ask("公示至", "Until")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if self.until < moment.today:
            raise refuse(Code.INVALID, "until：已经过去", "until: is past", LICENSING(36), "until")


class ExtendLicensing(
    Act,
    term="延长审批期限",
    en="Extend the time to decide",
    basis=LICENSING("42(1)", "42(2)"),
    by=(Role.BUREAU_HEAD,),
    matters=ON,
):
    """Once, with the head's approval; the applicant is told why."""

    reasons: Text = ask("理由", "Reasons")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if file.extended:
            raise gate("审批期限已经延长过", "it was extended already", LICENSING(42))
        if file.decide_by is not None and moment.today > file.decide_by:
            raise gate("审批期限已经届满，不能延长", "the period is over: too late", LICENSING(42))
        if file.situation.statutory_days is not None:
            raise gate(
                "本事项的期限由专门规定，没有延长的规定",
                "another rule sets this period, and says nothing of extending it",
                file.situation.period_basis,
            )


class SubmitOpinion(
    Act,
    term="审查意见",
    en="Reviewer's opinion",
    basis=LICENSING("34", "38"),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
    internal=True,
):
    """What the reviewer proposes, once every step of the item is done."""

    grant: bool = ask("建议准予", "Proposes to grant")
    reasons: Text = ask("理由", "Reasons")
    conditions: tuple[Text, ...] = ask("许可条件", "Conditions", default=(), max_length=20)

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        ready(file, moment, grant=self.grant)
        not_the_chair(file, moment, type(self))


class ReturnOpinion(
    Act,
    term="退回审查意见",
    en="Return the opinion",
    basis=LICENSING(34),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
    internal=True,
):
    """Back to the reviewer, with what is to be cleared up; the applicant is not asked again (35)."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        approver_is_another(file, moment, type(self))


class Decide(
    Act,
    term="许可决定",
    en="Decision on the application",
    basis=LICENSING(38, 42),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """Granted, or refused with reasons and remedies. Who filed, accepted or reviewed it does not decide it."""

    grant: bool = ask("准予", "Granted")
    reasons: Text = ask("理由", "Reasons")
    standards: Text | None = ask("依据的技术标准", "Technical standards", default=None)
    conditions: tuple[Text, ...] = ask("许可条件", "Conditions", default=(), max_length=20)
    false_papers: bool = ask(
        "申请人隐瞒有关情况或者提供虚假材料",
        "The applicant hid facts or gave false papers",
        default=False,
    )

    higher_decision: Line | None = ask(
        "上级决定文号", "Number of the decision of whoever decides", default=None
    )

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        approver_is_another(file, moment, type(self))
        not_the_chair(file, moment, type(self))
        ready(file, moment, grant=self.grant)
        if not file.item.ours and self.higher_decision is None:
            raise gate(
                f"本事项由{file.item.decided_by}决定，本机关只收件、审查和报送；请填写其决定文号",
                "another decides this item; give the number of its decision",
                LICENSING("32(1)(2)", 35, 43),
                "higher_decision",
            )
        if self.grant and any(c.name == "bar" and c.result == "failed" for c in file.checks):
            raise gate(
                "申请人在再申请限制期内，不予许可",
                "the applicant is barred: refused",
                LICENSING(78, 79),
                "grant",
            )
        if self.false_papers and self.grant:
            raise gate(
                "提供虚假材料的，不予许可并给予警告",
                "false papers: refused, with a warning",
                LICENSING(78),
                "grant",
            )


def ready(file: ApplicationFile, moment: Moment, *, grant: bool) -> None:
    """What comes before an opinion and before the decision: every step of the item, every answer that is awaited. With a pledge, what can
    be checked afterwards is checked afterwards (最多跑一次 14).
    """
    if not file.pledged:
        _steps_are_done(file, moment)
    if file.unanswered:
        names = "、".join(asked.name for asked in file.unanswered)
        raise gate(f"尚待{names}答复", "departments have not answered", LICENSING(26))
    if file.excluded is not None and not file.excluded.ended:
        raise gate("特别程序尚未结束", "a special procedure is running", LICENSING(45))
    _heard(file)
    if not grant:
        return
    if file.gaps is not None and not file.gaps.filled:
        raise gate(
            "容缺材料尚未补齐，不得准予", "gaps are still open", VISIT_ONCE("11(2)"), "grant"
        )
    refusing = [asked.name for asked in file.departments if asked.binding and asked.agrees is False]
    if refusing:
        raise gate(
            f"{'、'.join(refusing)}不同意，不得准予",
            "a department whose consent is needed has refused",
            file.item.basis + LICENSING(26),
            "grant",
        )


def _steps_are_done(file: ApplicationFile, moment: Moment) -> None:
    if file.needs("site_check") and not file.site_checks:
        raise gate("本事项须先现场核查", "a site check comes first", LICENSING("34(3)"))
    if file.needs("announcement") and (
        file.announced_until is None or moment.today <= file.announced_until
    ):
        raise gate("本事项须先公示，公示期尚未届满", "it is announced first", LICENSING(36))
    special = file.needs("expert_review") or file.needs("inspection")
    if special and not (file.excluded and file.excluded.ended):
        raise gate(
            "本事项须先专家评审或者检验", "review or inspection comes first", LICENSING(45, 55)
        )


def _heard(file: ApplicationFile) -> None:
    """Whoever was told of a hearing has his time to ask for it (46, 47)."""
    hearing = file.hearing
    if hearing is not None and hearing.asking:
        raise gate(
            "听证申请期限尚未届满", "the time to ask for a hearing still runs", LICENSING(47)
        )
    if hearing is not None and hearing.requested_at is not None and not hearing.held:
        raise gate("听证尚未举行", "the hearing is still to come", LICENSING(47))
    if file.needs("hearing") and not (hearing and hearing.held):
        raise gate("本事项须先举行听证", "a hearing comes first", LICENSING(46))


def not_the_chair(file: ApplicationFile, moment: Moment, act: type[Act]) -> None:
    """Who chaired the hearing neither reviews nor decides (48(3))."""
    if file.hearing is not None and file.hearing.chair == moment.actor.username:
        raise refuse(
            Code.CONFLICT_OF_INTEREST,
            f"{act.term}不得由听证主持人作出",
            f"{act.en} is not made by who chaired the hearing",
            LICENSING("48(3)"),
        )


def approver_is_another(file: ApplicationFile, moment: Moment, act: type[Act]) -> None:
    """Nobody approves what he submitted, accepted or reviewed (审查与决定分离)."""
    if file.has(moment.actor.username):
        raise refuse(
            Code.CONFLICT_OF_INTEREST,
            f"{act.term}不得由收件、受理或者审查本办件的人员作出",
            f"{act.en} is not made by who filed, accepted or reviewed it",
            act.basis + LICENSING(34),
        )
