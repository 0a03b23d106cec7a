"""From a capture to the file of its case: whose act it is is not known yet, and nothing of it is evidence (行政处罚法 41)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models.basis import PENALTY
from models.capture import Capture, Captured, Monitoring, ObjectKind, Site
from models.case_file import CaseFile
from models.catalogue import Catalogue
from models.identifiers import check_credit_code, check_plate
from models.lead import Place, Source
from models.lookup import new_code
from models.party import Party, PartyKind
from models.refusal import Code, Refused, refuse
from models.rules import Rules
from models.suspension import civil_day

UNKNOWN = Party(kind=PartyKind.PERSON, name="待查明")


@dataclass(frozen=True)
class Camera:
    """The device as it was when it captured."""

    site: Site
    place: Place
    unit: str
    lacks: tuple[str, ...] = ()


class Taken(NamedTuple):
    """One capture on its way in: what was sent, what is kept of it, and by which camera."""

    captured: Captured
    capture: Capture
    camera: Camera


def checked(captured: Captured, catalogue: Catalogue) -> Captured:
    """With its plate or credit code in the usual form. Raises `Refused` naming the field."""
    day = civil_day(captured.taken_at)
    known = catalogue.causes.get(captured.cause)
    if known is None or known.on(day) is None:
        raise _wrong("cause", "没有这个案由或者当日尚未施行", "no such cause in force that day")
    check = {ObjectKind.PLATE: check_plate, ObjectKind.SHOP: check_credit_code}.get(captured.object)
    try:
        value = check(captured.value) if check else captured.value
    except ValueError as wrong:
        zh, _, en = str(wrong).partition(" / ")
        raise _wrong("value", zh, en) from None
    return captured.model_copy(update={"value": value})


def case_of(taken: Taken, catalogue: Catalogue, matter: str, now: datetime) -> CaseFile:
    """The file its procedure begins with; the rules are those for a person until the party is known."""
    captured, capture, camera = taken
    settings = catalogue.non_contact
    return CaseFile(
        id=matter,
        procedure="non_contact",
        opened_at=now,
        source=Source.CAMERA,
        place=camera.place,
        party=UNKNOWN,
        plate=captured.value if captured.object is ObjectKind.PLATE else None,
        facts=captured.facts,
        occurred_at=captured.taken_at,
        rules=Rules.of(catalogue, captured.cause, civil_day(captured.taken_at), UNKNOWN.kind),
        regime=catalogue.regime(catalogue.cause(captured.cause).regime),
        officers=(),
        unit=camera.unit,
        monitoring=Monitoring(
            site=camera.site,
            object=captured.object,
            value=captured.value,
            captures=[capture],
            lookup=new_code(),
            warn_days=settings.warn_first_days.value.get(captured.cause),
        ),
    )


def _wrong(field: str, zh: str, en: str) -> Refused:
    return refuse(Code.INVALID, f"{field}：{zh}", f"{field}: {en}", PENALTY("41(2)"), field)
