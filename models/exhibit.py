"""Exhibits (物证): things with a tag, and the chain of custody (保管链): every hand-over signed by giver and receiver."""

from datetime import datetime

from pydantic import BaseModel


class Custody(BaseModel):
    """Who holds it since when, and where; `giver` gave it, or it was taken from the party."""

    holder: str
    giver: str
    place: str
    since: datetime


class Offer(BaseModel):
    """A hand-over that the giver signed and the receiver has not yet."""

    giver: str
    receiver: str
    place: str
    reason: str
    at: datetime


class Exhibit(BaseModel):
    """One thing, or a lot of one kind; until an offer is accepted its giver still holds it."""

    tag: str
    what: str
    quantity: str
    taken_from: str
    photo: str | None = None
    custody: list[Custody] = []
    offer: Offer | None = None
    disposal: str | None = None
    disposed_at: datetime | None = None

    @property
    def holder(self) -> str:
        """Whoever signed for it last."""
        return self.custody[-1].holder
