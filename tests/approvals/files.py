"""An application as its procedure holds it, complete and without steps."""

from datetime import UTC, datetime
from functools import cache

from models.application import Channel
from models.application_file import ApplicationFile, ItemFacts
from models.catalogue import Catalogue
from models.party import Party, PartyKind
from models.situation import situation
from worker import CATALOGUE

AT = datetime(2026, 9, 1, 2, tzinfo=UTC)
ANSWERS = {
    "purpose": "moving",
    "goods": "packed",
    "on_road": False,
    "place": "河坊街",
    "area": 4,
    "from_day": "2026-09-05",
    "to_day": "2026-09-10",
}


def an_application_file(code: str = "AP-01") -> ApplicationFile:
    """By Wang, on the web."""
    item = _catalogue().item(code)
    return ApplicationFile(
        id="application",
        opened_at=AT,
        received_at=AT,
        item=ItemFacts.of(item),
        situation=situation(item, ANSWERS, "person"),
        party=Party(kind=PartyKind.PERSON, name="王小明", id_no="330102198502140005"),
        channel=Channel.WEB,
        filed_by="citizen.wang",
    )


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(CATALOGUE)
