"""Papers of intake (收件与受理): five outcomes, one supplement, tolerated gaps, visits, withdrawal (行政许可法 32; 最多跑一次 2, 7, 11,
43).
"""

from datetime import date

from pydantic import BaseModel, ConfigDict

from models.act import Act, Moment
from models.application import Channel, Supplied
from models.application_file import ApplicationFile
from models.basis import LICENSING, VISIT_ONCE
from models.lead import Place
from models.person import Role
from models.refusal import Code, Refused, gate, refuse
from models.text import Line, Text, ask
from models.when import Day

ON = ("application",)
APPLICANT = (Role.PARTY, Role.WINDOW_CLERK, Role.KIOSK)


class Wrong(BaseModel):
    """One thing missing or wrong."""

    model_config = ConfigDict(extra="forbid", strict=True)

    material: Line = ask("材料", "Material")
    what: Text = ask("补正内容", "What is missing or wrong")


class Accept(
    Act,
    term="受理",
    en="Accept",
    basis=LICENSING("32(1)(5)", "32(2)") + VISIT_ONCE(11),
    by=(Role.WINDOW_CLERK,),
    matters=ON,
):
    """Complete and in due form: accepted, in writing, with seal and day."""

    opinion: Text | None = ask("意见", "Opinion", default=None)

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        """What a register holds that is away just now is no lack (最多跑一次 7)."""
        lacking = [needed for needed in file.lacking if needed.source not in file.unchecked]
        if lacking:
            names = "、".join(needed.name for needed in lacking)
            raise gate(
                f"材料尚缺：{names}；请一次性告知补正，或者依法容缺受理",
                f"still lacking: {', '.join(n.name_en for n in lacking)}; "
                "ask once for all of it, or accept with gaps",
                LICENSING("32(1)(4)", "32(1)(5)"),
            )


class RefuseAcceptance(
    Act,
    term="不予受理",
    en="Refuse acceptance",
    basis=LICENSING("32(1)", "32(2)") + VISIT_ONCE("11(3)"),
    by=(Role.WINDOW_CLERK,),
    matters=ON,
):
    """After a supplement that is still not right, with reasons."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        """What is incomplete is first told, once and in whole; only then refused."""
        if file.supplement is None:
            raise gate(
                "材料不齐全或者不符合法定形式的，应当先一次性告知补正",
                "what is incomplete is first told, once and in whole",
                LICENSING("32(1)(4)") + VISIT_ONCE("11(3)"),
            )


class NotNeeded(
    Act,
    term="不需要取得许可",
    en="No licence needed",
    basis=LICENSING("32(1)(1)"),
    by=(Role.WINDOW_CLERK,),
    matters=ON,
):
    """The matter needs no licence: told at once."""

    reason: Text = ask("理由", "Reason")


class NotOurs(
    Act,
    term="不属于本机关职权",
    en="Not our power",
    basis=LICENSING("32(1)(2)"),
    by=(Role.WINDOW_CLERK,),
    matters=ON,
):
    """Another agency's: refused at once, and the applicant is told which."""

    right_agency: Line = ask("有权机关", "Who has the power")
    reason: Text = ask("理由", "Reason")


class RequestSupplement(
    Act,
    term="一次性补正告知",
    en="One-time supplement notice",
    basis=LICENSING("32(1)(4)") + VISIT_ONCE("11(3)"),
    by=(Role.WINDOW_CLERK,),
    matters=ON,
):
    """Everything that is missing or wrong, told once."""

    missing: tuple[Wrong, ...] = ask("需要补正的全部内容", "All of it", min_length=1, max_length=60)
    until: Day = ask("补正期限", "Until")

    @classmethod
    def why_closed(cls, file: ApplicationFile) -> Refused | None:
        return _once(file) if file.supplement is not None else None

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if file.supplement is not None:
            raise _once(file)
        _after_today(self.until, moment, "until")
        needed = {material.id for material in file.situation.materials}
        for n, wrong in enumerate(self.missing):
            if wrong.material not in needed:
                raise _off_the_list(f"missing.{n}.material")
        told = {wrong.material for wrong in self.missing}
        held = file.unchecked  # what the government holds is not asked for, even while it is away
        forgotten = [
            m.name
            for m in file.lacking
            if m.id not in told and not m.tolerated and m.source not in held
        ]
        if forgotten:
            raise gate(
                f"应当一次告知需要补正的全部内容，遗漏：{'、'.join(forgotten)}",
                "all of it is told at once; something is left out",
                LICENSING("32(1)(4)"),
                "missing",
            )


class AcceptWithGaps(
    Act,
    term="容缺受理",
    en="Accept with gaps",
    basis=VISIT_ONCE(4, "11(2)"),
    by=(Role.WINDOW_CLERK,),
    matters=ON,
):
    """The main materials are there; only listed ones may come later, by a day."""

    until: Day = ask("补交期限", "Until")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        _after_today(self.until, moment, "until")
        if not file.lacking:
            raise gate("材料齐全，应当受理", "nothing lacks: accept", LICENSING("32(1)(5)"))
        main = [needed.name for needed in file.lacking if not needed.tolerated]
        if main:
            raise gate(
                f"{'、'.join(main)}不在容缺清单内",
                "only materials on the list may come later",
                VISIT_ONCE(4, "11(2)"),
            )


class SupplyMaterials(
    Act,
    term="补交材料",
    en="Supply materials",
    basis=LICENSING("32(1)(5)") + VISIT_ONCE(6, 11),
    by=APPLICANT,
    matters=ON,
):
    """What was asked for; on the web, at any window or at a kiosk."""

    materials: tuple[Supplied, ...] = ask("材料", "Materials", min_length=1, max_length=60)
    channel: Channel = ask("渠道", "Channel", default=Channel.WEB)

    def evidence_cited(self) -> tuple[str, ...]:
        return tuple(supplied.digest for supplied in self.materials if supplied.digest)

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        """Who comes of his own will is never sent away; it is counted (最多跑一次 6)."""
        materials_fit(self.materials, file, moment)


class CorrectApplication(
    Act,
    term="当场更正",
    en="Correct on the spot",
    basis=LICENSING("32(1)(3)"),
    by=APPLICANT,
    matters=ON,
):
    """What can be put right on the spot is put right on the spot; who applies for what is no slip of the pen."""

    content: Text | None = ask("申请内容", "What is asked", default=None)
    place: Place | None = ask("地点", "Place", default=None)

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if self.content is None and self.place is None:
            raise refuse(
                Code.INVALID, "请填写更正内容", "say what is corrected", LICENSING("32(1)(3)")
            )
        if self.place is not None and file.dog is not None:
            raise gate(
                "饲养地关系到限养区和限养数量，请撤回后重新申请",
                "the home decides zone and limit: withdraw and apply again",
                LICENSING("32(1)(3)"),
                "place",
            )


class RevokeAcceptance(
    Act,
    term="撤销受理",
    en="Revoke acceptance",
    basis=VISIT_ONCE("11(2)"),
    by=(Role.WINDOW_CLERK, Role.LICENCE_REVIEWER),
    matters=ON,
):
    """What came for a gap is still not right: in writing, with reasons."""

    reason: Text = ask("理由", "Reason")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if file.gaps is None or file.decision is not None:
            raise gate(
                "只有容缺受理且尚未决定的，可以撤销受理",
                "only where it was accepted with gaps and is not decided",
                VISIT_ONCE("11(2)"),
            )


class RecordStatement(
    Act,
    term="陈述申辩",
    en="Statement on the application",
    basis=LICENSING(36),
    by=(Role.PARTY, Role.LICENCE_REVIEWER),
    matters=ON,
):
    """The applicant, or somebody whose interests are touched; kept with the file."""

    who: Line = ask("陈述人", "Who")
    text: Text = ask("陈述申辩内容", "Statement")


class WithdrawApplication(
    Act,
    term="撤回申请",
    en="Withdraw the application",
    basis=LICENSING(29),
    by=(Role.PARTY, Role.WINDOW_CLERK),  # a kiosk cannot tell who stands before it
    matters=ON,
):
    """Before it is decided, the applicant may take it back."""

    reason: Text | None = ask("理由", "Reason", default=None)


class RecordVisit(
    Act,
    term="到场登记",
    en="Record a visit",
    basis=VISIT_ONCE(2),
    by=(Role.WINDOW_CLERK, Role.KIOSK),
    matters=ON,
):
    """The applicant came; once is the most for the whole matter."""

    channel: Channel = ask("渠道", "Channel")
    purpose: Text = ask("事由", "Purpose")
    summoned: bool = ask("应本机关要求到场", "We asked him to come", default=True)

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if self.summoned:
            may_come_again(file)


class OrderVisit(
    Act,
    term="准予再次到场",
    en="Order a second visit",
    basis=VISIT_ONCE(2, 43),
    by=(Role.SUPERVISOR,),
    matters=ON,
    internal=True,
):
    """The promise of one visit is broken; by whose fault is on record."""

    cause: Text = ask("原因", "Cause")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if not file.visits or file.second_visit is not None:
            raise gate("无须准予", "nothing to order", VISIT_ONCE(2))


def may_come_again(file: ApplicationFile) -> None:
    """Nobody is asked to come twice (最多跑一次 2)."""
    if file.visits and file.second_visit is None:
        raise gate(
            "申请人已经到场一次，同一办件最多跑一次；确需再次到场的，由监督人员批准并登记原因",
            "the applicant has come once, and once is the most; only a supervisor may order more",
            VISIT_ONCE(2, 43),
        )


def materials_fit(supplied: tuple[Supplied, ...], file: ApplicationFile, moment: Moment) -> None:
    """Only what this situation needs, each a file that was brought or an original seen (31)."""
    for n, one in enumerate(supplied):
        if file.situation.material(one.material) is None:
            raise _off_the_list(f"materials.{n}.material")
        material_is_there(one, moment, f"materials.{n}")


def material_is_there(one: Supplied, moment: Moment, field: str) -> None:
    """A file by its digest, or an original that the window saw, not out of date."""
    if one.digest is None and not (one.shown and Role.WINDOW_CLERK in moment.actor.roles):
        zh, en = "须附文件，或者由窗口核验原件", "attach a file, or show the original at the window"
        raise _wrong(field, zh, en)
    if one.digest is not None and one.digest not in moment.evidence:
        zh, en = "没有收到这份文件，请先上传", "no such file was brought; upload it first"
        raise _wrong(f"{field}.digest", zh, en)
    if one.valid_to is not None and one.valid_to < moment.today:
        zh, en = f"材料已于 {one.valid_to} 过期", f"it ran out on {one.valid_to}"
        raise _wrong(f"{field}.valid_to", zh, en)


def _wrong(field: str, zh: str, en: str) -> Refused:
    return refuse(Code.INVALID, f"{field}：{zh}", f"{field}: {en}", LICENSING(31), field)


def _once(file: ApplicationFile) -> Refused:
    return gate(
        "补正要求只能一次性提出，本办件已经告知过，不得再次要求补正",
        "a supplement is asked for once; it was asked for already",
        LICENSING("32(1)(4)") + VISIT_ONCE(43),
    )


def _off_the_list(field: str) -> Refused:
    return refuse(
        Code.INVALID,
        f"{field}：本情形不需要这项材料，不得索要清单以外的材料",
        f"{field}: not on the list of this situation; nothing off the list may be asked",
        LICENSING(31) + VISIT_ONCE(43),
        field,
    )


def _after_today(day: date, moment: Moment, field: str) -> None:
    if day <= moment.today:
        raise refuse(
            Code.INVALID,
            f"{field}：须在今天之后",
            f"{field}: must be after today",
            LICENSING(32),
            field,
        )
