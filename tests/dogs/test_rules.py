"""The rule sets: each city loads, says what its rule says, and is refused with file, line and rule when broken."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.basis import Basis
from models.catalogue_file import Problem
from models.dog_checks import fee
from models.dog_rules import DogRuleSet, Figure, Zone, read_rule_sets, rules_on, zone_of
from tests.dogs.papers import BREEDS, CITIES, FOLDER, ROOT, RULES, SETS, TODAY, read_all

FIGURES = (
    "apply_within_days",
    "decision_working_days",
    "refused_disposal_days",
    "change_days",
    "lost_tag_days",
    "heir_days",
)


def figures(rules: DogRuleSet) -> list[int | None]:
    found: list[Figure | None] = [getattr(rules, name) for name in FIGURES]
    return [figure.value if figure else None for figure in found]


def test_every_city_loads_without_a_problem() -> None:
    sets, problems = read_all()
    assert problems == []
    assert tuple(rules.city for rules in sets) == CITIES


@pytest.mark.parametrize(
    ("city", "expected"),
    [
        ("lishui", [15, 0, 15, 10, 15, 30]),
        ("huzhou", [None, 3, None, 30, None, None]),
        ("jiaxing", [None, 0, 10, 15, None, None]),
        ("zhoushan", [None, 0, 10, 15, None, None]),
        ("wenzhou", [10, 0, None, 10, 10, 10]),
        ("ningbo", [None, 0, 15, None, None, None]),
        ("hangzhou", [5, 7, None, 30, None, None]),
    ],
)
def test_the_days_are_those_of_the_rule(city: str, expected: list[int | None]) -> None:
    assert figures(RULES[city]) == expected


@pytest.mark.parametrize(
    ("city", "household", "home"),
    [
        ("lishui", 1, 1),
        ("huzhou", 1, 1),
        ("jiaxing", 1, 1),
        ("zhoushan", 1, 1),
        ("wenzhou", 1, "none"),
        ("ningbo", 1, 1),
    ],
)
def test_one_dog_each_and_wenzhou_counts_households_only(
    city: str, household: int, home: int | str
) -> None:
    zone = RULES[city].zones[0]
    assert zone.limit_per_household is not None
    assert zone.limit_per_home is not None
    assert (zone.limit_per_household.value, zone.limit_per_home.value) == (household, home)


@pytest.mark.parametrize(
    ("city", "months"),
    [("lishui", None), ("huzhou", None), ("wenzhou", None), ("jiaxing", 12), ("zhoushan", 12)],
)
def test_a_licence_ends_with_the_immunity_or_after_a_year(city: str, months: int | None) -> None:
    term = RULES[city].term
    assert term is not None
    assert term.months == months


def test_three_penalties_in_a_year_bar_for_three_years() -> None:
    barring = [city for city, rules in RULES.items() if rules.penalties]
    assert barring == ["lishui", "wenzhou", "zhoushan"]
    for city in barring:
        rule = RULES[city].penalties
        assert rule is not None
        assert (rule.count, rule.within_months, rule.bar_years) == (3, 12, 3)


def test_a_bar_ends_after_its_years_or_never() -> None:
    abandonment, injury = RULES["lishui"].bar("abandonment"), RULES["lishui"].bar("injury")
    assert abandonment is not None
    assert injury is not None
    assert abandonment.until(date(2024, 2, 29)) == date(2027, 2, 28)
    assert injury.until(date(2024, 2, 29)) is None


def walk(value: Any) -> list[dict[str, Any]]:
    """Every mapping inside a loaded file."""
    if isinstance(value, dict):
        return [value, *(found for one in value.values() for found in walk(one))]
    return [found for one in value for found in walk(one)] if isinstance(value, list) else []


@pytest.mark.parametrize("city", CITIES)
def test_every_fact_cites_the_citys_own_rule_or_says_what_is_doubtful(city: str) -> None:
    data = yaml.safe_load((FOLDER / f"{city}.yaml").read_text("utf-8"))
    facts = [one for one in walk(data) if "verified" in one]
    assert len(facts) > 10
    laws = {basis["law"] for fact in facts for basis in fact.get("basis", ())}
    assert laws == {RULES[city].name}
    assert all(fact["verified"] == (city != "hangzhou") for fact in facts)


# ── zones and fees ──────────────────────────────────────────────────────────────────────────────


def test_every_street_of_the_district_is_in_the_key_zone_of_hangzhou() -> None:
    offices = yaml.safe_load((ROOT / "offices.yaml").read_text("utf-8"))
    for street in offices["streets"]:
        for word in (street["code"], street["name"]):
            assert zone_of(RULES["hangzhou"], word, farm_house=False).id == "key"
    listed = RULES["hangzhou"].zones[0].streets
    assert listed != "rest"
    assert [street.model_dump() for street in listed] == offices["streets"]


def test_a_farm_house_in_the_key_zone_counts_as_general() -> None:
    assert zone_of(RULES["hangzhou"], "九堡街道", farm_house=True).id == "general"
    assert zone_of(RULES["lishui"], "任何街道", farm_house=True).id == "town"


def test_a_street_that_no_zone_lists_leads_into_none() -> None:
    with pytest.raises(LookupError, match="清坡街道"):
        zone_of(RULES["hangzhou"], "清坡街道", farm_house=False)


def test_a_fee_that_nobody_has_confirmed_is_not_asked_for() -> None:
    """行政许可法 58: Hangzhou's is known from pages about the rule only."""
    rules = RULES["hangzhou"]
    assert [fee(rules, zone, first_year=True) for zone in rules.zones] == [None, None]


def test_hangzhou_asks_less_in_later_years_and_in_the_general_zone() -> None:
    """Once the bureau has confirmed its fees."""
    rules = RULES["hangzhou"]
    basis = (Basis(law="某条例", article="1"),)
    confirmed = rules.model_copy(update={"zones": tuple(_confirmed(z, basis) for z in rules.zones)})
    paid = [fee(confirmed, z, first_year=first) for z in confirmed.zones for first in (True, False)]
    assert paid == [Decimal(1000), Decimal(500), Decimal(600), Decimal(300)]


def _confirmed(zone: Zone, basis: tuple[Basis, ...]) -> Zone:
    assert zone.fee is not None
    known = zone.fee.model_copy(update={"verified": True, "basis": basis})
    return zone.model_copy(update={"fee": known})


@pytest.mark.parametrize("city", [city for city in CITIES if city != "hangzhou"])
def test_no_other_city_has_a_fee(city: str) -> None:
    assert [fee(RULES[city], zone, first_year=True) for zone in RULES[city].zones] == [None, None]


def test_a_zone_of_another_city_has_no_fee_here() -> None:
    with pytest.raises(LookupError):
        fee(RULES["lishui"], RULES["hangzhou"].zones[0], first_year=True)


def test_the_banned_list_of_hangzhou_has_33_entries_each_of_a_known_breed() -> None:
    (banned,) = [one for one in RULES["hangzhou"].breed_lists if one.id == "banned"]
    assert banned.entries is not None
    assert len(banned.entries) == 33
    assert all(entry.breeds or entry.unclear for entry in banned.entries)
    named = banned.breeds | banned.unclear
    assert all(BREEDS.get(breed) for breed in named)
    assert not banned.breeds & banned.unclear


def test_the_rule_of_a_day_is_the_one_in_force() -> None:
    assert rules_on(SETS, "wenzhou", date(2020, 6, 30)) is None
    assert rules_on(SETS, "wenzhou", date(2020, 7, 1)) is RULES["wenzhou"]
    assert rules_on(SETS, "hangzhou", TODAY) is RULES["hangzhou"]
    assert rules_on(SETS, "quzhou", TODAY) is None


# ── broken files ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue with Lishui and the breeds only."""
    copy = tmp_path / "catalogue" / "dogs"
    copy.mkdir(parents=True)
    for name in ("breeds.yaml", "lishui.yaml"):
        shutil.copy(FOLDER / name, copy)
    return copy


def broken(folder: Path, old: str, new: str) -> list[str]:
    """The problems after one change to Lishui's file."""
    file = folder / "lishui.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return read_all(folder)[1]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("zones: [town]", "zones: [country]", "unknown zone country"),
        ("streets: []", "streets: rest", "rest in two zones"),
        ("id: outside", "id: town", "zone town twice"),
        ("entries: null", "entries: [{name: 龙, breeds: [dragon]}]", "unknown breed dragon"),
        ("kinds: [fierce]", "kinds: []", "a list without entries says which kinds it is about"),
        ("until: immunity_ends", "until: months", "exactly a term in months has months"),
        ("ground: confiscation", "ground: abandonment", "bar abandonment twice"),
        ("city: lishui", "city: quzhou", "lishui.yaml holds the city quzhou"),
        ("streets: rest", "streets: rest\n    farm_house_counts_as: x", "unknown zone x"),
        ("valid_from: 2020-11-01", "valid_from: 2020-11-01\nvalid_to: 2020-10-01", "valid_to is before valid_from"),
        ("valid_from: 2020-11-01", "valid_from: 2020-02-30", "not YAML: day is out of range for month"),
        ("edition:", "colour: red\nedition:", "unknown key colour"),
        ("value: 15", 'value: "15"', "apply_within_days.value: Input should be a valid integer"),
    ],
)  # fmt: skip
def test_a_broken_rule_set_is_refused_by_name(
    folder: Path, old: str, new: str, problem: str
) -> None:
    found = broken(folder, old, new)
    assert any(problem in one for one in found), found
    assert all(one.startswith("catalogue/dogs/lishui.yaml:") for one in found)


def test_a_problem_names_its_line(folder: Path) -> None:
    (found,) = broken(folder, "zones: [town]", "zones: [country]")
    lines = (folder / "lishui.yaml").read_text("utf-8").splitlines()
    assert "country" in lines[int(found.split(":")[1]) - 1]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('article: "11"}], verified: true}', 'article: " "}], verified: true}', "a basis needs"),
        ('article: "11"}], verified: true}', 'article: "11"}], verified: false}', "needs a note"),
        ('basis: [{law: 丽水市城市养犬管理规定, article: "12"}], ', "", "cites its article"),
    ],
)
def test_no_fact_stands_without_a_source(folder: Path, old: str, new: str, problem: str) -> None:
    assert any(problem in one for one in broken(folder, old, new))


def a_later_edition(folder: Path, valid_from: str) -> list[str]:
    text = (folder / "lishui.yaml").read_text("utf-8")
    later = text.replace("valid_from: 2020-11-01", f"valid_from: {valid_from}")
    (folder / "lishui_2027.yaml").write_text(later, "utf-8")
    return read_all(folder)[1]


def test_a_later_edition_follows_the_one_that_has_ended(folder: Path) -> None:
    broken(folder, "valid_from: 2020-11-01", "valid_from: 2020-11-01\nvalid_to: 2026-12-31")
    text = (folder / "lishui.yaml").read_text("utf-8")
    later = text.replace("valid_from: 2020-11-01\nvalid_to: 2026-12-31", "valid_from: 2027-01-01")
    (folder / "lishui_2027.yaml").write_text(later, "utf-8")
    sets, problems = read_all(folder)
    assert problems == []
    assert rules_on(sets, "lishui", date(2026, 12, 31)) is sets[0]
    assert rules_on(sets, "lishui", date(2027, 1, 1)) is sets[1]


def test_two_editions_of_one_city_do_not_overlap(folder: Path) -> None:
    (found,) = a_later_edition(folder, "2027-01-01")
    assert found.startswith("catalogue/dogs/lishui_2027.yaml:")
    assert found.endswith("rows overlap (city lishui)")


def test_rule_sets_need_their_breeds(folder: Path) -> None:
    (folder / "breeds.yaml").unlink()
    assert read_all(folder)[1] == ["catalogue/dogs/breeds.yaml:1: file is missing"]


def test_breeds_that_are_at_hand_are_not_read_again(folder: Path) -> None:
    (folder / "breeds.yaml").unlink()
    problems: list[Problem] = []
    assert len(read_rule_sets(folder, folder.parent, problems, BREEDS)) == 1
    assert problems == []


def test_a_catalogue_without_dogs_has_no_rules(tmp_path: Path) -> None:
    assert read_all(tmp_path / "dogs") == ((), [])
