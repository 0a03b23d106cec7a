"""One builder a concept, with sensible defaults; and a desk that only counts what it is asked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from api.counter import Counter
from models.application import Application
from models.identifiers import id_digest
from models.lead import Lead
from models.person import Actor
from models.report import Report

KEY = bytes(range(32))
PASSWORD = "anjuan-demo"
WANG, CHEN = "330102198502140005", "33011319901123000X"
WANG_DIGEST = id_digest(WANG, KEY)
OPENED = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def a_state(matter_id: str = "m1", version: int = 3, **changed: Any) -> dict[str, Any]:
    """A state as a procedure shows it."""
    state = {
        "id": matter_id,
        "number": None,
        "kind": "case",
        "procedure": "general",
        "stage": "inquiry",
        "title": "占道经营",
        "party": {"kind": "person", "name": "王小明", "id_no": "3301************05"},
        "money": None,
        "open_acts": [{"name": "decide_docketing", "due": None}],
        "standing_acts": [],
        "version": version,
        "updated_at": OPENED.isoformat(),
    }
    return state | changed


def a_matter(matter_id: str = "m1", **changed: Any) -> dict[str, Any]:
    """A row of `matters`: a case of the Kaixuan team against Wang."""
    row = {
        "id": matter_id,
        "kind": "case",
        "procedure": "general",
        "number": None,
        "stage": "inquiry",
        "title": "占道经营",
        "cause": "SR-01",
        "unit": "kaixuan",
        "street": "330102011",
        "officers": ["officer.zhang", "officer.li"],
        "party_digest": WANG_DIGEST,
        "state": a_state(matter_id),
        "version": 3,
        "turn": 1,
        "head": "0" * 64,
        "opened_at": OPENED,
        "updated_at": OPENED,
    }
    return row | changed


def an_entry(seq: int = 1, **changed: Any) -> dict[str, Any]:
    """A row of `timeline`, a day after the one before."""
    row = {
        "matter": "m1",
        "seq": seq,
        "at": OPENED + timedelta(days=seq),
        "kind": "act",
        "name": "record_inspection",
        "term": "现场检查",
        "actor": {"username": "officer.zhang", "name": "张强", "role": "officer"},
        "basis": [{"law": "行政处罚法", "article": "54"}],
        "data": {"text": f"第 {seq} 条"},
        "prev": "0" * 64,
        "hash": f"{seq:064}",
    }
    return row | changed


def a_todo(act: str = "decide_docketing", **changed: Any) -> dict[str, Any]:
    """A row of `todos`: the unit head decides on docketing."""
    row = {
        "matter": "m1",
        "act": act,
        "term": "立案审批",
        "roles": ["unit_head"],
        "unit": "kaixuan",
        "officers": ["officer.zhang", "officer.li"],
        "party_digest": WANG_DIGEST,
        "title": "占道经营",
        "basis": [{"law": "行政处罚法", "article": "54"}],
        "due_at": OPENED,
        "opened_at": OPENED,
    }
    return row | changed


def a_clock(**changed: Any) -> dict[str, Any]:
    """A row of `clocks` with a ledger of one day."""
    row = {
        "matter": "m1",
        "name": "decide",
        "clock": {"name": "decide", "period": "decide", "term": "办案期限"},
        "ledger": [{"date": "2026-11-03", "counted": True}],
        "due_at": OPENED + timedelta(days=90),
        "status": "running",
        "provisional": False,
    }
    return row | changed


def a_lead(**changed: Any) -> dict[str, Any]:
    """A lead an officer may file."""
    lead = {
        "procedure": "general",
        "cause": "SR-01",
        "occurred_at": "2026-11-02T09:00:00+08:00",
        "source": "patrol",
        "place": {"street": "330102011", "address": "凯旋路 100 号"},
        "party": {
            "kind": "person",
            "name": "王小明",
            "id_no": WANG,
            "address": "杭州市上城区河坊街 100 号",
        },
        "facts": "在人行道上设摊",
        "officers": ["officer.zhang", "officer.li"],
    }
    return lead | changed


@dataclass
class CountingDesk:  # its arguments are those of `api.counter.Desk`
    """Answers with the next version; `refusal` is raised instead when set."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    refusal: Exception | None = None

    async def file_case(
        self,
        counter: Counter,
        lead: Lead,
        actor: Actor,
        matter_id: str,
    ) -> dict[str, Any]:
        return self._answer("file_case", matter_id, a_state(matter_id, 1))

    async def apply(
        self,
        counter: Counter,
        paper: Application,
        actor: Actor,
        matter_id: str,
    ) -> dict[str, Any]:
        return self._answer("apply", matter_id, a_state(matter_id, 1))

    async def report(
        self,
        counter: Counter,
        paper: Report,
        actor: Actor,
        matter_id: str,
    ) -> dict[str, Any]:
        return self._answer("report", matter_id, a_state(matter_id, 1))

    async def perform(  # noqa: PLR0913, PLR0917
        self,
        counter: Counter,
        matter: sa.Row[Any],
        act_name: str,
        paper: dict[str, Any],
        actor: Actor,
        update_id: str,
        now: datetime | None = None,
        seen: int | None = None,
    ) -> dict[str, Any]:
        return self._answer(act_name, update_id, a_state(matter.id, matter.version + 1))

    def _answer(self, act: str, id_: str, state: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((act, id_))
        if self.refusal:
            raise self.refusal
        return state
