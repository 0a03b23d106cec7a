"""Every paper of every procedure; importing this package registers them all in `models.act.ACTS`."""

from models.acts import (
    challenge,
    collection,
    documents,
    electronic,
    enforcement,
    exhibits,
    general_penalty,
    hearing,
    inquiry,
    measures,
    service,
    standing,
)

__all__ = [
    "challenge",
    "collection",
    "documents",
    "electronic",
    "enforcement",
    "exhibits",
    "general_penalty",
    "hearing",
    "inquiry",
    "measures",
    "service",
    "standing",
]
