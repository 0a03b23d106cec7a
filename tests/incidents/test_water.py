"""Readings of water sections: the class by the worst item; what a station in maintenance sends raises nothing; a drop raises one incident
of the section, not one per reading.
"""

import csv
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from hypothesis import given, strategies as st

from activities import sections
from models.catalogue import Catalogue
from models.database import Matter
from models.suspension import SHANGHAI
from models.water import Reading, WaterClass, dropped, rated, read
from tests import office as building
from tests.office import QUEUE, Office
from worker import CATALOGUE
from workflows import events_water

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ANJUAN_SHARED_DATA") or ROOT.parent / "shared" / "data")
STATIONS = DATA / "water" / "cnemc_2021-04_zhejiang.csv"
FACTS = DATA.parent / "law" / "rivers.yaml"
needs_data = pytest.mark.skipif(not STATIONS.exists(), reason=f"no readings at {STATIONS}")
RULES = Catalogue.load(CATALOGUE).water
CLEAN = {"DO": 8.0, "CODMn": 1.0, "NH3N": 0.1, "TP": 0.01, "pH": 7.5}
SOME = 40  # sections that go all the way; all of them take eight seconds, with the same result
COLUMNS = {
    "DO": "溶解氧(mg/L)",
    "CODMn": "高锰酸盐指数(mg/L)",
    "NH3N": "氨氮(mg/L)",
    "TP": "总磷(mg/L)",
    "pH": "pH(无量纲)",
}
OFFICIAL = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "劣Ⅴ": 6}


def a_reading(**values: float) -> Reading:
    at = datetime(2021, 4, 1, 8, tzinfo=SHANGHAI)
    return Reading(section="闸口", at=at, values=CLEAN | values)


def data_of(row: dict[str, str]) -> dict[str, Any]:
    """A line of the list as the station would have sent it."""
    at = row["监测时间"].replace(" ", "T")
    return {
        "section": row["断面名称"],
        "at": f"2021-{at}:00+08:00",
        "status": row["站点情况"],
        "values": {item: row[column] for item, column in COLUMNS.items()},
    }


def rows() -> list[dict[str, str]]:
    with STATIONS.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"CODMn": 5.9, "NH3N": 0.9, "TP": 0.19, "DO": 5.2}, WaterClass.III),
        ({"CODMn": 5.9, "NH3N": 1.6, "TP": 0.19, "DO": 5.2}, WaterClass.V),
        ({"CODMn": 16.0, "NH3N": 0.1, "TP": 0.01, "DO": 8.0}, WaterClass.INFERIOR),
        ({"pH": 9.2}, WaterClass.INFERIOR),
        ({"DO": 1.9}, WaterClass.INFERIOR),
        ({}, WaterClass.I),
    ],
)
def test_a_section_takes_the_class_of_its_worst_item(
    values: dict[str, float], expected: WaterClass
) -> None:
    assert rated(a_reading(**values), RULES).water_class == expected


@pytest.mark.skipif(not FACTS.exists(), reason=f"no facts at {FACTS}")
def test_the_limits_are_those_of_the_facts_and_what_is_doubtful_is_marked() -> None:
    facts = yaml.safe_load(FACTS.read_text(encoding="utf-8"))["limits"]
    for limit in RULES.limits:
        fact = facts[limit.item]
        expected = fact.get("range") or [fact[name] for name in ("I", "II", "III", "IV", "V")]
        assert list(limit.limits) == expected
        assert limit.doubtful == (not fact.get("two_sources", False))


def test_a_class_that_a_doubtful_limit_decides_is_said_to_be_so() -> None:
    sure = dropped(WaterClass.I, a_reading(CODMn=9.0), RULES)
    doubtful = dropped(WaterClass.I, a_reading(DO=3.5), RULES)
    assert sure
    assert doubtful
    assert "待核实" not in sure.description
    assert sure.description == "断面闸口水质由Ⅰ类降为Ⅳ类（高锰酸盐指数 9）"
    assert "待核实" in doubtful.description


@given(st.sampled_from(list(RULES.limits)), st.floats(0, 100), st.floats(0, 100))
def test_more_of_what_harms_is_never_a_better_class(limit: Any, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if limit.kind == "most":
        assert limit.rate(low) <= limit.rate(high)
    if limit.kind == "least":
        assert limit.rate(low) >= limit.rate(high)


@pytest.mark.parametrize(
    ("before", "raises"),
    [(None, False), (WaterClass.I, True), (WaterClass.IV, False), (WaterClass.V, False)],
)
def test_only_a_drop_is_reported(before: WaterClass | None, raises: bool) -> None:  # noqa: FBT001
    assert (dropped(before, a_reading(NH3N=1.4), RULES) is not None) == raises


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "维护"},
        {"status": "不具备运行条件"},
        {"values": CLEAN | {"TP": "--"}},
        {"values": CLEAN | {"TP": "*"}},
        {"values": CLEAN | {"TP": "nan"}},
        {"values": CLEAN | {"TP": "-1"}},
        {"values": {k: v for k, v in CLEAN.items() if k != "TP"}},
        {"at": "*"},
        {"section": 7},
        {"values": None},
    ],
)
def test_what_says_nothing_is_no_reading(changed: dict[str, Any]) -> None:
    usual = {"section": "闸口", "at": "2021-04-01T08:00:00+08:00", "status": "正常"}
    assert read(usual | {"values": CLEAN}, RULES) is not None
    assert read(usual | {"values": CLEAN} | changed, RULES) is None


@needs_data
def test_what_the_stations_sent_in_maintenance_is_never_a_reading() -> None:
    for row in rows():
        told = read(data_of(row), RULES)
        silent = row["站点情况"] != "正常" or {row[c] for c in COLUMNS.values()} & {"*", "--"}
        assert (told is None) == bool(silent)


@needs_data
def test_our_class_is_mostly_the_published_one() -> None:
    """Not always: theirs counts items that the stations do not publish, ours has limits that are doubtful."""
    pairs = [
        (rated(told, RULES).water_class, OFFICIAL[row["水质类别"]])
        for row in rows()
        if (told := read(data_of(row), RULES))
    ]
    assert len(pairs) > 2400
    assert sum(ours == theirs for ours, theirs in pairs) / len(pairs) > 0.95


# ---- as events


@dataclass(frozen=True)
class Desk:
    """What a handler works with."""

    client: Any
    engine: Any
    chosen: Any
    catalogue: Catalogue


@dataclass(frozen=True)
class Event:
    account: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Station:
    name: str


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    async with building.office() as opened:
        yield opened


def desk(office: Office, catalogue: Catalogue | None = None) -> Desk:
    counter = office.counter
    assert counter.settings.task_queue == QUEUE
    return Desk(counter.temporal, counter.engine, counter.settings, catalogue or counter.catalogue)


async def arrives(at: Desk, data: dict[str, Any]) -> str:
    return await events_water.reading(at, Event("camera.hub", data), Station("自动站"))


def sent(section: str, hour: int, **values: float) -> dict[str, Any]:
    at = datetime(2021, 4, 2, hour, tzinfo=UTC).isoformat()
    return {"section": section, "at": at, "status": "正常", "values": CLEAN | values}


@pytest.mark.slow
async def test_a_section_that_stays_bad_is_one_incident_until_that_is_closed(
    office: Office,
) -> None:
    house = desk(office)
    assert await arrives(house, sent("闸口", 1)) == "kept"
    first = await arrives(house, sent("闸口", 2, NH3N=1.2))
    incident = await office.rows(sa.select(Matter.street, Matter.stage).where(Matter.id == first))
    assert incident == [("南星街道", "collected")]
    assert await arrives(house, sent("闸口", 2, NH3N=1.2)) == "older"  # the same one again
    assert await arrives(house, sent("闸口", 3, NH3N=1.9)) == "kept"  # worse, and known
    assert await arrives(house, sent("闸口", 1)) == "older"
    assert await arrives(house, sent("闸口", 4)) == "kept"  # better again
    case = building.Case(office, first, datetime.now(UTC) - datetime.now(UTC))
    await case.hand_in("reject_report", "dispatcher", reason="已恢复")
    again = await arrives(house, sent("闸口", 5, NH3N=1.2))
    assert again not in {first, "kept"}
    assert await arrives(house, sent("别处", 1)) == "unknown_section"
    assert await arrives(house, {"status": "维护"}) == "no_reading"


@pytest.mark.slow
@needs_data
async def test_the_stations_of_a_province_raise_one_incident_for_each_section_that_dropped(
    office: Office, tmp_path: Path
) -> None:
    """As if some of them were ours; in the order in which they measured."""
    told = [data_of(row) for row in rows()]
    names = sorted({one["section"] for one in told} - {"闸口"})[:SOME]  # which the other test read
    table = yaml.safe_load((CATALOGUE / "water.yaml").read_text(encoding="utf-8"))
    table["sections"] = [{"id": n, "street": "南星街道", "address": f"{n}断面"} for n in names]
    (tmp_path / "water.yaml").write_text(yaml.safe_dump(table, allow_unicode=True), "utf-8")
    house = desk(office, Catalogue.load(CATALOGUE, tmp_path))
    mine = sorted((one for one in told if one["section"] in names), key=lambda one: one["at"])
    answers = [(one["section"], await arrives(house, one)) for one in mine]
    raised = [name for name, answer in answers if answer not in WORDS]
    assert sorted(raised) == sorted(_dropped_by_hand(mine))
    assert len(set(raised)) == len(raised)
    assert len(raised) > SOME / 2
    for name in raised[:3]:
        known = await sections.last(office.counter.engine, name)
        assert known
        assert known.raised in {answer for _, answer in answers}


WORDS = {"kept", "older", "no_reading", "unknown_section"}


def _dropped_by_hand(told: list[dict[str, Any]]) -> set[str]:
    """Sections with two readings in a row of which the later is worse."""
    last: dict[str, tuple[str, int]] = {}
    found: set[str] = set()
    for one in told:
        if one["status"] != "正常":
            continue
        at, now = one["at"], _class_by_hand({k: float(v) for k, v in one["values"].items()})
        before = last.get(one["section"])
        if before and at <= before[0]:
            continue
        if before and now > before[1]:
            found.add(one["section"])
        last[one["section"]] = (at, now)
    return found


def _class_by_hand(v: dict[str, float]) -> int:
    """As the table of the standard reads, item by item."""
    least = sum(v["DO"] < x for x in (7.5, 6, 5, 3, 2))
    cod = sum(v["CODMn"] > x for x in (2, 4, 6, 10, 15))
    ammonia = sum(v["NH3N"] > x for x in (0.15, 0.5, 1.0, 1.5, 2.0))
    phosphorus = sum(v["TP"] > x for x in (0.02, 0.1, 0.2, 0.3, 0.4))
    acid = 0 if 6 <= v["pH"] <= 9 else 5
    return 1 + max(least, cod, ammonia, phosphorus, acid)
