"""Changes as a procedure asks for them, for tests of the register."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.change import Change, ClockAsk, DocumentAsk, Facts, Out, Todo
from models.clock import Clock
from models.person import Role
from models.timeline import GENESIS, By, Entry

PLAIN = Path(__file__).parent / "plain"
KEY = bytes(range(32))
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
SYSTEM = By(username="system", name="系统", role=Role.SYSTEM)


def a_document(matter: str, version: int, kind: str, copy: int = 1, **asked: Any) -> DocumentAsk:
    """Says its own number of version."""
    file: dict[str, Any] = {"number": None, "documents": []}
    facts = Facts(file=file, data={"text": f"{matter} {version}"})
    ask: dict[str, Any] = {
        "kind": kind,
        "term": "文书",
        "seq": version,
        "issued_at": AT,
        "facts": facts,
    }
    return DocumentAsk(**{"paper": f"{kind}#{copy}"} | ask | asked)


def a_change(matter: str, version: int = 1, kind: str = "plain", **changed: Any) -> Change:
    """One entry, one numbered document, one clock, one to-do, one message out."""
    clock = Clock(name="docket", period="docket", started_at=AT)
    change: dict[str, Any] = {
        "matter": matter,
        "version": version,
        "base": version - 1,
        "turn": version,
        "entries": [an_entry(matter, version)],
        "head": GENESIS,
        "state": a_state(matter, version),
        "clocks": [ClockAsk(clock=clock, seq=version)],
        "documents": [a_document(matter, version, kind, copy=version)],
        "todos": [Todo(act="decide_docketing", term="立案审批", roles=(), basis=())],
        "outgoing": [Out(id=f"{matter}/bill/{version}", kind="bill", payload={})],
        "party": {"name": "王小明"},
        "opened_at": AT,
        "updated_at": AT,
    }
    return Change(**(change | changed))


def an_entry(matter: str, seq: int) -> Entry:
    return Entry(
        matter=matter, seq=seq, at=AT, kind="step", name="issue_lead", term="登记", actor=SYSTEM
    )


def a_state(matter: str, version: int) -> dict[str, Any]:
    return {
        "id": matter,
        "kind": "case",
        "procedure": "general_penalty",
        "number": None,
        "stage": "lead",
        "outcome": None,
        "title": "占道经营",
        "clocks": [{"name": "docket", "status": "running", "due_at": None}],
        "open_acts": [],
        "documents": [],
        "version": version,
    }
