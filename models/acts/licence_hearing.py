"""Papers of the licensing hearing (许可听证, 行政许可法 36, 46–48)."""

from models.act import Act, Moment
from models.acts.hearing import NOTICE_WORKDAYS
from models.application_file import ApplicationFile
from models.basis import LICENSING
from models.person import Role
from models.refusal import Code, gate, refuse
from models.suspension import civil_day
from models.text import Line, Text, ask
from models.when import Instant

ON = ("application",)


class OfferLicenceHearing(
    Act,
    term="告知利害关系人和听证权利",
    en="Tell interested persons; offer a hearing",
    basis=LICENSING(36, 47),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
):
    """Others have major interests in it: they are told, may state and defend, and may ask for a hearing within five days."""

    persons: tuple[Line, ...] = ask("利害关系人", "Persons", min_length=1, max_length=60)
    interests: Text = ask("重大利益关系", "Their interests")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if file.hearing is not None:
            raise gate("已经告知听证权利", "they were told already", LICENSING(47))


class RequestLicenceHearing(
    Act,
    term="要求许可听证",
    en="Ask for a licensing hearing",
    basis=LICENSING("47(1)"),
    by=(Role.PARTY, Role.LICENCE_REVIEWER),
    matters=ON,
):
    """By the applicant, or recorded for an interested person."""

    who: Line = ask("要求人", "Who asks")


class WaiveLicenceHearing(
    Act,
    term="放弃许可听证",
    en="Waive the licensing hearing",
    basis=LICENSING("47(1)"),
    by=(Role.PARTY, Role.LICENCE_REVIEWER),
    matters=ON,
):
    """One of those who were told says he asks for none; the others keep their time."""

    who: Line = ask("放弃人", "Who waives")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        told = {file.party.name, *(file.hearing.persons if file.hearing else ())}
        if self.who not in told:
            raise refuse(
                Code.INVALID,
                "who：不在告知的申请人和利害关系人之中",
                "who: nobody of that name was told",
                LICENSING("47(1)"),
                "who",
            )


class ScheduleLicenceHearing(
    Act,
    term="许可听证通知",
    en="Schedule the licensing hearing",
    basis=LICENSING("48(1)"),
    by=(Role.HEARING_CHAIR,),
    matters=ON,
):
    """Seven days' notice, open to the public, the chair not a reviewer of it."""

    at: Instant = ask("听证时间", "Time")
    place: Line = ask("听证地点", "Place")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        _not_the_reviewer(file, moment)
        earliest = moment.workdays_ahead.get(NOTICE_WORKDAYS)
        if earliest is None or civil_day(self.at) < earliest:
            raise gate(
                f"应当于举行听证的七日前通知，最早为 {earliest}",
                f"seven days' notice: {earliest} at the earliest",
                LICENSING("48(1)", 82),
                "at",
            )


class RecordLicenceHearing(
    Act,
    term="许可听证笔录",
    en="Record of the licensing hearing",
    basis=LICENSING("48(2)", "48(5)"),
    by=(Role.HEARING_CHAIR,),
    matters=ON,
):
    """The decision rests on the record."""

    attendees: tuple[Line, ...] = ask("参加人", "Attendees", min_length=1, max_length=60)
    statements: Text = ask("陈述、申辩和质证", "Statements")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        _not_the_reviewer(file, moment)
        hearing = file.hearing
        at = hearing.at if hearing else None
        if hearing is not None and hearing.chair != moment.actor.username:
            raise refuse(
                Code.CONFLICT_OF_INTEREST,
                "听证笔录由通知中的主持人制作",
                "recorded by the chair who was announced",
                LICENSING("48(3)"),
            )
        if at is None or moment.now < at:
            raise gate("听证尚未举行", "the hearing has not begun", LICENSING(48))


def _not_the_reviewer(file: ApplicationFile, moment: Moment) -> None:
    if file.has(moment.actor.username):
        raise refuse(
            Code.CONFLICT_OF_INTEREST,
            "听证主持人不得是审查该申请的工作人员",
            "the chair is not of those who review it",
            LICENSING("48(3)"),
        )
