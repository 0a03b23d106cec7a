"""Amounts and switches of penalty procedure, fixed by the law or left by it to the bureau."""

from decimal import ROUND_FLOOR, Decimal
from typing import Generic, Literal, TypeVar

from pydantic import Field, model_validator

from models.catalogue_file import Bases, Row, Text, refuse
from models.cause import CountsAs, FineRange, counts_as
from models.party import PartyKind
from models.penalty import Tier

T = TypeVar("T")


class Setting(Row, Generic[T]):
    """A value, who set it and on what basis; what the bureau sets carries a note."""

    value: T
    basis: Bases
    set_by: Literal["law", "bureau"]
    verified: bool
    note: Text | None = None

    @model_validator(mode="after")
    def _explained(self) -> "Setting[T]":
        if self.set_by == "bureau" and not self.note:
            refuse([("what the bureau sets needs a note", ("set_by",))])
        return self


class DiscretionTier(Row):
    """A step of the discretion benchmark (裁量基准, 行政处罚法 34).

    ``low`` and ``high`` are shares of the way from the least to the highest fine; a mitigated fine
    has neither, for it lies below the least.
    """

    tier: Tier
    term: Text
    term_en: Text
    low: Decimal | None = Field(default=None, ge=0, le=1)
    high: Decimal | None = Field(default=None, ge=0, le=1)

    def range_in(self, whole: FineRange) -> FineRange | None:
        """The part of ``whole`` this tier covers; None where nothing lies below the least fine."""
        if self.low is None or self.high is None:
            return FineRange(min=0, max=whole.floor - 1) if whole.floor else None
        return FineRange(min=self._at(self.low, whole), max=self._at(self.high, whole))

    @staticmethod
    def _at(share: Decimal, whole: FineRange) -> int:
        amount = whole.floor + (whole.max - whole.floor) * share
        return int(amount.to_integral_value(ROUND_FLOOR))


class PenaltySettings(Row):
    """``settings/penalty.yaml``; amounts in yuan."""

    hearing_threshold_person: Setting[int]
    hearing_threshold_organisation: Setting[int]
    legal_review_amount: Setting[int]
    collective_discussion_amount: Setting[int]
    sole_trader_counts_as: Setting[CountsAs]
    summary_limit_person: Setting[int]
    summary_limit_organisation: Setting[int]
    on_the_spot_collection_limit: Setting[int]
    limitation_years: Setting[int]
    limitation_years_grave: Setting[int]
    tiers: Setting[tuple[DiscretionTier, ...]]

    @model_validator(mode="after")
    def _tiers_cover_the_range(self) -> "PenaltySettings":
        inside = [tier for tier in self.tiers.value if tier.low is not None]
        edges = [Decimal(0), *(tier.high for tier in inside)]
        starts = [tier.low for tier in inside]
        if any(tier.high is None for tier in inside) or starts != edges[:-1] or edges[-1] != 1:
            refuse([("tiers do not go from 0 to 1 in order and without a gap", ("tiers", "value"))])
        if sorted(tier.tier for tier in self.tiers.value) != sorted(Tier):
            refuse([("tiers do not name every tier once", ("tiers", "value"))])
        return self

    def hearing_threshold(self, party_kind: PartyKind | str) -> int:
        """From this fine on, a hearing is offered (行政处罚法 63)."""
        person = self.counts_as(party_kind) == "person"
        return (
            self.hearing_threshold_person if person else self.hearing_threshold_organisation
        ).value

    def summary_limit(self, party_kind: PartyKind | str) -> int:
        """The largest fine that may be decided on the spot (行政处罚法 51)."""
        person = self.counts_as(party_kind) == "person"
        return (self.summary_limit_person if person else self.summary_limit_organisation).value

    def counts_as(self, party_kind: PartyKind | str) -> CountsAs:
        """Person or unit, a sole trader by the bureau's switch."""
        return counts_as(party_kind, self.sole_trader_counts_as.value)

    def tier(self, tier: Tier | str) -> DiscretionTier:
        """One tier of the benchmark."""
        return next(known for known in self.tiers.value if known.tier == Tier(tier))
