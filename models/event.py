"""A change of a matter as others are told of it: CloudEvents 1.0, and of the content only that it is there.

No names of people and nothing out of a paper: whoever needs more and may have it, asks with his own rights.
"""

from typing import Any

from models.act import ACTS

CONTENT_TYPE = "application/cloudevents+json"
_FACTS = ("matter", "kind", "seq", "entry", "name", "term", "stage", "number", "street", "unit")


def event(change: Any, source: str) -> dict[str, Any]:
    """The event of a row of `changes`. The same row always gives the same event."""
    facts = {fact: getattr(change, fact) for fact in _FACTS} | {"hash": change.hash}
    if change.replaces:
        facts["replaces"] = change.replaces
    return _told(change, source, f"{change.entry}.{change.name}", facts)


def bare_event(change: Any, source: str) -> dict[str, Any]:
    """For those who may see a matter but not follow it: that it changed, and where it stands."""
    facts = {fact: getattr(change, fact) for fact in ("matter", "kind", "stage", "number")}
    return _told(change, source, "changed", facts)


def inner_names() -> list[str]:
    """Acts whose papers are the office's own: nobody outside is told of them."""
    return [act.name for act in ACTS.values() if act.internal]


def _told(change: Any, source: str, what: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": change.hash,
        "source": source,
        "type": f"cn.anjuan.{change.kind}.{what}",
        "subject": change.matter,
        "time": change.at.isoformat(),
        "datacontenttype": "application/json",
        "data": facts,
    }
