"""Papers of a licence's life (许可证件): renewal, change, suspension, withdrawal, revocation, cancellation, loss, annual check
(行政许可法 8, 49, 50, 69, 70).
"""

from datetime import date
from typing import Literal

from models.act import Act, Moment
from models.basis import LICENSING, PENALTY
from models.lead import Place
from models.licence_file import LicenceFile, Stage
from models.party import Party
from models.period import add_months
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Line, Text, ask
from models.when import Day

ON = ("licence",)
HOLDER = (Role.PARTY, Role.WINDOW_CLERK)  # a kiosk cannot tell who stands before it


class ApplyRenewal(
    Act,
    term="申请延续",
    en="Apply for renewal",
    basis=LICENSING(50),
    by=HOLDER,
    matters=ON,
):
    """Thirty days before expiry, where no rule says otherwise; silence by expiry renews."""

    reason: Text | None = ask("申请说明", "Reason", default=None)
    immunity_no: Line | None = ask("免疫证号", "Immunity certificate", default=None)
    immunity_from: Day | None = ask("免疫日期", "Immunity from", default=None)
    immunity_until: Day | None = ask("免疫有效期至", "Immunity until", default=None)

    def gate(self, file: LicenceFile, moment: Moment) -> None:
        _no_wish(file)
        if file.item.renewal is None or file.valid_to is None:
            raise gate("本证不办理延续", "this licence is not renewed", LICENSING(50))
        if file.dog is not None and not (self.immunity_no and self.immunity_until):
            raise refuse(
                Code.INVALID,
                "immunity_no：延续犬证须提供新的免疫证号和有效期",
                "immunity_no: give the new immunity certificate and its end",
                file.dog.basis or LICENSING(50),
                "immunity_no",
            )
        if self.immunity_until is not None and self.immunity_until <= max(
            moment.today, file.valid_to
        ):
            raise gate(
                f"新的免疫有效期须晚于 {file.valid_to}",
                f"the new immunity must last beyond {file.valid_to}",
                LICENSING(50),
                "immunity_until",
            )


class ApplyChange(
    Act,
    term="申请变更",
    en="Apply for a change",
    basis=LICENSING(49),
    by=HOLDER,
    matters=ON,
):
    """Another holder, another home, another scope."""

    what: Literal["holder", "home", "content"] = ask("变更事项", "What changes")
    reason: Text = ask("变更内容", "What it changes to")
    holder: Party | None = ask("新持证人", "New holder", default=None)
    home: Place | None = ask("新住址", "New home", default=None)
    since: Day | None = ask("变更发生之日", "Since", default=None)

    def gate(self, file: LicenceFile, moment: Moment) -> None:
        _no_wish(file)
        for what, given in (("holder", self.holder), ("home", self.home)):
            if self.what == what and given is None:
                raise refuse(
                    Code.INVALID, f"{what}：必填", f"{what}: required", LICENSING(49), what
                )
        if self.holder is not None and self.holder.id_no is None:
            raise refuse(
                Code.INVALID,
                "holder.id_no：新持证人的证件号码必填",
                "holder.id_no: the new holder's number is needed",
                LICENSING(49),
                "holder.id_no",
            )
        if self.what == "home" and file.dog is None:
            raise refuse(
                Code.INVALID,
                "what：本证没有住址",
                "what: this licence has no home",
                LICENSING(49),
                "what",
            )


class DecideWish(
    Act,
    term="变更（延续）决定",
    en="Decide on the change or renewal",
    basis=LICENSING(49, 50),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """Before the licence runs out."""

    grant: bool = ask("准予", "Granted")
    reasons: Text = ask("理由", "Reasons")


class SuspendLicence(
    Act,
    term="暂停使用",
    en="Suspend the licence",
    basis=LICENSING(61, 62),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """Until what was found is put right."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: LicenceFile, moment: Moment) -> None:
        if file.stage == Stage.SUSPENDED:
            raise gate("已经暂停使用", "it is suspended already", LICENSING(61))


class ResumeLicence(
    Act,
    term="恢复使用",
    en="Resume the licence",
    basis=LICENSING(61),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """It was put right."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: LicenceFile, moment: Moment) -> None:
        if file.stage != Stage.SUSPENDED:
            raise gate("并未暂停使用", "it is not suspended", LICENSING(61))


class WithdrawLicence(
    Act,
    term="撤回许可",
    en="Withdraw the licence",
    basis=LICENSING(8),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """Law or facts have changed and the public interest asks for it; what the holder loses is made good."""

    ground: Literal["law_changed", "facts_changed"] = ask("事由", "Ground")
    reason: Text = ask("公共利益的需要", "Public interest")
    compensation: Text = ask("补偿", "Compensation")


class RevokeLicence(
    Act,
    term="撤销许可",
    en="Revoke the licence",
    basis=LICENSING(69),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """Granted by the agency's fault, or got by fraud; or the rule of its city says so after penalties."""

    ground: Literal[
        "agency_fault",
        "fraud",
        "pledge_broken",
        "penalties",
        "confiscation",
        "abandonment",
        "injury",
    ] = ask("事由", "Ground")
    reason: Text = ask("事实和理由", "Facts and reasons")
    compensation: Text | None = ask("补偿", "Compensation", default=None)

    def gate(self, file: LicenceFile, moment: Moment) -> None:
        if self.ground == "agency_fault" and self.compensation is None:
            raise gate(
                "因行政机关的原因撤销的，应当写明对合法权益的赔偿",
                "revoked by the agency's fault: say how the holder is made good",
                LICENSING("69(4)"),
                "compensation",
            )
        if self.ground in {"confiscation", "abandonment", "injury"} and file.dog is None:
            raise gate(
                "本证没有这种事由", "no such ground for this licence", LICENSING(69), "ground"
            )
        if self.ground != "penalties":
            return
        limit = file.dog.penalties_revoke if file.dog else None
        if limit is None or len(recent(file, moment.today)) < limit:
            raise gate(
                "违规受罚次数未达到撤销的条件",
                "not penalised often enough to be revoked",
                (file.dog.basis if file.dog else ()) + PENALTY(9),
                "ground",
            )


class CancelLicence(
    Act,
    term="注销许可",
    en="Cancel the licence",
    basis=LICENSING(70),
    by=(*HOLDER, Role.LICENCE_APPROVER),
    matters=ON,
):
    """The holder gives it up, has died or is dissolved; or what it was for is no more."""

    ground: Literal[
        "given_up", "holder_died", "holder_dissolved", "dog_died", "dog_given_away", "force_majeure"
    ] = ask("事由", "Ground")
    since: Day | None = ask("发生之日", "Since", default=None)
    note: Text | None = ask("说明", "Note", default=None)


class ReportLost(
    Act,
    term="挂失补领",
    en="Lost: issue again",
    basis=LICENSING(39),
    by=HOLDER,
    matters=ON,
):
    """Paper or tag is lost; another is made, and the old one stands no more."""

    what: Literal["licence", "tag"] = ask("遗失物", "What is lost", default="licence")
    how: Text = ask("遗失情况", "How")


class PrintLicence(
    Act,
    term="打印证件",
    en="Print the licence",
    basis=LICENSING(44),
    by=(*HOLDER, Role.KIOSK),
    matters=ON,
):
    """At a kiosk or a window; counted."""

    copies: int = ask("份数", "Copies", ge=1, le=5, default=1)


class AnnualCheck(
    Act,
    term="年度检审",
    en="Annual check",
    basis=LICENSING(62),
    by=(Role.WINDOW_CLERK, Role.LICENCE_REVIEWER),
    matters=ON,
):
    """Once a year, where the rule of the city asks for it."""

    passed: bool = ask("通过", "Passed")
    findings: Text = ask("检审情况", "Findings")

    def gate(self, file: LicenceFile, moment: Moment) -> None:
        if file.dog is None or file.dog.annual_check_month is None:
            raise gate("本证没有年度检审", "no annual check for this licence", LICENSING(62))


class NotePenalty(
    Act,
    term="记入违规处罚",
    en="A penalty is noted",
    basis=LICENSING(61),
    by=(Role.SYSTEM,),
    matters=ON,
    internal=True,
):
    """What penalty cases tell: known by the case, so that a repeat changes nothing."""

    case: Line = ask("案卷", "Case")
    number: Line | None = ask("处罚决定书", "Decision", default=None)
    on_day: Day = ask("处罚日期", "On")


class RevokeForPledge(
    Act,
    term="承诺不实撤销许可",
    en="Revoked, the pledge being broken",
    basis=LICENSING(69),
    by=(Role.SYSTEM,),
    matters=ON,
    internal=True,
):
    """The application's own check decided it (最多跑一次 14)."""

    reason: Text = ask("理由", "Reason")


def recent(file: LicenceFile, today: date) -> list[date]:
    """The days of penalties that still count."""
    within = file.dog.penalties_within_months if file.dog else None
    return [p.on for p in file.penalties if within is None or today <= add_months(p.on, within)]


def _no_wish(file: LicenceFile) -> None:
    if file.wish is not None:
        raise gate("上一项申请尚未决定", "an earlier wish is not decided yet", LICENSING(49, 50))
