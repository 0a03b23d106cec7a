"""Changes of matters, as procedures save them."""

from datetime import timedelta
from typing import Any

from activities.register import Register
from models.timeline import Entry
from tests.activities.changes import AT, a_change, a_state, an_entry


async def saved(register: Register, matter: str, seq: int = 1, **changed: Any) -> Entry:
    """The register takes one entry more; `name`, `entry` (act or step), state facts and columns as told."""
    entry = an_entry(matter, seq).model_copy(
        update={
            "at": AT + timedelta(minutes=seq),
            "name": changed.pop("name", "record_inspection"),
            "kind": changed.pop("entry", "act"),
            "term": changed.pop("term", "现场检查"),
            "data": {"text": f"{matter} 王小明 {seq}"},
        }
    )
    columns = {key: changed.pop(key) for key in ("unit", "party_digest") if key in changed}
    at = changed.pop("updated_at", AT)
    state = a_state(matter, seq) | {"title": "占道经营（王小明）"} | changed
    silent: dict[str, Any] = {"documents": [], "clocks": [], "todos": [], "outgoing": []}
    change = a_change(matter, seq, entries=[entry], state=state, updated_at=at, **silent, **columns)
    answers = await register.save(change)
    return entry.model_copy(update={"hash": answers.head})
