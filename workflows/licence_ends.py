"""What is done to a licence (行政许可法 8, 39, 61, 62, 69, 70, 79): suspended, resumed, withdrawn, revoked, cancelled; lost, printed,
checked; penalties noted.
"""

from models.acts.licence import (
    AnnualCheck,
    CancelLicence,
    NotePenalty,
    PrintLicence,
    ReportLost,
    ResumeLicence,
    RevokeForPledge,
    RevokeLicence,
    SuspendLicence,
    WithdrawLicence,
    recent,
)
from models.bar import Bar
from models.basis import LICENSING, VISIT_ONCE, Basis
from models.licence_file import Penalised, Stage
from models.period import add_months
from models.suspension import civil_day
from workflows.licence_life import LicenceLife

FRAUD_YEARS = 3
CITY_GROUNDS = frozenset({"penalties", "confiscation", "abandonment", "injury"})
CANCEL_TERMS = {
    "given_up": "持证人申请注销",
    "holder_died": "持证人死亡",
    "holder_dissolved": "持证法人终止",
    "dog_died": "犬只死亡",
    "dog_given_away": "犬只送养、转让",
    "force_majeure": "因不可抗力无法实施",
}


def suspend(life: LicenceLife, act: SuspendLicence) -> None:
    """Until it is put right."""
    life.enter(Stage.SUSPENDED)
    life.turned("suspended", act.reason)


def resume(life: LicenceLife, act: ResumeLicence) -> None:
    """It was put right."""
    life.enter(Stage.VALID)
    life.turned("resumed", act.reason)


def withdrawn(life: LicenceLife, act: WithdrawLicence) -> None:
    """What the holder loses is made good (8)."""
    life.end(Stage.WITHDRAWN, "撤回", act.reason, LICENSING(8), act, act.compensation)


def revoked(life: LicenceLife, act: RevokeLicence) -> None:
    """Got by fraud: barred for three years (69, 79); by the rule of the city, as long as it says."""
    of_city = act.ground in CITY_GROUNDS and life.file.dog is not None
    basis = life.file.dog.basis if of_city and life.file.dog else LICENSING(69)
    kind = "吊销" if of_city else "撤销"
    life.end(Stage.REVOKED, kind, act.reason, basis, act, act.compensation)
    if act.ground == "fraud" and life.file.item.public_safety:
        _bar(life, "fraud", FRAUD_YEARS, LICENSING(79))
    for rule in life.file.dog.bars if life.file.dog else ():
        if rule.ground == act.ground:
            _bar(life, rule.ground, rule.years, rule.basis)


def revoked_for_pledge(life: LicenceLife, act: RevokeForPledge) -> None:
    """The promise was not kept (最多跑一次 14)."""
    life.end(Stage.REVOKED, "撤销", act.reason, VISIT_ONCE(14), act)


def cancelled(life: LicenceLife, act: CancelLicence) -> None:
    """What it was for is no more (70)."""
    life.end(Stage.CANCELLED, "注销", CANCEL_TERMS[act.ground], LICENSING(70), act)


def lost(life: LicenceLife, act: ReportLost) -> None:
    """Another is made; the old one stands no more."""
    life.turned("lost", act.how)
    if act.what == "licence":
        life.issue_paper()


def printed(life: LicenceLife, act: PrintLicence) -> None:
    """Counted."""
    life.file.prints += act.copies


def checked(life: LicenceLife, act: AnnualCheck) -> None:
    """Once a year."""
    file = life.file
    file.checks_reckoned_from = civil_day(life.now())
    if act.passed:
        file.missed_checks = 0
        file.flags = [flag for flag in file.flags if flag != "cancellation_due"]
    life.turned("checked" if act.passed else "check_failed", act.findings)
    life.wait_for_its_days()


def penalised(life: LicenceLife, act: NotePenalty) -> None:
    """At the number the rule of the city names, somebody must look at it."""
    file = life.file
    if any(known.case == act.case for known in file.penalties):
        return
    file.penalties.append(Penalised(case=act.case, number=act.number, on=act.on_day))
    limit = file.dog.penalties_revoke if file.dog else None
    if limit is not None and len(recent(file, civil_day(life.now()))) >= limit:
        file.flags.append("revocation_due")
        life.step("revocation_due", "违规受罚达到撤销条件", LICENSING(61), times=limit)


def _bar(life: LicenceLife, ground: str, years: int | None, basis: tuple[Basis, ...]) -> None:
    today = civil_day(life.now())
    until = add_months(today, 12 * years) if years is not None else None
    life.bar(Bar(scope=life.file.item.scope, ground=ground, since=today, until=until, basis=basis))
