"""Licences from elsewhere: 2,019 real ones are loaded once, living ones are reminded of and run out on their days, and each refused line
says why.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from activities.births import queue_of
from activities.licence_import import Loading, Read, Refused, ahead_of, read
from models.catalogue import Catalogue
from models.database import Matter, TimelineEntry
from tests import office as building
from tests.office import QUEUE, Case, Office
from worker import CATALOGUE

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ANJUAN_SHARED_DATA", ROOT.parent / "shared" / "data"))
LIST = DATA / "dogs" / "nyc_dog_licences_dev.csv"
needs_data = pytest.mark.skipif(not LIST.exists(), reason=f"no licences at {LIST}")
HEAD = "Number,Name,Gender,Birth,Breed,ZipCode,IssuedDate,ExpiredDate\n"
AS_OF = date(2017, 3, 1)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(CATALOGUE)


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    async with building.office() as opened:
        yield opened


def loading(office: Office, as_of: date | None = None) -> Loading:
    assert office.counter.temporal is not None
    return Loading(office.counter.temporal, office.counter.engine, queue_of(QUEUE), ahead_of(as_of))


def lines(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "\n".join(rows), "utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",BELLA,F,2013,Boxer,10024,12/22/2018,12/22/2023", "证号缺失"),
        ("1,BELLA,F,2013,Boxer,10024,02/30/2018,12/22/2023", "IssuedDate：没有这一天"),
        ("1,BELLA,F,2013,Boxer,10024,12/22/2018,12/22/2017", "有效期届满早于发证日"),
        ("1,BELLA,F,1813,Boxer,10024,12/22/2018,12/22/2023", "Birth：出生年份"),
    ],
)
def test_a_line_that_cannot_be_is_left_out_and_told(
    tmp_path: Path, catalogue: Catalogue, row: str, why: str
) -> None:
    (told,) = read(lines(tmp_path, row), catalogue, "NYC")
    assert isinstance(told, Refused)
    assert why in told.why
    assert told.line == 2


def test_a_number_twice_in_one_list_is_loaded_once(tmp_path: Path, catalogue: Catalogue) -> None:
    row = "1,BELLA,F,2013,Boxer,10024,12/22/2018,12/22/2023"
    first, second = read(lines(tmp_path, row, row), catalogue, "NYC")
    assert isinstance(first, Read)
    assert isinstance(second, Refused)


def test_another_list_is_refused_whole(tmp_path: Path, catalogue: Catalogue) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="Number"):
        list(read(path, catalogue, "NYC"))


def test_a_licence_of_the_twenty_ninth_of_february_is_read(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    (told,) = read(lines(tmp_path, "7,MAX,M,2012,Beagle,1,2/29/2016,2/28/2017"), catalogue, "NYC")
    assert isinstance(told, Read)
    assert told.file.valid_from == date(2016, 2, 29)


@needs_data
async def test_the_real_list_is_loaded_once_however_often(
    office: Office, catalogue: Catalogue
) -> None:
    report = await loading(office, AS_OF).load(read(LIST, catalogue, "NYC"))
    with LIST.open() as file:
        assert report.read == sum(1 for _ in file) - 1
    assert report.loaded + len(report.refused) == report.read
    assert report.loaded > 1900
    assert all(why for _, _, why in report.refused)
    assert sum(report.unmatched.values()) + sum(report.asked.values()) < 0.15 * report.read
    again = await loading(office, AS_OF).load(read(LIST, catalogue, "NYC"))
    assert (again.loaded, again.known) == (0, report.loaded)
    count = sa.select(sa.func.count()).where(Matter.kind == "licence")
    assert (await office.rows(count))[0][0] == report.loaded


@needs_data
async def test_living_ones_are_reminded_and_run_out_on_their_days(
    office: Office, catalogue: Catalogue
) -> None:
    """A sample of those living on that day; each has its own calendar, turned to the reminder and to the day after the last."""
    everyone = [one.file for one in read(LIST, catalogue, "NYC") if isinstance(one, Read)]
    living = [file for file in everyone if file.valid_to and file.valid_to > AS_OF + timedelta(60)]
    ended = [file for file in everyone if file.valid_to and file.valid_to < AS_OF]
    assert len(living) > 500
    assert len(ended) > 20
    for file in living[::40]:
        assert file.valid_to is not None
        await _turn(office, file.id, file.valid_to - timedelta(days=44))
        assert await _names(office, file.id, "issue_renewal_reminder") == 1
        await _turn(office, file.id, file.valid_to + timedelta(days=1))
        assert await _stage(office, file.id) == "expired"
    for file in ended[::10]:
        assert await _stage(office, file.id) == "expired"
        assert await _names(office, file.id, "issue_renewal_reminder") == 0


async def _turn(office: Office, matter: str, to: date) -> None:
    assert office.counter.temporal is not None
    handle = office.counter.temporal.get_workflow_handle(matter)
    ahead = ahead_of(AS_OF)
    now = await office.env.get_current_time(handle) + ahead
    away = datetime(to.year, to.month, to.day, 1, tzinfo=UTC) - now
    if away > timedelta(0):
        await office.env.fast_forward(handle, away)
    await asyncio.sleep(0.2)


async def _stage(office: Office, matter: str) -> str:
    async with asyncio.timeout(10):
        while True:
            (row,) = await office.rows(
                sa.select(Matter.stage, Matter.state).where(Matter.id == matter)
            )
            clocks = {c["name"]: c["status"] for c in row.state["clocks"]}
            if clocks.get("expiry") != "running":
                return str(row.stage)
            await asyncio.sleep(0.05)


async def _names(office: Office, matter: str, name: str) -> int:
    mine: Any = sa.select(sa.func.count()).where(
        TimelineEntry.matter == matter, TimelineEntry.name == name
    )
    return int((await office.rows(mine))[0][0])


async def test_a_licence_from_elsewhere_gets_our_paper_when_it_is_lost(
    office: Office, catalogue: Catalogue, tmp_path: Path
) -> None:
    """It has neither home nor immunity certificate on record, and keeps its old number on the new paper."""
    (one,) = read(lines(tmp_path, "Z9,MAX,M,2012,Beagle,1,2/28/2016,2/28/2099"), catalogue, "OLD")
    await loading(office).load([one])
    assert isinstance(one, Read)
    life = Case(office, one.file.id, timedelta(0))
    state = await life.hand_in("report_lost", "window.clerk", how="遗失")
    assert [paper["kind"] for paper in state["documents"]] == ["dog_licence"]
