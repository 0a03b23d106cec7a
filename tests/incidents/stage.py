"""Plays a scenario of an incident in the office: reported, dispatched, handled, checked; and looks whether everything is as it says."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from models.suspension import SHANGHAI
from tests.approvals.stage import bring
from tests.office import Case, Office
from tests.scenarios.scenario import No, When, moment
from tests.scenarios.stage import refused

HERE = Path(__file__).parent
PATIENCE = 8.0
Values = dict[str, Any]
BY = {
    "verify_report": "officer.zhang",
    "docket": "dispatcher",
    "reject_report": "dispatcher",
    "dispatch": "dispatcher",
    "extend_task": "dispatcher",
    "accept_task": "handler.kaixuan",
    "return_task": "handler.kaixuan",
    "submit_result": "handler.kaixuan",
    "check_result": "officer.zhang",
    "rate_handling": "citizen.wang",
    "raise_case": "officer.zhang",
}
PAPERS: dict[str, Values] = {
    "verify_report": {"as_reported": True, "remarks": "现场属实"},
    "docket": {"category": "E0405"},
    "reject_report": {"reason": "现场未发现"},
    "dispatch": {},
    "return_task": {"reason": "不属于本单位"},
    "extend_task": {"extra": 1, "reason": "材料未到"},
    "submit_result": {"text": "已清理", "after": ["after"]},
    "check_result": {"passed": True, "remarks": "已恢复"},
    "rate_handling": {"stars": 5},
    "raise_case": {"case": "case-1"},
}
CHANNELS = {
    "citizen.wang": "web",
    "kiosk.hall1": "kiosk",
    "dispatcher": "phone",
    "officer.zhang": "patrol",
    "camera.hub": "camera",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class See(_Strict):
    """What the state must show; ``timeline`` are the last entries."""

    stage: str | None = None
    outcome: str | None = None
    flags: list[str] | None = None
    open: list[str] | None = None
    clocks: dict[str, str | None] = {}
    owner: str | None = None
    why: str | None = None
    transfers: int | None = None
    timeline: list[str] = []
    rating: int | None = None
    cases: list[str] | None = None


class Step(_Strict):
    """The calendar is turned, a paper handed in or refused, and people look."""

    on: When | None = None
    by: str | None = None
    do: str | None = None
    paper: Annotated[Values, Field(alias="with")] = {}
    refused: No | None = None
    see: See | None = None


class Scenario(_Strict):
    """One path of an incident. ``report`` is laid over the usual report."""

    title: str
    law: list[str] = Field(min_length=1)
    by: str = "citizen.wang"
    filed: When = "2026-09-01 10:00"
    report: Values = {}
    refused: No | None = None
    see: See | None = None
    steps: list[Step] = []


def read(path: Path) -> Scenario:
    """Raises with the key at fault."""
    return Scenario.model_validate(YAML(typ="safe", pure=True).load(path))


@dataclass
class Play:
    """One scenario on its way, at a place of its own."""

    office: Office
    id: str
    scenario: Scenario
    cases: list[Case] = field(default_factory=list)
    filed: datetime | None = None

    async def run(self) -> Case | None:
        """The incident, gone through."""
        self.filed = moment(self.scenario.filed)
        by = self.scenario.by
        paper = {
            "channel": CHANNELS[by],
            "place": {"street": "凯旋街道", "address": self.id},
            "seen_at": self.filed.isoformat(),
            "description": "店外经营占用人行道",
        } | self.scenario.report
        paper["photos"] = [await self._photo(word, by) for word in paper.get("photos", ())]

        async def report() -> None:
            assert self.filed is not None
            self.cases.append(await self.office.report(paper, by, self.filed, self.id))

        if self.scenario.refused is not None:
            await refused(report, self.scenario.refused)
            return None
        await report()
        if self.scenario.see:
            await self._look(self.scenario.see)
        for step in self.scenario.steps:
            await self._play(step)
        return self.cases[0]

    async def _play(self, step: Step) -> None:
        case = self.cases[0]
        if step.on is not None:
            await case.go_to(moment(step.on, self.filed))
            await self._settled(case)
        if step.do:
            await self._hand_in(case, step, step.do)
        if step.see:
            await self._settled(case)
            await self._look(step.see)

    async def _hand_in(self, case: Case, step: Step, act: str) -> None:
        by = step.by or BY[act]
        fields = {**PAPERS.get(act, {}), **step.paper}
        for name in ("after", "before", "photos"):
            if name in fields:
                fields[name] = [await self._photo(word, by) for word in fields[name]]

        async def hand_in() -> None:
            await case.hand_in(act, by, **fields)

        if step.refused is None:
            await hand_in()
            return
        before = (await case.row()).version
        await refused(hand_in, step.refused)
        assert (await case.row()).version == before, "a refusal changed something"

    async def _photo(self, word: str, by: str) -> str:
        digest = "sha256:" + hashlib.sha256(f"{self.id}/{word}/{by}".encode()).hexdigest()
        if word != "missing":
            await bring(self.office, by, digest)
        return digest

    async def _settled(self, case: Case) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await self._still(case):  # noqa: ASYNC110 -- each look lets it go on
                await asyncio.sleep(0.01)

    async def _still(self, case: Case) -> bool:
        row = await case.row()
        if row.closed_at is not None:
            return True
        live = await case.handle.query("state")
        now = (await case.now()).astimezone(UTC)
        late = any(
            c["name"] == "rating"
            and c["status"] == "running"
            and c["due_at"]
            and datetime.fromisoformat(c["due_at"]) <= now
            for c in live["clocks"]
        )
        return live["version"] == row.version and not late

    async def _look(self, see: See) -> None:
        state = await self.cases[0].state()
        said = see.model_dump(include=see.model_fields_set)
        if see.open is not None:
            said["open"] = sorted(see.open)
        known = {clock["name"]: clock for clock in state["clocks"]}
        entries = [entry.name for entry in await self.cases[0].timeline()]
        seen = {
            **{key: state[key] for key in ("stage", "outcome", "flags", "owner", "why")},
            **{key: state[key] for key in ("transfers", "rating", "cases")},
            "open": sorted(offer["name"] for offer in state["open_acts"]),
            "clocks": {name: _due(known.get(name)) for name in see.clocks},
            "timeline": entries[-len(see.timeline) :],
        }
        assert {key: seen[key] for key in said} == said


def _due(clock: Values | None) -> str | None:
    """The last moment in Shanghai, or what the clock is doing."""
    if clock is None:
        return None
    if clock["status"] != "running":
        return str(clock["status"])
    due = datetime.fromisoformat(clock["due_at"]).astimezone(SHANGHAI)
    return due.strftime("%Y-%m-%d %H:%M")
