"""The life of a licence (许可证件, 行政许可法 8, 49, 50, 61, 62, 69, 70): one matter each, asleep on one timer until something happens to
it.
"""

from typing import ClassVar

from temporalio import workflow

from models.act import Act
from models.acts import licence as papers, standing
from models.basis import LICENSING
from models.change import Start
from models.licence_file import LicenceFile, Stage
from models.suspension import civil_day
from workflows import licence_ends as ends, licence_wishes as wishes, standing as effects
from workflows.licence_life import LicenceLife, iso, renewal_basis
from workflows.procedure import Standing

ALIVE = frozenset({Stage.VALID, Stage.SUSPENDED})
RENEW = "请在最后申请日之前在网上或者窗口申请延续。"
SILENT = "按期申请而届满时未作决定的，视为准予延续。"
RENEW_DOG = "请先为犬只续种狂犬病疫苗，凭新的免疫证号在网上或者窗口申请延续，核对一致的当场办结。"


@workflow.defn(name="licence")
class Licence(LicenceLife):
    """From issue to its end."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        papers.ApplyRenewal: Standing(wishes.wish_renewal, ALIVE),
        papers.ApplyChange: Standing(wishes.wish_change, ALIVE),
        papers.SuspendLicence: Standing(ends.suspend, ALIVE),
        papers.ResumeLicence: Standing(ends.resume, ALIVE),
        papers.WithdrawLicence: Standing(ends.withdrawn, ALIVE),
        papers.RevokeLicence: Standing(ends.revoked, ALIVE),
        papers.RevokeForPledge: Standing(ends.revoked_for_pledge, ALIVE),
        papers.CancelLicence: Standing(ends.cancelled, ALIVE),
        papers.ReportLost: Standing(ends.lost, ALIVE),
        papers.PrintLicence: Standing(ends.printed, ALIVE),
        papers.AnnualCheck: Standing(ends.checked, ALIVE),
        papers.NotePenalty: Standing(ends.penalised, ALIVE),
        standing.AddNote: Standing(effects.add_note, ALIVE),
    }

    @workflow.init
    def __init__(self, file: LicenceFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: LicenceFile, start: Start) -> str:
        """Ends with how the licence ended."""
        await self.conduct(self._life())
        return self.file.stage

    async def _life(self) -> None:
        if self._fresh:
            self.begin()
        while not self.file.closed:
            lapsed = await self.until(
                lambda: self.file.closed or self.tired(), "reminder", "annual_check", "expiry"
            )
            match lapsed:
                case "reminder":
                    self._remind()
                case "annual_check":
                    self._check_missed()
                case "expiry":
                    self._expire()
                case _ if not self.file.closed:
                    await self.continue_in_a_new_run()

    def _remind(self) -> None:
        """Apply in time; by inbox, mail and message as the holder agreed (50)."""
        file = self.file
        file.reminded_for = file.valid_to
        paper = self.issue(
            "renewal_reminder",
            "延续提醒",
            renewal_basis(file),
            given={
                "until": iso(file.valid_to),
                "apply_by": iso(file.apply_by),
                "how": _how_to_renew(file),
            },
        )
        for way in self._ways_to_reach():
            self.send(way, paper, document=paper)

    def _ways_to_reach(self) -> tuple[str, ...]:
        """The inbox; mail and message where the holder agreed to them."""
        party = self.file.party
        agreed = party.electronic_service
        found = {
            "portal": self.file.party_digest is not None,
            "email": agreed and party.email is not None,
            "sms": agreed and party.phone is not None,
        }
        return tuple(way for way, there in found.items() if there)

    def _check_missed(self) -> None:
        """Missed as often as the rule of the city says, a person looks whether it is to be cancelled."""
        file = self.file
        file.missed_checks += 1
        file.checks_reckoned_from = civil_day(self.now())
        self.step("check_missed", "未按期检审", LICENSING(62), times=file.missed_checks)
        limit = file.dog.annual_checks_missed if file.dog else None
        often = limit is not None and file.missed_checks >= limit
        if often and "cancellation_due" not in file.flags:
            file.flags.append("cancellation_due")
            self.step("cancellation_due", "连续未检审，待审批人员处理", LICENSING(70))
        self.wait_for_its_days()

    def _expire(self) -> None:
        """Applied for in time and not answered, it counts as renewed (50); else it has run out (70)."""
        wish, renewal = self.file.wish, self.file.item.renewal
        if wish and wish.kind == "renewal" and renewal and renewal.silent and wish.in_time:
            self.step(
                "deemed_renewed",
                "逾期未作决定，视为准予延续",
                LICENSING("50(2)"),
                to=iso(wish.until),
            )
            self.stop_clock("licence_decide")
            self.unask(papers.DecideWish)
            wishes.renewed(self, wish, "视为准予延续")
            return
        self.file.stage = Stage.EXPIRED
        self.turned("expired")
        self.ended()


def _how_to_renew(file: LicenceFile) -> str:
    if file.dog is not None:
        return RENEW_DOG
    silent = file.item.renewal is not None and file.item.renewal.silent
    return RENEW + SILENT if silent else RENEW
