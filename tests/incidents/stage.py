"""Plays a scenario of an incident in the office: reported, dispatched, handled, checked; and looks whether everything is as it says."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from sqlalchemy.dialects.postgresql import insert

from activities.courier import Courier
from api.statistics import UNOWNED
from models.database import Absence, Account, Outgoing
from models.suspension import SHANGHAI, civil_day
from tests.approvals.stage import bring
from tests.builders import a_lead
from tests.office import Case, Office
from tests.scenarios.scenario import No, When, moment
from tests.scenarios.stage import refused
from workflows.telling import Links

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
    "reassign_task": "unit.head",
    "hand_over": "dispatcher",
    "acknowledge_hand_over": "dispatcher",
    "correct_place": "citizen.wang",
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
    "reassign_task": {"ground": "原处置人员另有任务"},
    "hand_over": {"department": "ecology", "ground": "属生态环境部门职责"},
    "acknowledge_hand_over": {"accepted": True, "answered_by": "生态环境分局值班室"},
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
    case_knows: list[str] | None = None
    owner_name: str | None = None
    street: str | None = None
    approximate: bool | None = None
    considered: dict[str, bool] | None = None
    told: list[str] | None = None
    words: str | None = None


class Step(_Strict):
    """The calendar is turned, a paper handed in or refused, and people look."""

    on: When | None = None
    by: str | None = None
    away: str | None = None
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
        paper: Values = {
            "channel": CHANNELS[by],
            "place": {"street": "凯旋街道"},
            "seen_at": self.filed.isoformat(),
            "description": "店外经营占用人行道",
        } | self.scenario.report
        paper["place"] = {"address": self.id} | paper["place"]
        paper["photos"] = [await self._photo(word, by) for word in paper.get("photos", ())]

        async def report() -> None:
            assert self.filed is not None
            self.cases.append(await self.office.report(paper, by, self.filed, self.id))

        if self.scenario.refused is not None:
            await refused(report, self.scenario.refused)
            return None
        await report()
        await self._owned()
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
        if step.away:
            await self._go_away(case, step.away)
        if step.do == "file_case":
            await self._file_case(case, step)
        elif step.do:
            await self._hand_in(case, step, step.do)
        await self._owned()
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
            await carried(self.office)
            return
        before = (await case.row()).version
        await refused(hand_in, step.refused)
        assert (await case.row()).version == before, "a refusal changed something"

    async def _file_case(self, case: Case, step: Step) -> None:
        """The officer files a case, on this incident unless said otherwise; what the two have to tell each other is carried."""
        at, known = await case.now(), f"{self.id}-case"
        on = {"source": "incident", "incident": case.id} if "source" not in step.paper else {}
        spot = {"place": {"street": "凯旋街道", "address": self.id}}
        lead = a_lead(at, **on, **spot) | step.paper

        async def file() -> None:
            self.cases.append(await self.office.file(lead, "officer.zhang", at, known))

        if step.refused is not None:
            await refused(file, step.refused)
            return
        await file()
        await carried(self.office)

    async def _go_away(self, case: Case, who: str) -> None:
        day = civil_day(await case.now())
        row: Values = {
            "username": who,
            "since": day,
            "until": day,
            "unit": "kaixuan",
            "kind": "leave",
        }
        by = {"declared_by": "unit.head", "declared_at": await case.now()}
        gone = insert(Absence).values(row | by).on_conflict_do_nothing()
        await self.office.rows(gone)

    async def _owned(self) -> None:
        """Of everything that is live in the house, nothing is without an owner."""
        units = [unit.id for unit in self.office.counter.catalogue.offices.units]
        assert await self.office.rows(sa.text(UNOWNED).bindparams(units=units)) == []

    async def _told(self) -> list[str]:
        """What the reporter was sent: the step, by which way."""
        mine = sa.select(Outgoing.kind, Outgoing.payload).where(Outgoing.matter == self.id)
        rows = await self.office.rows(mine.order_by(Outgoing.created_at, Outgoing.id))
        return [f"{row.payload['step']} {row.kind}" for row in rows if "step" in row.payload]

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
            "owner_name": state["owner_name"],
            "case_knows": (await self.cases[-1].state()).get("incidents"),
            "street": state["place"]["street"],
            "approximate": state["approximate"],
            "considered": _considered(state),
            "told": await self._told(),
            "words": self.office.counter.catalogue.incident.notice(
                state["outcome"] or state["stage"]
            ).zh,
            "open": sorted(offer["name"] for offer in state["open_acts"]),
            "clocks": {name: _due(known.get(name)) for name in see.clocks},
            "timeline": entries[-len(see.timeline) :],
        }
        assert {key: seen[key] for key in said} == said


def _considered(state: Values) -> dict[str, bool]:
    """Which rules were considered for the task that runs, and whether each held."""
    task = state["tasks"][-1] if state["tasks"] else {}
    return {one["rule"]: one["holds"] for one in task.get("considered", ())}


async def second_handler(office: Office) -> None:
    """One more who handles in Kaixuan; he is on no roster."""
    row = {
        "username": "handler.kaixuan2",
        "name": "凯旋机动处置员",
        "roles": ["handler"],
        "unit": "kaixuan",
        "password_hash": "-",
        "active": True,
    }
    new = insert(Account).values(row).on_conflict_do_nothing()
    async with office.counter.engine.begin() as connection:
        await connection.execute(new)


async def carried(office: Office) -> None:
    """What one matter has to tell another, and that one in turn."""
    assert office.counter.temporal is not None
    courier = Courier(office.counter.engine, Links(office.counter.temporal).carriers())
    while await courier.deliver_due():
        pass


def _due(clock: Values | None) -> str | None:
    """The last moment in Shanghai, or what the clock is doing."""
    if clock is None:
        return None
    if clock["status"] != "running":
        return str(clock["status"])
    due = datetime.fromisoformat(clock["due_at"]).astimezone(SHANGHAI)
    return due.strftime("%Y-%m-%d %H:%M")
