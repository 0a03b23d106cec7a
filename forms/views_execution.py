"""Views of service, execution, closing and publicity."""

from datetime import date
from decimal import Decimal
from typing import Any

from forms.printed import chinese_date, money
from forms.views import duty, length_of, number_of, penalty, surcharge, view
from forms.views_inquiry import cited
from models.account import Account
from models.acts.service import Way
from models.basis import COERCION
from models.catalogue import Catalogue
from models.change import Facts
from models.collection_regime import Surcharge
from models.money import to_number

WAY_TERMS = {
    Way.DIRECT: "直接送达",
    Way.LEFT: "留置送达",
    Way.ELECTRONIC: "电子送达",
    Way.POST: "邮寄送达",
    Way.ENTRUSTED: "委托送达",
    Way.ANNOUNCEMENT: "公告送达",
}
ANSWERED = "当事人已收悉并作出答复"
EXECUTION_GROUNDS = {
    "hardship": "当事人履行确有困难或者暂无履行能力",
    "third_party_claim": "第三人对执行标的主张权利，确有理由",
    "irreparable_harm": "执行可能造成难以弥补的损失，且中止执行不损害公共利益",
    "died_without_estate": "公民死亡，无遗产可供执行，又无义务承受人",
    "entity_gone": "法人或者其他组织终止，无财产可供执行，又无义务承受人",
    "object_gone": "执行标的灭失",
    "suspended_three_years": "中止执行满三年未恢复执行",
    "other": "行政机关认为需要的其他情形",
}
_KINDS = {"decision": ("decision", "summary", "no_penalty")}


def _document(facts: Facts, paper: str) -> dict[str, Any] | None:
    """The last document of that paper."""
    kinds = _KINDS.get(paper, (paper,))
    standing = (d for d in reversed(facts.file["documents"]) if d["status"] == "valid")
    return next((d for d in standing if d["kind"] in kinds), None)


# ---- service -----------------------------------------------------------------------------------


@view
def served_document(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Which document is served, by its name."""
    document = _document(facts, facts.data["paper"])
    return str(document["term"]) if document else "行政处罚文书"


@view
def served_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """Its number."""
    document = _document(facts, facts.data["paper"])
    return document["number"] if document else None


@view
def receiver(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Who took it; who answered it had it."""
    party = str(facts.file["party"]["name"])
    if "way" not in facts.act:
        return party
    return str(facts.act["receiver"] or party)


@view
def service_way(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """民事诉讼法 88–95."""
    way = facts.data["way"]
    return ANSWERED if way == "answered" else WAY_TERMS[Way(way)]


@view
def service_place(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where it was served: as noted, else the party's address, else the place of the case."""
    where = facts.file["place"]
    noted = facts.act.get("place") or facts.file["party"]["address"]
    return str(noted or f"{where['street']}{where['address']}")


@view
def service_proof(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """Return slip, recording or log."""
    known = {"回执、回证号码": "slip", "音像或者系统记录摘要": "proof"}
    return [f"{term}：{facts.act[key]}" for term, key in known.items() if facts.act.get(key)]


@view
def service_reason(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """Why it was left or announced."""
    reason: str | None = facts.act.get("reason") if "way" in facts.act else None
    return reason


@view
def service_witness(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """民事诉讼法 89."""
    witness: str | None = facts.act.get("witness")
    return witness


@view
def service_course(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What was tried before (民事诉讼法 95(2))."""
    return str(facts.act.get("course") or facts.act["reason"])


@view
def claim_place(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where the document can be fetched meanwhile (民事诉讼法 95)."""
    unit = next((u.name for u in catalogue.offices.units if u.id == facts.file["unit"]), "")
    where = unit or catalogue.offices.organ.name
    return f"受送达人可以到{where}领取；自公告之日起经过三十日，即视为送达。"


@view
def address_consequences(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 61(2); 民事诉讼法 90."""
    return (
        "提供的地址应当准确，变更的应当及时告知；地址不准确或者变更未告知，文书未能被实际接收的，由受送达人承担后果。"
        "同意电子送达的，文书到达受送达人特定系统的日期为送达日期；可以要求提供纸质文书。"
    )


# ---- deferral, demand, court -------------------------------------------------------------------


def _parts(parts: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "due": chinese_date(date.fromisoformat(part["due_on"])),
            "amount": money(Decimal(str(part["amount"]))),
        }
        for part in parts
    ]


@view
def instalments(facts: Facts, catalogue: Catalogue, day: date) -> list[dict[str, str]]:
    """The plan applied for (行政处罚法 66)."""
    return _parts(facts.data["parts"])


@view
def deferred(facts: Facts, catalogue: Catalogue, day: date) -> list[dict[str, str]]:
    """The plan approved (行政处罚法 66)."""
    return _parts(facts.file["account"]["instalments"])


@view
def deferral_end(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The last day of the plan; the time to apply to the court runs from it (行政处罚法 72(2))."""
    return max(str(part["due_on"]) for part in facts.file["account"]["instalments"])


@view
def surcharge_rate(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 72."""
    return surcharge(facts, catalogue, day) or "每日按罚款数额的3%"


@view
def surcharge_due(facts: Facts, catalogue: Catalogue, day: date) -> float:
    """What has accrued, never above the fine (行政处罚法 72(1))."""
    account = Account.model_validate(facts.file["account"], strict=False)
    rule = Surcharge.model_validate(facts.file["regime"]["surcharge"], strict=False)
    return to_number(account.surcharge(day, rule))


@view
def demand_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The demand that was not met (行政强制法 35)."""
    return number_of(facts, "demand")


@view
def demand_way(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where to pay or how to perform (行政强制法 35)."""
    bank = catalogue.offices.organ.bank
    return f"到{bank.name}（{bank.address}，账号{bank.account}）或者通过统一公共支付平台缴纳"


@view
def demand_period(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 54."""
    period = length_of(catalogue, facts.file["regime"]["demand_period"], day)
    return f"自收到本催告书之日起{period}内"


@view
def demand_right(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 36."""
    return (
        f"依据{cited(*COERCION(36))}，你（单位）收到本催告书后，有权进行陈述和申辩；"
        "提出的事实、理由或者证据成立的，本机关应当采纳。"
    )


@view
def demand_consequence(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 53, 54."""
    return "无正当理由逾期仍不履行的，本机关将依法申请人民法院强制执行。"


@view
def execution_change(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Suspended, ended or resumed (行政强制法 39, 40)."""
    if facts.file["execution_ended"]:
        return "终结执行"
    return "中止执行" if facts.file["execution_suspended"] else "恢复执行"


@view
def execution_ground(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 39, 40."""
    ground = facts.act.get("ground")
    return EXECUTION_GROUNDS[ground] if ground else "中止执行的情形消失"


@view
def court_facts(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Facts, reasons and basis of the decision, and that it was not performed (行政强制法 53, 55)."""
    found = facts.file["finding"]
    what = found["facts"] if found else facts.file["facts"]
    imposed = "、".join(penalty(facts, catalogue, day))
    return (
        f"{what}\n上述行为违反了{duty(facts, catalogue, day)}的规定，本机关决定：{imposed}。"
        f"当事人{_challenged(facts)}又不履行行政决定，经催告仍未履行。"
        f"依据{cited(*COERCION(53, 54))}，申请强制执行。"
    )


def _challenged(facts: Facts) -> str:
    """What became of review and suit (行政强制法 53; 行政诉讼法 97)."""
    known = {"review": "行政复议", "lawsuit": "行政诉讼"}
    weighed = [c for c in facts.file["challenges"] if not c["late"]]
    if not weighed:
        return "在法定期限内不申请行政复议或者提起行政诉讼，"
    names = "、".join(dict.fromkeys(known[c["kind"]] for c in weighed))
    return f"曾提起{names}，现已终结，决定仍应履行；当事人"


@view
def demand_answers(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The party's views, on the penalty and on the demand (行政强制法 55)."""
    said = [defence["statement"] for defence in facts.file["defences"]]
    said += facts.file["demand_answers"]
    return said or ["当事人没有陈述申辩"]


@view
def demand_ref(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The demand and when it was served (行政强制法 54, 55)."""
    served = (s["on"] for s in reversed(facts.file["services"]) if s["paper"] == "demand")
    on = next(served, None)
    if on is None:
        return "本案不以催告为前提"
    return f"{number_of(facts, 'demand') or '催告书'}，{chinese_date(date.fromisoformat(on))}送达"


@view
def demolition_consequence(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 44."""
    return "在法定期限内不申请行政复议或者提起行政诉讼，又不拆除的，依法强制拆除。"


# ---- closing and publicity ---------------------------------------------------------------------


@view
def result(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """How the case ended: the document, and what it imposes."""
    document = _document(facts, "decision")
    if document is None:
        return ["未作处罚决定"]
    number = f"（{document['number']}）" if document["number"] else ""
    return [f"{document['term']}{number}", *penalty(facts, catalogue, day)]


@view
def performance(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """How far it was carried out."""
    if ended := facts.file["execution_ended"]:
        words = EXECUTION_GROUNDS | {"decision_revoked": "处罚决定被撤销"}
        return f"终结执行：{words.get(ended, ended)}"
    account = facts.file["account"]
    if account is None:
        return "没有罚没款"
    paid = sum(Decimal(str(payment["amount"])) for payment in account["payments"])
    return f"已缴{money(paid)}" if paid else "没有缴款"


@view
def impact(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 48."""
    return "具有一定社会影响，依法公开"


@view
def redactions(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What is left out (个人信息保护法 6, 28)."""
    return "自然人的姓名、住址、证件号码和联系方式"
