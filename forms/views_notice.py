"""Views of report, review, notice, hearing and decision."""

from datetime import date, datetime
from typing import Any

from forms.printed import chinese_time
from forms.views import (
    TIER_TERMS,
    duty,
    evidence,
    length_of,
    number_of,
    penalty_words,
    view,
)
from forms.views_inquiry import cited
from models.basis import PENALTY
from models.case_file import GROUND_ARTICLES, NoPenaltyGround, Outcome
from models.catalogue import Catalogue
from models.change import Facts
from models.penalty import Tier

OUTCOME_TERMS = {
    Outcome.PENALISE: "给予行政处罚",
    Outcome.NO_PENALTY: "不予行政处罚",
    Outcome.NOT_PROVEN: "违法事实不能成立，不予行政处罚",
    Outcome.TRANSFER: "移送司法机关",
    Outcome.WITHDRAW: "撤销案件",
}
GROUND_TERMS = {
    NoPenaltyGround.SLIGHT_CORRECTED: "违法行为轻微并及时改正，没有造成危害后果",
    NoPenaltyGround.FIRST_SLIGHT_CORRECTED: "初次违法且危害后果轻微并及时改正",
    NoPenaltyGround.NO_FAULT: "当事人有证据足以证明没有主观过错",
    NoPenaltyGround.UNDER_14: "当事人不满十四周岁，责令监护人加以管教",
    NoPenaltyGround.INCAPACITY: "当事人在不能辨认或者不能控制自己行为时有违法行为",
    NoPenaltyGround.LIMITATION: "违法行为超过追究时效",
}


@view
def facts(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What was found; before a report, what the lead says."""
    found = facts.file["finding"]
    return str(found["facts"] if found else facts.file["facts"])


@view
def evidence_or_none(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The evidence that stands; none, said so."""
    return evidence(facts, catalogue, day) or ["无"]


@view
def discretion(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The tier of discretion proposed, and what else weighs."""
    penalty = facts.act.get("penalty") or {}
    weighs = [f"裁量阶次：{TIER_TERMS[Tier(penalty['tier'])]}"] if penalty.get("tier") else []
    weighs += ["案情复杂或者违法行为重大"] if facts.act.get("complex_or_serious") else []
    weighs += ["涉及重大公共利益"] if facts.act.get("public_interest") else []
    return "；".join(weighs) or "无特别情节"


@view
def proposal(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """How the officers propose to end the case."""
    outcome = Outcome(facts.act["outcome"])
    words = [OUTCOME_TERMS[outcome], *penalty_words(facts.act.get("penalty"))]
    ground = facts.act.get("ground")
    return [*words, *([GROUND_TERMS[NoPenaltyGround(ground)]] if ground else [])]


@view
def review_ground(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """Why the case is reviewed (行政处罚法 58)."""
    found, hearing = facts.file["finding"] or {}, facts.file["hearing"] or {}
    grounds = {
        "涉及重大公共利益": found.get("public_interest"),
        "直接关系当事人重大权益，经过听证程序": hearing.get("outcome") == "held",
        "案件情况疑难复杂、涉及多个法律关系": found.get("complex_or_serious"),
    }
    return [ground for ground, there in grounds.items() if there] or ["数额达到本机关规定的标准"]


@view
def review_points(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What the review looks at (行政处罚法 58)."""
    return [
        "主体、管辖和执法人员资格是否合法",
        "事实是否清楚，证据是否合法充分",
        "适用法律、裁量基准是否准确",
        "程序是否合法，文书是否规范",
    ]


@view
def passed(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The result of the review."""
    return "通过" if facts.act["passed"] else "退回补充调查"


@view
def qualification(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 58(2): who reviews for the first time has passed the national examination."""
    return "从事法制审核的人员（初次从事的，应当通过国家统一法律职业资格考试取得法律职业资格）"


@view
def discussion_place(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where the heads met."""
    return str(facts.act.get("place") or catalogue.offices.organ.name)


@view
def notice_reasons(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Why a penalty is intended (行政处罚法 44)."""
    return f"上述行为违反了{duty(facts, catalogue, day)}的规定，依法应当给予行政处罚。"


@view
def record_rights(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 41(3), 44."""
    answered = length_of(catalogue, "object_answer", day)
    return (
        f"依据{cited(*PENALTY('41(3)', 44))}，您（单位）可以凭查询码查询，登录网上平台查看该记录，有权进行陈述和申辩；"
        "认为记录有误、有正当理由或者不是本人所为的，可以在网上或者当面提出异议。"
        f"本机关规定，异议在{answered}内答复，答复前不作出处罚决定。"
    )


@view
def statement_right(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 44, 45."""
    return (
        f"依据{cited(*PENALTY(44, 45))}，你（单位）有权进行陈述和申辩；"
        "本机关不因陈述、申辩而给予更重的处罚。"
    )


@view
def statement_way(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """How and by when (行政处罚法 62; the period is the bureau's)."""
    window = "hearing_ask" if _offered(facts) else "statement"
    period = length_of(catalogue, window, day)
    return f"自收到本告知书之日起{period}内，可以口头、书面或者在网上提出；逾期未提出的，本机关将依法作出决定。"


@view
def hearing_right(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """行政处罚法 63, 64: where a hearing is offered."""
    return hearing_right_always(facts, catalogue, day) if _offered(facts) else None


@view
def hearing_right_always(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 63, 64."""
    return (
        f"依据{cited(*PENALTY(63, 64))}，你（单位）有权要求举行听证，不承担组织听证的费用；"
        f"要求听证的，应当在{hearing_period(facts, catalogue, day)}提出。"
    )


@view
def hearing_period(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 64(1)."""
    return f"自收到本告知书之日起{length_of(catalogue, 'hearing_ask', day)}内"


def _offered(facts: Facts) -> bool:
    return bool((facts.file["notice"] or {}).get("hearing_offered"))


@view
def statement_place(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where it was stated: handed in by the party himself, or taken down from him."""
    return "由执法人员记录" if facts.act.get("proof") else "当事人自行提交"


@view
def handed_in(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The evidence the party brought, by its digests (行政处罚法 45)."""
    return list(facts.act.get("evidence") or [])


@view
def defences(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What the party said (行政处罚法 45)."""
    return [defence["statement"] for defence in facts.file["defences"]]


@view
def adopted(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Whether the defence is adopted, and what follows (行政处罚法 45)."""
    if not facts.act["adopted"]:
        return "不予采纳"
    if facts.act.get("drop"):
        return "予以采纳，不再给予处罚"
    lighter = "；".join(penalty_words(facts.act.get("penalty")))
    return f"予以采纳，调整为：{lighter}" if lighter else "予以采纳"


@view
def waived(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Which rights are waived (行政处罚法 62)."""
    return "陈述、申辩和要求听证" if _offered(facts) else "陈述、申辩"


@view
def notice_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The notice that is answered."""
    return number_of(facts, "notice")


# ---- hearing -----------------------------------------------------------------------------------


@view
def hearing_public(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 64(3)."""
    if facts.act.get("public", True):
        return "公开举行"
    return f"不公开举行：{facts.act.get('closed_reason') or '涉及国家秘密、商业秘密或者个人隐私'}"


@view
def agents(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 64(5), 64(6)."""
    return "可以亲自参加听证，也可以委托一至二人代理；无正当理由拒不出席的，视为放弃听证权利"


@view
def hearing_papers(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What to bring."""
    return ["身份证明", "委托代理的，授权委托书", "有关证据材料"]


@view
def hearing_summary(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """When it was held and who took part (行政处罚法 64)."""
    held = chinese_time(datetime.fromisoformat(facts.file["hearing"]["held_at"]))
    present = "、".join(facts.act["attended_by"])
    return f"听证于{held}举行，参加人：{present}。调查人员提出意见，当事人进行了申辩和质证。"


# ---- decision ----------------------------------------------------------------------------------


def _decided(facts: Facts) -> dict[str, Any]:
    return facts.file["decision"] or {}


@view
def no_penalty_reasons(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The ground, in the law's words (行政处罚法 30, 31, 33, 36), or that the facts are not proven (57)."""
    ground = _decided(facts).get("ground")
    why = GROUND_TERMS[NoPenaltyGround(ground)] if ground else "违法事实不能成立"
    return f"{why}。{facts.act.get('reasons') or ''}"


@view
def no_penalty_basis(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 33, or the article of its ground; 57."""
    ground = _decided(facts).get("ground")
    articles = (GROUND_ARTICLES[NoPenaltyGround(ground)],) if ground else ()
    return cited(*PENALTY(*articles, 57))


@view
def education(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 33(3)."""
    if not _decided(facts).get("ground"):
        return "不适用"
    return "本机关已依法对当事人进行教育。今后应当遵守有关规定。"


@view
def withdrawal_reasons(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Why the case is withdrawn."""
    return str(facts.act.get("reason") or facts.act["reasons"])


@view
def transfer_to(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """To whom the file goes."""
    return str(facts.act["receiver"])


@view
def transfer_reasons(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Why the file goes there (行政处罚法 22, 25, 27)."""
    return str(facts.act.get("reason") or facts.act["reasons"])


@view
def transfer_basis(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 22, 25 to another organ; 27 to the judiciary."""
    other = facts.act.get("to") == "other_organ"
    return cited(*(PENALTY(22, 25) if other else PENALTY(27)))
