"""Papers of the hearing (听证, 行政处罚法 63–65)."""

from typing import Literal

from models.act import Act, Moment, no_conflict
from models.basis import PENALTY
from models.case_file import CaseFile
from models.officers import qualified
from models.person import Role
from models.refusal import Code, gate, refuse
from models.suspension import SHANGHAI, civil_day
from models.text import Line, Text, ask
from models.when import Instant

NOTICE_WORKDAYS = 7


def _chair_is_free(file: CaseFile, moment: Moment, act: type[Act]) -> None:
    """Never an investigator of the case, not one who stepped back."""
    no_conflict(moment.actor.username, file.ever_investigators, act)
    if file.hearing and moment.actor.username in file.hearing.recused:
        raise refuse(
            Code.CONFLICT_OF_INTEREST,
            "该主持人已回避",
            "this chair has stepped back",
            PENALTY("64(4)"),
        )


class ScheduleHearing(
    Act,
    term="听证通知",
    en="Schedule the hearing",
    basis=PENALTY("64(2)"),
    by=(Role.HEARING_CHAIR,),
):
    """The party is told time and place seven working days before."""

    at: Instant = ask("听证时间", "Time")
    place: Line = ask("听证地点", "Place")
    public: bool = ask("公开举行", "Public", default=True)
    closed_reason: Text | None = ask("不公开的理由", "Why not public", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        _chair_is_free(file, moment, type(self))
        earliest = moment.workdays_ahead.get(NOTICE_WORKDAYS)
        day = civil_day(self.at)
        if earliest is None or day < earliest:
            raise gate(
                f"应当在举行听证的七个工作日前通知，最早为 {earliest}",
                f"seven working days' notice: {earliest} at the earliest",
                PENALTY("64(2)", 85),
                "at",
            )
        if not self.public and not self.closed_reason:
            raise gate(
                "听证应当公开，不公开须说明涉密或隐私的理由",
                "hearings are public; give the reason of secrecy or privacy",
                PENALTY("64(3)"),
                "closed_reason",
            )


class DecideRecusal(
    Act,
    term="回避决定",
    en="Decision on recusal",
    basis=PENALTY(43, "64(4)"),
    by=(Role.BUREAU_HEAD,),
):
    """The head decides; the inquiry does not stop meanwhile."""

    approved: bool = ask("同意回避", "Steps back")
    opinion: Text = ask("意见", "Opinion")
    replacement: Line | None = ask("接替人员", "Replacement", default=None)

    def people_named(self) -> tuple[str, ...]:
        return (self.replacement,) if self.replacement else ()

    def gate(self, file: CaseFile, moment: Moment) -> None:
        """Still at least two officers afterwards (行政处罚法 42)."""
        if not self.approved or file.recusal not in file.investigators:
            return
        stay = set(file.investigators) - {file.recusal}
        if self.replacement and self.replacement != file.recusal:
            qualified(self.replacement, moment, moment.today, PENALTY(42))
            stay.add(self.replacement)
        if len(stay) < 2:
            raise gate(
                "回避后执法人员不足两人，须指定接替人员",
                "fewer than two officers would be left: name a replacement",
                PENALTY(42),
                "replacement",
            )


class RecordHearing(
    Act,
    term="听证笔录和听证报告",
    en="Hearing record and report",
    basis=PENALTY("64(7)", "64(8)", 65),
    by=(Role.HEARING_CHAIR,),
):
    """Facts, evidence and proposal put; the party defended and questioned; minutes signed. The decision rests on it."""

    record: Text = ask("听证笔录", "Record")
    report: Text = ask("听证报告（事实、依据、处理意见）", "Report")
    attended_by: tuple[Line, ...] = ask("参加人员", "Who attended", min_length=1, max_length=50)
    signed: bool = ask("当事人签字", "Signed by the party", default=True)
    refusal_note: Text | None = ask("拒签记载", "Note of refusal to sign", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        _chair_is_free(file, moment, type(self))
        _not_before_its_time(file, moment)
        if not self.signed and not self.refusal_note:
            raise gate(
                "拒绝签字的，由主持人注明",
                "refusal to sign must be noted",
                PENALTY("64(8)"),
                "refusal_note",
            )


class NoShow(
    Act,
    term="无正当理由拒不出席或者中途退出听证",
    en="Party absent or left",
    basis=PENALTY("64(6)"),
    by=(Role.HEARING_CHAIR,),
):
    """Absent without good reason, or left without leave: the right is waived and the hearing ends."""

    how: Literal["absent", "left_without_leave"] = ask("情形", "How")
    note: Text = ask("情况说明", "Note")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        _chair_is_free(file, moment, type(self))
        _not_before_its_time(file, moment)
        _party_was_told(file)


def _party_was_told(file: CaseFile) -> None:
    """Only who had the notice before the day can stay away from the hearing."""
    hearing = file.hearing
    told = hearing.notified_on if hearing else None
    if hearing and hearing.held_at and (told is None or told >= civil_day(hearing.held_at)):
        raise gate(
            "听证通知书未在听证前送达，不得视为放弃听证",
            "the notice of the hearing was not served before its day: nothing is waived",
            PENALTY("64(2)", "64(6)"),
        )


def _not_before_its_time(file: CaseFile, moment: Moment) -> None:
    if file.hearing and file.hearing.held_at and moment.now < file.hearing.held_at:
        at = file.hearing.held_at.astimezone(SHANGHAI)
        raise gate(
            f"听证定于 {at:%Y-%m-%d %H:%M} 举行，尚未到时间",
            f"the hearing is set for {at:%Y-%m-%d %H:%M} (+08:00)",
            PENALTY("64(2)"),
        )
