"""Dog rules (养犬规则): what one city asks of whoever keeps a dog, as data, from one day on.

Law: 动物防疫法 30 (vaccinate, then register); the rest is each city's own rule, whose title is ``name``. A figure that nobody has read in
the rule itself is ``verified: false`` and says where it was seen; what is not known at all is null.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from models.basis import Basis
from models.breeds import Breeds, Key, read_breeds
from models.catalogue_file import CatalogueFile, Location, Problem, Row, Text, refuse, repeated
from models.cause import in_order
from models.offices import Street
from models.period import add_months

BREEDS_FILE = "breeds.yaml"
Rest = Literal["rest"]


class Sourced(Row):
    """Base of every fact: the articles it stands in, or where it was seen. Verified: read in the rule itself."""

    basis: tuple[Basis, ...] = ()
    source: Text | None = None
    verified: bool
    note: Text | None = None

    @model_validator(mode="after")
    def _owned_up_to(self) -> Self:
        rules = {
            ("verified", "what is verified cites its article"): not self.verified or self.basis,
            ("note", "what is not verified needs a note"): self.verified or self.note,
            ("basis", "a basis needs a law and an article"): all(
                basis.law.strip() and basis.article.strip() for basis in self.basis
            ),
        }
        refuse((rule, (key,)) for (key, rule), holds in rules.items() if not holds)
        return self


class Figure(Sourced):
    """One number; its unit stands in the name of the key that holds it."""

    value: int = Field(ge=0)


class Limit(Sourced):
    """How many dogs; ``none`` where the rule sets no limit (a null limit is one that nobody knows)."""

    value: int | Literal["none"]


class Registrar(Sourced):
    """Who registers, and to whom it may be entrusted."""

    name: Text
    name_en: Text
    may_entrust: Text | None = None


class Fee(Sourced):
    """What a licence costs in yuan, in the first year and in each later one. A local rule alone cannot set a fee (行政许可法 58)."""

    first_year: Decimal = Field(ge=0)
    later: Decimal = Field(ge=0)


class UnitRule(Sourced):
    """Units as keepers: free to, only for a stated need, or never; and how many dogs each."""

    may: Literal["keep", "need", "never"]
    limit: int | None = Field(default=None, ge=1)

    def as_limit(self) -> Limit:
        """The limit for each unit, in the shape of the others."""
        facts = self.model_dump(include={"basis", "source", "verified", "note"})
        return Limit(value=self.limit or "none", **facts)


class Zone(Sourced):
    """One zone: its streets, or the rest of the city. ``registers``: dogs are registered here at all. ``farm_house_counts_as``: the zone by
    which a house of one's own on farm land inside this one is judged.
    """

    id: str = Key
    name: Text
    name_en: Text
    streets: tuple[Street, ...] | Rest
    registers: bool = True
    limit_per_household: Limit | None = None
    limit_per_home: Limit | None = None
    units: UnitRule | None = None
    fee: Fee | None = None
    farm_house_counts_as: str | None = None

    def lists(self, street: str) -> bool:
        """Whether the zone lists the street, named or by its division code."""
        return self.streets != "rest" and any(
            street.strip() in (listed.code, listed.name) for listed in self.streets
        )


class ListedBreed(Row):
    """One entry of a published list, in its own word: the breeds it means, and those it may or may not mean."""

    name: Text
    breeds: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


class BreedList(Sourced):
    """Breeds nobody may keep in these zones (``never``), or the only ones anybody may (``only``). Entries are null where the list exists
    and is not at hand: then ``kinds`` says what it is about. ``crosses``: of two listed breeds, or of any
    listed blood. ``persons_only``: units are free of it.
    """

    id: str = Key
    name: Text
    name_en: Text
    kind: Literal["never", "only"]
    zones: tuple[str, ...] = Field(min_length=1)
    entries: tuple[ListedBreed, ...] | None
    kinds: tuple[Literal["large", "fierce"], ...] = ()
    crosses: Literal["between_listed", "any_blood"] | None = None
    persons_only: bool = False

    @property
    def breeds(self) -> frozenset[str]:
        """Ids of the breeds that the list surely means."""
        return frozenset(breed for entry in self.entries or () for breed in entry.breeds)

    @property
    def unclear(self) -> frozenset[str]:
        """Ids of the breeds that one of its words may or may not mean."""
        return frozenset(breed for entry in self.entries or () for breed in entry.unclear)


class ServiceDogs(Sourced):
    """What a disabled person's service dog is spared; the disability card and the proof of training are shown."""

    limits: bool
    large: bool
    fierce: bool


class Residence(Sourced):
    """Local household registration, or a residence permit or registration."""

    zh: Text
    en: Text


class Home(Sourced):
    """A fixed home, proved by title or lease; ``alone``: in the sole occupation of one household (独户居住)."""

    alone: bool


class Term(Sourced):
    """How long a licence holds: so many months, or until the immunity ends."""

    until: Literal["immunity_ends", "months"]
    months: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.until == "months") != (self.months is not None):
            refuse([("exactly a term in months has months", ("months",))])
        return self


class Renewal(Sourced):
    """Apply so many days before the licence ends, 0 for any time before; ``cancelled``: one that is not renewed is."""

    days_before: int = Field(ge=0)
    cancelled: bool = False


class Immunity(Sourced):
    """The duty to vaccinate: from which age in months, within how many days of it, how many days before expiry again."""

    age_months: int = Field(ge=0)
    grace_days: int | None = Field(default=None, ge=0)
    again_days_before: int | None = Field(default=None, ge=0)


class Chip(Sourced):
    """When the chip is implanted: with the first dose, so before the application, or at registration."""

    at: Literal["first_dose", "registration"]


class Bar(Sourced):
    """Why someone may not register for ``years``, null for life; ``revokes``: the licence is taken too."""

    ground: str = Key
    name: Text
    name_en: Text
    years: int | None = Field(ge=1)
    revokes: bool = False

    def until(self, since: date) -> date | None:
        """The last day of a bar that began on ``since``; None for life."""
        return None if self.years is None else add_months(since, 12 * self.years)


class Penalties(Sourced):
    """So many penalties within so many months bar for ``bar_years``; ``count`` itself suffices, 以上 includes it (民法典 1259)."""

    count: int = Field(ge=1)
    within_months: int = Field(ge=1)
    bar_years: int = Field(ge=1)


class DogRuleSet(Row):
    """One city's rule from ``valid_from`` to ``valid_to`` inclusive; a null ``valid_from`` was not found: in force whenever asked."""

    city: str = Key
    city_name: Text
    name: Text
    name_en: Text
    edition: Text | None
    valid_from: date | None
    valid_to: date | None = None
    registrar: Registrar
    zones: tuple[Zone, ...] = Field(min_length=1)
    breed_lists: tuple[BreedList, ...] = ()
    capacity: Sourced | None = None
    residence: Residence | None = None
    home: Home | None = None
    service_dogs: ServiceDogs | None = None
    immunity: Immunity | None = None
    appointed_clinics: Sourced | None = None
    chip: Chip | None = None
    apply_within_days: Figure | None = None
    decision_working_days: Figure | None = None
    refused_disposal_days: Figure | None = None
    term: Term | None = None
    renewal: Renewal | None = None
    annual_check_month: Figure | None = None
    annual_checks_missed: Figure | None = None
    change_days: Figure | None = None
    lost_tag_days: Figure | None = None
    heir_days: Figure | None = None
    bars: tuple[Bar, ...] = ()
    penalties: Penalties | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        zones = [zone.id for zone in self.zones]
        refuse(
            [
                *repeated("zone", zones, "zones", "id"),
                *repeated("breed list", [one.id for one in self.breed_lists], "breed_lists", "id"),
                *repeated("bar", [bar.ground for bar in self.bars], "bars", "ground"),
                *_streets(self.zones),
                *_references(self, set(zones)),
            ]
        )
        return self

    def in_force(self, day: date) -> bool:
        """Whether the rule applies on that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    def bar(self, ground: str) -> Bar | None:
        """The bar of that ground, by its id or its name."""
        return next((bar for bar in self.bars if ground in (bar.ground, bar.name)), None)


def zone_of(rules: DogRuleSet, street: str, farm_house: bool) -> Zone:  # noqa: FBT001 – a fact, not a switch
    """The zone of a home: that which lists its street, else the rest. LookupError when the street is in no zone: a slip of the pen must not
    lead into the lighter one.
    """
    listing = (zone for zone in rules.zones if zone.lists(street))
    rest = (zone for zone in rules.zones if zone.streets == "rest")
    zone = next(listing, None) or next(rest, None)
    if zone is None:
        raise LookupError(f"no zone for street {street}")
    if farm_house and zone.farm_house_counts_as is not None:
        return next(one for one in rules.zones if one.id == zone.farm_house_counts_as)
    return zone


def rules_on(sets: Iterable[DogRuleSet], city: str, day: date) -> DogRuleSet | None:
    """The rule of a city in force on that day."""
    return next((one for one in sets if one.city == city and one.in_force(day)), None)


class _Read(NamedTuple):
    """A rule set and where it stands."""

    rules: DogRuleSet
    file: CatalogueFile


def read_rule_sets(
    folder: Path, root: Path, problems: list[Problem], breeds: Breeds | None = None
) -> tuple[DogRuleSet, ...]:
    """The rule sets in ``folder``, one a file named for its city (``hangzhou.yaml``, ``hangzhou_2027.yaml``), problems named from ``root``.
    Each breed they name is in ``breeds``, or else in the ``breeds.yaml`` beside them, which is then read and its problems noted too.
    """
    read = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == BREEDS_FILE:
            continue
        file = CatalogueFile.read(path, root, problems)
        rules = file.parse(DogRuleSet, file.data)
        if rules is None:
            continue
        if path.stem != rules.city and not path.stem.startswith(f"{rules.city}_"):
            file.report(f"{path.name} holds the city {rules.city}", ("city",))
        read.append(_Read(rules, file))
    if breeds is None and read:
        breeds = read_breeds(folder / BREEDS_FILE, root, problems)
    for rules, file in read:
        # Without breeds nothing is said of them: that they are missing is a problem already.
        for rule, at in _unknown_breeds(rules, breeds) if breeds is not None else ():
            file.report(rule, at)
    return tuple(one.rules for one in _in_order(read))


def _unknown_breeds(rules: DogRuleSet, breeds: Breeds) -> Iterator[tuple[str, Location]]:
    for n, one in enumerate(rules.breed_lists):
        for m, entry in enumerate(one.entries or ()):
            for breed in (*entry.breeds, *entry.unclear):
                if breeds.get(breed) is None:
                    yield f"unknown breed {breed}", ("breed_lists", n, "entries", m)


def _in_order(read: list[_Read]) -> list[_Read]:
    """By city and day; sets of one city that overlap are a problem of the later one."""
    read = sorted(read, key=lambda one: (one.rules.city, one.rules.valid_from or date.min))
    for city in dict.fromkeys(one.rules.city for one in read):
        dated = [one for one in read if one.rules.city == city]
        spans = [(one.rules.valid_from, one.rules.valid_to) for one in dated]
        for rule, (_, n) in in_order(spans):
            dated[int(n)].file.report(rule, ("valid_from",), f"city {city}")
    return read


def _streets(zones: Sequence[Zone]) -> Iterator[tuple[str, Location]]:
    """At most one zone is the rest, and no street lies in two."""
    seen: set[str] = set()
    for n, zone in enumerate(zones):
        words = {"rest"} if zone.streets == "rest" else {street.code for street in zone.streets}
        for word in sorted(words & seen):
            yield f"{word} in two zones", ("zones", n, "streets")
        seen |= words


def _references(rules: DogRuleSet, zones: set[str]) -> Iterator[tuple[str, Location]]:
    if rules.valid_from and rules.valid_to and rules.valid_to < rules.valid_from:
        yield "valid_to is before valid_from", ("valid_to",)
    for n, zone in enumerate(rules.zones):
        if zone.farm_house_counts_as is not None and zone.farm_house_counts_as not in zones:
            yield f"unknown zone {zone.farm_house_counts_as}", ("zones", n, "farm_house_counts_as")
    for n, one in enumerate(rules.breed_lists):
        for known in sorted(set(one.zones) - zones):
            yield f"unknown zone {known}", ("breed_lists", n, "zones")
        if one.entries is None and one.kind == "never" and not one.kinds:
            yield "a list without entries says which kinds it is about", ("breed_lists", n, "kinds")
