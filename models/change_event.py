"""A change of a matter as others are told of it: CloudEvents 1.0, and of the content only that it is there.

No names of people and nothing out of a paper: whoever needs more and may have it, asks with his own rights.
"""

from typing import Any

from models.act import ACTS

CONTENT_TYPE = "application/cloudevents+json"
_BARE = ("matter", "kind", "seq", "stage", "number")
_FACTS = (*_BARE, "entry", "name", "term", "street", "unit")


def outer_event(change: Any, source: str) -> dict[str, Any]:
    """What partners are told of a published row of `changes`. The same row always gives the same event."""
    return bare_event(change, source) if change.inner_act else event(change, source)


def event(change: Any, source: str) -> dict[str, Any]:
    """For those who may follow the matter."""
    return _told(change, source, f"{change.entry}.{change.name}", _FACTS)


def bare_event(change: Any, source: str) -> dict[str, Any]:
    """For those who may see a matter but not what is done in it: that it changed, and where it stands."""
    return _told(change, source, "changed", _BARE)


def inner_names() -> list[str]:
    """Acts whose papers are the office's own: nobody outside is told their names."""
    return [act.name for act in ACTS.values() if act.internal]


def _told(change: Any, source: str, what: str, names: tuple[str, ...]) -> dict[str, Any]:
    facts = {name: getattr(change, name) for name in names} | {"hash": change.hash}
    return {
        "specversion": "1.0",
        "id": change.hash,
        "source": source,
        "type": f"cn.anjuan.{change.kind}.{what}",
        "subject": change.matter,
        "time": change.at.isoformat(),
        "datacontenttype": "application/json",
        "data": facts | ({"replaces": change.replaces} if change.replaces else {}),
    }
