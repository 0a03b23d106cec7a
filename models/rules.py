"""The rules one case runs under, taken from the catalogue on filing and kept with the case: later changes of the catalogue do not
reach back, and replay reads no YAML. Amounts in yuan.
"""

from datetime import date

from pydantic import BaseModel

from models.basis import Basis
from models.catalogue import Catalogue
from models.cause import FineFormula, FineRange, Precondition
from models.party import PartyKind
from models.penalty import Penalty, Tier
from models.penalty_settings import DiscretionTier


class Rules(BaseModel):
    """Cause and thresholds as they apply to this case and this kind of party."""

    cause: str
    title: str
    title_en: str
    law: str
    article: str
    duty: str | None = None
    range: FineRange | None = None
    formula: FineFormula | None = None
    precondition: Precondition = Precondition.NONE
    corrective_order: bool = True
    summary_limit: int
    cash_limit: int
    hearing_threshold: int
    legal_review_amount: int
    collective_amount: int
    tiers: tuple[DiscretionTier, ...]
    review_body: str
    court: str
    tells: str | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, cause_id: str, day: date, kind: PartyKind) -> "Rules":
        """The rules of this cause for an act on `day`. Raises LookupError when the cause is unknown or was not in force."""
        cause, settings = catalogue.cause(cause_id), catalogue.penalty
        row = cause.on(day)
        if row is None:
            raise LookupError(f"{cause_id} was not in force on {day}")
        organ = catalogue.offices.organ
        return cls(
            cause=cause.id,
            title=cause.name,
            title_en=cause.name_en,
            law=row.law,
            article=row.article,
            duty=row.duty_article,
            range=row.range_for(kind, settings.sole_trader_counts_as.value),
            formula=row.fine_formula,
            precondition=row.precondition,
            corrective_order=row.corrective_order,
            summary_limit=settings.summary_limit(kind),
            cash_limit=settings.on_the_spot_collection_limit.value,
            hearing_threshold=settings.hearing_threshold(kind),
            legal_review_amount=settings.legal_review_amount.value,
            collective_amount=settings.collective_discussion_amount.value,
            tiers=settings.tiers.value,
            review_body=organ.review_body,
            court=organ.court,
            tells=cause.tells,
        )

    @property
    def basis(self) -> tuple[Basis, ...]:
        return (Basis(law=self.law, article=self.article),)

    def range_of(self, penalty: Penalty) -> FineRange | None:
        """The statutory range for this penalty; for a formula cause, on its base amount."""
        if self.formula is not None:
            base = penalty.base_amount
            return self.formula.range(base) if base is not None else None
        return self.range

    def tier_range(self, tier: Tier, whole: FineRange) -> FineRange | None:
        """The part of the range that a tier covers; None where a mitigated fine has no room."""
        return next(known for known in self.tiers if known.tier is tier).range_in(whole)

    def hearing_must_be_offered(self, penalty: Penalty) -> bool:
        """Larger fines and gains, goods, and every heavier kind (行政处罚法 63); what goods are worth is not on the file, so always."""
        larger = max(penalty.fine, penalty.confiscation) >= self.hearing_threshold
        return larger or bool(penalty.goods) or any(kind.heard for kind in penalty.others)

    def legal_review_by_amount(self, penalty: Penalty) -> bool:
        """Always above the bureau's amount, whatever else article 58 asks."""
        return penalty.fine + penalty.confiscation >= self.legal_review_amount

    def collective_by_amount(self, penalty: Penalty) -> bool:
        """A case of this size counts as serious (行政处罚法 57(2))."""
        return penalty.fine + penalty.confiscation >= self.collective_amount
