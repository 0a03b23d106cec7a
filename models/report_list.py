"""Lists of reports from other systems (上报迁入): which columns say what, and a line as an incident that was handled there. Pure."""

import csv
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from models.incident_file import COMMAND, IncidentFile, IncidentRules, Told
from models.lead import Place
from models.report import ReportChannel
from models.when import FIRST, LAST

_NAMESPACE = uuid.UUID("3d0b7b7e-52cf-5c7a-a3a5-6d7c1f0e4b55")
_SHOWN = 200
MORE = "（多余的列）"


class Form(NamedTuple):
    """One kind of list: the zone its times are in, how they are written, its columns. ``closed`` is a moment, ``closed_after`` a number
    of days.
    """

    source: str
    zone: str
    times: tuple[str, ...]
    key: str
    opened: str
    what: tuple[str, ...]
    street: str
    address: tuple[str, ...]
    closed: str | None = None
    closed_after: str | None = None
    due: str | None = None
    transfers: str | None = None

    @property
    def columns(self) -> frozenset[str]:
        single = (self.key, self.opened, self.street, self.closed, self.closed_after, self.due)
        named = {name for name in (*single, self.transfers) if name}
        return frozenset({*named, *self.what, *self.address})


FORMS = (
    Form(
        source="NYC311",
        zone="America/New_York",
        times=("%m/%d/%Y %I:%M:%S %p",),
        key="Unique Key",
        opened="Created Date",
        what=("Complaint Type", "Descriptor"),
        street="Borough",
        address=("Incident Address", "City", "Incident Zip"),
        closed="Closed Date",
        due="Due Date",
    ),
    Form(
        source="RIVER",
        zone="Asia/Shanghai",
        times=("%Y-%m-%d %H:%M:%S", "%m/%d/%Y"),
        key="id",
        opened="时间",
        what=("性质", "河流"),
        street="河流",
        address=("河流",),
        closed_after="最终回复-投诉事件",
        transfers="转处理次数",
    ),
)


class Line(NamedTuple):
    """A line that became an incident."""

    number: int
    file: IncidentFile


class Quarantine(NamedTuple):
    """A line that cannot be, as it came, and why."""

    number: int
    source: str
    key: str
    why: str
    row: dict[str, Any]


def read(path: Path, rules: IncidentRules) -> Iterator[Line | Quarantine]:
    """Every line of the list, in order; none is left out. Raises ValueError where it is no list we know."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines, restkey=MORE)
        form = _form(frozenset(rows.fieldnames or ()))
        seen: set[str] = set()
        try:
            for row in rows:
                yield _line(row, rows.line_num, form, rules, seen)
        except csv.Error as wrong:
            raise ValueError(
                f"第 {rows.line_num + 1} 行无法读取：{wrong} / cannot be read"
            ) from wrong


def _form(columns: frozenset[str]) -> Form:
    known = [form for form in FORMS if form.columns <= columns]
    if not known:
        missing = min((sorted(form.columns - columns) for form in FORMS), key=len)
        raise ValueError(f"缺少列 {'、'.join(missing)} / missing columns: {', '.join(missing)}")
    return known[0]


def _line(
    row: dict[str, Any], number: int, form: Form, rules: IncidentRules, seen: set[str]
) -> Line | Quarantine:
    key = (row[form.key] or "").replace("\x00", "").strip()[:_SHOWN]
    if not key or key in seen:
        why = "编号缺失或者重复 / number missing, or twice in this list"
        return Quarantine(number, form.source, f"{key}@{number}", why, dict(row))
    seen.add(key)
    try:
        _sound(row)
        return Line(number, _incident(row, key, form, rules))
    except (ValueError, OverflowError) as wrong:
        return Quarantine(number, form.source, key, str(wrong), dict(row))


def _sound(row: dict[str, Any]) -> None:
    """Raises ValueError for what the register cannot keep: more columns than named, control characters."""
    if MORE in row:
        raise ValueError("列数多于表头 / more columns than the head names")
    if any("\x00" in (said or "") for said in row.values()):
        raise ValueError("含有不允许的控制字符 / a control character")


def _incident(row: dict[str, Any], key: str, form: Form, rules: IncidentRules) -> IncidentFile:
    opened = _moment(row, form.opened, form)
    if opened is None:
        raise ValueError(f"{form.opened}：缺失 / missing")
    closed = _closed(row, opened, form)
    due = _moment(row, form.due, form) if form.due else None
    if opened > datetime.now(UTC):
        raise ValueError(f"{form.opened}：晚于现在 / in the future")
    for name, at in (("办结", closed), ("办理期限", due)):
        if at is not None and at < opened:
            raise ValueError(
                f"{name}早于上报（{at:%Y-%m-%d %H:%M} < {opened:%Y-%m-%d %H:%M}） / before it was reported"
            )
    told = Told(
        source=form.source,
        key=key,
        due_at=due,
        closed_at=closed,
        transfers=_count(row, form.transfers) if form.transfers else 0,
    )
    return IncidentFile(
        id=str(uuid.uuid5(_NAMESPACE, f"{form.source}/{key}")),
        opened_at=opened,
        channel=ReportChannel.ELSEWHERE,
        place=Place(street=_said(row, (form.street,)), address=_said(row, form.address)),
        seen_at=opened,
        description=_said(row, form.what),
        reported_by="import",
        unit=COMMAND,
        rules=rules,
        told=told,
    )


def _closed(row: dict[str, Any], opened: datetime, form: Form) -> datetime | None:
    if form.closed:
        return _moment(row, form.closed, form)
    if form.closed_after and (row[form.closed_after] or "").strip():
        return opened + timedelta(days=_count(row, form.closed_after))
    return None


def _moment(row: dict[str, Any], column: str, form: Form) -> datetime | None:
    said = (row[column] or "").strip()
    if not said:
        return None
    for written in form.times:
        try:
            at = datetime.strptime(said, written).replace(tzinfo=ZoneInfo(form.zone))
        except ValueError:
            continue
        if FIRST <= at.date() <= LAST:
            return at
        break
    raise ValueError(f"{column}：没有这个时间 {said[:40]!r} / no such moment")


def _count(row: dict[str, Any], column: str) -> int:
    said = (row[column] or "").strip() or "0"
    try:
        number = float(said)
    except ValueError:
        number = -1
    if not (0 <= number <= 100_000 and number.is_integer()):
        raise ValueError(f"{column}：不是次数 {said[:40]!r} / not a count")
    return int(number)


def _said(row: dict[str, Any], columns: tuple[str, ...]) -> str:
    words = (" ".join((row[name] or "").split()) for name in columns)
    return " · ".join(word for word in words if word)[:_SHOWN] or "未载明"
