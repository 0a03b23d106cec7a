"""The decision carried out (决定的作出与送达, 行政许可法 34(2), 38, 39, 44, 58; 78): refused with remedies, or granted, paid for and
issued.
"""

from datetime import date, timedelta
from decimal import Decimal

from models.account import Account, Paid
from models.acts.collection import ReceivePayment
from models.application import Channel
from models.application_file import ApplicationFile, Granted, LicenceDecision, Outcome, Stage
from models.bar import Bar
from models.basis import LICENSING
from models.licence_file import DogKept, LicenceFile
from models.money import to_number
from models.period import add_months
from models.suspension import civil_day
from workflows import papers
from workflows.application_case import ApplicationCase

CLOCKS = ("licence_decide", "licence_promised")
FALSE_PAPERS_YEARS = 1


def decided_at_once(case: ApplicationCase) -> LicenceDecision:
    """Every check holds and nothing is left to judge (34(2))."""
    return LicenceDecision(
        grant=True,
        reasons="申请材料齐全、符合法定形式，自动核验全部通过，当场作出决定",
        conditions=case.file.item.conditions,
        at=case.now(),
        by="system",
        at_once=True,
    )


def refuse_licence(case: ApplicationCase, decision: LicenceDecision) -> None:
    """With reasons, and the right to review or sue (38(2)); false papers bar for a year where safety is at stake (78)."""
    file = case.file
    file.decision = decision
    case.stop_clock(*CLOCKS)
    if file.item.ours:
        papers.refusal(case)
    else:
        case.step("passed_on", "由有权机关决定", LICENSING(35), number=decision.higher)
    if "false_papers" in file.flags:
        case.step("warned", "对提供虚假材料给予警告", LICENSING(78))
    if "false_papers" in file.flags and file.item.public_safety:
        today = civil_day(case.now())
        until = add_months(today, 12 * FALSE_PAPERS_YEARS)
        basis = LICENSING(78)
        case.bar(
            Bar(scope=file.item.scope, ground="false_papers", since=today, until=until, basis=basis)
        )
    case.finish(Outcome.REFUSED)


async def grant_licence(case: ApplicationCase, decision: LicenceDecision) -> None:
    """The decision first, then the fee where one may be asked, then the licence (38(1), 39, 44, 58)."""
    file = case.file
    file.decision = decision
    case.stop_clock(*CLOCKS)
    today = civil_day(case.now())
    case.release(file.claim)  # decided: the same may be asked for again
    if file.pledged:
        case.start_clock("promise_check")
    if not file.item.ours:  # decided and issued by another (35)
        case.step("passed_on", "由有权机关决定并发证", LICENSING(35), number=decision.higher)
        return
    begins = valid_from(file, today)
    file.licence = Granted(
        matter=f"{file.id}-licence", document="", valid_from=begins, valid_to=valid_to(file, begins)
    )
    papers.grant(case)
    if file.situation.fee:
        await _paid(case, file.situation.fee)
    if not decision.at_once:
        case.start_clock("licence_issue")
    if file.item.document is None:
        file.licence = None
        case.stop_clock("licence_issue")
        return
    case.enter(Stage.ISSUE)
    file.licence.number = await case.bear(_licence(case, file.licence))
    case.stop_clock("licence_issue")


def valid_from(file: ApplicationFile, today: date) -> date:
    """From the day that was asked for, and not before it is decided."""
    return max(today, date.fromisoformat(str(file.situation.answers.get("from_day", today))))


def valid_to(file: ApplicationFile, today: date) -> date | None:
    """The last day it holds; None where no rule ends it."""
    rule = file.item.validity
    if file.dog is not None:
        return DogKept.model_validate(file.dog).valid_to
    if rule is None:
        return None
    if rule.months:
        return add_months(today, rule.months) - timedelta(days=1)
    if rule.days:
        return today + timedelta(days=rule.days - 1)
    if rule.until:
        return _until(file, rule.until, rule.longest_days, today)
    return None


def _until(file: ApplicationFile, answer: str, longest: int | None, today: date) -> date:
    last = date.fromisoformat(str(file.situation.answers[answer]))
    return min(last, today + timedelta(days=longest - 1)) if longest else last


async def _paid(case: ApplicationCase, fee: Decimal) -> None:
    file = case.file
    file.account = account = Account(bill=f"{file.id}-1", fine=Decimal(0), costs=fee)
    papers.bill(case, account, to_number(fee))
    case.enter(Stage.PAYMENT)
    await case.until(lambda: file.account is not None and file.account.paid >= fee)


def fee_received(case: ApplicationCase, act: ReceivePayment) -> None:
    """Known by the bank's reference; a repeat changes nothing, too much is flagged for refund."""
    account = case.file.account
    assert account is not None  # noqa: S101 -- the gate asked for it
    if account.payment(act.reference) is not None:
        return
    paid = Paid(
        reference=act.reference, amount=act.amount, on=civil_day(act.paid_at), at=act.paid_at
    )
    account.payments += (paid,)
    case.step("fee_paid", "收到费用", LICENSING(59), amount=to_number(act.amount))
    if account.paid > account.principal and "overpaid" not in case.file.flags:
        case.file.flags.append("overpaid")


def _licence(case: ApplicationCase, granted: Granted) -> LicenceFile:
    file = case.file
    decision = file.decision
    return LicenceFile(
        id=granted.matter,
        opened_at=case.now(),
        item=file.item,
        party=file.party,
        party_digest=file.party_digest,
        unit=file.unit,
        application=file.id,
        filed_by=file.filed_by if file.channel is not Channel.WEB else None,
        content=file.content or file.item.name,
        place=f"{file.place.street}{file.place.address}" if file.place else None,
        conditions=decision.conditions if decision else (),
        valid_from=granted.valid_from,
        valid_to=granted.valid_to,
        dog=DogKept.model_validate(file.dog) if file.dog else None,
        claims=list(file.claims),
    )
