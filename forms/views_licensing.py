"""Views of an application or a licence: what several fields say together on paper (行政许可法 38, 39, 42)."""

from datetime import date

from forms.views import length_of, view
from models.application import CHANNEL_TERMS, Channel
from models.catalogue import Catalogue
from models.change import Facts
from models.sharing import REGISTER_TERMS, Register

_SEXES = {"male": "雄", "female": "雌"}


@view
def matter_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The number of the matter; a document that names it bears that number itself."""
    number = facts.file["number"]
    return str(number) if number else None


@view
def licence_number(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """The number of the licence; one brought from elsewhere keeps the number it had."""
    return str(facts.file["number"] or facts.file.get("imported") or "")


@view
def licensing_remedies(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Review body, court and periods (行政许可法 38(2); 行政复议法 20; 行政诉讼法 46)."""
    organ = catalogue.offices.organ
    review, suit = (length_of(catalogue, period, day) for period in ("review_apply", "sue"))
    return (
        f"如不服本决定，可以自收到本决定书之日起{review}内向{organ.review_body}申请行政复议，"
        f"也可以自收到本决定书之日起{suit}内直接向{organ.court}提起行政诉讼。"
    )


@view
def channel(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """Where it was filed."""
    return CHANNEL_TERMS[Channel(facts.file["channel"])]


@view
def received_materials(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What the applicant brought."""
    brought = [m["name"] for m in facts.file["materials"] if m["origin"] != "register"]
    return brought or ["申请表（电子）"]


@view
def shared_materials(facts: Facts, catalogue: Catalogue, day: date) -> list[str]:
    """What the registers hold already."""
    found = [m["name"] for m in facts.file["materials"] if m["origin"] == "register"]
    away = [REGISTER_TERMS[Register(name)][0] for name in facts.file["unchecked"]]
    return found + [f"{name}（暂不可用，事后核验）" for name in away]


@view
def statutory_period(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """As the law gives it."""
    situation = facts.file["situation"]
    if situation["statutory_days"]:
        return f"{situation['statutory_days']}个工作日"
    return length_of(catalogue, situation["statutory"], day)


@view
def promised_period(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """As the office promises it."""
    days = facts.file["situation"]["promised_days"]
    return f"{days}个工作日" if days else "当场办结"


@view
def acceptance_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The slip of acceptance."""
    return _latest(facts, "acceptance", "tolerant_acceptance")


@view
def supplement_number(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The notice of what was to be supplied."""
    return _latest(facts, "supplement")


@view
def asked_content(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What was asked for, or else the item itself."""
    return str(facts.file.get("content") or facts.file["item"]["name"])


@view
def licence_scope(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """What the licence covers, and on which conditions."""
    scope = asked_content(facts, catalogue, day)
    conditions = "；".join(facts.file.get("conditions") or ())
    return f"{scope}。条件：{conditions}" if conditions else scope


@view
def dog_tag(facts: Facts, catalogue: Catalogue, day: date) -> str | None:
    """The number on the tag: year and serial of the licence."""
    number = facts.file["number"] or facts.file.get("imported")
    return "".join(c for c in number if c.isdigit()) if number else None


@view
def dog_sex(facts: Facts, catalogue: Catalogue, day: date) -> str:
    """雄 or 雌."""
    return _SEXES.get(facts.file["dog"]["sex"], "未注明")


def _latest(facts: Facts, *kinds: str) -> str | None:
    numbers = [d["number"] for d in facts.file["documents"] if d["kind"] in kinds and d["number"]]
    return numbers[-1] if numbers else None
