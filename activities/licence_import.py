"""Licences from elsewhere (证件迁入): read from a list, each a life of its own from then on; loaded twice, it is there once. What is wrong
with a line is reported, and the line left out.
"""

import asyncio
import csv
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.births import start_licence
from models.application_file import ItemFacts
from models.catalogue import Catalogue
from models.change import Start
from models.database import Matter
from models.licence_birth import Birth
from models.licence_file import DogKept, LicenceFile
from models.party import Party, PartyKind
from models.suspension import SHANGHAI

COLUMNS = ("Number", "Name", "Gender", "Birth", "Breed", "ZipCode", "IssuedDate", "ExpiredDate")
ITEM = "DOG-01"
AT_ONCE = 20
_NAMESPACE = uuid.UUID("6b1d2c5e-54f2-5a55-9a8e-0d6f5f1f6a11")
_SEXES = {"M": "male", "F": "female"}
_NOBODY = Party(kind=PartyKind.PERSON, name="原登记未载明")


class Refused(NamedTuple):
    """A line that is left out, and why."""

    line: int
    number: str
    why: str


@dataclass
class Report:
    """What became of a list."""

    loaded: int = 0
    known: int = 0
    refused: list[Refused] = field(default_factory=list)
    unmatched: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """Lines in all."""
        return self.loaded + self.known + len(self.refused)

    def said(self) -> str:
        """For whoever loaded it."""
        lines = [
            f"读入 {self.read} 行：新载入 {self.loaded}，已有 {self.known}，未载入 {len(self.refused)}",
            f"read {self.read}: loaded {self.loaded}, known {self.known}, refused {len(self.refused)}",
            *(f"  第 {line} 行 {number}：{why}" for line, number, why in self.refused),
        ]
        for title, words in (("犬种未识别", self.unmatched), ("犬种不明确", self.asked)):
            lines += [f"{title} {word} × {count}" for word, count in words.most_common()]
        return "\n".join(lines)


class Read(NamedTuple):
    """A licence as a line says it, and what became of its breed: matched, unmatched or asked."""

    file: LicenceFile
    breed: str
    matched: str


def read(path: Path, catalogue: Catalogue, prefix: str) -> Iterator[Read | Refused]:
    """Every line of the list, in order. Raises ValueError where it is no such list."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"缺少列 {'、'.join(missing)} / missing columns: {', '.join(missing)}")
        seen: set[str] = set()
        for row in rows:
            number = (row["Number"] or "").strip()
            try:
                yield _read(row, number, seen, catalogue, prefix)
            except ValueError as wrong:
                yield Refused(rows.line_num, number, str(wrong))


def _read(
    row: dict[str, str], number: str, seen: set[str], catalogue: Catalogue, prefix: str
) -> Read:
    if not number.isalnum() or len(number) > 40:
        raise ValueError("证号缺失或者格式不符 / number missing or malformed")
    if number in seen:
        raise ValueError("证号在本表中重复 / number twice in this list")
    issued, expires = _day(row, "IssuedDate"), _day(row, "ExpiredDate")
    if expires < issued:
        raise ValueError("有效期届满早于发证日 / expires before it was issued")
    born = _year(row["Birth"], issued)
    seen.add(number)
    match = catalogue.breeds.match(row["Breed"].strip() or "?")
    dog = DogKept(
        city=prefix.lower(),
        name=row["Name"].strip() or "未取名",
        breed=match.breed.id if match.breed else "unknown",
        breed_name=match.breed.name if match.breed else row["Breed"].strip()[:100] or "未知",
        sex=_SEXES.get(row["Gender"].strip().upper(), "unknown"),
        born_on=born,
        immunity_until=expires,
    )
    file = LicenceFile(
        id=str(uuid.uuid5(_NAMESPACE, f"{prefix}/{number}")),
        number=f"{prefix}-{number}",
        opened_at=datetime.combine(issued, time(10), SHANGHAI),
        item=ItemFacts.of(catalogue.item(ITEM)),
        party=_NOBODY,
        valid_from=issued,
        valid_to=expires,
        dog=dog,
        imported=f"{prefix}-{number}",
    )
    return Read(file, row["Breed"].strip(), "matched" if match.breed else str(match.kind))


def _day(row: dict[str, str], column: str) -> date:
    """As 12/31/2018, or 2018-12-31."""
    said = (row[column] or "").strip()
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(said, form).date()  # noqa: DTZ007 -- a civil day
        except ValueError:
            continue
    raise ValueError(f"{column}：没有这一天 {said!r} / no such day")


def _year(said: str, issued: date) -> date:
    text = (said or "").strip()
    if not text.isdigit() or not 1980 <= int(text) <= issued.year:
        raise ValueError(f"Birth：出生年份 {text!r} 不可能 / impossible year of birth")
    return date(int(text), 1, 1)


@dataclass(frozen=True)
class Loading:
    """Where licences are loaded to; ``ahead``: the time they live in, less the server's."""

    client: Client
    engine: AsyncEngine
    queue: str
    ahead: timedelta = timedelta(0)

    async def load(self, lines: Iterable[Read | Refused]) -> Report:
        """All of them, some at a time."""
        report, fresh = Report(), []
        for line in lines:
            if isinstance(line, Refused):
                report.refused.append(line)
                continue
            fresh.append(line)
            if line.matched != "matched":
                words = report.asked if line.matched == "ask" else report.unmatched
                words[line.breed or "（空）"] += 1
        known = await self._known([line.file.id for line in fresh])
        report.known, report.loaded = len(known), len(fresh) - len(known)
        turn = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(
            *(self._start(line.file, turn) for line in fresh if line.file.id not in known)
        )
        return report

    async def _start(self, file: LicenceFile, turn: asyncio.Semaphore) -> None:
        start = Start(ahead=self.ahead, rehearsal=bool(self.ahead))
        async with turn:
            await start_licence(self.client, self.queue, Birth(file=file, start=start))

    async def _known(self, ids: list[str]) -> set[str]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(sa.select(Matter.id).where(Matter.id.in_(ids)))
            return {row.id for row in rows}


def ahead_of(as_of: date | None) -> timedelta:
    """The time of a rehearsal that begins on that day."""
    if as_of is None:
        return timedelta(0)
    return datetime.combine(as_of, time(9), SHANGHAI) - datetime.now(UTC)
