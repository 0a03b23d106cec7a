"""Event logs: what leaves the house is what the register holds, in a form that others read."""

import asyncio
import csv
import io
import json
import os
import re
import sys
import tracemalloc
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from activities.export import Format, Line, harmless, lines, written
from models.database import Matter, TimelineEntry
from models.suspension import civil_day
from tests.audit.conftest import WALKED
from tests.office import Office

pytestmark = pytest.mark.slow
XES = {"x": "http://www.xes-standard.org/"}
PM4PY = "pm4py==2.7.23.11"
MANY = 20_000


async def exported(house: Office, form: Format, **asked: Any) -> str:
    bom = asked.pop("bom", False)
    rows = lines(house.counter.engine, **asked)
    return "".join([piece async for piece in written(rows, form, bom=bom)])


async def held(house: Office) -> dict[str, list[str]]:
    """The names of each matter's entries, straight from the register."""
    table = TimelineEntry.__table__
    rows = await house.rows(sa.select(table).order_by(table.c.matter, table.c.seq))
    names = defaultdict(list)
    for row in rows:
        names[row.matter].append(row.name)
    return dict(names)


def attributes(element: ET.Element) -> dict[str, str]:
    return {
        child.attrib["key"]: child.attrib["value"] for child in element if "key" in child.attrib
    }


async def test_xes_holds_every_entry_in_order(house: Office) -> None:
    log = ET.fromstring(await exported(house, Format.XES))  # noqa: S314 -- we wrote it
    found = {
        attributes(trace)["concept:name"]: [
            attributes(event)["concept:name"] for event in trace.findall("x:event", XES)
        ]
        for trace in log.findall("x:trace", XES)
    }
    assert found == await held(house)
    assert set(found) == set(WALKED)


async def test_xes_is_what_the_standard_asks(house: Office) -> None:
    """Extensions, globals, classifiers, traces in this order; what is global is on every event."""
    log = ET.fromstring(await exported(house, Format.XES))  # noqa: S314 -- we wrote it
    tags = list(dict.fromkeys(child.tag.partition("}")[2] for child in log))
    assert log.attrib == {"xes.version": "2.0", "xes.features": ""}
    assert tags == ["extension", "global", "classifier", "trace"]
    prefixes = {extension.attrib["prefix"] for extension in log.findall("x:extension", XES)}
    for scope, path in (("trace", "x:trace"), ("event", "x:trace/x:event")):
        promised = {
            child.attrib["key"] for child in log.find(f"x:global[@scope='{scope}']", XES) or ()
        }
        assert promised
        for element in log.findall(path, XES):
            keys = set(attributes(element))
            assert promised <= keys
            assert {key.partition(":")[0] for key in keys if ":" in key} <= prefixes


async def test_cases_say_what_they_are_about(house: Office) -> None:
    log = ET.fromstring(await exported(house, Format.XES))  # noqa: S314 -- we wrote it
    about = {attributes(t)["concept:name"]: attributes(t) for t in log.findall("x:trace", XES)}
    rows = await house.rows(sa.select(Matter.__table__))
    for row in rows:
        known = {"concept:name": row.id, "number": row.number, "procedure": row.procedure}
        known |= {"cause": row.cause, "street": row.street, "outcome": row.outcome}
        assert about[row.id] == {key: value for key, value in known.items() if value}


async def test_times_carry_their_offset(house: Office) -> None:
    log = ET.fromstring(await exported(house, Format.XES))  # noqa: S314 -- we wrote it
    for trace in log.findall("x:trace", XES):
        times = [attributes(event)["time:timestamp"] for event in trace.findall("x:event", XES)]
        assert all(time.endswith("+08:00") for time in times)
        moments = list(map(datetime.fromisoformat, times))
        assert moments == sorted(moments)


async def test_nothing_personal_leaves(house: Office) -> None:
    """Neither name, number nor address of a party, nor what a paper said."""
    states = [row.state for row in await house.rows(sa.select(Matter.__table__))]
    parties = [state["party"] for state in states]
    secret = {
        str(p[key]) for p in parties for key in ("name", "id_no", "phone", "address") if p[key]
    }
    said = await exported(house, Format.XES) + await exported(house, Format.CSV)
    assert secret
    assert not [word for word in secret if word in said]


async def test_csv_holds_the_same(house: Office) -> None:
    rows = list(csv.DictReader(io.StringIO(await exported(house, Format.CSV))))
    names = defaultdict(list)
    for row in rows:
        names[row["case:concept:name"]].append(row["concept:name"])
    assert names == await held(house)
    assert {row["org:role"] for row in rows} >= {"officer", "bureau_head", "system"}


async def test_a_bom_for_spreadsheets_only_when_asked(house: Office) -> None:
    assert (await exported(house, Format.CSV, bom=True)).startswith("\ufeffcase:concept:name")
    assert (await exported(house, Format.CSV)).startswith("case:concept:name")


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert harmless(start) == f"'{start}"


def test_numbers_and_words_stay_as_they_are() -> None:
    assert [harmless(cell) for cell in (3, None, "普通", "a=b")] == [3, None, "普通", "a=b"]


async def test_what_xml_cannot_hold_is_left_out() -> None:
    said = await _one(Line("m<&\"'>\x00\ufffe", None, "p", None, "街\x0b道", None, 1, *_REST))
    trace = ET.fromstring(said).find("x:trace", XES)  # noqa: S314 -- we wrote it
    assert trace is not None
    assert attributes(trace)["concept:name"] == "m<&\"'>"
    assert attributes(trace)["street"] == "街道"


_REST = ("act", "file_case", "登记", "officer.zhang", "officer", datetime(2026, 9, 1, tzinfo=UTC))


async def _one(line: Line) -> str:
    async def rows() -> AsyncIterator[Line]:
        yield line

    return "".join([piece async for piece in written(rows(), Format.XES)])


async def test_an_empty_register_is_an_empty_log(house: Office) -> None:
    log = ET.fromstring(await exported(house, Format.XES, kind="licence"))  # noqa: S314 -- we wrote it
    assert log.find("x:trace", XES) is None
    assert len((await exported(house, Format.CSV, kind="licence")).splitlines()) == 1


async def test_since_a_day_of_the_office(house: Office) -> None:
    (row,) = await house.rows(sa.select(sa.func.min(Matter.opened_at).label("at")))
    first = civil_day(row.at)
    assert await _count(house, since=first) == len(WALKED)
    assert await _count(house, since=date(9000, 1, 1)) == 0


async def _count(house: Office, **asked: Any) -> int:
    return len({line.case async for line in lines(house.counter.engine, **asked)})


async def test_memory_stays_the_same(house: Office) -> None:
    """Twenty thousand entries more cost no more than a buffer."""
    engine = house.counter.engine
    async with engine.begin() as connection:
        await connection.execute(_MORE, {"many": MANY})
    tracemalloc.start()
    seen = 0
    async for _ in written(lines(engine), Format.XES):
        seen += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    async with engine.begin() as connection:
        await connection.execute(sa.text("delete from timeline where seq > 1000000"))
    assert seen > MANY
    assert peak < 8_000_000


_MORE = sa.text(
    "insert into timeline select matter, 1000000 + n, at, kind, name, term, actor, basis, data, prev, hash "
    "from timeline, generate_series(1, :many) n where matter = 'summary' and seq = 1"
)


# ---- from the command line, and read by others -----------------------------------------------------


async def command(house: Office, *words: str) -> tuple[int, bytes, bytes]:
    env = os.environ | {
        "ANJUAN_DATABASE_URL": house.counter.engine.url.render_as_string(hide_password=False)
    }
    return await _run(sys.executable, "-m", "anjuan", *words, env=env)


async def _run(*words: str, env: dict[str, str] | None = None) -> tuple[int, bytes, bytes]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe, env=env)
    out, err = await process.communicate()
    return process.returncode or 0, out, err


async def test_the_command_writes_a_file_or_to_standard_output(
    house: Office, tmp_path: Path
) -> None:
    log = tmp_path / "cases.xes"
    assert (await command(house, "export", "xes", "--kind", "case", "--out", str(log)))[0] == 0
    assert log.read_text("utf-8") == await exported(house, Format.XES)
    assert list(tmp_path.iterdir()) == [log]
    code, out, _ = await command(house, "export", "csv", "--bom", "--since", "2026-01-01")
    assert code == 0
    assert out.decode() == await exported(house, Format.CSV, bom=True)


@pytest.mark.timeout(600)
async def test_pm4py_reads_the_same_log(
    house: Office, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    log = tmp_path / "cases.xes"
    log.write_text(await exported(house, Format.XES), "utf-8")
    python = await _python_with_pm4py(pytestconfig)
    code, out, err = await _run(python, str(Path(__file__).with_name("loads.py")), str(log))
    assert code == 0, err.decode()
    read, ours = json.loads(out), await held(house)
    assert read["cases"] == len(ours)
    assert read["events"] == sum(map(len, ours.values()))
    assert read["variants"] == sorted(ours.values())


async def _python_with_pm4py(config: pytest.Config) -> str:
    """ANJUAN_PM4PY names one; else one of our own is kept in pytest's cache, made in CI only: it takes half a gigabyte."""
    if given := os.environ.get("ANJUAN_PM4PY"):
        return given
    place = config.rootpath / ".pytest_cache" / re.sub(r"\W+", "-", PM4PY)
    if not (place / ".installed").exists():
        if not os.environ.get("CI"):
            pytest.skip(
                "no Python with pm4py (550 MB): name one in ANJUAN_PM4PY, or set CI to get one"
            )
        for words in (("-m", "venv", str(place)), ("-m", "pip", "install", "-q", PM4PY)):
            python = sys.executable if "venv" in words else str(place / "bin/python")
            code, _, err = await _run(python, *words)
            assert code == 0, err.decode()
        (place / ".installed").touch()
    return str(place / "bin/python")
