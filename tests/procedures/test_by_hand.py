"""Whatever document somebody issues by hand, at whatever stage: it is issued or refused, and the case goes on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.catalogue import Catalogue
from models.document import DocumentKind, FieldKind
from models.person import Role
from models.refusal import Refused
from tests.builders import a_lead, a_summary_lead
from tests.office import Case, Office, office as an_office
from worker import CATALOGUE

pytestmark = pytest.mark.slow

WHO = {
    Role.OFFICER: "officer.zhang",
    Role.UNIT_HEAD: "unit.head",
    Role.LEGAL_REVIEWER: "legal.reviewer",
    Role.BUREAU_HEAD: "bureau.head",
    Role.HEARING_CHAIR: "hearing.chair",
}
BY_HAND = [kind for kind in Catalogue.load(CATALOGUE).documents.values() if kind.by_hand]


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    async with an_office() as opened:
        yield opened


@pytest.fixture(scope="module")
async def cases(office: Office) -> list[Case]:
    """A lead, a docketed case, and one that is decided."""
    at = datetime.now(UTC) - timedelta(days=1)
    lead = await office.file(a_lead(at), "officer.zhang", at, "by-hand-lead")
    there = {"street": "凯旋街道", "address": "另一处"}
    docketed = await office.file(a_lead(at, place=there), "officer.zhang", at, "by-hand-docketed")
    await docketed.hand_in("decide_docketing", "unit.head", approved=True, opinion="同意")
    decided = await office.file(a_summary_lead(at), "officer.zhang", at, "by-hand-decided")
    return [lead, docketed, decided]


def _filled(kind: DocumentKind) -> dict[str, Any]:
    """The examples of its row."""
    numbers = (FieldKind.MONEY,)
    return {
        field.name: str(field.example) if field.kind in numbers else field.example
        for field in kind.given
    }


@pytest.mark.parametrize("kind", BY_HAND, ids=lambda kind: kind.id)
async def test_it_is_issued_or_refused_and_the_case_goes_on(
    cases: list[Case], kind: DocumentKind
) -> None:
    for case in cases:
        paper = {"kind": kind.id, "fields": _filled(kind)}
        refused: Refused | None = None
        try:
            async with asyncio.timeout(15):
                await case.hand_in("issue_document", WHO[kind.by_hand[0]], **paper)
        except Refused as no:
            refused = no
        issued = kind.id in [document["kind"] for document in (await case.state())["documents"]]
        assert issued == (refused is None)
        if case is cases[2]:  # decided: nothing is lacking but the demand, where one comes first
            demanded = any(field.source == "view.demand_number" for field in kind.fields)
            assert issued != demanded, refused
        await case.hand_in("add_note", "officer.zhang", text="继续办理")
