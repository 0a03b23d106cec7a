"""One change of a matter: everything one act caused, written to the register in one transaction, and the answers that come back.

The procedure asks (which due date? which number?) in the change itself; the register answers from calendar and counters, puts the
answers where they belong and links the entries to the chain. The procedure repeats both from the answers, so register and history
vouch for each other.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from models.act import Moment
from models.bar import Bar
from models.basis import Basis
from models.clock import Clock, Due
from models.person import Actor, Role
from models.timeline import Entry, chain

# Of a workflow task: after a crash another worker has it as soon.
TASK_TIMEOUT = timedelta(seconds=3)


class Request(BaseModel):
    """A paper handed in: the act's name, its fields, who, when, and what the counter looked up; `seen` is the version its writer saw,
    where he minds.
    """

    act: str
    paper: dict[str, Any]
    moment: Moment
    seen: int | None = None


class ClockAsk(BaseModel):
    """Reckon this clock; write its last day into the entry `seq` that moved it."""

    clock: Clock
    seq: int


class Facts(BaseModel):
    """What a document may speak of: the file as it was when the document was issued, the act that caused it, who handed that in, and
    whatever else was given.
    """

    file: dict[str, Any]
    act: dict[str, Any] = {}
    by: dict[str, Any] = {}
    data: dict[str, Any] = {}


class DocumentAsk(BaseModel):
    """Issue the document `paper` (kind#copy): give it the next number of its word, and write that into the entry `seq`. `replaces`: it
    says what that document says, but for what is given.
    """

    paper: str
    kind: str
    term: str
    seq: int
    issued_at: datetime
    facts: Facts
    names_matter: bool = False
    replaces: str | None = None


class Overtaken(BaseModel):
    """A document that stands no more: void, or replaced by another. Both versions stay on file."""

    id: str
    status: Literal["void", "replaced"]
    reason: str
    replaced_by: str | None = None


class Todo(BaseModel):
    """An act that waits for somebody; due when its clock is."""

    act: str
    term: str
    roles: tuple[Role, ...]
    basis: tuple[Basis, ...]
    clock: str | None = None


class Out(BaseModel):
    """Something another system must get; `id` makes sending twice harmless."""

    id: str
    kind: str
    payload: dict[str, Any]


class Reviewed(BaseModel):
    """What a person said of a capture; its row in the queue says so too."""

    id: str
    verdict: str
    reason: str | None
    by: str
    at: datetime


class Change(BaseModel):
    """What the register writes at once. `base` is the last entry the procedure knows to be written, `head` its hash; `turn` counts the
    writes of a run.
    """

    matter: str
    base: int
    version: int
    turn: int
    entries: list[Entry]
    head: str
    state: dict[str, Any]
    clocks: list[ClockAsk] = []
    stopped: list[Clock] = []
    documents: list[DocumentAsk] = []
    overtaken: list[Overtaken] = []
    todos: list[Todo] = []
    outgoing: list[Out] = []
    unit: str | None = None
    party_digest: str | None = None
    party: dict[str, Any] | None = None
    file: dict[str, Any] | None = None
    cited: list[str] = []
    claims_released: list[str] = []
    claims_taken: list[str] = []
    bars: list[Bar] = []
    reviewed: list[Reviewed] = []
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None


class Answers(BaseModel):
    """What the register answers: due dates by clock, numbers by paper (None: it bears none), and the new head of the chain."""

    dues: dict[str, Due] = {}
    numbers: dict[str, str | None] = {}
    head: str = ""


def answered(change: Change, answers: Answers) -> list[Entry]:
    """The entries with the answers written in, linked to the chain. The same on both sides."""
    data: dict[int, dict[str, Any]] = {entry.seq: dict(entry.data) for entry in change.entries}
    for document in change.documents:
        if number := answers.numbers[document.paper]:
            data[document.seq]["number"] = number
    for ask in (
        one for one in change.clocks if one.seq in data
    ):  # else its entry was written before
        due = answers.dues[ask.clock.name]
        clocks = data[ask.seq].setdefault("clocks", {})
        clocks[ask.clock.name] = due.due_on.isoformat() if due.due_on else None
    entries = [entry.model_copy(update={"data": data[entry.seq]}) for entry in change.entries]
    return chain(entries, change.head)


class Start(BaseModel):
    """Where a run starts in the chain: at the beginning, or where an earlier run left off. ``ahead`` is the time of the case less the
    time of the server: zero but in a ``rehearsal``, whose calendar is turned by hand.
    """

    seq: int = 0
    head: str = ""
    clocks: dict[str, Clock] = {}
    filer: Actor | None = None
    ahead: timedelta = timedelta(0)
    rehearsal: bool = False
    missed: dict[str, str] = {}
