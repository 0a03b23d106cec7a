"""Lists, state, timeline, acts; and writes that are done once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from models.account import Account, statement
from models.basis import PENALTY
from models.collection_regime import Surcharge
from models.database import ClockRow, IdempotencyKey, Matter, TimelineEntry, Todo
from models.refusal import Code, refuse
from tests.api.builders import (
    OPENED,
    CountingDesk,
    a_clock,
    a_lead,
    a_matter,
    a_state,
    a_todo,
    an_entry,
)
from tests.api.conftest import Keep, SignIn

DOCKET = "/api/cases/m1/acts/decide_docketing"
YES: dict[str, Any] = {"approved": True, "opinion": "同意立案"}


async def walk(client: Any, path: str) -> list[Any]:
    """Every item, page by page."""
    items, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"{path}&cursor={quote(cursor)}" if cursor else path)).json()
        assert set(page) == {"items", "next"}
        items += page["items"]
        cursor = page["next"]
    return items


async def test_pages_go_newest_first_and_skip_nobody(keep: Keep, sign_in: SignIn) -> None:
    rows = [a_matter(f"m{n}", opened_at=OPENED + timedelta(days=n // 2)) for n in range(7)]
    await keep(Matter, *rows)
    items = await walk(await sign_in("supervisor"), "/api/cases?limit=2")
    assert [item["id"] for item in items] == ["m6", "m5", "m4", "m3", "m2", "m1", "m0"]


@pytest.mark.parametrize(
    "query",
    [
        "stage=service",
        "cause=SR-02",
        "street=330102008",
        "unit=nanxing",
        "officer=officer.wu",
        "q=" + quote("杭上综执立字〔2026〕第00000"),
        "q=m2",
    ],
)
async def test_a_filter_finds_the_one(keep: Keep, sign_in: SignIn, query: str) -> None:
    other = a_matter(
        "m2",
        number="杭上综执立字〔2026〕第000001号",
        stage="service",
        cause="SR-02",
        street="330102008",
        unit="nanxing",
        officers=["officer.wu"],
    )
    await keep(Matter, a_matter(), other)
    found = (await (await sign_in("supervisor")).get(f"/api/cases?{query}")).json()["items"]
    assert [item["id"] for item in found] == ["m2"]


async def test_a_percent_sign_is_no_wildcard(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter(number="1"))
    assert not (await (await sign_in("supervisor")).get("/api/cases?q=%25")).json()["items"]


async def test_soonest_due_comes_first_and_undated_last(keep: Keep, sign_in: SignIn) -> None:
    dues = {"m1": None, "m2": OPENED + timedelta(days=2), "m3": OPENED, "m4": None}
    await keep(Todo, *(a_todo(matter=matter, due_at=due) for matter, due in dues.items()))
    items = await walk(await sign_in("unit.head"), "/api/todo?limit=1")
    assert [item["matter"] for item in items] == ["m3", "m2", "m1", "m4"]


async def test_the_etag_is_the_version(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter())
    zhang = await sign_in("officer.zhang")
    state = await zhang.get("/api/cases/m1")
    assert state.headers["etag"] == '"3"'
    assert state.json() == a_state()
    again = await zhang.get("/api/cases/m1", headers={"If-None-Match": '"3"'})
    assert (again.status_code, again.content) == (304, b"")


async def test_money_is_shown_as_it_stands_today(keep: Keep, sign_in: SignIn) -> None:
    account = Account(
        bill="B1", fine=Decimal(1000), due_on=date(2026, 1, 1), late_from=date(2026, 1, 2)
    )
    rule = Surcharge(kind="daily", rate=Decimal("0.03"), cap=Decimal(1), basis=PENALTY(72))
    then = statement(account, rule, date(2026, 1, 3))
    await keep(Matter, a_matter(state=a_state(money=then, stage="collection"), stage="collection"))
    treasury = await sign_in("treasury")
    today = await treasury.get("/api/cases/m1")
    assert (then["surcharge"], today.json()["money"]["surcharge"]) == (60, 1000)
    again = await treasury.get("/api/cases/m1", headers={"If-None-Match": today.headers["etag"]})
    assert again.status_code == 200


async def test_as_of_shows_what_was_known_then(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter())
    await keep(TimelineEntry, *(an_entry(n) for n in (1, 2, 3)))
    zhang = await sign_in("officer.zhang")
    for then in (
        "2026-11-04T01:00:00Z",
        "2026-11-04T09:00:00%2B08:00",
        "2026-11-04T09:00:00+08:00",
    ):
        known = (await zhang.get(f"/api/cases/m1/timeline?as_of={then}")).json()["items"]
        assert [entry["seq"] for entry in known] == [1, 2]
    assert len(await walk(zhang, "/api/cases/m1/timeline?limit=2")) == 3


async def test_clocks_and_their_ledgers(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter())
    await keep(ClockRow, a_clock())
    zhang = await sign_in("officer.zhang")
    clock = (await zhang.get("/api/cases/m1/clocks")).json()["items"][0]
    assert (clock["name"], clock["status"]) == ("decide", "running")
    ledger = (await zhang.get("/api/cases/m1/clocks/decide/ledger")).json()
    assert ledger["items"] == a_clock()["ledger"]
    assert (await zhang.get("/api/cases/m1/clocks/none/ledger")).status_code == 404


async def test_acts_are_offered_to_those_who_may_do_them(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter(state=a_state(standing_acts=["add_note"])))
    head = (await (await sign_in("unit.head")).get("/api/cases/m1/acts")).json()["items"]
    docket = next(act for act in head if act["name"] == "decide_docketing")
    assert docket["schema"]["title"] == docket["term"]
    assert docket["basis"]
    assert docket["role"] == "unit_head"
    assert docket["schema"]["properties"]["opinion"]["title_en"]
    zhang = (await (await sign_in("officer.zhang")).get("/api/cases/m1/acts")).json()["items"]
    assert [act["name"] for act in zhang if not act["standing"]] == []
    assert [act["name"] for act in zhang] == ["add_note"]


async def test_a_paper_moves_the_case(keep: Keep, sign_in: SignIn, desk: CountingDesk) -> None:
    await keep(Matter, a_matter())
    done = await (await sign_in("unit.head")).post(DOCKET, json=YES)
    assert (done.status_code, done.json()["version"], done.headers["etag"]) == (200, 4, '"4"')
    assert [act for act, _ in desk.asked] == ["decide_docketing"]


@pytest.mark.parametrize(("seen", "status"), [('"2"', 412), ('W/"3"', 200), ("3", 200), ("*", 200)])
async def test_a_stale_write_is_refused(
    keep: Keep, sign_in: SignIn, desk: CountingDesk, seen: str, status: int
) -> None:
    await keep(Matter, a_matter())
    done = await (await sign_in("unit.head")).post(DOCKET, json=YES, headers={"If-Match": seen})
    assert done.status_code == status
    assert len(desk.asked) == (status == 200)


async def test_an_act_nobody_knows_is_404(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter())
    no = await (await sign_in("unit.head")).post("/api/cases/m1/acts/fly", json={})
    assert (no.status_code, no.json()["code"]) == (404, "unknown_act")
    hidden = await (await sign_in("citizen.chen")).post("/api/cases/m1/acts/fly", json={})
    assert hidden.json()["code"] == "not_found"


async def test_a_case_not_seen_is_not_written(
    keep: Keep, sign_in: SignIn, desk: CountingDesk
) -> None:
    await keep(Matter, a_matter())
    for username in ("citizen.chen", "admin", "treasury"):
        no = await (await sign_in(username)).post(DOCKET, json=YES)
        assert no.status_code == 404
    assert not desk.asked


async def test_officers_file_cases_and_nobody_else(sign_in: SignIn, desk: CountingDesk) -> None:
    filed = await (await sign_in("officer.zhang")).post("/api/cases", json=a_lead())
    assert filed.status_code == 201
    assert filed.headers["location"] == f"/api/cases/{filed.json()['id']}"
    no = await (await sign_in("citizen.wang")).post("/api/cases", json=a_lead())
    assert (no.status_code, no.json()["code"]) == (403, "not_your_role")
    assert len(desk.asked) == 1


async def test_filing_twice_with_a_key_files_once(sign_in: SignIn, desk: CountingDesk) -> None:
    zhang, key = await sign_in("officer.zhang"), {"Idempotency-Key": "k1"}
    first = await zhang.post("/api/cases", json=a_lead(), headers=key)
    again = await zhang.post("/api/cases", json=a_lead(), headers=key)
    assert again.json() == first.json()
    assert (again.status_code, again.headers["location"]) == (201, first.headers["location"])
    assert len(desk.asked) == 1
    li = await (await sign_in("officer.li")).post("/api/cases", json=a_lead(), headers=key)
    assert li.json()["id"] != first.json()["id"]


async def test_a_key_stands_for_one_body(keep: Keep, sign_in: SignIn, desk: CountingDesk) -> None:
    await keep(Matter, a_matter(), a_matter("m2"))
    head, key = await sign_in("unit.head"), {"Idempotency-Key": "k1"}
    await head.post(DOCKET, json=YES, headers=key)
    for path, paper in ((DOCKET, YES | {"opinion": "x"}), (DOCKET.replace("m1", "m2"), YES)):
        no = await head.post(path, json=paper, headers=key)
        assert (no.status_code, no.json()["code"]) == (422, "idempotency_key_reused")
    assert len(desk.asked) == 1


async def test_a_repeat_is_answered_though_the_case_moved_on(
    keep: Keep, sign_in: SignIn, register: AsyncEngine
) -> None:
    await keep(Matter, a_matter())
    head = await sign_in("unit.head")
    headers = {"Idempotency-Key": "k1", "If-Match": '"3"'}
    first = await head.post(DOCKET, json=YES, headers=headers)
    async with register.begin() as connection:
        await connection.execute(sa.update(Matter).values(version=4))
    again = await head.post(DOCKET, json=YES, headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_write_in_flight_is_asked_again_under_the_same_id(
    keep: Keep, sign_in: SignIn, desk: CountingDesk, register: AsyncEngine
) -> None:
    await keep(Matter, a_matter())
    head, key = await sign_in("unit.head"), {"Idempotency-Key": "k1"}
    await head.post(DOCKET, json=YES, headers=key)
    async with register.begin() as connection:
        await connection.execute(sa.update(IdempotencyKey).values(answer=sa.null()))
    await head.post(DOCKET, json=YES, headers=key)
    assert desk.asked[0] == desk.asked[1]


async def test_a_refusal_frees_the_key(keep: Keep, sign_in: SignIn, desk: CountingDesk) -> None:
    await keep(Matter, a_matter())
    head, key = await sign_in("unit.head"), {"Idempotency-Key": "k1"}
    desk.refusal = refuse(Code.NOT_OPEN, "未到", "not open")
    assert (await head.post(DOCKET, json=YES, headers=key)).status_code == 409
    desk.refusal = None
    corrected = YES | {"opinion": "改"}
    assert (await head.post(DOCKET, json=corrected, headers=key)).status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
async def test_a_strange_key_is_refused(keep: Keep, sign_in: SignIn, key: str) -> None:
    await keep(Matter, a_matter())
    head = await sign_in("unit.head")
    no = await head.post(DOCKET, json=YES, headers={"Idempotency-Key": key})
    assert (no.status_code, no.json()["field"]) == (422, "Idempotency-Key")


async def test_an_act_costs_four_statements(keep: Keep, sign_in: SignIn, app: FastAPI) -> None:
    await keep(Matter, a_matter())
    head, said = await sign_in("unit.head"), []

    def heard(*args: Any) -> None:
        said.append(args[2])

    engine = app.state.counter.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", heard)
    await head.post(DOCKET, json=YES, headers={"Idempotency-Key": "k1"})
    sa.event.remove(engine, "before_cursor_execute", heard)
    assert len(said) == 4, said
