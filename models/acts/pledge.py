"""Papers of 告知承诺 (最多跑一次 14): the promise, the check within sixty working days, what follows when it is not kept."""

from datetime import date

from models.act import Act, Moment
from models.acts.intake import APPLICANT
from models.application_file import ApplicationFile
from models.basis import VISIT_ONCE
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Text, ask
from models.when import Day

ON = ("application",)


class Pledge(
    Act,
    term="告知承诺",
    en="Pledge",
    basis=VISIT_ONCE(14),
    by=APPLICANT,
    matters=ON,
):
    """The applicant knows the conditions and promises to meet them: decided first, checked afterwards."""

    conditions_known: bool = ask("已知晓告知的条件", "Knows the conditions")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if not file.situation.pledge:
            raise gate("本情形不适用告知承诺", "no pledge in this situation", VISIT_ONCE(14))
        if file.pledge_barred:
            raise gate(
                "因承诺不实，信用修复前不适用告知承诺",
                "an earlier pledge was broken: no pledge until credit is restored",
                VISIT_ONCE(14),
            )
        if file.pledged:
            raise gate("已经承诺", "already pledged", VISIT_ONCE(14))
        if not self.conditions_known:
            raise gate(
                "须知晓告知的条件",
                "the conditions must be known",
                VISIT_ONCE(14),
                "conditions_known",
            )


class CheckPledge(
    Act,
    term="承诺核查",
    en="Check of the pledge",
    basis=VISIT_ONCE(14),
    by=(Role.LICENCE_REVIEWER,),
    matters=ON,
):
    """Within sixty working days; what does not hold is to be put right by a day."""

    kept: bool = ask("承诺属实", "Kept")
    findings: Text = ask("核查情况", "Findings")
    correct_by: Day | None = ask("限期整改至", "Put right by", default=None)

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        if not self.kept and not _later(self.correct_by, moment):
            raise refuse(
                Code.INVALID,
                "correct_by：承诺不实的，应当要求限期整改",
                "correct_by: name the day by which it is put right",
                VISIT_ONCE(14),
                "correct_by",
            )


class RecheckPledge(
    Act,
    term="整改复核",
    en="Second check of the pledge",
    basis=VISIT_ONCE(14),
    by=(Role.LICENCE_APPROVER,),
    matters=ON,
):
    """Put right, or the licence is revoked, and no pledge is taken until credit is restored. Whoever grants, revokes."""

    kept: bool = ask("整改合格", "Put right")
    findings: Text = ask("复核情况", "Findings")

    def gate(self, file: ApplicationFile, moment: Moment) -> None:
        last = file.pledge_correction
        if not self.kept and last is not None and moment.today <= last:
            raise gate(
                f"整改期限（{last}）尚未届满",
                f"the time to put it right runs until {last}",
                VISIT_ONCE(14),
                "kept",
            )


def _later(day: date | None, moment: Moment) -> bool:
    return day is not None and day > moment.today
