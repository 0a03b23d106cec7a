"""The automatic checks of a dog registration (养犬登记核验): pure, over the city's rule, what is filed and what the registers say.

Law: 动物防疫法 30; the city's own rule (``models.dog_rules``). Each check tells the applicant what was looked at, with its figures, and
what to do. A rule that nobody has confirmed says so.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from models.basis import CIVIL_CODE, Basis, Statute
from models.breeds import Breed, Breeds, Match
from models.check import Check, Result, all_passed
from models.dog_rules import BreedList, DogRuleSet, Limit, ServiceDogs, Sourced, Zone, zone_of
from models.dog_sentences import SENTENCES
from models.period import add_months
from models.text import Line
from models.when import LAST

EPIDEMICS = Statute("动物防疫法", "Animal Epidemic Prevention Law (2021)")
CHIP_DIGITS = 15  # ISO 11784 as read and printed: country or maker, then the animal
OF_AGE, EARNING = 18, 16  # 民法典 17, 18
SOON_DAYS = 30  # an immunity that ends so soon is spoken of
WORST_LAST: tuple[Result, ...] = ("passed", "warn", "ask", "unknown", "failed")
Written = Annotated[date, Field(ge=date(1900, 1, 1), le=LAST)]  # holders are older than the state


class _Paper(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DogFiling(_Paper):
    """What the applicant files. ``immunity_from`` is the day of the certificate; ``local``: he says he is registered in the city."""

    breed: Line
    sex: Literal["male", "female"]
    born_on: Written
    chip: str | None = None
    immunity_no: str
    immunity_from: Written
    immunity_until: Written
    street: str
    home: str
    farm_house: bool = False
    service_dog: bool = False
    holder_kind: Literal["person", "organisation"] = "person"
    holder_born_on: Written | None = None
    local: bool | None = None


class KnownImmunity(_Paper):
    """The certificate as the register of vaccinations has it."""

    no: str
    valid_from: date
    valid_to: date
    chip: str | None = None
    clinic_appointed: bool


class KnownResident(_Paper):
    """The holder as the register of residents (or companies) has him; ``local``: registered, or permitted to reside, in the city."""

    name_matches: bool
    local: bool


class KnownHome(_Paper):
    """The home as the register of property has it."""

    owner_matches: bool


class KnownBar(_Paper):
    """A bar on the holder, by its ground; ``until`` is its last day, None for life."""

    ground: str
    until: date | None


class DogKnown(_Paper):
    """What the registers and our own say. Dogs are those registered now, without this one (a unit's: all of its own); ``chip_registered``:
    to another dog. None where a register is silent or away.
    """

    household_dogs: int = Field(ge=0)
    home_dogs: int = Field(ge=0)
    chip_registered: bool = False
    immunity: KnownImmunity | None = None
    resident: KnownResident | None = None
    home: KnownHome | None = None
    bars: tuple[KnownBar, ...] = ()
    penalties_last_year: int = Field(default=0, ge=0)


class _Case(NamedTuple):
    rules: DogRuleSet
    breeds: Breeds
    filing: DogFiling
    known: DogKnown
    today: date
    zone: Zone | None

    @property
    def unit(self) -> bool:
        return self.filing.holder_kind == "organisation"

    @property
    def spares(self) -> ServiceDogs | None:
        """What the rule spares this dog, if it is a person's service dog."""
        return self.rules.service_dogs if self.filing.service_dog and not self.unit else None


def check_dog(
    rules: DogRuleSet, breeds: Breeds, filing: DogFiling, known: DogKnown, today: date
) -> tuple[Check, ...]:
    """Every check, in the order in which an office would ask; none is left out."""
    case = _Case(rules, breeds, filing, known, today, _zone_of(rules, filing))
    return tuple(check(case) for check in CHECKS)


def passed(checks: Sequence[Check]) -> bool:
    """Whether none failed, asks or does not know."""
    return all_passed(checks)


def valid_to(rules: DogRuleSet, filing: DogFiling, today: date) -> date | None:
    """The last day of a licence granted today; None where the rule set names no term, or the immunity has ended."""
    if rules.term is None or filing.immunity_until < today:
        return None
    if rules.term.months is not None:
        return add_months(today, rules.term.months)
    return filing.immunity_until


def fee(rules: DogRuleSet, zone: Zone, first_year: bool) -> Decimal | None:  # noqa: FBT001 – a fact, not a switch
    """What the licence costs in yuan; None where the rule sets no fee, or nobody has confirmed that it may (行政许可法 58). LookupError
    for a zone of another rule.
    """
    if zone not in rules.zones:
        raise LookupError(f"{rules.name} has no such zone {zone.id}")
    if zone.fee is None or not zone.fee.verified:
        return None
    return zone.fee.first_year if first_year else zone.fee.later


# ── the holder ──────────────────────────────────────────────────────────────────────────────────


def _identity(case: _Case) -> Check:
    resident = case.known.resident
    if resident is None:
        return _say("identity.away")
    return _say("identity.agrees" if resident.name_matches else "identity.differs")


def _capacity(case: _Case) -> Check:
    if case.unit:
        return _unit(case)
    born = case.filing.holder_born_on
    if born is None:
        said = "capacity.unknown"
    elif add_months(born, 12 * OF_AGE) <= case.today:
        said = "capacity.of_age"
    elif add_months(born, 12 * EARNING) <= case.today:
        said = "capacity.earning"
    else:
        said = "capacity.minor"
    law = CIVIL_CODE(17, 18)
    return _say(said, case.rules.capacity, law=law, of_age=OF_AGE, earning=EARNING)


def _unit(case: _Case) -> Check:
    rule = case.zone.units if case.zone else None
    if rule is None:
        return _say("capacity.unit_unknown")
    said = {"keep": "unit", "need": "unit_need", "never": "unit_never"}[rule.may]
    return _say(f"capacity.{said}", rule, zone=case.zone)


def _residence(case: _Case) -> Check:
    rule, resident = case.rules.residence, case.known.resident
    if rule is None or case.unit:
        return _say("residence.not_asked")
    if resident is None:
        said = "away"
    elif not resident.local:
        said = "none"
    else:
        said = "contradicts" if case.filing.local is False else "held"
    return _say(f"residence.{said}", rule, right=rule.zh, right_en=rule.en)


def _home(case: _Case) -> Check:
    rule, home = case.rules.home, case.known.home
    alone = rule is not None and rule.alone and not case.unit
    if home is not None and home.owner_matches:
        return _say("home.own_alone" if alone else "home.own", rule)
    zh, en = ("并独户居住", " in which your household lives alone") if alone else ("", "")
    return _say("home.away" if home is None else "home.lease", rule, alone=zh, alone_en=en)


# ── the place, the breed, the number of dogs ────────────────────────────────────────────────────


def _zone(case: _Case) -> Check:
    zone, street = case.zone, case.filing.street
    if zone is None:
        return _say("zone.which", *case.rules.zones, street=street)
    if not zone.registers:
        said = "zone.free"
    elif zone != _zone_of(case.rules, case.filing.model_copy(update={"farm_house": False})):
        said = "zone.farm_house"
    else:
        said = "zone.found"
    return _say(said, zone, zone=zone, street=street)


def _breed(case: _Case) -> Check:
    """The gravest verdict of the lists of the zone."""
    match, zone = case.breeds.match(case.filing.breed), case.zone
    if match.breed is None:
        return _which_breed(case, match)
    if zone is None:
        return _say("breed.no_zone")
    here = [one for one in case.rules.breed_lists if zone.id in one.zones]
    lists = [one for one in here if not (case.unit and one.persons_only)]
    verdicts = [_verdict(case, one, zone, match.breed, cross=match.cross) for one in lists]
    verdicts = verdicts or [_say("breed.unrestricted", zone, zone=zone)]
    return max(verdicts, key=lambda check: WORST_LAST.index(check.result))


def _which_breed(case: _Case, match: Match) -> Check:
    return _say(
        "breed.which" if match.candidates else "breed.none",
        *case.rules.breed_lists,
        text=case.filing.breed,
        dogs="、".join(breed.name for breed in match.candidates),
        dogs_en=", ".join(breed.name_en for breed in match.candidates),
    )


def _verdict(case: _Case, listed: BreedList, zone: Zone, breed: Breed, *, cross: bool) -> Check:
    """One list on one dog."""
    said = _listed(listed, breed, cross=cross)
    if said in ("banned", "not_permitted", "judge") and _spared(case.spares, listed, breed):
        said = "service"
    mixed, mixed_en = ("混种", " cross") if cross and not breed.parents else ("", "")
    return _say(
        f"breed.{said}",
        listed,
        case.spares if said == "service" else None,
        zone=zone,
        dog=breed.name + mixed,
        dog_en=breed.name_en + mixed_en,
        list=listed.name,
        list_en=listed.name_en,
    )


def _listed(listed: BreedList, breed: Breed, *, cross: bool) -> str:
    """What a list says. A cross is judged by its blood; what the list leaves open, by a person."""
    if listed.entries is None:
        return "judge" if any(getattr(breed, kind) for kind in listed.kinds) else "not_entered"
    sure, perhaps = breed.blood & listed.breeds, breed.blood & listed.unclear
    if listed.kind == "only":
        if sure == breed.blood and not cross:
            return "allowed"
        return "judge" if sure or perhaps else "not_permitted"
    if not sure and not perhaps:
        return "allowed"
    banned = sure if not cross or listed.crosses == "any_blood" else len(sure) > 1
    return "banned" if banned else "judge"


def _spared(spares: ServiceDogs | None, listed: BreedList, breed: Breed) -> bool:
    """Whether a service dog is spared whatever this list holds against its breed."""
    against = [kind for kind in listed.kinds if getattr(breed, kind)] or listed.kinds
    return spares is not None and bool(against) and all(getattr(spares, kind) for kind in against)


def _household_limit(case: _Case) -> Check:
    zone, dogs = case.zone, case.known.household_dogs
    if not case.unit:
        limit = zone.limit_per_household if zone else None
        return _limit(case, "household_limit", limit, dogs, ("每一户籍", "household"))
    limit = zone.units.as_limit() if zone and zone.units else None
    return _limit(case, "household_limit", limit, dogs, ("每个单位", "unit"))


def _home_limit(case: _Case) -> Check:
    if case.unit:
        return _say("limit.units", name="home_limit")
    limit = case.zone.limit_per_home if case.zone else None
    return _limit(case, "home_limit", limit, case.known.home_dogs, ("每一固定住所", "home"))


def _limit(case: _Case, name: str, limit: Limit | None, dogs: int, each: tuple[str, str]) -> Check:
    said = "within"
    if case.zone is None:
        said = "no_zone"
    elif limit is None:
        said = "not_entered"
    elif limit.value == "none":
        said = "none"
    elif dogs >= limit.value:
        said = "service" if case.spares and case.spares.limits else "reached"
    return _say(
        f"limit.{said}",
        limit,
        case.spares if said == "service" else None,
        name=name,
        zone=case.zone,
        each=each[0],
        each_en=each[1],
        limit=limit.value if limit else None,
        dogs=dogs,
    )


# ── the dog's chip and immunity ─────────────────────────────────────────────────────────────────


def _chip(case: _Case) -> Check:
    rule, chip = case.rules.chip, case.filing.chip
    if chip:
        well_formed = chip.isascii() and chip.isdigit() and len(chip) == CHIP_DIGITS
        free = "taken" if case.known.chip_registered else "good"
        said = free if well_formed else "digits"
    elif rule is None:
        said = "not_asked"
    else:
        said = "later" if rule.at == "registration" else "missing"
    return _say(f"chip.{said}", rule, chip=chip, digits=CHIP_DIGITS)


def _immunity(case: _Case) -> Check:
    """The certificate against the register: its number, its dog, its clinic, its dates."""
    filing, held, clinics = case.filing, case.known.immunity, case.rules.appointed_clinics
    no, facts = filing.immunity_no, (case.rules.immunity, clinics)
    if held is None:
        said = "away"
    elif held.no != no:
        said = "other"
    elif filing.chip and held.chip and held.chip != filing.chip:
        said = "other_dog"
    elif clinics is not None and not held.clinic_appointed:
        said = "clinic"
    else:
        return _immunity_dates(case, held)
    return _say(f"immunity.{said}", *facts, law=EPIDEMICS(30), no=no)


def _immunity_dates(case: _Case, held: KnownImmunity) -> Check:
    filing, rule = case.filing, case.rules.immunity
    months = rule.age_months if rule else 0
    if filing.immunity_from < filing.born_on:
        said, since = "unborn", filing.immunity_from
    elif (held.valid_from, held.valid_to) != (filing.immunity_from, filing.immunity_until):
        said, since = "dates", held.valid_from
    else:
        young = filing.immunity_from < add_months(filing.born_on, months)
        said, since = ("young" if young else "agrees"), filing.immunity_from
    return _say(
        f"immunity.{said}",
        rule,
        case.rules.appointed_clinics,
        law=EPIDEMICS(30),
        no=filing.immunity_no,
        since=since,
        until=held.valid_to,
        born=filing.born_on,
        months=months,
    )


def _immunity_term(case: _Case) -> Check:
    since, until, term = case.filing.immunity_from, case.filing.immunity_until, case.rules.term
    left = (until - case.today).days
    if left < 0:
        said = "ended"
    elif since > case.today:
        said = "not_begun"
    elif left >= SOON_DAYS:
        said = "long"
    else:
        said = "licence_too" if term and term.until == "immunity_ends" else "soon"
    law = EPIDEMICS(30)
    return _say(f"immunity_term.{said}", term, law=law, since=since, until=until, left=left)


def _application_window(case: _Case) -> Check:
    """Lateness is a matter for a fine, not a ground to refuse."""
    rule, since = case.rules.apply_within_days, case.filing.immunity_from
    if rule is None:
        return _say("application_window.none")
    late = (case.today - since).days - rule.value
    said = "late" if late > 0 else "within"
    return _say(f"application_window.{said}", rule, since=since, days=rule.value, late=late)


# ── what stands against the holder ──────────────────────────────────────────────────────────────


def _bars(case: _Case) -> Check:
    running = [bar for bar in case.known.bars if bar.until is None or bar.until >= case.today]
    if not running:
        return _say("bars.none", *case.rules.bars)
    # The longest: when the others are over, this one is not.
    bar = max(running, key=lambda one: one.until or date.max)
    rule = case.rules.bar(bar.ground)
    ground, ground_en = (rule.name, rule.name_en) if rule else (bar.ground, bar.ground)
    said = "bars.until" if bar.until else "bars.for_life"
    return _say(said, rule, ground=ground, ground_en=ground_en, until=bar.until)


def _penalties(case: _Case) -> Check:
    rule, count = case.rules.penalties, case.known.penalties_last_year
    if rule is None:
        return _say("penalties.no_rule", count=count)
    return _say(
        "penalties.reached" if count >= rule.count else "penalties.below",
        rule,
        count=count,
        enough=rule.count,
        months=rule.within_months,
        years=rule.bar_years,
    )


CHECKS: tuple[Callable[[_Case], Check], ...] = (
    _identity,
    _capacity,
    _residence,
    _home,
    _zone,
    _breed,
    _household_limit,
    _home_limit,
    _chip,
    _immunity,
    _immunity_term,
    _application_window,
    _bars,
    _penalties,
)


def _zone_of(rules: DogRuleSet, filing: DogFiling) -> Zone | None:
    try:
        return zone_of(rules, filing.street, filing.farm_house)
    except LookupError:
        return None


def _say(
    sentence: str,
    *facts: Sourced | None,
    name: str | None = None,
    zone: Zone | None = None,
    law: tuple[Basis, ...] = (),
    **figures: Any,
) -> Check:
    """A check in the words of the table. It cites what its facts cite, each once, and owns up to those nobody has confirmed."""
    result, zh, en = SENTENCES[sentence]
    rest_on = [fact for fact in facts if fact is not None]
    if not all(fact.verified for fact in rest_on):
        zh, en = (
            f"{zh}（所依据的规定尚待核实）",
            f"{en} (The rule behind this is not confirmed yet.)",
        )
    if zone is not None:
        figures |= {"zone": zone.name, "zone_en": zone.name_en}
    days = {key: value for key, value in figures.items() if isinstance(value, date)}
    figures |= {key: f"{day.year}年{day.month}月{day.day}日" for key, day in days.items()}
    figures |= {f"{key}_en": day.isoformat() for key, day in days.items()}
    basis = dict.fromkeys([*(one for fact in rest_on for one in fact.basis), *law])
    return Check(
        name=name or sentence.partition(".")[0],
        result=result,
        zh=zh.format(**figures),
        en=en.format(**figures),
        basis=tuple(basis),
    )
