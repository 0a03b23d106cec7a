"""Who gets it: the rules of assignment by themselves, then absences and owners over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

from models.assignment import (
    Asked,
    AssignmentRules,
    AwayKind,
    AwayRow,
    Duty,
    GridRule,
    Person,
    handler,
    responsible,
)
from models.catalogue import Catalogue
from models.catalogue_file import CatalogueError
from models.database import Absence, Account
from models.suspension import SHANGHAI, civil_day
from tests.costs.desk_hours import RealOffice, real_office
from tests.incidents.stage import second_handler
from tests.incidents.test_http import a_report
from worker import CATALOGUE

OFFICES = Catalogue.load(CATALOGUE).offices
KAIXUAN, NOON = "330102011", datetime(2026, 9, 1, 12, tzinfo=SHANGHAI)


def asked(**changed: Any) -> Asked:
    usual = Asked(None, None, None, "街面秩序", KAIXUAN, "凯旋街道")
    return usual._replace(**changed)


@pytest.mark.parametrize(
    ("changed", "unit", "rules"),
    [
        ({}, "kaixuan", ["named", "class", "grid", "street"]),
        ({"named": "nanxing", "ground": "位于南星"}, "nanxing", ["named"]),
        ({"own": "caihe"}, "caihe", ["named", "class"]),
        ({"named": "nowhere"}, None, ["named"]),
        ({"street": None, "street_name": "别处"}, None, ["named", "class", "grid", "street"]),
    ],
)
def test_the_first_rule_that_holds_decides_and_all_before_it_are_told(
    changed: dict[str, str | None], unit: str | None, rules: list[str]
) -> None:
    found, _, why = responsible(AssignmentRules(), OFFICES, asked(**changed))
    assert (found.id if found else None) == unit
    assert [one.rule for one in why] == rules
    assert all(one.zh and one.en for one in why)
    assert not any(one.holds for one in why[:-1])


def test_the_grid_rule_for_a_group_goes_before_the_one_for_all() -> None:
    rules = AssignmentRules(
        grids=(
            GridRule(street=KAIXUAN, unit="caihe"),
            GridRule(street=KAIXUAN, majors=("市容环境",), unit="wangjiang"),
        )
    )
    for major, unit in (("市容环境", "wangjiang"), ("街面秩序", "caihe")):
        found, _, _ = responsible(rules, OFFICES, asked(major=major))
        assert found
        assert found.id == unit


def test_on_duty_goes_before_idle_and_away_never_gets_it() -> None:
    duty = Duty(unit="kaixuan", person="a", weekdays=(2,), opens=time(8), closes=time(17))
    rules = AssignmentRules(duty=(duty,))
    people = [Person(username="a", name="甲", load=9), Person(username="b", name="乙")]

    def chosen(at: datetime, rules: AssignmentRules = rules) -> str | None:
        person, _ = handler(rules, "kaixuan", at, people)
        return person.username if person else None

    assert chosen(NOON) == "a"  # a Tuesday
    assert chosen(NOON + timedelta(hours=6)) == "b"
    assert chosen(NOON + timedelta(days=1)) == "b"
    away = AwayRow(
        person="a", since=date(2026, 9, 1), until=date(2026, 9, 1), kind=AwayKind.TRAINING
    )
    assert chosen(NOON, rules.model_copy(update={"away": (away,)})) == "b"
    gone = [person.model_copy(update={"away": True}) for person in people]
    nobody, why = handler(rules, "kaixuan", NOON, gone)
    assert nobody is None
    assert [one.rule for one in why if one.holds] == ["away"]


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=8))
def test_nobody_who_is_there_has_fewer_tasks_than_who_gets_it(
    loads: list[tuple[int, bool]],
) -> None:
    people = [
        Person(username=f"p{n}", name=f"p{n}", load=load, away=away)
        for n, (load, away) in enumerate(loads)
    ]
    person, why = handler(AssignmentRules(), "kaixuan", NOON, people)
    there = [one for one in people if not one.away]
    assert (person is None) == (not there)
    assert {one.rule for one in why} == {"away", "duty", "load"}
    if person is not None:
        assert not person.away
        assert person.load == min(one.load for one in there)


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        ("assignment", 'grids:\n  - {street: "330102011", unit: nowhere}', "2: unit nowhere"),
        ("assignment", 'grids:\n  - {street: "330199999", unit: caihe}', "2: street 330199999"),
        ("assignment", "duty:\n  - unit: nowhere\n    person: a", "2: unit nowhere"),
        ("water", "sections:\n  - {id: 断面, street: 天上, address: 断面}", "2: street 天上"),
    ],
)
def test_a_table_that_names_what_is_not_there_is_refused(
    tmp_path: Path, file: str, text: str, rule: str
) -> None:
    (tmp_path / f"{file}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"{file}.yaml:{rule} does not exist"):
        Catalogue.load(CATALOGUE, tmp_path)


# ---- over HTTP


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        await second_handler(open_office)  # type: ignore[arg-type]
        yield open_office


async def dispatched(office: RealOffice) -> str:
    async with office.visitor("citizen.wang") as wang, office.visitor("dispatcher") as dispatcher:
        known = str((await wang.post("/api/incidents", json=a_report())).json()["id"])
        path = f"/api/incidents/{known}/acts"
        await dispatcher.post(f"{path}/docket", json={"category": "E0405"})
        answer = await dispatcher.post(f"{path}/dispatch", json={})
        assert answer.is_success, answer.text
        return known


async def test_whoever_is_away_keeps_nothing_new_and_his_tasks_are_offered_to_others(
    office: RealOffice,
) -> None:
    today = civil_day(datetime.now(UTC)).isoformat()
    others = {"username": "handler.kaixuan2", "since": today, "until": today, "kind": "training"}
    paper = {"username": "handler.kaixuan", "since": today, "until": today}
    async with office.visitor("unit.head") as head, office.visitor("handler.nanxing") as other:
        await head.post("/api/absences", json=others)
        known = await dispatched(office)
        assert (await head.delete(f"/api/absences/handler.kaixuan2/{today}")).status_code == 204
        told = (await head.post("/api/absences", json=paper)).json()
        (task,) = [one for one in told["tasks"] if one["id"] == known]
        assert task["suggested"] == "handler.kaixuan2"
        assert all(one["zh"] and one["en"] for one in task["why"])
        moved = await head.post(
            task["act"], json={"person": task["suggested"], "ground": "原处置人员请假"}
        )
        assert moved.json()["owner_id"] == "handler.kaixuan2"
        (row,) = (await head.get("/api/absences")).json()["items"]
        assert row["tasks"] == []
        assert (await other.post("/api/absences", json=paper)).status_code == 403
        assert (await other.get("/api/absences")).status_code == 403
        fresh = await dispatched(office)
        state = (await head.get(f"/api/incidents/{fresh}")).json()
        assert state["owner_id"] == "handler.kaixuan2"
        assert (await head.delete(f"/api/absences/handler.kaixuan/{today}")).status_code == 204


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"until": "2020-01-01"}, 422, "body"),
        ({"username": "handler.nanxing"}, 403, None),
        ({"kind": "ill"}, 422, "kind"),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(
    office: RealOffice, changed: dict[str, str], status: int, field: str | None
) -> None:
    usual = {"username": "handler.kaixuan"}
    days = {"since": "2026-12-01", "until": "2026-12-02"}
    async with office.visitor("unit.head") as head:
        answer = await head.post("/api/absences", json=usual | days | changed)
        assert answer.status_code == status, answer.text
        assert answer.json().get("field") == field
    assert (
        await office.counter.rows(sa.select(Absence).where(Absence.since == date(2026, 12, 1)))
        == []
    )


async def test_a_matter_whose_owner_has_left_is_found_until_it_is_given_to_somebody(
    office: RealOffice,
) -> None:
    """The query is empty not because it finds nothing: it finds this one."""
    known = await dispatched(office)
    async with office.visitor("supervisor") as supervisor, office.visitor("unit.head") as head:

        async def without() -> list[str]:
            answer = (await supervisor.get("/api/statistics/unowned")).json()
            assert "from matters" in answer["sql"]
            return [row["id"] for row in answer["items"]]

        owner = (await supervisor.get(f"/api/incidents/{known}")).json()["owner_id"]
        assert await without() == []
        leaves = sa.update(Account).where(Account.username == owner)
        await office.counter.rows(leaves.values(active=False))
        assert known in await without()
        paper = {"ground": "原处置人员离职"}
        for lost in await without():
            await head.post(f"/api/incidents/{lost}/acts/reassign_task", json=paper)
        assert await without() == []
        await office.counter.rows(leaves.values(active=True))
        async with office.visitor("dispatcher") as dispatcher:
            assert (await dispatcher.get("/api/statistics/unowned")).status_code == 403
