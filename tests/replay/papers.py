"""The papers of a case as people hand them in: one builder a paper, the same for every way in."""

from datetime import date, datetime, timedelta
from typing import Any

Paper = dict[str, Any]

WANG: Paper = {
    "kind": "person",
    "name": "王小明",
    "id_no": "330102198502140005",
    "address": "杭州市上城区河坊街 100 号",
}
OFFICERS = ["officer.zhang", "officer.li"]
PLACE: Paper = {"street": "凯旋街道", "address": "凯旋路 100 号"}


def a_lead(at: datetime, **changed: Any) -> Paper:
    """Fumes without a purifier: 5,000 to 50,000 yuan, so a hearing is offered."""
    lead = {
        "procedure": "general",
        "cause": "DQ-01",
        "occurred_at": (at - timedelta(hours=2)).isoformat(),
        "source": "patrol",
        "place": PLACE,
        "party": WANG,
        "facts": "油烟净化设施未使用",
        "officers": OFFICERS,
    }
    return lead | changed


def a_small_lead(at: datetime, **changed: Any) -> Paper:
    """Barbecue in the street: 500 to 5,000 yuan, so a statement is all the party may ask for."""
    return a_lead(at, cause="DQ-05", facts="露天烧烤") | changed


def a_spot_lead(at: datetime, address: str = PLACE["address"], **decided: Any) -> Paper:
    """Spitting, decided on the street."""
    decision = {"penalty": a_fine(30), "heard": "当事人无异议", "confirmed": True}
    return a_lead(
        at,
        procedure="summary",
        cause="HW-01",
        facts="随地吐痰",
        place=PLACE | {"address": address},
        decision=decision | decided,
    )


def a_fine(amount: int) -> Paper:
    return {"fine": amount, "tier": "ordinary"}


def a_report(fine: int | None = 20_000, **changed: Any) -> Paper:
    """Proposes this fine; None proposes no penalty."""
    proposed = {"outcome": "penalise", "penalty": a_fine(fine)} if fine else NO_PENALTY
    return {"facts": "经查属实", **proposed} | changed


def a_decision(fine: int | None = 20_000, **changed: Any) -> Paper:
    proposed = {"outcome": "penalise", "penalty": a_fine(fine)} if fine else NO_PENALTY
    return {"reasons": "事实清楚", **proposed} | changed


def a_service(on: date, **changed: Any) -> Paper:
    return {"way": "direct", "on": on.isoformat(), "receiver": "王小明"} | changed


def an_inspection(at: datetime) -> Paper:
    return {"officers": OFFICERS, "at": at.isoformat(), "record": "现场检查情况"}


def a_payment(case: str, amount: float, at: datetime, reference: str = "") -> Paper:
    """Of the case's one bill, under a reference of its own unless told."""
    return {
        "bill": f"{case}-1",
        "reference": reference or f"bank:{case}",
        "amount": amount,
        "paid_at": at.isoformat(),
    }


NO_PENALTY: Paper = {"outcome": "no_penalty", "ground": "first_slight_corrected"}
YES: Paper = {"approved": True, "opinion": "同意"}
NO: Paper = {"approved": False, "opinion": "不同意"}
PASSED: Paper = {"passed": True, "opinion": "通过"}
ORDER: Paper = {"content": "立即改正", "days": 0}
REINSPECTION: Paper = {"officers": OFFICERS, "corrected": True, "record": "已改正"}
EVIDENCE: Paper = {"kind": "audio_visual", "title": "现场照片"}
THINGS: Paper = {"officers": OFFICERS, "things": ["烤炉一台"], "reason": "可能灭失"}
SEIZURE: Paper = THINGS | {"measure_basis": "行政强制法 第九条", "heard": "已告知并听取陈述"}
HEARD: Paper = {"record": "听证笔录", "report": "听证报告", "attended_by": ["冯远", "张强"]}
WAIVED: Paper = {"declared": True, "proof": "当事人声明书"}
ASKED: Paper = {"reason": "事实有异议", "proof": "听证申请书"}
CLOSING: Paper = {"opinion": "结案"}
