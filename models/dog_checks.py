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
from models.dog_rules import BreedList, DogRuleSet, Limit, Sourced, Zone, zone_of
from models.period import add_months
from models.text import Line
from models.when import LAST

EPIDEMICS = Statute("动物防疫法", "Animal Epidemic Prevention Law (2021)")
CHIP_DIGITS = 15  # ISO 11784 as read and printed: country or maker, then the animal
OF_AGE, EARNING = 18, 16  # 民法典 17, 18
SOON_DAYS = 30  # an immunity that ends so soon is spoken of
WORST_LAST: tuple[Result, ...] = ("passed", "warn", "ask", "unknown", "failed")
Written = Annotated[date, Field(ge=date(1900, 1, 1), le=LAST)]  # holders are older than the state

# What is said, and with what result. One table, so that whoever edits the words sees them all.
# fmt: off
SENTENCES: dict[str, tuple[Result, str, str]] = {
    "identity.away": ("unknown", "登记信息暂时无法核对身份。", "The register cannot be asked who you are at present."),
    "identity.differs": (
        "failed", "姓名（名称）与证件号码在登记信息中不一致，请更正。",
        "Name and number are not of one holder; correct them."),
    "identity.agrees": ("passed", "身份已核对一致。", "Your identity agrees with the register."),

    "capacity.unknown": (
        "unknown", "出生日期未知，无法核对是否具有完全民事行为能力。",
        "Without a date of birth nobody can say whether you are of age."),
    "capacity.of_age": ("passed", "已满{of_age}周岁。", "You are {of_age} or older."),
    "capacity.earning": (
        "ask", "未满{of_age}周岁；已满{earning}周岁并以自己的劳动收入为主要生活来源的，视为完全民事行为能力人，请说明。",
        "You are under {of_age}; whoever is {earning} and lives on earnings of his own counts as of age: say whether you do."),
    "capacity.minor": (
        "failed", "养犬人须具有完全民事行为能力，您未满{of_age}周岁。",
        "A keeper has full civil capacity; you are under {of_age}."),
    "capacity.unit": ("passed", "{zone}内单位可以养犬。", "A unit may keep dogs in the {zone_en}."),
    "capacity.unit_unknown": ("ask", "单位养犬的规定未录入，请说明用途。", "The rule for units is not entered here; state the need."),
    "capacity.unit_need": (
        "ask", "{zone}内单位确有护卫等必要需要的才可以养犬，请说明用途并提供养犬管理制度。",
        "In the {zone_en} a unit keeps dogs only for a need such as guarding; state it and show your rules for their keeping."),
    "capacity.unit_never": ("failed", "{zone}内禁止单位养犬。", "No unit keeps dogs in the {zone_en}."),

    "residence.not_asked": ("passed", "不要求本市户籍。", "No registration in the city is asked for."),
    "residence.away": ("unknown", "须有{right}；登记信息暂时无法核对。", "You need {right_en}; the register cannot be asked at present."),
    "residence.none": ("failed", "须有{right}，登记信息中没有。", "You need {right_en}; the register has none."),
    "residence.contradicts": (
        "ask", "您填写没有{right}，登记信息中有，请确认。",
        "The register has {right_en}, and you say you have none; confirm."),
    "residence.held": ("passed", "有{right}。", "You have {right_en}."),

    "home.away": (
        "unknown", "须有固定住所{alone}；不动产登记暂时无法核对。",
        "You need a fixed home{alone_en}; the register cannot be asked at present."),
    "home.lease": (
        "ask", "须有固定住所{alone}；该住所登记在他人名下，请提供房屋租赁合同。",
        "You need a fixed home{alone_en}; this one is registered to another: show the lease."),
    "home.own": ("passed", "住所登记在您名下。", "The home is registered to you."),
    "home.own_alone": (
        "passed", "住所登记在您名下；是否独户居住以您的承诺为准。",
        "The home is registered to you; that your household lives there alone is as you state."),

    "zone.which": ("ask", "“{street}”不在本市规定列出的街道中，请核对。", "{street} is none of the streets listed; check it."),
    "zone.free": (
        "ask", "{street}属于{zone}，不实行养犬登记，只须按规定免疫。",
        "{street} is in the {zone_en}: dogs are vaccinated there, not registered."),
    "zone.farm_house": (
        "warn", "您填写为自有独立农居房，按{zone}办理；须为农村户籍。",
        "You state a farm house of your own, so it counts as {zone_en}; it takes a rural registration."),
    "zone.found": ("passed", "{street}属于{zone}。", "{street} is in the {zone_en}."),

    "breed.which": ("ask", "犬种“{text}”可能是：{dogs}。请选择。", "The breed {text} may be: {dogs_en}. Say which."),
    "breed.none": (
        "ask", "无法识别犬种“{text}”，请从名录中选择；混种犬请填写父母犬种。",
        "The breed {text} is not known; choose one, for a cross those of its parents."),
    "breed.no_zone": ("unknown", "街道未定，无法核对犬种。", "Until the street is known the breed cannot be checked."),
    "breed.unrestricted": ("passed", "{zone}没有犬种限制。", "No breed is restricted in the {zone_en}."),
    "breed.banned": (
        "failed", "{dog}列入“{list}”，在{zone}禁止饲养。",
        "A dog of this breed ({dog_en}) is on the {list_en} and may not be kept in the {zone_en}."),
    "breed.not_permitted": (
        "failed", "{dog}未列入“{list}”，在{zone}不得饲养。",
        "A dog of this breed ({dog_en}) is not on the {list_en} and may not be kept in the {zone_en}."),
    "breed.judge": (
        "ask", "{dog}是否属于“{list}”（{zone}）须由工作人员核对，请上传照片。",
        "Whether this breed ({dog_en}) is on the {list_en} of the {zone_en} is for an officer to say; add photographs."),
    "breed.service": (
        "ask", "{dog}为残疾人服务犬的，不受“{list}”限制；请提供残疾人证和训练证明。",
        "The {list_en} spares a disabled person's service dog of this breed ({dog_en}); show the disability card and proof of training."),
    "breed.not_entered": (
        "warn", "“{list}”（{zone}）的内容尚未录入本系统；从已知信息看{dog}不在其限制之列。",
        "The {list_en} of the {zone_en} is not entered here; as far as is known it does not restrict this breed ({dog_en})."),
    "breed.allowed": (
        "passed", "{dog}不受“{list}”（{zone}）限制。",
        "The {list_en} of the {zone_en} does not restrict this breed ({dog_en})."),

    "limit.no_zone": ("unknown", "街道未定，无法核对限养数量。", "Until the street is known the limit cannot be checked."),
    "limit.not_entered": (
        "warn", "{zone}{each}的限养数量未录入本系统；已登记{dogs}只。",
        "The limit for each {each_en} in the {zone_en} is not entered here; registered: {dogs}."),
    "limit.none": ("passed", "{zone}{each}不限只数。", "There is no limit for each {each_en} in the {zone_en}."),
    "limit.within": (
        "passed", "{zone}{each}限养{limit}只，已登记{dogs}只。",
        "Limit for each {each_en} in the {zone_en}: {limit}; registered: {dogs}."),
    "limit.service": (
        "ask", "{zone}{each}限养{limit}只，已登记{dogs}只；残疾人服务犬不受此限，请提供残疾人证和训练证明。",
        "Limit for each {each_en} in the {zone_en}: {limit}; registered: {dogs}. A service dog is spared: show its papers."),
    "limit.reached": (
        "failed", "{zone}{each}限养{limit}只，已登记{dogs}只，不能再登记。",
        "Limit for each {each_en} in the {zone_en}: {limit}; registered: {dogs}, so no more can be."),
    "limit.units": ("passed", "住所限养数量只适用于个人。", "The limit for a home is for persons."),

    "chip.digits": (
        "failed", "电子标识号码须为{digits}位数字（ISO 11784），您填写的是“{chip}”。",
        "A chip number has {digits} digits (ISO 11784); you wrote {chip}."),
    "chip.taken": ("failed", "电子标识{chip}已登记在另一只犬名下。", "Chip {chip} is registered to another dog."),
    "chip.good": (
        "passed", "电子标识{chip}为{digits}位，未被登记。",
        "Chip {chip} has {digits} digits and is registered to no other dog."),
    "chip.not_asked": ("passed", "不要求填写电子标识。", "No chip is asked for."),
    "chip.later": ("passed", "准予登记时植入电子标识。", "The chip is implanted at registration."),
    "chip.missing": (
        "ask", "首次接种狂犬病疫苗时应已植入电子标识，请填写{digits}位号码。",
        "The chip comes with the first dose; write its {digits} digits."),

    "immunity.away": ("unknown", "免疫证明{no}暂时无法核对。", "Certificate {no} cannot be checked at present."),
    "immunity.other": ("failed", "登记的免疫证明号码与{no}不同。", "The register holds a certificate of another number than {no}."),
    "immunity.other_dog": ("failed", "免疫证明{no}属于电子标识不同的另一只犬。", "Certificate {no} is of a dog with another chip."),
    "immunity.clinic": ("failed", "免疫证明{no}不是由指定的免疫点出具的。", "Certificate {no} is not of an appointed clinic."),
    "immunity.unborn": (
        "failed", "免疫日期{since}早于犬只出生日期{born}。",
        "The vaccination of {since_en} is before the birth on {born_en}."),
    "immunity.dates": (
        "ask", "登记的免疫有效期为{since}至{until}，与您填写的不同，请更正。",
        "By the register it holds from {since_en} to {until_en}; correct what you wrote."),
    "immunity.young": (
        "ask", "犬只接种时未满{months}个月，请确认是否已按规定补种。",
        "The dog was vaccinated before it was {months} months old; say whether it was again."),
    "immunity.agrees": ("passed", "免疫证明{no}与登记一致。", "Certificate {no} agrees with the register."),

    "immunity_term.ended": ("failed", "免疫已于{until}到期，请先接种。", "The immunity ended on {until_en}; vaccinate first."),
    "immunity_term.not_begun": ("failed", "免疫自{since}起才有效。", "The immunity begins only on {since_en}."),
    "immunity_term.long": ("passed", "免疫有效期至{until}。", "The immunity holds until {until_en}."),
    "immunity_term.soon": (
        "warn", "免疫有效期至{until}，还有{left}天；到期未续种，登记会受影响，建议先续种再申请。",
        "The immunity holds until {until_en}, days left: {left}; the registration hangs on it, so better renew it first."),
    "immunity_term.licence_too": (
        "warn", "免疫有效期至{until}，还有{left}天，养犬登记也只到该日；建议先续种再申请。",
        "The immunity holds until {until_en}, days left: {left}, and the licence would only hold until then; better renew it first."),

    "application_window.none": ("passed", "没有申请期限。", "No time is set for the application."),
    "application_window.within": (
        "passed", "应自取得免疫证明（{since}）之日起{days}日内申请，未超过。",
        "The application is due within {days} days of the certificate of {since_en}; it is in time."),
    "application_window.late": (
        "warn", "应自取得免疫证明（{since}）之日起{days}日内申请，已超过{late}日；仍予受理，请尽快办理。",
        "The application is due within {days} days of the certificate of {since_en}; days late: {late}. It is still taken."),

    "bars.none": ("passed", "没有不予登记的记录。", "Nothing bars you."),
    "bars.for_life": ("failed", "因{ground}，终身不予办理养犬登记。", "You may never register a dog: {ground_en}."),
    "bars.until": (
        "failed", "因{ground}，{until}以前（含当日）不予办理养犬登记。",
        "You may not register a dog until {until_en} inclusive: {ground_en}."),

    "penalties.no_rule": (
        "passed", "一年内受养犬处罚{count}次，本规定未据此限制登记。",
        "Penalties within a year: {count}; this rule bars nobody for them."),
    "penalties.below": (
        "passed", "{months}个月内受养犬处罚{count}次，未达到{enough}次。",
        "Penalties within {months} months: {count}, fewer than {enough}."),
    "penalties.reached": (
        "failed", "{months}个月内受养犬处罚{count}次，达到{enough}次的，{years}年内不予登记。",
        "Penalties within {months} months: {count}; {enough} bar from registering for {years} years."),
}
# fmt: on


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
    """What the licence costs in yuan, None where the rule sets no fee. LookupError for a zone of another rule."""
    if zone not in rules.zones:
        raise LookupError(f"{rules.name} has no such zone {zone.id}")
    if zone.fee is None:
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
    lists = [one for one in case.rules.breed_lists if zone.id in one.zones]
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
    said, spares = _listed(listed, breed, cross=cross), case.rules.service_dogs
    stopped = said in ("banned", "not_permitted", "judge")
    if stopped and case.filing.service_dog and _spared(case, listed, breed):
        said = "service"
    mixed, mixed_en = ("混种", " cross") if cross and not breed.parents else ("", "")
    return _say(
        f"breed.{said}",
        listed,
        spares if said == "service" else None,
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


def _spared(case: _Case, listed: BreedList, breed: Breed) -> bool:
    """Whether the rule spares a service dog whatever this list holds against its breed."""
    spares = case.rules.service_dogs
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
    said, spares = "within", case.rules.service_dogs
    if case.zone is None:
        said = "no_zone"
    elif limit is None:
        said = "not_entered"
    elif limit.value == "none":
        said = "none"
    elif dogs >= limit.value:
        said = "service" if case.filing.service_dog and spares and spares.limits else "reached"
    return _say(
        f"limit.{said}",
        limit,
        spares if said == "service" else None,
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
