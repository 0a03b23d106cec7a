"""Views of the inquiry: the lead, records made on the spot, orders to correct, things preserved and seized."""

from datetime import date, datetime, timedelta
from typing import Any

from forms.citations import cite, penalty_part
from forms.printed import chinese_date
from forms.views import length_of, number_of, view
from models.basis import COERCION, PENALTY, Basis
from models.catalogue import Catalogue
from models.change import Facts
from models.lead import Source
from models.suspension import civil_day

SOURCE_TERMS = {
    Source.PATROL: "日常巡查",
    Source.COMPLAINT: "投诉举报",
    Source.TRANSFER: "其他机关移送",
    Source.HIGHER_ORDER: "上级交办",
    Source.CAMERA: "电子技术监控设备",
    Source.INCIDENT: "数字城管案卷",
    Source.OTHER: "其他",
}
PRESERVED = {
    "returned": "退还",
    "seized": "依法查封、扣押",
    "sampled": "抽样取证",
    "handed_over": "移送有关机关处理",
    "lifted": "解除先行登记保存",
}
SEIZED = {
    "returned": "退还当事人",
    "confiscated": "没收",
    "destroyed": "销毁",
    "sold": "变卖，保存价款",
}


def cited(*bases: Basis) -> str:
    """《行政处罚法》第28条、《行政强制法》第25条第2款."""
    return "、".join(f"《{basis.law}》{cite(penalty_part(basis.article))}" for basis in bases)


@view
def source(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where the case comes from."""
    return SOURCE_TERMS[Source(facts.file["source"])]


@view
def lead_handling(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What the officer proposes with the lead."""
    rules = facts.file["rules"]
    broken = f"涉嫌违反《{rules['law']}》{cite(penalty_part(rules['article']))}"
    if facts.file["on_the_spot"]:
        return f"{broken}，事实确凿，依照简易程序当场处理。"
    return f"{broken}，建议依照普通程序立案查处。"


@view
def until(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """When a record made on the spot ended; where that was not noted, when it was handed in."""
    ended: str = facts.act.get("until") or facts.by["at"]
    return ended


@view
def identity(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Who was asked: the party with his number, or whoever he said he was."""
    if told := facts.act.get("identity"):
        return str(told)
    party = facts.file["party"]
    if facts.act["person"] != party["name"]:
        return "证人"
    return "当事人" + (f"，证件号码{party['id_no']}" if party["id_no"] else "")


@view
def recordings(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """Photos and recordings on file that stand."""
    items = [item for item in facts.file["evidence"] if not item.get("excluded")]
    return [item["name"] for item in items if item["kind"] == "audio_visual"]


@view
def contact(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Whom to ask: the officers of the case, and their unit."""
    names = "、".join(officer["name"] for officer in facts.file["officers"])
    unit = next((u.name for u in catalogue.offices.units if u.id == facts.file["unit"]), "")
    return f"{names}，{unit}" if unit else names


@view
def correction_basis(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 28."""
    return cited(*PENALTY("28(1)"))


@view
def correction_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The order that is re-inspected."""
    return number_of(facts, "correction")


@view
def reinspected(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Whether the order was met."""
    if facts.act["corrected"]:
        return "已改正"
    return "拒不改正" if facts.act["refused"] else "逾期未改正"


@view
def recused(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Whose recusal is asked for, by name where the file knows it."""
    names = {officer["username"]: officer["name"] for officer in facts.file["officers"]}
    person: str = facts.data["person"]
    return str(names.get(person, person))


@view
def recusal_decision(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Granted or not."""
    return "同意回避" if facts.act["approved"] else "驳回申请，不予回避"


# ---- preserved and seized ----------------------------------------------------------------------


@view
def preserved_things(facts: Facts, catalogue: Catalogue, day: date) -> list[dict[str, str]]:
    """The list of preserved things, kept where they were found."""
    where = facts.file["place"]
    spot = f"{where['street']}{where['address']}"
    return [{"item": thing, "place": spot} for thing in facts.file["preservation"]["things"]]


@view
def preserve_period(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 56."""
    return f"自即日起{length_of(catalogue, 'preserve', day)}内作出处理决定"


@view
def prohibition(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 56."""
    return "先行登记保存期间，当事人或者有关人员不得销毁或者转移证据。"


@view
def preservation_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The notice under which things are preserved."""
    return number_of(facts, "preservation")


@view
def preservation_basis(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政处罚法 56."""
    return cited(*PENALTY(56))


@view
def preserved_disposal(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What becomes of preserved things."""
    return PRESERVED[facts.act["disposal"]]


@view
def seizure_basis(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The law that provides for the measure, and the articles on its form (行政强制法 18, 24)."""
    named = str(facts.file["seizure"]["measure_basis"])
    own = named if named.startswith("《") else f"《{named}》"
    return f"{own}、{cited(*COERCION(18, 24))}"


@view
def seal_period(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 25."""
    return f"自{chinese_date(day)}起{length_of(catalogue, 'seal', day)}"


@view
def seized_things(facts: Facts, catalogue: Catalogue, day: date) -> list[dict[str, str]]:
    """The list handed over with the decision (行政强制法 24)."""
    return [{"item": thing, "note": ""} for thing in facts.file["seizure"]["things"]]


@view
def two_copies(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 24."""
    return "一式两份，由当事人和本机关分别保存"


@view
def seizure_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The decision under which things are seized."""
    return number_of(facts, "seizure")


@view
def testing_end(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The last day of testing (行政强制法 25(3))."""
    began = civil_day(datetime.fromisoformat(facts.by["at"]))
    return (began + timedelta(days=facts.act["days"])).isoformat()


@view
def testing_effect(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """行政强制法 25(3)."""
    return "检测、检验期间不计入查封、扣押期限，费用由本机关承担。"


@view
def seized_disposal(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What becomes of seized things (行政强制法 27, 28)."""
    return SEIZED[facts.act.get("disposal", "returned")]


@view
def release_reasons(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Why it is lifted; an urgent seizure that the head refuses is lifted at once (行政强制法 19, 28)."""
    return str(facts.act.get("reason") or facts.act["opinion"])


@view
def things(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What goes along with the file (行政强制法 21); none, said so."""
    measures: list[dict[str, Any]] = [
        measure for name in ("preservation", "seizure") if (measure := facts.file[name])
    ]
    kept = [m for m in measures if m["since"] and m["disposal"] in {None, "handed_over"}]
    return [thing for measure in kept for thing in measure["things"]] or ["无"]


@view
def file_list(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """The papers on file."""
    seen = dict.fromkeys(document["term"] for document in facts.file["documents"])
    return list(seen) or ["无"]
