"""Reads catalogue folders, lays one over the other and checks what one file says of another."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from models.assignment import AssignmentRules
from models.breeds import Breeds, read_breeds
from models.calendar import CalendarYear, read_years
from models.catalogue_file import CatalogueError, CatalogueFile, Location, Problem, Row
from models.cause import Cause, in_order
from models.collection_regime import CollectionRegime
from models.document import DocumentKind
from models.dog_rules import BREEDS_FILE, DogRuleSet, read_rule_sets
from models.incident_class import IncidentClass, IncidentClasses
from models.incident_settings import IncidentSettings
from models.item import Item
from models.item_lint import findings
from models.non_contact_settings import NonContactSettings
from models.offices import Offices
from models.penalty_settings import PenaltySettings
from models.period import Period
from models.water import WaterRules

T = TypeVar("T")
R = TypeVar("R", bound=Row)
KINDS: dict[type[Row], str] = {
    Cause: "cause",
    CollectionRegime: "regime",
    DocumentKind: "document",
    Item: "item",
}


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A value and where it stands."""

    value: T
    file: CatalogueFile
    at: Location = ()


@dataclass
class CatalogueReader:
    """What has been read so far, and every problem met."""

    problems: list[Problem] = field(default_factory=list)
    causes: dict[str, Entry[Cause]] = field(default_factory=dict)
    periods: dict[str, Entry[tuple[Period, ...]]] = field(default_factory=dict)
    regimes: dict[str, Entry[CollectionRegime]] = field(default_factory=dict)
    documents: dict[str, Entry[DocumentKind]] = field(default_factory=dict)
    items: dict[str, Entry[Item]] = field(default_factory=dict)
    incidents: dict[str, IncidentClass] = field(default_factory=dict)
    dogs: tuple[DogRuleSet, ...] = ()
    breeds: Breeds | None = None
    years: dict[int, CalendarYear] = field(default_factory=dict)
    offices: Offices | None = None
    penalty: PenaltySettings | None = None
    non_contact: NonContactSettings | None = None
    incident: IncidentSettings | None = None
    assignment: AssignmentRules | None = None
    water: WaterRules | None = None
    files: dict[str, CatalogueFile] = field(default_factory=dict)
    named: set[tuple[str, str]] = field(default_factory=set)

    def read(self, folder: Path) -> None:
        """Lay one folder over what has been read; files it does not have change nothing."""
        if not folder.is_dir():
            self.problems.append(Problem(folder.name, 1, "folder is missing"))
        self._read_causes(folder)
        self._read_periods(folder)
        self._read_regimes(folder)
        self._read_documents(folder)
        self._read_items(folder)
        self._read_dogs(folder)
        self._read_incidents(folder)
        self.offices = self._single(Offices, folder, "offices.yaml") or self.offices
        self.penalty = (
            self._single(PenaltySettings, folder, "settings/penalty.yaml") or self.penalty
        )
        self.non_contact = (
            self._single(NonContactSettings, folder, "settings/non_contact.yaml")
            or self.non_contact
        )
        self.incident = (
            self._single(IncidentSettings, folder, "settings/incidents.yaml") or self.incident
        )
        self.assignment = (
            self._single(AssignmentRules, folder, "assignment.yaml") or self.assignment
        )
        self.water = self._single(WaterRules, folder, "water.yaml") or self.water
        years = read_years(folder / "calendar", folder, self.problems)
        self.years |= {year.year: year for year in years}

    def checked(self) -> tuple[Offices, PenaltySettings, NonContactSettings, IncidentSettings]:
        """The single files, once every rule holds; else raises CatalogueError."""
        self._check_references()
        for name, found in (
            ("offices.yaml", self.offices),
            ("settings/penalty.yaml", self.penalty),
            ("settings/non_contact.yaml", self.non_contact),
            ("settings/incidents.yaml", self.incident),
        ):
            if found is None and not any(name in problem.file for problem in self.problems):
                self.problems.append(Problem(name, 1, "file is missing"))
        if (
            self.problems
            or self.offices is None
            or self.penalty is None
            or self.non_contact is None
            or self.incident is None
        ):
            raise CatalogueError(self.problems)
        return self.offices, self.penalty, self.non_contact, self.incident

    def _read_causes(self, folder: Path) -> None:
        read: dict[str, Entry[Cause]] = {}
        for path in sorted((folder / "causes").glob("*.yaml")):
            file = CatalogueFile.read(path, folder, self.problems)
            file.refuse_unknown_keys("group", "group_en", "tells", "causes")
            for n, entry in enumerate(file.entries("causes")):
                shared = {
                    key: file.data[key]
                    for key in ("group", "group_en", "tells")
                    if key in file.data
                }
                self._keep(read, Cause, {**shared, **entry}, file, ("causes", n))
        self.causes |= read

    def _read_regimes(self, folder: Path) -> None:
        read: dict[str, Entry[CollectionRegime]] = {}
        for path in sorted((folder / "collection").glob("*.yaml")):
            file = CatalogueFile.read(path, folder, self.problems)
            if isinstance(file.data, dict):
                self._keep(read, CollectionRegime, file.data, file)
            else:
                file.report("not a mapping")
        self.regimes |= read

    def _read_documents(self, folder: Path) -> None:
        read: dict[str, Entry[DocumentKind]] = {}
        for path in sorted((folder / "documents").glob("*.yaml")):
            file = CatalogueFile.read(path, folder, self.problems)
            file.refuse_unknown_keys("documents")
            for n, entry in enumerate(file.entries("documents")):
                self._keep(read, DocumentKind, entry, file, ("documents", n))
        self.documents |= read

    def _read_items(self, folder: Path) -> None:
        read: dict[str, Entry[Item]] = {}
        for path in sorted((folder / "items").glob("*.yaml")):
            file = CatalogueFile.read(path, folder, self.problems)
            file.refuse_unknown_keys("items")
            for n, entry in enumerate(file.entries("items")):
                self._keep(read, Item, entry, file, ("items", n), key="code")
        self.items |= read

    def _read_dogs(self, folder: Path) -> None:
        """Rule sets of cities, and the breeds they speak of; a folder that has any replaces what was there."""
        place = folder / "dogs"
        if not place.is_dir():
            return
        self.breeds = read_breeds(place / BREEDS_FILE, folder, self.problems) or self.breeds
        self.dogs = read_rule_sets(place, folder, self.problems, self.breeds) or self.dogs

    def _read_incidents(self, folder: Path) -> None:
        """Classes of events and components; a folder that has any replaces those of the same code."""
        for path in sorted((folder / "incidents").glob("*.yaml")):
            file = CatalogueFile.read(path, folder, self.problems)
            table = file.parse(IncidentClasses, file.data)
            for one in table.classes if table else ():
                self.incidents[one.code] = one

    def _read_periods(self, folder: Path) -> None:
        """Rows of one id make up one period; an overlay replaces all of them."""
        path = folder / "periods.yaml"
        if not path.exists():
            return
        file = CatalogueFile.read(path, folder, self.problems)
        file.refuse_unknown_keys("periods")
        rows: dict[str, list[tuple[Period, Location]]] = {}
        for n, entry in enumerate(file.entries("periods")):
            self.named.add(("period", str(entry.get("id"))))
            period = file.parse(Period, entry, ("periods", n), f"period {entry.get('id')}")
            if period is not None:
                rows.setdefault(period.id, []).append((period, ("periods", n)))
        for period_id, dated in rows.items():
            spans = [(period.valid_from, period.valid_to) for period, _ in dated]
            for rule, (_, index) in in_order(spans):
                file.report(rule, dated[int(index)][1], f"period {period_id}")
            periods = tuple(period for period, _ in dated)
            self.periods[period_id] = Entry(periods, file, dated[0][1])

    def _keep(  # noqa: PLR0913, PLR0917 -- an entry, and where it stands
        self,
        read: dict[str, Entry[R]],
        model: type[R],
        data: dict[str, Any],
        file: CatalogueFile,
        at: Location = (),
        key: str = "id",
    ) -> None:
        """Parse one entry; the same id twice in one folder is a problem."""
        what, entry_id = KINDS[model], str(data.get(key))
        if entry_id in read:
            file.report(f"{what} {key} twice", (*at, key), f"{what} {entry_id}")
        self.named.add((what, entry_id))
        value = file.parse(model, data, at, f"{what} {entry_id}")
        if value is not None:
            read[entry_id] = Entry(value, file, at)

    def _single(self, model: type[R], folder: Path, name: str) -> R | None:
        path = folder / name
        if not path.exists():
            return None
        file = self.files[name] = CatalogueFile.read(path, folder, self.problems)
        return file.parse(model, file.data)

    def _check_references(self) -> None:
        """Successors, regimes and periods that are named exist; what failed to parse counts."""
        for cause in self.causes.values():
            where = f"cause {cause.value.id}"
            for n, successor in enumerate(cause.value.successors):
                at = (*cause.at, "successors", n)
                self._must_exist("cause", successor, cause.file, at, where)
            self._must_exist("regime", cause.value.regime, cause.file, (*cause.at, "regime"), where)
        for regime in self.regimes.values():
            for key, period in regime.value.period_ids().items():
                at = (*regime.at, *key.split("."))
                self._must_exist("period", period, regime.file, at, f"regime {regime.value.id}")
        self._check_number_words()
        self._check_items()
        self._check_assignment()

    def _check_items(self) -> None:
        periods = {known: entry.value for known, entry in self.periods.items()}
        documents = {known: entry.value for known, entry in self.documents.items()}
        for entry in self.items.values():
            for rule, at in findings(entry.value, periods, documents):
                entry.file.report(rule, (*entry.at, *at), f"item {entry.value.code}")

    def _check_assignment(self) -> None:
        """Units and streets that the tables name are those of the offices."""
        if not self.offices:
            return
        units = {unit.id for unit in self.offices.units}
        codes = {street.code for street in self.offices.streets}
        streets = {street.name for street in self.offices.streets}
        rules, water = self.assignment or AssignmentRules(), self.water or WaterRules()
        for n, grid in enumerate(rules.grids):
            self._must_be_one("assignment.yaml", ("grids", n, "unit"), grid.unit, units)
            self._must_be_one("assignment.yaml", ("grids", n, "street"), grid.street, codes)
        for n, duty in enumerate(rules.duty):
            self._must_be_one("assignment.yaml", ("duty", n, "unit"), duty.unit, units)
        for n, section in enumerate(water.sections):
            self._must_be_one("water.yaml", ("sections", n, "street"), section.street, streets)

    def _must_be_one(self, name: str, at: Location, named: str, known: set[str]) -> None:
        if named not in known:
            self.files[name].report(f"{at[-1]} {named} does not exist", at)

    def _check_number_words(self) -> None:
        known = {word.id for word in self.offices.number_words} if self.offices else set()
        for entry in self.documents.values():
            kind = entry.value
            if self.offices and kind.word is not None and kind.word not in known:
                rule = f"number word {kind.word} does not exist"
                entry.file.report(rule, (*entry.at, "word"), f"document {kind.id}")

    def _must_exist(
        self, kind: str, named: str, file: CatalogueFile, at: Location, where: str
    ) -> None:
        if (kind, named) not in self.named:
            file.report(f"{kind} {named} does not exist", at, where)
