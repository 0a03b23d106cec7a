"""Real lists of reports come in: 1,000 service requests and 394 complaints about rivers; none is lost, and our own clock and rule say which
are late and which changed hands too often.
"""

import csv
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from models.catalogue import Catalogue
from models.database import Matter, QuarantinedReport
from models.report_list import Line, Quarantine, read
from tests.costs.desk_hours import RealOffice, real_office
from tests.office import KEY, QUEUE
from worker import CATALOGUE
from workflows.report_import import Loading, Tally

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ANJUAN_SHARED_DATA") or ROOT.parent / "shared" / "data")
REQUESTS = DATA / "complaints" / "nyc311_2014_2019.csv"
RIVERS = DATA / "petitions" / "fuzhou_river_timeline_dev.csv"
RULES = Catalogue.load(CATALOGUE).incident.rules()
needs_requests = pytest.mark.skipif(not REQUESTS.exists(), reason=f"no list at {REQUESTS}")
needs_rivers = pytest.mark.skipif(not RIVERS.exists(), reason=f"no list at {RIVERS}")
HEAD = "id,河流,性质,时间,转处理次数,最终回复-投诉事件\n"


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


async def loaded(office: RealOffice, path: Path) -> Tally:
    counter = office.counter
    assert counter.temporal is not None
    into = Loading(counter.temporal, counter.engine, QUEUE, KEY)
    return await into.load(read(path, RULES))


def a_list(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return path


def by_hand(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",河,投诉,2018-01-01 00:00:00,1,2", "编号缺失"),
        ("1,河,投诉,,1,2", "时间：缺失"),
        ("1,河,投诉,2018-02-30 00:00:00,1,2", "时间：没有这个时间"),
        ("1,河,投诉,2018-01-01 00:00:00,-1,2", "转处理次数：不是次数"),
        ("1,河,投诉,2018-01-01 00:00:00,1.5,2", "转处理次数：不是次数"),
        ("1,河,投诉,2018-01-01 00:00:00,1,很久", "最终回复-投诉事件：不是次数"),
        ("1,河\x00,投诉,2018-01-01 00:00:00,1,2", "控制字符"),
        ("1,河,投诉,2018-01-01 00:00:00,1,2,多,余", "列数多于表头"),
        ("1,河,投诉,9999-12-31 00:00:00,1,5", "时间：没有这个时间"),
        ("1,河,投诉,0001-01-01 00:00:00,1,2", "时间：没有这个时间"),
        ("1,河,投诉,2150-01-01 00:00:00,1,2", "时间：晚于现在"),
    ],
)
def test_a_line_that_cannot_be_is_quarantined_with_the_reason(
    tmp_path: Path, row: str, why: str
) -> None:
    (told,) = read(a_list(tmp_path, row), RULES)
    assert isinstance(told, Quarantine)
    assert why in told.why
    assert told.number == 2


def test_a_number_twice_is_an_incident_and_a_quarantine(tmp_path: Path) -> None:
    row = "1,河,投诉,2018-01-01 00:00:00,1,2"
    first, second = read(a_list(tmp_path, row, row), RULES)
    assert isinstance(first, Line)
    assert isinstance(second, Quarantine)


def test_a_list_of_something_else_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="缺少列"):
        list(read(path, RULES))


def test_a_list_that_cannot_be_read_on_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="第 2 行无法读取"):
        list(read(a_list(tmp_path, f"1,{'河' * 140_000},投诉,2018-01-01 00:00:00,1,2"), RULES))


def test_the_command_says_what_is_wrong_with_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anjuan import main

    monkeypatch.setenv("ANJUAN_VAR_DIR", str(tmp_path))
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    answer = CliRunner().invoke(main, ["import", "reports", str(path)])
    assert answer.exit_code == 2
    assert "missing columns" in answer.output


@needs_requests
def test_ten_requests_were_closed_before_they_were_made() -> None:
    lines = list(read(REQUESTS, RULES))
    out = [line for line in lines if isinstance(line, Quarantine)]
    assert (len(lines), len(out)) == (1000, 10)
    assert all("办结早于上报" in line.why for line in out)


@pytest.mark.slow
@needs_requests
async def test_a_thousand_requests_come_in_once_and_fifty_two_were_late_by_our_clock(
    office: RealOffice,
) -> None:
    report = await loaded(office, REQUESTS)
    assert (report.read, report.loaded, len(report.quarantined)) == (1000, 990, 10)
    again = await loaded(office, REQUESTS)
    assert (again.read, again.loaded, again.known) == (1000, 0, 990)
    mine = Matter.state["imported"]["source"].astext == "NYC311"
    rows = await office.counter.rows(sa.select(Matter.__table__).where(mine))
    assert len(rows) == 990
    late = {r.state["imported"]["key"] for r in rows if "handled_late" in r.state["flags"]}
    assert late == {
        row["Unique Key"]
        for row in by_hand(REQUESTS)
        if row["Due Date"] and row["Closed Date"] and _at(row["Closed Date"]) > _at(row["Due Date"])
    }
    assert len(late) == 52
    assert sum(any(c["name"] == "handle" for c in r.state["clocks"]) for r in rows) == 486
    assert sum(r.closed_at is None for r in rows) == 14  # these run on, and somebody has them
    kept = await office.counter.rows(sa.select(QuarantinedReport.__table__))
    assert len(kept) == 10
    async with office.visitor("supervisor") as supervisor:
        shown = (await supervisor.get("/api/statistics/quarantined")).json()["items"]
        assert {one["key"] for one in shown} == {line.key for line in report.quarantined}
        assert (await supervisor.get("/api/statistics/unowned")).json()["items"] == []


@pytest.mark.slow
@needs_rivers
async def test_the_board_flags_exactly_those_that_changed_hands_more_than_once(
    office: RealOffice,
) -> None:
    report = await loaded(office, RIVERS)
    assert (report.loaded, report.quarantined) == (394, [])
    often = {
        row["id"]: int(float(row["转处理次数"]))
        for row in by_hand(RIVERS)
        if float(row["转处理次数"]) > 1
    }
    async with office.visitor("supervisor") as supervisor, office.visitor("officer.zhang") as zhang:
        board = (await supervisor.get("/api/statistics/transfers")).json()
        assert (await zhang.get("/api/statistics/transfers")).status_code == 403
    assert {one["imported"]["key"]: one["transfers"] for one in board["items"]} == often
    assert board["total"] == len(often) == 179
    assert (board["most"], board["verified"]) == (1, False)


def _at(said: str) -> datetime:
    return datetime.strptime(said, "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007 -- both in one zone
