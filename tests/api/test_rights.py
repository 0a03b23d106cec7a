"""The rights matrix: who sees what, over every read route, and the same table read as a query."""

import itertools

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from api.rights import RIGHTS, Action, may, visible, waiting_for
from models.act import ACTS
from models.database import ClockRow, Matter, TimelineEntry, Todo
from models.person import Actor, Role
from tests.api.builders import (
    WANG_DIGEST,
    a_clock,
    a_matter,
    a_state,
    a_todo,
    an_entry,
)
from tests.api.conftest import Keep, SignIn

STATE, FOLLOW = "/api/cases/m1", "/api/cases/m1/timeline"
ROUTES = (STATE, FOLLOW, "/api/cases/m1/clocks", "/api/cases/m1/clocks/decide/ledger")
EVERYBODY = {
    "officer.zhang": 200,
    "officer.li": 200,
    "unit.head": 200,
    "legal.reviewer": 200,
    "bureau.head": 200,
    "hearing.chair": 200,
    "supervisor": 200,
    "citizen.wang": 200,
    "citizen.chen": 404,
    "firm.hualong": 404,
    "treasury": 404,
    "admin": 404,
    "window.clerk": 404,
    "licence.reviewer": 404,
    "licence.approver": 404,
    "dispatcher": 404,
    "handler.kaixuan": 404,
    "kiosk.hall1": 404,
    "camera.hub": 404,
}
INTERNAL = next(act.name for act in ACTS.values() if act.internal)


@pytest.mark.parametrize(("username", "status"), EVERYBODY.items())
async def test_who_reads_a_case(keep: Keep, sign_in: SignIn, username: str, status: int) -> None:
    await keep(Matter, a_matter())
    await keep(TimelineEntry, an_entry())
    await keep(ClockRow, a_clock())
    person = await sign_in(username)
    for route in (*ROUTES, "/api/cases/m1/acts"):
        assert (await person.get(route)).status_code == status, route
    listed = (await person.get("/api/cases")).json()["items"]
    assert bool(listed) == (status == 200)


async def test_another_unit_is_not_seen_but_a_named_officer_is(keep: Keep, sign_in: SignIn) -> None:
    elsewhere = a_matter(unit="nanxing", officers=["officer.li"])
    await keep(Matter, elsewhere)
    seen = {
        username: (await (await sign_in(username)).get(STATE)).status_code
        for username in ("officer.zhang", "officer.li", "unit.head")
    }
    assert seen == {"officer.zhang": 404, "officer.li": 200, "unit.head": 404}


async def test_the_treasury_sees_money_and_nothing_else(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter(stage="collection", state=a_state(stage="collection")))
    treasury = await sign_in("treasury")
    state = (await treasury.get(STATE)).json()
    assert not state.keys() & {"party", "title", "place", "officers", "documents"}
    assert (await treasury.get("/api/cases")).json()["items"][0].keys() <= state.keys() | {
        "opened_at"
    }
    for route in ROUTES[1:]:
        assert (await treasury.get(route)).json()["code"] == "not_your_role"


async def test_inner_papers_are_named_but_not_shown_to_the_party(
    keep: Keep, sign_in: SignIn
) -> None:
    await keep(Matter, a_matter())
    await keep(TimelineEntry, an_entry(1), an_entry(2, name=INTERNAL))
    told = (await (await sign_in("citizen.wang")).get(FOLLOW)).json()["items"]
    assert [bool(entry["data"]) for entry in told] == [True, False]
    assert told[1]["withheld"]
    for username in ("supervisor", "officer.zhang"):
        whole = (await (await sign_in(username)).get(FOLLOW)).json()["items"]
        assert all(entry["data"] for entry in whole)


async def test_what_waits_is_shown_to_whom_it_waits_for(keep: Keep, sign_in: SignIn) -> None:
    await keep(Matter, a_matter())
    await keep(
        Todo,
        a_todo(),
        a_todo("state_and_defend", roles=["party"]),
        a_todo("record_payment", roles=["treasury"], matter="m2"),
    )
    waiting = {
        username: [
            i["act"] for i in (await (await sign_in(username)).get("/api/todo")).json()["items"]
        ]
        for username in ("unit.head", "citizen.wang", "citizen.chen", "treasury", "officer.zhang")
    }
    assert waiting == {
        "unit.head": ["decide_docketing"],
        "citizen.wang": ["state_and_defend"],
        "citizen.chen": [],
        "treasury": ["record_payment"],
        "officer.zhang": [],
    }


ROWS = [
    a_matter(
        f"{kind}-{stage}-{unit}-{officer}-{bool(party)}-{bool(money)}",
        kind=kind,
        stage=stage,
        unit=unit,
        officers=[officer],
        party_digest=party,
        state=a_state(money=money),
    )
    for kind, stage, unit, officer, party, money in itertools.product(
        ("case", "incident"),
        ("inquiry", "collection"),
        ("kaixuan", None),
        ("officer.zhang", "somebody"),
        (WANG_DIGEST, None),
        ({"bill": "B1"}, None),
    )
]


async def test_a_list_shows_exactly_what_single_rows_allow(
    keep: Keep, register: AsyncEngine
) -> None:
    await keep(Matter, *ROWS)
    async with register.connect() as connection:
        rows = (await connection.execute(sa.select(Matter.__table__))).all()
        for role, unit, digest in itertools.product(Role, ("kaixuan", None), (WANG_DIGEST, None)):
            actor = Actor(
                username="officer.zhang", name="", roles=(role,), unit=unit, id_digest=digest
            )
            for action in Action:
                query = sa.select(Matter.id).where(visible(actor, "case", action))
                listed = set((await connection.execute(query)).scalars())
                allowed = {r.id for r in rows if r.kind == "case" and may(actor, action, r)}
                assert listed == allowed, (role, action)


def test_who_is_not_in_the_table_may_nothing() -> None:
    granted = set(RIGHTS["case"])
    assert granted == {
        Role.OFFICER,
        Role.UNIT_HEAD,
        Role.LEGAL_REVIEWER,
        Role.BUREAU_HEAD,
        Role.HEARING_CHAIR,
        Role.SUPERVISOR,
        Role.TREASURY,
        Role.CITIZEN,
    }
    admin = Actor(username="admin", name="", roles=(Role.ADMIN,))
    assert str(waiting_for(admin)) == "false"


def test_personal_data_is_for_the_officers_of_the_case_and_those_who_decide() -> None:
    identifying = {role for role, grant in RIGHTS["case"].items() if Action.IDENTIFY in grant}
    assert identifying == {
        Role.OFFICER,
        Role.UNIT_HEAD,
        Role.LEGAL_REVIEWER,
        Role.BUREAU_HEAD,
        Role.HEARING_CHAIR,
        Role.CITIZEN,
    }
