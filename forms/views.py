"""Views: what several fields of a file say together on paper. Each takes the facts, the catalogue and the civil day of issue."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from forms.citations import cite, duty_part, penalty_part
from forms.printed import chinese_date, money
from models.catalogue import Catalogue
from models.change import Facts
from models.evidence import EvidenceKind
from models.penalty import Other, Penalty, Tier
from models.period import Unit

View = Callable[[Facts, Catalogue, date], Any]
VIEWS: dict[str, View] = {}


def view(function: View) -> View:
    """Known to the catalogue by its name."""
    VIEWS[function.__name__] = function
    return function


EVIDENCE_TERMS = {
    EvidenceKind.DOCUMENT: "书证",
    EvidenceKind.OBJECT: "物证",
    EvidenceKind.AUDIO_VISUAL: "视听资料",
    EvidenceKind.ELECTRONIC: "电子数据",
    EvidenceKind.WITNESS: "证人证言",
    EvidenceKind.STATEMENT: "当事人的陈述",
    EvidenceKind.EXPERT: "鉴定意见",
    EvidenceKind.RECORD: "勘验笔录、现场笔录",
}
OTHER_TERMS = {
    Other.CRITICISM: "通报批评",
    Other.SUSPEND_PERMIT: "暂扣许可证件",
    Other.RESTRICT_OPERATION: "限制开展生产经营活动",
    Other.STOP_PRODUCTION: "责令停产停业",
    Other.LOWER_GRADE: "降低资质等级",
    Other.REVOKE_PERMIT: "吊销许可证件",
    Other.CLOSE: "责令关闭",
    Other.BAR: "限制从业",
}
TIER_TERMS = {
    Tier.MITIGATED: "减轻",
    Tier.LIGHTER: "从轻",
    Tier.ORDINARY: "一般",
    Tier.HEAVIER: "从重",
}
UNIT_TERMS = {
    Unit.WORKING_DAY: "个工作日",
    Unit.CALENDAR_DAY: "日",
    Unit.MONTH: "个月",
    Unit.HOUR: "小时",
}


@view
def law(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The article the penalty rests on; of a lighter new rule, its own (行政处罚法 37, 59)."""
    rule = facts.by.get("lighter") or facts.file["rules"]
    return f"《{rule['law']}》{cite(penalty_part(rule['article']))}"


@view
def duty(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The rule that was broken: the article of the duty where the catalogue names it."""
    rules = facts.file["rules"]
    article = rules.get("duty") or duty_part(rules["article"]) or penalty_part(rules["article"])
    return f"《{rules['law']}》{cite(article)}"


@view
def officers(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The officers of the case with the numbers of their certificates (行政处罚法 42, 55)."""
    return [f"{o['name']}（执法证号{o['certificate']}）" for o in facts.file["officers"]]


@view
def present(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The officers an act names, with the numbers of their certificates."""
    people = facts.by.get("people", {})
    return [f"{p['name']}（执法证号{p['certificate']}）" for p in people.values()]


@view
def place(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where the act that is recorded took place: as noted, else the scene."""
    where: dict[str, str] = facts.file["place"]
    if noted := facts.act.get("place"):
        return str(noted)
    return str(where["street"]) + where["address"]


@view
def evidence(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The evidence that carries a decision, by kind and name (行政处罚法 46, 59)."""
    items = [item for item in facts.file["evidence"] if not item.get("excluded")]
    return [f"{EVIDENCE_TERMS[EvidenceKind(item['kind'])]}：{item['name']}" for item in items]


@view
def penalty(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What is imposed by the decision."""
    return penalty_words((facts.file.get("decision") or {}).get("penalty"))


@view
def noticed_penalty(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What the party is told is intended."""
    return penalty_words((facts.file.get("notice") or {}).get("penalty"))


@view
def proposed_penalty(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What the investigation report proposes."""
    return penalty_words((facts.file.get("finding") or {}).get("penalty"))


def penalty_words(written: dict[str, Any] | None) -> list[str]:
    if not written:
        return []
    found = Penalty.model_validate(written, strict=False)
    words = ["警告"] if found.warning else []
    words += [f"罚款{money(found.fine)}"] if found.fine else []
    words += [f"没收违法所得{money(found.confiscation)}"] if found.confiscation else []
    words += [f"没收非法财物：{found.goods}"] if found.goods else []
    return [*words, *(OTHER_TERMS[other] for other in found.others)]


@view
def remedies(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Review body, court and periods (行政复议法 20, 24; 行政诉讼法 46)."""
    organ, regime = catalogue.offices.organ, facts.file["regime"]
    review = length_of(catalogue, regime["review"]["period"], day)
    suit = length_of(catalogue, regime["lawsuit"]["period"], day)
    return (
        f"如不服本决定，可以自收到本决定书之日起{review}内向{organ.review_body}申请行政复议，"
        f"也可以自收到本决定书之日起{suit}内直接向{organ.court}提起行政诉讼。"
    )


@view
def remedies_on_the_spot(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """A decision on the spot goes to review first (行政复议法 23)."""
    organ, regime = catalogue.offices.organ, facts.file["regime"]
    if not regime["review_first_on_the_spot"]:
        return str(remedies(facts, catalogue, day))
    review = length_of(catalogue, regime["review"]["period"], day)
    after = length_of(catalogue, regime["lawsuit"]["after_review"], day)
    return (
        f"如不服本决定，应当先自收到本决定书之日起{review}内向{organ.review_body}申请行政复议；"
        f"对行政复议决定不服的，可以自收到行政复议决定书之日起{after}内向{organ.court}提起行政诉讼。"
    )


def length_of(catalogue: Catalogue, period_id: str, day: date) -> str:
    period = catalogue.period(period_id, day)
    return f"{period.length}{UNIT_TERMS[period.unit]}"


@view
def payment(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where, how and by when to pay (行政处罚法 59, 67); without money, from when it binds."""
    penalty = (facts.file.get("decision") or {}).get("penalty") or {}
    if not penalty.get("fine") and not penalty.get("confiscation"):
        return "自收到本决定书之日起履行"
    if spot := _collected(facts):
        return (
            f"罚款已当场收缴，专用票据号码{spot['receipt']}"
            if spot["receipt"]
            else "罚款已当场收缴"
        )
    bank, regime = catalogue.offices.organ.bank, facts.file["regime"]
    pay = length_of(catalogue, regime["pay_period"], day)
    return (
        f"自收到本决定书之日起{pay}内，到{bank.name}（{bank.address}，账号{bank.account}）"
        "或者通过统一公共支付平台缴纳罚没款"
    )


def _collected(facts: Facts) -> dict[str, Any] | None:
    """The on-the-spot decision whose fine was taken on the spot (行政处罚法 68-70)."""
    spot: dict[str, Any] | None = facts.file.get("on_the_spot")
    return spot if spot and spot["collected"] else None


@view
def surcharge(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """What lateness costs (行政处罚法 72); none where there is no fine."""
    penalty = (facts.file.get("decision") or {}).get("penalty") or {}
    rule = facts.file["regime"]["surcharge"]
    if not penalty.get("fine") or _collected(facts):
        return None
    share = f"{Decimal(str(rule['rate'])) * 100:f}".rstrip("0").rstrip(".")
    cap = "，加处罚款的数额不超出罚款的数额" if rule.get("cap") else ""
    return f"到期不缴纳罚款的，每日按罚款数额的{share}%加处罚款{cap}"


@view
def case_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The number of the matter."""
    number: str | None = facts.file.get("number")
    return number


@view
def decision_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The number of the decision that is being carried out."""
    return number_of(facts, "decision", "summary", "no_penalty")


def number_of(facts: Facts, *kinds: str) -> str | None:
    """Of the last that stands; of the last there was, where none does."""
    mine = [d for d in reversed(facts.file["documents"]) if d["kind"] in kinds]
    found = sorted(mine, key=lambda document: document["status"] != "valid")
    return found[0]["number"] if found else None


@view
def correction_content(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """What the last order asks for."""
    orders = facts.file["corrections"]
    return str(orders[-1]["content"]) if orders else None


@view
def correction_day(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """By when the last order to correct must be met; at once, when that is its own day."""
    orders = facts.file["corrections"]
    if not orders or not orders[-1]["due_on"]:
        return None
    due = date.fromisoformat(orders[-1]["due_on"])
    return "立即改正" if due == day else f"{chinese_date(due)}前改正"


@view
def shown(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Certificates are shown first, and rights told (行政处罚法 43, 55)."""
    return "执法人员已主动出示执法证件，表明身份，告知当事人有权申请回避、陈述申辩。"
