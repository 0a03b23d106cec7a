"""Every paper of every procedure; importing this package registers them all in `models.act.ACTS`."""

from models.acts import collection, general_penalty, hearing, inquiry, measures, service, standing

__all__ = [
    "collection",
    "general_penalty",
    "hearing",
    "inquiry",
    "measures",
    "service",
    "standing",
]
