"""Plays a scenario in the office, and looks whether everything is as it says."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from models.account import Account, statement
from models.capture import Site, in_sample
from models.capturing import Camera
from models.collection_regime import Surcharge
from models.database import Matter
from models.lead import Place
from models.refusal import Refusal, Refused
from models.suspension import SHANGHAI, civil_day
from tests.office import KEY, Case, Office
from tests.scenarios.scenario import Defaults, No, Scenario, See, Step, Values, defaults, moment

PATIENCE = 5.0
SITE = Site(
    device="-",
    name="凯旋路庆春东路口东侧",
    published="公告〔2026〕3号",
    legal_review="法审〔2026〕12号",
    technical_review="技审〔2026〕12号",
)


@dataclass
class Play:
    """One scenario on its way. Each has its matters and its place for itself."""

    office: Office
    id: str
    scenario: Scenario
    usual: Defaults = field(default_factory=defaults)
    cases: list[Case] = field(default_factory=list)
    filed: datetime | None = None
    papers: int = 0
    captures: list[str] = field(default_factory=list)

    @property
    def case(self) -> Case:
        return self.cases[-1]

    async def run(self) -> list[Case]:
        """All cases of the scenario, filed and gone through."""
        first = Step(file={}, on=self.scenario.filed or self.usual.filed, by="officer.zhang")
        first.refused = self.scenario.refused
        begun = self.usual.steps_of(self.scenario.begin)
        for step in [first, *begun, *self.scenario.steps]:
            await self._play(step)
        if self.cases:
            await self._settled()
        return self.cases

    async def _play(self, step: Step) -> None:
        at = moment(step.on, self.filed) if step.on is not None else None
        if step.file is None and at is not None:
            await self.case.go_to(at)
            await self._settled()
        if step.file is not None:
            await self._file(step, step.file, at)
        elif step.do:
            await self._hand_in(step, step.do)
        if step.see:
            await self._settled()
            await self._look(step.see)

    # ---- filing ------------------------------------------------------------------------------------------------------------------

    async def _file(self, step: Step, changed: Values, at: datetime | None) -> None:
        at = at or await self._somewhen()
        self.filed = self.filed or at
        if self.scenario.case.get("procedure") == "non_contact":
            await self._capture(changed, at)
            return
        matter = f"{self.id}-{len(self.cases) + 1}"
        lead = self._lead(changed, at)

        async def file() -> None:
            self.cases.append(await self.office.file(lead, step.by or "officer.zhang", at, matter))

        if step.refused is None:
            await file()
            return
        await refused(file, step.refused)
        rows = await self.office.rows(sa.select(Matter.id).where(Matter.id == matter))
        assert not rows, "a refused filing left a matter behind"

    async def _capture(self, changed: Values, at: datetime) -> None:
        """What a camera sends; it joins the case it is of, or begins one."""
        paper = {**self.usual.capture, **self.scenario.case, **changed}
        sampled = paper.pop("sampled", False)
        device = paper.pop("device", self.id)
        del paper["procedure"]
        self.captures.append(self._capture_id(sampled=sampled))
        taken_at = paper.pop("taken_at", at - timedelta(minutes=10))
        place = Place(street="凯旋街道", address=self.id)
        camera = Camera(
            site=SITE.model_copy(update={"device": device}), place=place, unit="kaixuan"
        )
        sent = self._filled({**paper, "taken_at": taken_at}, at)
        matter = await self.office.capture(sent, camera, at, self.captures[-1])
        if matter not in {case.id for case in self.cases}:
            self.cases.append(Case(self.office, matter, at - datetime.now(UTC)))

    def _capture_id(self, *, sampled: bool) -> str:
        """One that is, or is not, of the sample that a second person looks at."""
        percent = self.office.counter.catalogue.non_contact.second_review_percent.value
        tries = (f"{self.id}-{len(self.captures) + 1}-{n}" for n in count())
        return next(known for known in tries if in_sample(known, percent, KEY) is sampled)

    async def _somewhen(self) -> datetime:
        """Now for the case before; where none was filed, as the last attempt."""
        if self.cases:
            return await self.case.now()
        assert self.filed is not None, "the first filing needs a moment"
        return self.filed

    def _lead(self, changed: Values, at: datetime) -> Values:
        lead = {"occurred_at": at - timedelta(hours=2), **self.usual.case, **self.scenario.case}
        lead |= changed
        place = {"street": "凯旋街道", "address": self.id, **lead.pop("place", {})}
        party = lead["party"]
        lead["party"] = self.usual.parties[party] if isinstance(party, str) else party
        filled: Values = self._filled({**lead, "place": place}, at)
        return filled

    # ---- papers ------------------------------------------------------------------------------------------------------------------

    async def _hand_in(self, step: Step, act: str) -> None:
        usual = self.usual.papers[act]
        now = await self.case.now()
        self.papers += 1
        fields = {
            key: value
            for key, value in {**usual.paper, **step.paper}.items()
            if key not in step.without
        }
        paper = await self._named(self._filled(fields, now))

        async def hand_in() -> None:
            await self.case.hand_in(act, step.by or usual.by, **paper)

        if step.refused is None:
            await hand_in()
            return
        await self._settled()
        before = await self._whole_record()
        await refused(hand_in, step.refused)
        assert await self._whole_record() == before, "a refusal changed something"

    async def _whole_record(self) -> tuple[int, list[str], int]:
        """Version, timeline and length of the engine's history: what a refusal must leave alone."""
        row, entries = await self.case.row(), await self.case.timeline()
        history = (await self.case.handle.describe()).history_length
        return row.version, [entry.hash for entry in entries], history

    async def _named(self, paper: Values) -> Values:
        """``$last notice`` is the id of the last notice issued."""
        documents = (await self.case.state())["documents"]
        known = {f"$last {document['kind']}": document["id"] for document in documents}
        return {key: known.get(str(value), value) for key, value in paper.items()}

    def _filled(self, value: Any, now: datetime) -> Any:
        """``$penalty``, ``$today``, ``$now``, ``$bill`` and ``$new`` (a reference of its own); moments with their offset."""
        words: dict[str, Callable[[], Any]] = {
            "$penalty": lambda: self.scenario.penalty,
            "$today": civil_day(now).isoformat,
            "$now": now.isoformat,
            "$bill": lambda: f"{self.case.id}-1",
            "$new": lambda: f"{self.id}/{self.papers}",
            "$capture": lambda: self.captures[-1],
            "$first capture": lambda: self.captures[0],
        }
        if isinstance(value, dict):
            return {key: self._filled(part, now) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(part, now) for part in value]
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=SHANGHAI)).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, str) and value in words:
            return words[value]()
        return _moment_or_word(value)

    # ---- looking -----------------------------------------------------------------------------------------------------------------

    async def _settled(self) -> None:
        """Until the procedure has done what was due, and the register has it; each look lets it go on."""
        async with asyncio.timeout(PATIENCE):
            while not await self._still():
                pass

    async def _still(self) -> bool:
        row = await self.case.row()
        if row.closed_at is not None:
            return True
        live = await self.case.handle.query("state")
        now = await self.case.now()
        return comparable(live) == comparable(row.state) and not _overdue(live, now)

    async def _look(self, see: See) -> None:
        state, now = await self.case.state(), await self.case.now()
        entries = [entry.name for entry in await self.case.timeline()]
        seen: Values = {
            "stage": state["stage"],
            "outcome": state["outcome"],
            "suspended": state["suspended"],
            "party": state["party"]["name"],
            "officers": [officer["username"] for officer in state["officers"]],
            "flags": state["flags"],
            "open": sorted(offer["name"] for offer in state["open_acts"]),
            "clocks": _clocks(state, see),
            "money": _money(state, civil_day(now), see),
            "timeline": entries[-len(see.timeline) :],
            "documents": [paper["kind"] for paper in state["documents"]][-len(see.documents) :],
            "versions": _versions(state, see),
            "occurred_at": _in_shanghai(state["occurred_at"]),
            "custody": {e["tag"]: [c["holder"] for c in e["custody"]] for e in state["exhibits"]},
        }
        said = see.model_dump(include=see.model_fields_set)
        if see.open is not None:
            said["open"] = sorted(see.open)
        assert {key: seen[key] for key in said} == said


async def refused(attempt: Callable[[], Any], no: No) -> None:
    """The attempt is refused in just this way."""
    with pytest.raises(Refused) as told:
        await attempt()
    refusal: Refusal = told.value.refusal
    cited = [str(basis) for basis in refusal.basis]
    assert refusal.code == no.code, refusal.zh
    assert no.basis is None or no.basis in cited, (refusal.zh, cited)
    assert no.field is None or no.field == refusal.field, (refusal.zh, refusal.field)


def comparable(state: Values) -> Values:
    """The state without what depends on the moment of asking."""
    money = {k: v for k, v in (state["money"] or {}).items() if k in ("fine", "paid", "account")}
    return {**state, "updated_at": None, "money": money}


def _overdue(live: Values, now: datetime) -> bool:
    """Whether a clock that the procedure waits for has run out and it has not noticed yet."""
    awaited = {"preserve", "seal", "statement", "hearing_ask", "announce_service"}
    if live["stage"] == "collection":
        awaited |= {"pay", "sue", "review_apply", "court_apply", "demand_court", "instalment"}
    return any(
        clock["status"] == "running"
        and clock["name"] in awaited
        and clock["due_at"]
        and datetime.fromisoformat(clock["due_at"]) <= now.astimezone(UTC)
        for clock in live["clocks"]
    )


def _clocks(state: Values, see: See) -> Values:
    """A clock's last day where a day is said, else what it is doing."""
    known = {clock["name"]: clock for clock in state["clocks"]}
    seen: Values = {}
    for name, said in see.clocks.items():
        clock = known.get(name)
        due = clock["due_on"] if clock else None
        by_day = isinstance(said, date)
        seen[name] = (date.fromisoformat(due) if due else None) if by_day else _status(clock)
    return seen


def _in_shanghai(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _versions(state: Values, see: See) -> Values:
    """Whether each version of a document stands, first issued first."""
    documents = state["documents"]
    return {
        kind: [paper["status"] for paper in documents if paper["kind"] == kind]
        for kind in see.versions
    }


def _status(clock: Values | None) -> Any:
    return clock["status"] if clock else None


def _money(state: Values, today: date, see: See) -> Values:
    """Brought up to the day people look."""
    if state["money"] is None:
        return dict.fromkeys(see.money)
    account = Account.model_validate(state["money"]["account"])
    rule = Surcharge.model_validate(state["money"]["surcharge_rule"])
    full = statement(account, rule, today)
    return {key: full[key] for key in see.money}


def _moment_or_word(value: Any) -> Any:
    """``2026-09-03 10:00`` in a paper is a moment in Shanghai."""
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).isoformat()
    except (TypeError, ValueError):
        return value
