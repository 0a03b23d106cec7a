"""The catalogue (清单库): causes, items, periods, documents, offices, settings, collection regimes and the calendar.

Read once at start from YAML folders. A later folder lays over the earlier ones: a cause, regime,
calendar year or all rows of a period replace what had the same id, the rest is added. Anything
broken is a CatalogueError that names every problem by file, line and rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.assignment import AssignmentRules
from models.breeds import Breeds
from models.calendar import Calendar
from models.catalogue_reader import CatalogueReader
from models.cause import Cause, CauseRow, Charge, CountsAs
from models.collection_regime import CollectionRegime
from models.document import DocumentKind
from models.dog_rules import DogRuleSet, rules_on
from models.incident_class import IncidentClass
from models.incident_settings import IncidentSettings
from models.item import Item
from models.non_contact_settings import NonContactSettings
from models.offices import Offices
from models.party import PartyKind
from models.penalty_settings import PenaltySettings
from models.period import Period
from models.water import WaterRules


@dataclass(frozen=True)
class Catalogue:
    """Everything the office looks up."""

    causes: Mapping[str, Cause]
    periods: Mapping[str, tuple[Period, ...]]
    regimes: Mapping[str, CollectionRegime]
    documents: Mapping[str, DocumentKind]
    items: Mapping[str, Item]
    incidents: Mapping[str, IncidentClass]
    dogs: tuple[DogRuleSet, ...]
    breeds: Breeds
    offices: Offices
    penalty: PenaltySettings
    non_contact: NonContactSettings
    incident: IncidentSettings
    assignment: AssignmentRules
    water: WaterRules
    calendar: Calendar

    @classmethod
    def load(cls, *folders: Path) -> "Catalogue":
        """Read the folders in order; raises CatalogueError with all problems of all of them."""
        reader = CatalogueReader()
        for folder in folders:
            reader.read(folder)
        offices, penalty, non_contact, incident = reader.checked()
        return cls(
            causes={id_: entry.value for id_, entry in reader.causes.items()},
            periods={id_: entry.value for id_, entry in reader.periods.items()},
            regimes={id_: entry.value for id_, entry in reader.regimes.items()},
            documents={id_: entry.value for id_, entry in reader.documents.items()},
            items={code: entry.value for code, entry in reader.items.items()},
            incidents=reader.incidents,
            dogs=reader.dogs,
            breeds=reader.breeds or Breeds(),
            offices=offices,
            penalty=penalty,
            non_contact=non_contact,
            incident=incident,
            assignment=reader.assignment or AssignmentRules(),
            water=reader.water or WaterRules(),
            calendar=Calendar(reader.years.values()),
        )

    def cause(self, cause_id: str) -> Cause:
        """The cause of that id; LookupError when there is none."""
        if cause_id not in self.causes:
            raise LookupError(f"no cause {cause_id}")
        return self.causes[cause_id]

    def period(self, period_id: str, on: date) -> Period:
        """The period in force on that day; LookupError when there is none."""
        for period in self.periods.get(period_id, ()):
            if period.in_force(on):
                return period
        raise LookupError(f"no period {period_id} in force on {on}")

    def regime(self, regime_id: str = "penalty_law") -> CollectionRegime:
        """The collection regime of that id; LookupError when there is none."""
        if regime_id not in self.regimes:
            raise LookupError(f"no collection regime {regime_id}")
        return self.regimes[regime_id]

    def document(self, kind: str) -> DocumentKind:
        """The kind of document of that id; LookupError when there is none."""
        if kind not in self.documents:
            raise LookupError(f"no document {kind}")
        return self.documents[kind]

    def item(self, code: str) -> Item:
        """The item of that code; LookupError when there is none."""
        if code not in self.items:
            raise LookupError(f"no item {code}")
        return self.items[code]

    def dog_rules(self, city: str, on: date) -> DogRuleSet | None:
        """The dog rule of a city in force on that day."""
        return rules_on(self.dogs, city, on)

    def causes_that_tell(self, scope: str) -> tuple[str, ...]:
        """Ids of the causes whose penalties count against licences of that scope."""
        return tuple(known for known, cause in self.causes.items() if cause.tells == scope)

    def search_causes(self, q: str = "", on: date | None = None) -> tuple[Cause, ...]:
        """Causes in which every word of ``q`` is found, and only those in force ``on`` that day."""
        words = q.split()
        return tuple(
            cause
            for cause in self.causes.values()
            if all(map(cause.matches, words)) and (on is None or cause.on(on))
        )

    def successor_rows(self, cause: Cause, day: date) -> tuple[Charge, ...]:
        """The rows in force on ``day`` of the causes that carry this one on."""
        causes = (self.causes[successor] for successor in cause.successors)
        found = ((cause.on(day), cause) for cause in causes)
        return tuple(Charge(row, cause) for row, cause in found if row is not None)

    def lighter(
        self,
        cause_id: str,
        act_day: date,
        decision_day: date,
        party_kind: PartyKind | str,
        sole_trader_as: CountsAs | None = None,
    ) -> Charge | None:
        """The charge to decide on when the law changed after the act, or None when it did not.

        The old row stands unless a new one is lighter: lower maximum, then lower minimum
        (行政处罚法 37, 生态环境法典 1057). Without a successor in the catalogue the answer is None:
        whether the act is still an offence is for a person to say.
        """
        cause = self.cause(cause_id)
        old = cause.on(act_day)
        if old is None or cause.on(decision_day) == old:
            return None
        now = cause.on(decision_day)
        later = (Charge(now, cause),) if now else self.successor_rows(cause, decision_day)
        if not later:
            return None
        trader = sole_trader_as or self.penalty.sole_trader_counts_as.value
        before = Charge(old, cause)
        return min((before, *later), key=lambda c: _weight(c.row, party_kind, trader))

    def may_be_summary(self, row: CauseRow, party_kind: PartyKind | str) -> bool:
        """Whether the least fine fits the on-the-spot limit (行政处罚法 51)."""
        fine = row.range_for(party_kind, self.penalty.sole_trader_counts_as.value)
        return fine is not None and fine.floor <= self.penalty.summary_limit(party_kind)


NOT_COMPARABLE = (float("inf"), float("inf"))


def _weight(row: CauseRow, party_kind: PartyKind | str, trader: CountsAs) -> tuple[float, float]:
    """Heaviness: no fine at all weighs nothing, a fine of unknown size is never lighter."""
    if row.fine is None:
        return (0, 0) if row.fine_formula is None else NOT_COMPARABLE
    fine = row.range_for(party_kind, trader)
    return (fine.max, fine.floor) if fine else NOT_COMPARABLE
