"""What is looked up about a dog: the rule of its city, what registers and our own licences know, and what each check makes of it."""

import hashlib
import unicodedata
from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from api.counter import Counter
from models.act import LicensingFacts, Moment, invalid
from models.application import Application
from models.applying import Known
from models.bar import BarRule
from models.basis import LICENSING
from models.check import Check
from models.database import Matter
from models.dog_checks import (
    DogFiling,
    DogKnown,
    KnownBar,
    KnownHome,
    KnownImmunity,
    KnownResident,
    check_dog,
    fee,
    valid_to,
)
from models.dog_rules import DogRuleSet, Figure, Zone, zone_of
from models.lead import Place
from models.licence_file import DogKept
from models.period import add_months
from models.refusal import Code, Refused, gate, refuse
from models.secrets import key_of
from models.sharing import Register, SharedFact
from models.situation import Situation

DOGS = "dogs"


async def with_dog(  # noqa: PLR0913, PLR0917 -- what a dog is weighed by
    counter: Counter,
    paper: Application,
    found: Situation,
    known: Known,
    moment: Moment,
    matter_id: str,
) -> Known:
    """The dog, its checks, its fee, and what its licence will hold: chip and place in the home. Raises `Refused` where a check fails and
    the applicant does not insist.
    """
    contested = {contest.source.value for contest in paper.contested}  # his own paper prevails (7)
    whole = known.shared
    known = known.model_copy(
        update={
            "shared": {name: fact for name, fact in known.shared.items() if name not in contested}
        }
    )
    rules = _rules(counter, str(found.answers["city"]), moment.today)
    filing = _filing(paper, found)
    zone = _zone(rules, filing)
    counts = await _counted(counter, filing, _digests(counter, filing, known), matter_id)
    facts = await _known(counter, paper, filing, known, moment.today, counts)
    checks = check_dog(rules, counter.catalogue.breeds, filing, facts, moment.today)
    if not paper.insist:
        known_breed = counter.catalogue.breeds.match(filing.breed).breed is not None
        _refuse_failed(checks, breed_known=known_breed)
    sound = all(check.result != "failed" for check in checks)  # else a person decides
    price = fee(rules, zone, True)
    dog = _kept(counter, rules, zone, filing, found, known, moment.today)
    return known.model_copy(
        update={
            "shared": whole,
            "checks": checks,
            "dog": dog.model_dump(mode="json"),
            "fee": float(price) if price else None,
            "claims": _claims(counter, filing, rules, zone, facts) if sound else (),
        }
    )


def _rules(counter: Counter, city: str, today: date) -> DogRuleSet:
    rules = counter.catalogue.dog_rules(city, today)
    if rules is None:
        raise refuse(
            Code.INVALID,
            f"answers.city：{city} 没有现行养犬规则",
            f"answers.city: no rule in force in {city}",
            LICENSING(30),
            "answers.city",
        )
    return rules


def _zone(rules: DogRuleSet, filing: DogFiling) -> Zone:
    try:
        return zone_of(rules, filing.street, filing.farm_house)
    except LookupError:
        raise _no_zone(rules, filing.street, "place.street") from None


def _no_zone(rules: DogRuleSet, street: str, field: str) -> Refused:
    return refuse(
        Code.INVALID,
        f"{field}：{street} 不在{rules.city_name}任何限养区内，请核对街道",
        f"{field}: {street} lies in no zone of the city",
        rules.registrar.basis or LICENSING(30),
        field,
    )


def _filing(paper: Application, found: Situation) -> DogFiling:
    if paper.place is None:
        raise refuse(
            Code.INVALID,
            "place：养犬登记须填写饲养地",
            "place: where the dog lives is needed",
            LICENSING(31),
            "place",
        )
    try:
        return _read(paper, paper.place, found.answers)
    except ValidationError as wrong:
        raise invalid(wrong, LICENSING(31)) from None


def _read(paper: Application, place: Place, said: dict[str, Any]) -> DogFiling:
    return DogFiling(
        breed=said["breed"],
        sex=said["sex"],
        born_on=_day(said["born_on"]),
        chip=str(said["chip"]) if said.get("chip") else None,
        immunity_no=said["immunity_no"],
        immunity_from=_day(said["immunity_from"]),
        immunity_until=_day(said["immunity_until"]),
        street=place.street,
        home=place.address,
        farm_house=bool(said.get("farm_house")),
        service_dog=bool(said.get("service_dog")),
        holder_kind="person" if paper.applicant.kind == "person" else "organisation",
        holder_born_on=paper.applicant.born_on,
    )


def _day(said: Any) -> date:
    return date.fromisoformat(str(said))


async def _known(  # noqa: PLR0913, PLR0917 -- as above
    counter: Counter,
    paper: Application,
    filing: DogFiling,
    known: Known,
    today: date,
    counts: dict[str, int],
) -> DogKnown:
    return DogKnown(
        household_dogs=counts["household"],
        home_dogs=counts["home"],
        chip_registered=counts["chip"] > 0,
        immunity=_immunity(known.shared.get(Register.VACCINATION), filing),
        resident=_resident(paper, known),
        home=_home(known.shared.get(Register.PROPERTY), filing),
        bars=tuple(
            KnownBar(ground=bar.ground, until=bar.until) for bar in known.bars if bar.scope == DOGS
        ),
        penalties_last_year=await _penalties(counter, known.party_digest, today),
    )


async def _counted(
    counter: Counter, filing: DogFiling, digests: tuple[str, str], matter_id: str
) -> dict[str, int]:
    """Living licences of this home, of this household, of this chip; one statement. Its own licence does not count: an application that
    is sent again may have become one meanwhile.
    """
    dog, (home, household) = Matter.state["dog"], digests
    others = Matter.state["application"].as_string().is_distinct_from(matter_id)
    living = sa.and_(Matter.kind == "licence", Matter.closed_at.is_(None), others)

    def many(key: str, value: str | None) -> sa.Label[int]:
        mine = dog[key].as_string() == value
        return sa.func.count().filter(mine).label(key)

    either = sa.or_(
        dog["home_digest"].as_string() == home,
        dog["household"].as_string() == household,
        dog["chip"].as_string() == (filing.chip or ""),
    )
    query = sa.select(
        many("home_digest", home), many("household", household), many("chip", filing.chip or "")
    ).where(living, either)
    row = await counter.row(query)
    assert row is not None  # noqa: S101 -- counting always answers
    return {"home": row.home_digest, "household": row.household, "chip": row.chip}


async def _penalties(counter: Counter, digest: str, today: date) -> int:
    """Dog penalties of the applicant in the last year."""
    since = add_months(today, -12)
    query = sa.select(sa.func.count()).where(
        Matter.kind == "case",
        Matter.party_digest == digest,
        Matter.cause.in_(counter.catalogue.causes_that_tell(DOGS)),
        Matter.outcome == "penalise",
        Matter.opened_at >= since,
    )
    row = await counter.row(query)
    return int(row[0]) if row else 0


def _immunity(fact: SharedFact | None, filing: DogFiling) -> KnownImmunity | None:
    """None while the register is away; one that it does not hold is none of this number."""
    if fact is None or fact.away:
        return None
    data = fact.data if fact.found else {}
    return KnownImmunity(
        no=filing.immunity_no if fact.found else "",
        valid_from=_day(data.get("valid_from", filing.immunity_from)),
        valid_to=_day(data.get("valid_to", filing.immunity_until)),
        chip=data.get("chip"),
        clinic_appointed=bool(data.get("clinic_appointed")),
    )


def _resident(paper: Application, known: Known) -> KnownResident | None:
    person = paper.applicant.kind == "person"
    fact = known.shared.get(Register.RESIDENTS if person else Register.COMPANIES)
    if fact is None or fact.away:
        return None
    same = fact.found and fact.data.get("name") == paper.applicant.name
    return KnownResident(name_matches=same, local=bool(fact.data.get("local", not person)))


def _home(fact: SharedFact | None, filing: DogFiling) -> KnownHome | None:
    if fact is None or fact.away:
        return None
    addresses = fact.data.get("addresses", ())
    return KnownHome(owner_matches=f"{filing.street}{filing.home}" in addresses)


def _refuse_failed(checks: tuple[Check, ...], *, breed_known: bool) -> None:
    """A breed that could be several is asked, not guessed. Each failed check has its answer and its basis; whoever wants it in writing may
    insist.
    """
    breed = next(check for check in checks if check.name == "breed")
    if not breed_known and breed.result == "ask":
        raise refuse(
            Code.INVALID,
            f"answers.breed：{breed.zh}",
            f"answers.breed: {breed.en}",
            breed.basis or LICENSING(31),
            "answers.breed",
        )
    others = (check for check in checks if check.name != "bars")  # those are refused for every item
    failed = next((check for check in others if check.result == "failed"), None)
    if failed is not None:
        raise gate(
            f"{failed.zh}（坚持申请的，可请求书面决定）",
            f"{failed.en} (insist if a written decision is wanted)",
            failed.basis or LICENSING(38),
            failed.name,
        )


def _kept(  # noqa: PLR0913, PLR0917 -- what is kept of a dog
    counter: Counter,
    rules: DogRuleSet,
    zone: Zone,
    filing: DogFiling,
    found: Situation,
    known: Known,
    today: date,
) -> DogKept:
    home, household = _digests(counter, filing, known)
    match = counter.catalogue.breeds.match(filing.breed)
    penalties = rules.penalties
    bars = _bars(rules)
    return DogKept(
        city=rules.city,
        name=str(found.answers.get("dog_name") or "未取名"),
        breed=match.breed.id if match.breed else "unknown",
        breed_name=match.breed.name if match.breed else filing.breed,
        sex=filing.sex,
        born_on=filing.born_on,
        colour=found.answers.get("colour"),
        chip=filing.chip,
        immunity_no=filing.immunity_no,
        immunity_until=filing.immunity_until,
        zone=zone.id,
        street=filing.street,
        home=f"{filing.street}{filing.home}",
        household=household,
        home_digest=home,
        valid_to=valid_to(rules, filing, today) or filing.immunity_until,
        annual_check_month=_value(rules.annual_check_month),
        annual_checks_missed=_value(rules.annual_checks_missed),
        penalties_revoke=penalties.count if penalties else None,
        penalties_within_months=penalties.within_months if penalties else None,
        bars=bars,
        change_days=_value(rules.change_days),
        renew_before_days=rules.renewal.days_before if rules.renewal else None,
        basis=rules.registrar.basis or LICENSING(30),
    )


def _value(figure: Figure | None) -> int | None:
    return figure.value if figure else None


async def moved(
    counter: Counter, rules: DogRuleSet, state: dict[str, Any], home: Place
) -> LicensingFacts:
    """Where the dog would live: the zone of the new home, and a free place in it. Raises `Refused`."""
    try:
        zone = zone_of(rules, home.street, False)
    except LookupError:
        raise _no_zone(rules, home.street, "home.street") from None
    key = key_of(counter.settings)
    digest = _keyed(key, "home", _plain(home.street, home.address))
    living = sa.and_(Matter.kind == "licence", Matter.closed_at.is_(None))
    there = sa.select(sa.func.count()).where(
        living,
        Matter.state["dog"]["home_digest"].as_string() == digest,
        Matter.id != state["id"],
    )
    row = await counter.row(there)
    dogs = int(row[0]) if row else 0
    limit = zone.limit_per_household or zone.limit_per_home
    if limit is not None and limit.value != "none" and dogs >= limit.value:
        raise gate(
            f"新住址所在{zone.name}限养{limit.value}只，已登记{dogs}只",
            f"the limit there is {limit.value}, and {dogs} are registered",
            limit.basis or LICENSING(49),
            "home",
        )
    place = _keyed(key, "place", rules.city, _plain(home.street, home.address), str(dogs + 1))
    dog = {"zone": zone.id, "street": home.street, "home": f"{home.street}{home.address}"}
    return LicensingFacts(dog=dog | {"home_digest": digest}, place_claim=place)


def _bars(rules: DogRuleSet) -> tuple[BarRule, ...]:
    """What bars a keeper whose licence is revoked on that ground."""
    bars = [BarRule(ground=b.ground, years=b.years, basis=b.basis) for b in rules.bars]
    often = rules.penalties
    if often is not None:
        bars.append(BarRule(ground="penalties", years=often.bar_years, basis=often.basis))
    return tuple(bars)


def _digests(counter: Counter, filing: DogFiling, known: Known) -> tuple[str, str]:
    """The home and the household, so that neither can be read from the register."""
    fact = known.shared.get(Register.RESIDENTS)
    registered = fact.data.get("household") if fact and fact.found else None
    household = str(registered or known.party_digest)
    home = _plain(filing.street, filing.home)
    key = key_of(counter.settings)
    return _keyed(key, "home", home), _keyed(key, "household", household)


def _plain(street: str, home: str) -> str:
    """The home, however it is typed: wide and narrow signs alike, spaces or none."""
    return "".join(unicodedata.normalize("NFKC", f"{street}{home}").split())


def _keyed(key: bytes, *words: str) -> str:
    return hashlib.sha256(key + "\n".join(words).encode()).hexdigest()[:32]


def _claims(
    counter: Counter, filing: DogFiling, rules: DogRuleSet, zone: Zone, facts: DogKnown
) -> tuple[str, ...]:
    """What nobody else may have at the same time: this chip, and the next free place in the home."""
    key = key_of(counter.settings)
    claims = []
    if filing.chip:
        claims.append(_keyed(key, "chip", filing.chip))
    limit = zone.limit_per_household or zone.limit_per_home
    if limit is not None and limit.value != "none":
        claims.append(
            _keyed(
                key,
                "place",
                rules.city,
                _plain(filing.street, filing.home),
                str(facts.home_dogs + 1),
            )
        )
    return tuple(claims)


def taken(claims: tuple[str, ...], key: str) -> Refused:
    """Another application holds it."""
    what = ("电子标识已登记或者正在登记", "the chip is registered or being registered")
    if claims and key != claims[0]:
        what = ("该饲养地的犬只数量已达上限", "this home has as many dogs as it may")
    return gate(*what, LICENSING(38), "answers.chip" if key == claims[0] else "place")
