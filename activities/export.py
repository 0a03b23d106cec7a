"""Timelines leave the house as event logs: XES 2.0 (IEEE 1849) and CSV. Read from the register row by row, so that memory stays
the same however long the log; who, what and when, but nothing of what a paper said.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, time
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter, TimelineEntry
from models.suspension import SHANGHAI

AT_ONCE = 500
BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    """What process-mining programs read."""

    XES = "xes"
    CSV = "csv"


class Line(NamedTuple):
    """One entry of one matter."""

    case: str
    number: str | None
    procedure: str
    cause: str | None
    street: str | None
    outcome: str | None
    seq: int
    kind: str
    name: str
    term: str
    resource: str
    role: str
    at: datetime

    @property
    def moment(self) -> str:
        """With the offset of the office."""
        return self.at.astimezone(SHANGHAI).isoformat()


async def lines(
    engine: AsyncEngine, kind: str | None = None, since: date | None = None
) -> AsyncIterator[Line]:
    """Matter by matter, entry by entry, through a cursor of the server. ``since``: opened on that day or later."""
    async with engine.connect() as connection:
        cursor = await connection.stream(
            _asked(kind, since), execution_options={"max_row_buffer": AT_ONCE}
        )
        async for row in cursor:
            yield Line(*row)


def _asked(kind: str | None, since: date | None) -> sa.Select[Any]:
    """In the order of the keys, so that the server sorts nothing."""
    matter, entry = Matter.__table__.c, TimelineEntry.__table__.c
    about = (matter.id, matter.number, matter.procedure, matter.cause, matter.street)
    what = (matter.outcome, entry.seq, entry.kind, entry.name, entry.term)
    who = (entry.actor["username"].astext, entry.actor["role"].astext)
    asked = sa.select(*about, *what, *who, entry.at).where(entry.matter == matter.id)
    if kind is not None:
        asked = asked.where(matter.kind == kind)
    if since is not None:
        asked = asked.where(matter.opened_at >= datetime.combine(since, time(), SHANGHAI))
    return asked.order_by(entry.matter, entry.seq)


async def written(
    rows: AsyncIterator[Line], form: Format, *, bom: bool = False
) -> AsyncIterator[str]:
    """The event log as text, piece by piece."""
    pieces = _xes(rows) if form is Format.XES else _csv(rows, bom=bom)
    async for piece in pieces:
        yield piece


# ---- CSV -----------------------------------------------------------------------------------------

COLUMNS = {
    "case:concept:name": "case",
    "case:number": "number",
    "case:procedure": "procedure",
    "case:cause": "cause",
    "case:street": "street",
    "case:outcome": "outcome",
    "seq": "seq",
    "kind": "kind",
    "concept:name": "name",
    "term": "term",
    "org:resource": "resource",
    "org:role": "role",
    "time:timestamp": "moment",
}


async def _csv(rows: AsyncIterator[Line], *, bom: bool) -> AsyncIterator[str]:
    yield (BOM if bom else "") + _row(COLUMNS)
    async for line in rows:
        yield _row(harmless(getattr(line, field)) for field in COLUMNS.values())


def _row(cells: Any) -> str:
    page = io.StringIO()
    csv.writer(page).writerow(cells)
    return page.getvalue()


def harmless(cell: Any) -> Any:
    """A spreadsheet must not take what somebody wrote for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


# ---- XES -----------------------------------------------------------------------------------------

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
<string key="procedure" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<string key="term" value=""/>
<string key="org:resource" value=""/>
<string key="org:role" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>
<string key="lifecycle:transition" value="complete"/>
<string key="kind" value=""/>
<int key="seq" value="0"/>
</global>
<classifier name="Act" scope="event" keys="concept:name"/>
<classifier name="Term" scope="event" keys="term"/>
<classifier name="Resource" scope="event" keys="org:resource"/>
"""
FOOT = "</log>\n"
ABOUT = {"concept:name": "case"} | {
    key: key for key in ("number", "procedure", "cause", "street", "outcome")
}


async def _xes(rows: AsyncIterator[Line]) -> AsyncIterator[str]:
    yield HEAD
    case: str | None = None
    async for line in rows:
        if line.case != case:
            yield ("</trace>\n" if case is not None else "") + _trace(line)
            case = line.case
        yield _event(line)
    yield ("</trace>\n" if case is not None else "") + FOOT


def _trace(line: Line) -> str:
    """What is not known yet is left out: an empty outcome is no outcome."""
    known = ((key, getattr(line, field)) for key, field in ABOUT.items())
    return "".join(
        chain(["<trace>\n"], (_attribute("string", key, value) for key, value in known if value))
    )


def _event(line: Line) -> str:
    return "".join(("<event>\n", *_attributes(line), "</event>\n"))


def _attributes(line: Line) -> Iterator[str]:
    yield _attribute("string", "concept:name", line.name)
    yield _attribute("string", "term", line.term)
    yield _attribute("string", "org:resource", line.resource)
    yield _attribute("string", "org:role", line.role)
    yield _attribute("date", "time:timestamp", line.moment)
    yield _attribute("string", "lifecycle:transition", "complete")
    yield _attribute("string", "kind", line.kind)
    yield _attribute("int", "seq", line.seq)


def _attribute(kind: str, key: str, value: object) -> str:
    return f'<{kind} key="{key}" value={quoteattr(NOT_XML.sub("", str(value)))}/>\n'
