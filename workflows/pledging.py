"""The check of a pledge (承诺核查, 最多跑一次 14): within sixty working days; put right by a day, or revoked."""

from models.acts.pledge import CheckPledge, RecheckPledge
from models.application_file import Outcome, Stage
from models.bar import Bar
from models.basis import VISIT_ONCE
from models.suspension import civil_day
from workflows.application_case import ApplicationCase

BARRED = "pledge"


async def check(case: ApplicationCase) -> None:
    """Nobody checked in time: flagged, and still to be done (43)."""
    case.enter(Stage.PLEDGE)
    act = await case.first_of(CheckPledge, within="promise_check")
    if act is None:
        case.file.flags.append("pledge_unchecked")
        act = await case.expect(CheckPledge)
    assert isinstance(act, CheckPledge)  # noqa: S101 -- nothing else is awaited
    case.stop_clock("promise_check")
    if act.kept or act.correct_by is None:
        return
    case.file.pledge_correction = act.correct_by
    case.start_fixed("pledge_correction", act.correct_by, "承诺整改期限", VISIT_ONCE(14))
    again = await case.expect(RecheckPledge, due="pledge_correction")
    case.stop_clock("pledge_correction")
    if not again.kept:
        await _broken(case, again.findings)


async def _broken(case: ApplicationCase, findings: str) -> None:
    """Revoked; no pledge is taken until credit is restored."""
    today = civil_day(case.now())
    case.bar(
        Bar(scope=BARRED, ground="pledge_broken", since=today, until=None, basis=VISIT_ONCE(14))
    )
    case.step("pledge_broken", "承诺不实，撤销许可", VISIT_ONCE(14))
    if case.file.licence is not None:
        await case.break_licence(f"告知承诺不实：{findings}")
    case.finish(Outcome.REVOKED)
