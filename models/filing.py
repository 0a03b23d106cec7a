"""Whether a lead may become a case: cause, place, time, limitation, officers, and for the summary procedure the decision itself
(行政处罚法 22, 29, 36, 42, 51–53, 68–70).
"""

import hashlib
from datetime import date, datetime

from models.act import Moment
from models.basis import PENALTY
from models.case_file import CaseFile
from models.catalogue import Catalogue
from models.fining import penalty_allowed
from models.lead import CashGround, Lead, OnTheSpot, Place, Source
from models.officers import two_qualified
from models.period import add_months
from models.refusal import Code, Refused, gate, refuse
from models.rules import Rules
from models.suspension import civil_day

_PROCEDURES = {"general": "general_penalty", "summary": "summary_penalty"}


def case_from(
    lead: Lead, catalogue: Catalogue, moment: Moment, matter_id: str, party_digest: str | None
) -> CaseFile:
    """The file of a new case. Raises `Refused` with the first rule that stands in the way; nothing is written."""
    _records_are_reviewed(lead)
    _times_are_possible(lead, moment)
    _in_the_district(lead, catalogue)
    rules = _rules(lead, catalogue)
    _not_too_late(lead, catalogue, moment)
    officers = two_qualified(lead.officers, moment, moment.today)
    _filer_is_one_of_them(lead, moment)
    file = CaseFile(
        id=matter_id,
        procedure=_PROCEDURES[lead.procedure],
        opened_at=moment.now,
        source=lead.source,
        place=lead.place,
        party=lead.party,
        party_digest=party_digest,
        plate=lead.plate,
        facts=lead.facts,
        occurred_at=lead.occurred_at,
        ended_at=lead.ended_at,
        rules=rules,
        regime=catalogue.regime(catalogue.cause(lead.cause).regime),
        officers=officers,
        unit=moment.actor.unit,
        claim=claim_of(party_digest or lead.party.name, lead.cause, lead.occurred_at, lead.place),
        on_the_spot=lead.decision,
        incidents=[lead.incident] if lead.incident else [],
    )
    if lead.decision is not None:
        _may_be_decided_on_the_spot(file, lead.decision, moment)
    return file


def claim_of(who: str, cause: str, occurred_at: datetime, place: Place) -> str:
    """One act: same party (by the digest of his number, or by name), cause, place and civil day (行政处罚法 29)."""
    parts = (who, cause, civil_day(occurred_at), place.street, place.address)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def same_act_twice() -> Refused:
    """The act is a case already; which one is not said, for whoever asks may not be allowed to see it."""
    return gate(
        "同一违法行为已经立案，不得重复处罚",
        "the same act is a case already; never two fines for one act",
        PENALTY(29),
    )


def _records_are_reviewed(lead: Lead) -> None:
    """What a camera recorded becomes a case by its own way in, where it is reviewed before it counts (41(2))."""
    if lead.source is Source.CAMERA:
        raise gate(
            "电子技术监控设备记录的违法事实未经审核的，不得作为证据",
            "what a camera recorded is no evidence before it is reviewed",
            PENALTY("41(2)"),
            "source",
        )


def _times_are_possible(lead: Lead, moment: Moment) -> None:
    for field in ("occurred_at", "ended_at", "discovered_at"):
        at: datetime | None = getattr(lead, field)
        if at is not None and at > moment.now:
            raise refuse(
                Code.INVALID,
                f"{field}：不得晚于现在",
                f"{field}: in the future",
                PENALTY(36, 54),
                field,
            )
        if at is not None and at < lead.occurred_at:
            raise refuse(
                Code.INVALID,
                f"{field}：不得早于违法行为发生时间",
                f"{field}: before the act",
                PENALTY(36, 54),
                field,
            )


def _in_the_district(lead: Lead, catalogue: Catalogue) -> None:
    if lead.place.street not in {street.name for street in catalogue.offices.streets}:
        raise refuse(
            Code.INVALID,
            "place.street：不是本区街道，由违法行为发生地机关管辖",
            "place.street: not a street of this district; the place of the act decides jurisdiction",
            PENALTY(22),
            "place.street",
        )


def _rules(lead: Lead, catalogue: Catalogue) -> Rules:
    day = civil_day(lead.ended_at or lead.occurred_at)
    try:
        return Rules.of(catalogue, lead.cause, day, lead.party.kind)
    except LookupError:
        known = lead.cause in catalogue.causes
        zh = f"{day} 尚未施行或者已经废止" if known else "没有这个案由"
        en = f"not in force on {day}" if known else "no such cause"
        raise refuse(
            Code.INVALID, f"cause：{zh}", f"cause: {en}", PENALTY(16, 37), "cause"
        ) from None


def _not_too_late(lead: Lead, catalogue: Catalogue, moment: Moment) -> None:
    """Two years undiscovered, five where health or safety was harmed; from the act, or from its end (36)."""
    settings = catalogue.penalty
    setting = (
        settings.limitation_years_grave
        if lead.harms_health_or_safety
        else settings.limitation_years
    )
    begun = civil_day(lead.ended_at or lead.occurred_at)
    last: date = add_months(begun, 12 * setting.value)
    found = civil_day(lead.discovered_at or moment.now)
    if found > last:
        raise gate(
            f"违法行为在 {setting.value} 年内未被发现，不再给予行政处罚（至 {last}）",
            f"not found within {setting.value} years (until {last}): no penalty any more",
            PENALTY(36),
            "occurred_at",
        )


def _filer_is_one_of_them(lead: Lead, moment: Moment) -> None:
    if moment.actor.username not in lead.officers:
        raise gate(
            "登记人须是本案执法人员",
            "who files the case is one of its officers",
            PENALTY(42),
            "officers",
        )


def _may_be_decided_on_the_spot(file: CaseFile, spot: OnTheSpot, moment: Moment) -> None:
    """Facts certain; a warning, or a fine up to the limit; nothing heavier (51)."""
    penalty = spot.penalty
    if not spot.confirmed:
        raise gate(
            "违法事实不确凿的，不适用简易程序",
            "facts are not certain: no summary procedure",
            PENALTY(51),
            "decision.confirmed",
        )
    if penalty.fine > file.rules.summary_limit or penalty.beyond_a_fine:
        raise gate(
            f"简易程序限警告或 {file.rules.summary_limit} 元以下罚款，应当适用普通程序",
            f"the summary procedure allows a warning or a fine up to {file.rules.summary_limit} yuan",
            PENALTY(51),
            "decision.penalty",
        )
    _signed_or_noted(spot)
    penalty_allowed(file, penalty, moment)
    if spot.collected:
        _may_take_the_money(file, spot)


def _signed_or_noted(spot: OnTheSpot) -> None:
    if not spot.signed and not spot.refusal_note:
        raise gate(
            "当事人拒绝签收的，应当在决定书上注明",
            "refusal to sign must be noted on the decision",
            PENALTY("52(1)"),
            "decision.refusal_note",
        )


def _may_take_the_money(file: CaseFile, spot: OnTheSpot) -> None:
    """Only up to the limit or on the grounds of 68 and 69, and only against the official receipt (70)."""
    if not spot.penalty.fine:
        raise refuse(
            Code.INVALID,
            "decision.collected：没有罚款，无从当场收缴",
            "decision.collected: there is no fine to collect",
            PENALTY(68),
            "decision.collected",
        )
    small = spot.penalty.fine <= file.rules.cash_limit
    if spot.collection_ground is None or (
        spot.collection_ground is CashGround.UP_TO_LIMIT and not small
    ):
        raise gate(
            f"超过 {file.rules.cash_limit} 元且无法定理由的，不得当场收缴",
            f"above {file.rules.cash_limit} yuan and without a statutory ground: not collected on the spot",
            PENALTY(67, 68, 69),
            "decision.collection_ground",
        )
    if not spot.receipt:
        raise gate(
            "当场收缴须出具专用票据",
            "money is taken only against the official receipt",
            PENALTY(70),
            "decision.receipt",
        )
