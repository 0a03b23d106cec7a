"""Who gets a task, and why he (派遣): named, the class's own unit, the grid (守土责任); then duty roster, absences and load. Pure: people
and their loads are handed in, every rule that was considered is answered with its result.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, Field

from models.catalogue_file import Row, Text
from models.offices import Offices, OfficeUnit
from models.suspension import SHANGHAI, civil_day

_WEEK = (1, 2, 3, 4, 5, 6, 7)


class GridRule(Row):
    """Which unit answers for a street; for some groups of classes, or (none named) for all."""

    street: str = Field(pattern=r"^\d{9}$")
    majors: tuple[Text, ...] = ()
    unit: Text


class Duty(Row):
    """Somebody on the roster of a unit: on which weekdays (1 is Monday), in which hours and days."""

    unit: Text
    person: Text
    weekdays: tuple[int, ...] = _WEEK
    opens: time = time.min
    closes: time = time.max
    since: date = date.min
    until: date = date.max

    def covers(self, at: datetime) -> bool:
        """Whether he is on duty at that moment."""
        here = at.astimezone(SHANGHAI)
        days = self.since <= here.date() <= self.until and here.isoweekday() in self.weekdays
        return days and self.opens <= here.time() < self.closes


class AwayKind(StrEnum):
    """Why, as far as others need to know (个人信息保护法 6): not what somebody is ill with."""

    LEAVE = "leave"
    TRAINING = "training"
    ELSEWHERE = "elsewhere"


class AwayRow(Row):
    """Somebody who is away, both days included."""

    person: Text
    since: date
    until: date
    kind: AwayKind


class AssignmentRules(Row):
    """``assignment.yaml``; without it, streets fall to their teams and people are chosen by load."""

    verified: bool = False
    note: Text | None = None
    grids: tuple[GridRule, ...] = ()
    duty: tuple[Duty, ...] = ()
    away: tuple[AwayRow, ...] = ()

    def grid(self, street: str | None, major: str) -> str | None:
        """The unit the grid names: the rule for this group before the rule for all."""
        mine = [rule for rule in self.grids if rule.street == street]
        own = (rule for rule in mine if major in rule.majors)
        for_all = (rule for rule in mine if not rule.majors)
        return next((rule.unit for rule in (*own, *for_all)), None)

    def is_away(self, person: str, day: date) -> bool:
        """As the data says; what a unit head declares is in the register."""
        return any(a.person == person and a.since <= day <= a.until for a in self.away)


class Considered(BaseModel):
    """One rule, and whether it decided or held."""

    rule: str
    zh: str
    en: str
    holds: bool


class Person(BaseModel):
    """Somebody who could have it: how many open tasks he has, whether he is away."""

    username: str
    name: str
    load: int = 0
    away: bool = False


class Asked(NamedTuple):
    """What is to be given to whom: the unit named on the paper and why, the class and its own unit, the street."""

    named: str | None
    ground: str | None
    own: str | None
    major: str
    street: str | None
    street_name: str


Why = list[Considered]


def responsible(
    rules: AssignmentRules, offices: Offices, asked: Asked
) -> tuple[OfficeUnit | None, str, Why]:
    """The unit, the rule that chose it, and every rule considered until then. None where none names one that exists."""
    why: Why = []
    for rule, unit_id, zh, en in _steps(rules, offices, asked):
        why.append(Considered(rule=rule, zh=zh, en=en, holds=unit_id is not None))
        if unit_id is not None:
            try:
                return offices.unit(unit_id), zh, why
            except LookupError:
                return None, zh, why
    return None, "", why


def _steps(
    rules: AssignmentRules, offices: Offices, asked: Asked
) -> Iterable[tuple[str, str | None, str, str]]:
    told = f"：{asked.ground}" if asked.ground else ""
    named = f"派遣员指定{told}" if asked.named else "派遣员未指定单位"
    yield "named", asked.named, named, f"named by the dispatcher: {asked.named or 'no'}"
    own = "该类别由本单位负责" if asked.own else "该类别没有固定的负责单位"
    yield "class", asked.own, own, f"the class has its own unit: {asked.own or 'no'}"
    grid = rules.grid(asked.street, asked.major)
    ours = f"{asked.street_name}的{asked.major}类由本单位负责（守土责任）"
    zh = ours if grid else "网格责任表没有单列"
    yield "grid", grid, zh, f"the grid table names: {grid or 'none'}"
    team = offices.team_of(asked.street) if asked.street else None
    zh = f"{asked.street_name}属本队责任区（守土责任）" if team else "该街道没有责任队"
    en = f"the team of the street: {team.id if team else 'none'}"
    yield "street", team.id if team else None, zh, en


def handler(
    rules: AssignmentRules, unit: str, at: datetime, people: Sequence[Person]
) -> tuple[Person | None, Why]:
    """Of the unit's people, who is there, on duty and has the fewest open tasks; None: the unit as a whole has it."""
    day = civil_day(at)
    there = [p for p in people if not p.away and not rules.is_away(p.username, day)]
    on_duty = _on_duty(rules, unit, at, there)
    least = sorted(on_duty or there, key=lambda p: (p.load, p.username))
    chosen = least[0] if least else None
    why = [_away(people, there), _roster(rules, unit, on_duty), _load(least, chosen)]
    return chosen, why


def _on_duty(
    rules: AssignmentRules, unit: str, at: datetime, there: Sequence[Person]
) -> list[Person]:
    now = {d.person for d in rules.duty if d.unit == unit and d.covers(at)}
    return [person for person in there if person.username in now]


def _away(people: Sequence[Person], there: Sequence[Person]) -> Considered:
    away = [p.name for p in people if p not in there]
    zh = f"不在岗：{'、'.join(away)}" if away else "没有人请假"
    en = f"{len(away)} away" if away else "nobody is away"
    return Considered(rule="away", zh=zh, en=en, holds=bool(away))


def _roster(rules: AssignmentRules, unit: str, on_duty: Sequence[Person]) -> Considered:
    zh = f"当值：{'、'.join(p.name for p in on_duty)}"
    en = f"on duty: {len(on_duty)}"
    if not on_duty:
        known = any(d.unit == unit for d in rules.duty)
        zh, en = ("此刻无人当值", "nobody on duty now") if known else ("没有值班表", "no roster")
    return Considered(rule="duty", zh=zh, en=en, holds=bool(on_duty))


def _load(least: Sequence[Person], chosen: Person | None) -> Considered:
    if chosen is None:
        zh, en = (
            "没有可以指派的人，由单位负责人安排",
            "nobody to choose; the unit's head arranges it",
        )
        return Considered(rule="load", zh=zh, en=en, holds=False)
    counts = "、".join(f"{p.name} {p.load} 件" for p in least)
    zh = f"在办任务最少的是{chosen.name}（{counts}）"
    en = f"fewest open tasks: {chosen.load}, of {len(least)} considered"
    return Considered(rule="load", zh=zh, en=en, holds=True)
