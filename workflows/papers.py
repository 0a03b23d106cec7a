"""The papers of an approval (许可文书): which one a step issues, and what it is given beyond what its row takes from the file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.act import Act
from models.acts.examination import ExtendLicensing, SiteCheck, StartExpertReview
from models.acts.intake import AcceptWithGaps, RequestSupplement
from models.acts.licence_hearing import (
    OfferLicenceHearing,
    RecordLicenceHearing,
    ScheduleLicenceHearing,
)
from models.acts.pledge import Pledge
from models.application_file import ApplicationFile, AskedDepartment
from models.basis import LICENSING, VISIT_ONCE
from models.suspension import civil_day
from models.timeline import hash_of
from workflows.procedure import Procedure

if TYPE_CHECKING:
    from models.account import Account

Case = Procedure[ApplicationFile]


def intake_slip(case: Case) -> None:
    """With number and code (最多跑一次 5)."""
    case.issue("intake_slip", "收件凭证", VISIT_ONCE(5))


def acceptance(case: Case, act: Act | None) -> None:
    """In writing, sealed and dated (32(2))."""
    case.issue("acceptance", "受理通知书", LICENSING("32(2)") + VISIT_ONCE(11), act=act)


def supplement(case: Case, act: RequestSupplement) -> None:
    """All of it, once (32(1)(4))."""
    names = {needed.id: needed.name for needed in case.file.situation.materials}
    missing = [{"material": names[w.material], "what": w.what} for w in act.missing]
    case.issue(
        "supplement",
        "一次性补正告知书",
        LICENSING("32(1)(4)") + VISIT_ONCE("11(3)"),
        act=act,
        given={
            "missing": missing,
            "deadline": act.until.isoformat(),
            "consequence": "逾期不补正的，视为撤回申请；补正后仍不符合要求的，不予受理。",
        },
    )


def tolerant_acceptance(case: Case, act: AcceptWithGaps) -> None:
    """What may come later, and by when (最多跑一次 11(2))."""
    case.issue(
        "tolerant_acceptance",
        "容缺受理通知书",
        VISIT_ONCE("11(2)"),
        act=act,
        given={
            "missing": [needed.name for needed in case.file.lacking],
            "deadline": act.until.isoformat(),
            "consequence": "逾期不补交或者补交后仍不符合要求的，撤销受理。",
        },
    )


def non_acceptance(case: Case, act: Act | None) -> None:
    """With reasons, and who has the power (32(1))."""
    case.issue("non_acceptance", "不予受理决定书", LICENSING("32(1)", "32(2)"), act=act)


def deemed_withdrawn(case: Case) -> None:
    """The day passed (最多跑一次 11(3))."""
    case.issue("deemed_withdrawn", "视为撤回申请告知书", VISIT_ONCE("11(3)"))


def acceptance_revoked(case: Case, reason: str | None = None) -> None:
    """The gaps stayed, or what came is not right (最多跑一次 11(2))."""
    names = "、".join(needed.name for needed in case.file.lacking)
    reasons = {"reasons": reason or f"逾期未补交容缺材料：{names}"}
    case.issue("acceptance_revoked", "撤销受理决定书", VISIT_ONCE("11(2)"), given=reasons)


def pledge(case: Case, act: Pledge | None = None) -> None:
    """Conditions told, promise, consequences (最多跑一次 14)."""
    case.issue(
        "pledge",
        "告知承诺书",
        VISIT_ONCE(14),
        act=act,
        given={
            "promise": "申请人已知晓告知的条件，承诺符合并遵守，所填信息真实准确。",
            "consequences": "六十个工作日内核查；承诺不实的，责令限期整改，逾期仍不符合的，撤销许可并纳入信用记录，"
            "信用修复前不再适用告知承诺。",
        },
    )


def site_check(case: Case, act: SiteCheck, staff: Sequence[str]) -> None:
    """Signed by the two who went (34(3))."""
    case.issue(
        "site_check",
        "现场核查（勘察）记录",
        LICENSING("34(3)"),
        act=act,
        given={
            "staff": list(staff),
            "time": act.at.isoformat(),
            "place": act.place,
            "findings": act.findings,
            "photos": [f"照片 {n + 1}" for n in range(len(act.photos))],
        },
    )


def consultation(case: Case, departments: Sequence[AskedDepartment]) -> None:
    """What is asked of whom, until when (26)."""
    longest = max(asked.days for asked in departments)
    case.issue(
        "consultation",
        "征求意见函（联审意见表）",
        LICENSING(26),
        given={
            "agencies": [asked.name for asked in departments],
            "question": f"请就本申请提出意见，并于收到之日起{longest}个工作日内答复。",
            "due": f"收到之日起{longest}个工作日内",
        },
    )


def excluded_time(
    case: Case,
    act: StartExpertReview,
    term: str,
    required: bool,  # noqa: FBT001 -- as the law asks
) -> None:
    """The time needed, told in writing (45)."""
    effect = (
        "所需时间不计算在许可期限内。" if required else "非法定要求，所需时间计算在许可期限内。"
    )
    case.issue(
        "excluded_time",
        "特别程序（检验、检测、评审）期限告知书",
        LICENSING(45) + VISIT_ONCE(28),
        act=act,
        given={
            "kind": term,
            "from_day": civil_day(case.now()).isoformat(),
            "to_day": act.until.isoformat(),
            "effect": effect,
        },
    )


def licence_extension(case: Case, act: ExtendLicensing, days: int) -> None:
    """The reasons are told (42)."""
    case.issue(
        "licence_extension",
        "延长审批期限告知书",
        LICENSING(42),
        act=act,
        given={"reasons": act.reasons, "new_end": f"自原期限届满之日起延长{days}个工作日"},
    )


def interested(case: Case, act: OfferLicenceHearing) -> None:
    """They may state, defend, and ask for a hearing (36, 47)."""
    case.issue(
        "interested",
        "利害关系人告知书",
        LICENSING(36, 47),
        act=act,
        given={
            "persons": list(act.persons),
            "matter": f"{case.file.item.name}：{act.interests}",
            "rights": "有权进行陈述和申辩，有权要求听证；要求听证的，自收到本告知书之日起五日内提出。",
        },
    )


def hearing_notice(case: Case, act: ScheduleLicenceHearing) -> None:
    """Seven days before; announced where it must be (48)."""
    notice = case.issue(
        "licence_hearing_notice",
        "许可听证通知（公告）",
        LICENSING(46, 47, 48),
        act=act,
        given={
            "matter": case.file.item.name,
            "persons": _heard(case),
            "time": act.at.isoformat(),
            "place": act.place,
            "chair": act.moment.actor.name,
        },
    )
    case.supersede(notice, "听证另行安排")


def hearing_record(case: Case, act: RecordLicenceHearing) -> None:
    """The decision rests on it (48(5))."""
    case.issue(
        "licence_hearing_record",
        "许可听证笔录",
        LICENSING(48),
        act=act,
        given={
            "matter": case.file.item.name,
            "time": case.now().isoformat(),
            "attendees": list(act.attendees),
            "statements": act.statements,
        },
    )


def _heard(case: Case) -> list[str]:
    hearing = case.file.hearing
    return [case.file.party.name, *(hearing.persons if hearing else ())]


def grant(case: Case) -> None:
    """Granted, with what it covers (38(1))."""
    case.issue("grant", "准予行政许可决定书", LICENSING("38(1)", 39))


def refusal(case: Case) -> None:
    """With reasons and remedies (38(2))."""
    case.issue("refusal", "不予行政许可决定书", LICENSING("38(2)"))


def bill(case: Case, account: "Account", amount: float) -> None:
    """Fees go to the treasury (59)."""
    case.send("bill", f"{account.bill}/1", bill=account.bill, amount=amount)
    case.step("bill", "开具缴款单", LICENSING(58, 59), bill=account.bill, amount=amount)


def check_later(case: Case) -> None:
    """A register was away: asked again until it answers (最多跑一次 7)."""
    answers, place = case.file.situation.answers, case.file.place
    expects: dict[str, dict[str, Any]] = {
        "residents": {"name": case.file.party.name},
        "companies": {"name": case.file.party.name},
        "property": {"address": f"{place.street}{place.address}"} if place else {},
        "vaccination": {"valid_to": answers.get("immunity_until")},
    }
    for source in case.file.unchecked:
        digest = {key: hash_of(said) for key, said in expects[source].items() if said}
        case.send("register", source, source=source, key=answers.get("immunity_no"), expects=digest)
