"""Plays a scenario of approvals in the office, and looks whether everything is as it says."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.bar import BarRow
from models.evidence_files import EvidenceBringer, EvidenceFile
from models.identifiers import id_digest, resident_check
from models.person import Actor, Role
from models.refusal import Refused
from models.situation import situation
from models.suspension import SHANGHAI, civil_day
from tests.approvals.scenario import Registers, Scenario, See, Step, Usual, Values, usual
from tests.office import KEY, Case, Office
from tests.scenarios.scenario import moment
from tests.scenarios.stage import refused

PATIENCE = 8.0
CHANNELS = {"citizen": "web", "window.clerk": "window", "kiosk.hall1": "kiosk"}


@dataclass
class Applicant:
    """Somebody nobody else is: number, name, home, dog."""

    seed: str

    @property
    def number(self) -> int:
        return int.from_bytes(hashlib.sha256(self.seed.encode()).digest()[:6], "big")

    @property
    def id_no(self) -> str:
        first = (
            f"3301021990{1 + self.number % 12:02}{1 + self.number % 28:02}{self.number % 1000:03}"
        )
        return first + resident_check(first)

    @property
    def name(self) -> str:
        return "测试" + "一二三四五六七八九十"[self.number % 10]

    @property
    def home(self) -> str:
        return f"测试路{self.number % 100000}号"

    @property
    def chip(self) -> str:
        return f"156{self.number % 10**12:012}"

    @property
    def immunity_no(self) -> str:
        return f"浙A-{self.number % 10**9}"


@dataclass
class Play:
    """One scenario on its way."""

    office: Office
    id: str
    scenario: Scenario
    usual: Usual = field(default_factory=usual)
    applications: list[Case] = field(default_factory=list)
    lives: dict[str, Case] = field(default_factory=dict)
    filed: datetime | None = None
    files: int = 0

    @property
    def who(self) -> Applicant:
        return Applicant(self.id)

    async def run(self) -> list[Case]:
        """The application, and the licence where there is one."""
        self.filed = moment(self.scenario.filed)
        await self._introduce()
        await self._say(self.scenario.registers)
        first = {"answers": self.scenario.answers, **self.scenario.apply}
        step = Step(refused=self.scenario.refused, see=self.scenario.see)
        await self._file(first, step, self.scenario.by, self.filed)
        for step in self.scenario.steps:
            await self._play(step)
        for source in self.scenario.registers.away:
            self.office.held.away.discard(source)
        return [case for a in self.applications for case in (a, *await self._licences(a))]

    async def _introduce(self) -> None:
        """The applicant has an account, an entry in each register, and a dog that is immune."""
        who, held = self.who, self.office.held.records
        digest = id_digest(who.id_no, KEY)
        self.office.accounts[f"citizen.{self.id}"] = Actor(
            username=f"citizen.{self.id}", name=who.name, roles=(Role.CITIZEN,), id_digest=digest
        )
        held["residents"][who.id_no] = {"name": who.name, "local": True, "household": who.home}
        held["property"][who.id_no] = {"addresses": [f"清波街道{who.home}"]}
        held["vaccination"][who.immunity_no] = {
            "valid_from": "2026-08-25",
            "valid_to": "2027-08-24",
            "chip": who.chip,
            "clinic_appointed": True,
        }

    async def _say(self, registers: Registers | None) -> None:
        if registers is None:
            return
        held, who = self.office.held, self.who
        keys = dict.fromkeys(("residents", "property", "companies"), who.id_no)
        keys["vaccination"] = who.immunity_no
        held.away.clear()
        held.away |= set(registers.away)
        for source in registers.silent:
            held.records[source].pop(keys[source], None)
        for source, data in registers.data.items():
            key = data.pop("key", keys[source])
            held.records[source][key] = held.records[source].get(key, {}) | _plain(data)

    # ---- filing

    async def _file(self, changed: Values, step: Step, by: str, at: datetime) -> None:
        matter = f"{self.id}-{self.files + 1}"
        self.files += 1
        actor = f"citizen.{self.id}" if by == "citizen" else by
        paper = await self._paper(dict(changed), by, actor, at)

        async def file() -> None:
            case = await self.office.apply(paper, actor, at, matter)
            if all(case.id != known.id for known in self.applications):
                self.applications.append(case)

        if step.refused is None:
            await file()
        else:
            await refused(file, step.refused)
        if step.see:
            await self._look(self.applications[-1], step.see)

    async def _paper(self, changed: Values, by: str, actor: str, at: datetime) -> Values:
        who = self.who
        item = changed.pop("item", self.scenario.item)
        answers = (
            self.usual.answers.get(item, {}) | self._answers(item) | changed.pop("answers", {})
        )
        answers = {
            k: v for k, v in answers.items() if v is not None and k not in self.scenario.without
        }
        applicant = {"kind": "person", "name": who.name, "id_no": who.id_no} | changed.pop(
            "applicant", {}
        )
        paper = {
            "item": item,
            "answers": _plain(answers),
            "applicant": applicant,
            "channel": CHANNELS[by],
            "place": {"street": "清波街道", "address": who.home},
            "materials": await self._materials(item, answers, applicant["kind"], actor),
            "truthful": True,
        }
        filled: Values = self._filled(paper | changed, at)
        return filled

    def _answers(self, item: str) -> Values:
        if item != "DOG-01":
            return {}
        return {"chip": self.who.chip, "immunity_no": self.who.immunity_no}

    async def _materials(self, item: str, answers: Values, kind: str, actor: str) -> list[Values]:
        """Everything that is asked of the applicant, but for what the scenario leaves out."""
        row = self.office.counter.catalogue.item(item)
        try:
            needed = situation(row, _plain(answers), kind).materials
        except Refused:
            return []
        mine = [m.id for m in needed if m.source is None and m.id not in self.scenario.lacking]
        return [await self._one(material, actor) for material in mine]

    async def _one(self, material: str, actor: str) -> Values:
        digest = "sha256:" + hashlib.sha256(f"{self.id}/{material}/{actor}".encode()).hexdigest()
        await bring(self.office, actor, digest)
        return {"material": material, "digest": digest}

    # ---- papers

    async def _play(self, step: Step) -> None:
        await self._say(step.registers)
        case = await self._the(step.the)
        if step.on is not None:
            await case.go_to(moment(step.on, self.filed))
            await self._settled(case)
        if step.again is not None:
            now = await case.now()
            await self._file(dict(step.again), step, step.by or self.scenario.by, now)
            return
        if step.do:
            await self._hand_in(case, step, step.do)
        if step.see:
            await self._settled(case)
            await self._look(case, step.see)

    async def _the(self, name: str) -> Case:
        application = self.applications[-1]
        if name == "application":
            return application
        return (await self._licences(application))[0]

    async def _licences(self, application: Case) -> list[Case]:
        licence = (await application.state())["licence"]
        if not licence:
            return []
        life = Case(self.office, licence["matter"], application.ahead)
        return [self.lives.setdefault(life.id, life)]

    async def _hand_in(self, case: Case, step: Step, act: str) -> None:
        by = step.by or self.usual.by.get(act, "citizen")
        actor = f"citizen.{self.id}" if by == "citizen" else by
        fields = {**self.usual.papers.get(act, {}), **step.paper}
        if isinstance(fields.get("materials"), list):
            fields["materials"] = [
                await self._one(m, actor) if isinstance(m, str) else m for m in fields["materials"]
            ]
        fields = self._filled(fields, await case.now())

        async def hand_in() -> None:
            await case.hand_in(act, actor, **fields)

        if step.refused is None:
            await hand_in()
            return
        before = (await case.row()).version
        await refused(hand_in, step.refused)
        assert (await case.row()).version == before, "a refusal changed something"

    def _filled(self, value: Any, now: datetime) -> Any:
        """``$today``, ``$now``, ``$+10`` (ten days from now), ``$bill``, ``$id``."""
        if isinstance(value, dict):
            return {key: self._filled(part, now) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(part, now) for part in value]
        if isinstance(value, str) and value.startswith("$"):
            return self._word(value, now)
        if isinstance(value, datetime):
            return value.replace(tzinfo=value.tzinfo or SHANGHAI).isoformat()
        return value.isoformat() if isinstance(value, date) else value

    def _word(self, word: str, now: datetime) -> Any:
        if word.startswith("$+"):
            days, _, hour = word[2:].partition(" ")
            at = now.astimezone(SHANGHAI) + timedelta(days=int(days))
            return at.isoformat() if hour else civil_day(at).isoformat()
        words = {
            "$today": civil_day(now).isoformat(),
            "$now": now.isoformat(),
            "$bill": f"{self.applications[-1].id}-1" if self.applications else "",
            "$id": self.who.id_no,
            "$home": self.who.home,
            "$chip": self.who.chip,
            "$authority": "sha256:" + "a" * 64,
        }
        return words[word]

    # ---- looking

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
        awaited = {"supplement_notice", "supplement", "gaps", "special_procedure", "promise_check"}
        awaited |= {"licence_hearing_ask", "reminder", "annual_check", "expiry"}
        late = any(
            clock["status"] == "running"
            and clock["name"] in awaited
            and clock["due_at"]
            and datetime.fromisoformat(clock["due_at"]) <= now
            for clock in live["clocks"]
        )
        return live["version"] == row.version and not late

    async def _look(self, case: Case, see: See) -> None:
        state = await case.state()
        said = see.model_dump(include=see.model_fields_set)
        if see.open is not None:
            said["open"] = sorted(see.open)
        seen = await self._seen(case, state, see)
        assert {key: seen[key] for key in said} == said

    async def _seen(self, case: Case, state: Values, see: See) -> Values:
        entries = [entry.name for entry in await case.timeline()]
        kinds = [paper["kind"] for paper in state["documents"]]
        valid_to = state.get("valid_to")
        money, licence = state.get("money") or {}, state.get("licence") or {}
        checks = {check["name"]: check["result"] for check in state.get("checks") or ()}
        return {
            "stage": state["stage"],
            "outcome": state["outcome"],
            "flags": state["flags"],
            "open": sorted(offer["name"] for offer in state["open_acts"]),
            "clocks": _clocks(state, see),
            "documents": kinds[-len(see.documents) :],
            "versions": _versions(state, see),
            "timeline": entries[-len(see.timeline) :],
            "lacking": [lack["id"] for lack in state.get("lacking") or ()],
            "checks": {name: checks.get(name) for name in see.checks},
            "visits": state.get("visits"),
            "unchecked": state.get("unchecked"),
            "money": {key: money.get(key) for key in see.money},
            "licence": {key: licence.get(key) for key in see.licence},
            "valid_to": date.fromisoformat(valid_to) if valid_to else None,
            "history": [turn["what"] for turn in state.get("history") or ()][-len(see.history) :],
            "party": state["party"]["name"],
            "bars": await self._bars(case) if see.bars is not None else None,
        }

    async def _bars(self, case: Case) -> dict[str, date | None]:
        mine = sa.select(BarRow.ground, BarRow.until).where(BarRow.matter == case.id)
        return {row.ground: row.until for row in await self.office.rows(mine)}


async def bring(office: Office, username: str, digest: str) -> None:
    """A file of evidence, brought by this person."""
    now = datetime.now(UTC)
    row = {
        "digest": digest,
        "sm3": "-",
        "size": 1,
        "media_type": "image/jpeg",
        "name": "a.jpg",
        "kept_at": now,
    }
    async with office.counter.engine.begin() as connection:
        await connection.execute(insert(EvidenceFile).values(row).on_conflict_do_nothing())
        brought = {"digest": digest, "username": username, "at": now}
        await connection.execute(insert(EvidenceBringer).values(brought).on_conflict_do_nothing())


def _plain(value: Any) -> Any:
    """Dates as JSON writes them."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _clocks(state: Values, see: See) -> Values:
    known = {clock["name"]: clock for clock in state["clocks"]}
    seen: Values = {}
    for name, said in see.clocks.items():
        clock = known.get(name)
        if isinstance(said, date):
            seen[name] = date.fromisoformat(clock["due_on"]) if clock and clock["due_on"] else None
        else:
            seen[name] = clock["status"] if clock else None
    return seen


def _versions(state: Values, see: See) -> Values:
    documents = state["documents"]
    return {k: [d["status"] for d in documents if d["kind"] == k] for k in see.versions}
