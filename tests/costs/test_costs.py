"""What an act costs: events in Temporal, statements in PostgreSQL, bytes of state. The cost model of the house, kept by count."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from models.refusal import Refused
from models.suspension import civil_day
from tests.costs.desk_hours import RealCase, RealOffice, real_office
from tests.replay.papers import (
    ASKED,
    CLOSING,
    EVIDENCE,
    HEARD,
    ORDER,
    PASSED,
    REINSPECTION,
    SEIZURE,
    THINGS,
    YES,
    a_decision,
    a_lead,
    a_payment,
    a_report,
    a_service,
    a_spot_lead,
    an_inspection,
)

pytestmark = pytest.mark.slow

EVENTS_PER_ACT = 6
EVENTS_PER_WORKFLOW = 8
EVENTS_OF_A_SUMMARY_CASE = 40
STATEMENTS_PER_ACT = 10
STATE_BYTES = 12 * 1024  # with its documents, evidence and exhibits
ZHANG, UNIT, HEAD, CHAIR = "officer.zhang", "unit.head", "bureau.head", "hearing.chair"


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


def now() -> datetime:
    return datetime.now(UTC)


async def inquired(office: RealOffice, matter: str) -> RealCase:
    case = await office.file(a_lead(now(), place=_at(matter)), matter)
    await case.hand_in("decide_docketing", UNIT, **YES)
    await case.hand_in("record_inspection", ZHANG, **an_inspection(now()))
    await case.hand_in("add_evidence", ZHANG, **EVIDENCE)
    await case.hand_in("order_correction", ZHANG, **ORDER)
    await case.hand_in("record_reinspection", ZHANG, **REINSPECTION)
    return case


async def with_measures(case: RealCase) -> None:
    """Things preserved, then sealed in an emergency."""
    await case.hand_in("preserve_evidence", ZHANG, **THINGS)
    await case.hand_in("approve_preservation", UNIT, **YES)
    await case.hand_in("seize", ZHANG, **SEIZURE, urgent=True)
    await case.hand_in("approve_seizure", HEAD, **YES)
    await case.hand_in("dispose_preserved", UNIT, disposal="seized", opinion="查封")
    await case.hand_in("release_seizure", HEAD, disposal="returned", reason="无需继续")


async def heard_and_closed(case: RealCase) -> None:
    """All on one day: the chair's seven working days are counted from a month ago."""
    await case.hand_in("submit_investigation_report", ZHANG, **a_report())
    await case.hand_in("approve_notice", HEAD, **YES)
    await _served(case)
    await case.hand_in("request_hearing", ZHANG, **ASKED)
    place = {"at": now().isoformat(), "place": "二楼听证室"}
    await case.hand_in("schedule_hearing", CHAIR, ago=30, **place)
    await case.hand_in("record_hearing", CHAIR, **HEARD)
    await case.hand_in("legal_review", "legal.reviewer", **PASSED)
    await case.hand_in("make_decision", HEAD, **a_decision())
    await _served(case)
    await case.hand_in("receive_payment", "treasury", **a_payment(case.id, 20_000, now()))
    await case.hand_in("close_case", UNIT, **CLOSING)
    assert await case.handle.result() == "penalise"


async def summary(office: RealOffice) -> RealCase:
    case = await office.file(a_spot_lead(now()), "summary")
    await case.hand_in("receive_payment", "treasury", **a_payment(case.id, 30, now()))
    await case.hand_in("close_case", UNIT, **CLOSING)
    return case


async def _served(case: RealCase) -> None:
    await case.hand_in("record_service", ZHANG, **a_service(civil_day(now())))


async def test_a_general_case_with_hearing_costs_six_events_an_act(office: RealOffice) -> None:
    case = await inquired(office, "general")
    await heard_and_closed(case)
    assert await case.events() <= EVENTS_PER_ACT * case.acts + EVENTS_PER_WORKFLOW


async def test_the_fullest_case_is_small(office: RealOffice) -> None:
    """A period that something ends by itself is a timer: two events more each."""
    case = await inquired(office, "fullest")
    await with_measures(case)
    await heard_and_closed(case)
    largest = max(len(json.dumps(state, ensure_ascii=False).encode()) for state in case.states)
    assert largest < STATE_BYTES
    timers = 2 * len(("preserve", "seal", "hearing_ask", "pay"))
    assert await case.events() <= EVENTS_PER_ACT * case.acts + timers + EVENTS_PER_WORKFLOW


async def test_a_summary_case_costs_forty_events(office: RealOffice) -> None:
    case = await summary(office)
    assert await case.handle.result() == "penalise"
    cost = await case.events()
    assert cost <= EVENTS_PER_ACT * case.acts + EVENTS_PER_WORKFLOW
    assert cost <= EVENTS_OF_A_SUMMARY_CASE


async def test_a_refused_act_writes_no_event(office: RealOffice) -> None:
    case = await office.file(a_lead(now(), place=_at("拒绝")), "refused")
    before = await case.events()
    refused = (("decide_docketing", ZHANG, YES), ("close_case", UNIT, CLOSING))
    for act, by, paper in refused:
        with pytest.raises(Refused):
            await case.hand_in(act, by, **paper)
    assert await case.events() == before


async def test_an_act_over_http_costs_ten_statements(office: RealOffice) -> None:
    """From the request to the register's write, whoever runs them."""
    costs: dict[str, int] = {}
    async with office.visitor(ZHANG) as officer, office.visitor(UNIT) as head:
        lead = a_lead(now() - timedelta(minutes=1), place=_at("计数"))
        case, costs["file_case"] = await _counted(office, officer, "/api/cases", lead)
        acts = f"{case['id']}/acts"
        for who, act, paper in (
            (head, "decide_docketing", YES),
            (officer, "record_inspection", an_inspection(now())),
            (officer, "order_correction", ORDER),
            (officer, "record_reinspection", REINSPECTION),
            (officer, "submit_investigation_report", a_report()),
            (head, "add_note", {"text": "备注"}),
        ):
            _, costs[act] = await _counted(office, who, f"/api/cases/{acts}/{act}", paper)
    assert {act: cost for act, cost in costs.items() if cost > STATEMENTS_PER_ACT} == {}


def _at(address: str) -> dict[str, Any]:
    return {"street": "凯旋街道", "address": address}


async def _counted(
    office: RealOffice, client: httpx.AsyncClient, path: str, paper: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    before = len(office.statements)
    answer = await client.post(path, json=paper, headers={"Idempotency-Key": f"{path}-cost"})
    assert answer.is_success, answer.text
    return answer.json(), len(office.statements) - before
