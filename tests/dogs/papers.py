"""Dogs, registers and rule sets for the tests of this folder, with sensible defaults."""

from datetime import date
from pathlib import Path
from typing import Any

from models.breeds import Breeds, read_breeds
from models.catalogue_file import Problem
from models.check import Check
from models.dog_checks import DogFiling, DogKnown, check_dog
from models.dog_rules import DogRuleSet, read_rule_sets

ROOT = Path(__file__).parents[2] / "catalogue"
FOLDER = ROOT / "dogs"
CITIES = ("hangzhou", "huzhou", "jiaxing", "lishui", "ningbo", "wenzhou", "zhoushan")
TODAY = date(2026, 11, 25)
CHIP = "156000012345678"


def read_all(folder: Path = FOLDER) -> tuple[tuple[DogRuleSet, ...], list[str]]:
    """The rule sets of a folder and the problems met."""
    problems: list[Problem] = []
    sets = read_rule_sets(folder, folder.parent, problems)
    return sets, [str(problem) for problem in problems]


def read_breeds_file() -> Breeds:
    problems: list[Problem] = []
    breeds = read_breeds(FOLDER / "breeds.yaml", ROOT, problems)
    assert breeds is not None, problems
    return breeds


SETS = read_all()[0]
RULES = {rules.city: rules for rules in SETS}
BREEDS = read_breeds_file()


def a_filing(**changes: Any) -> DogFiling:
    """A grown toy poodle with a chip and ten months of immunity left, kept by a person of age in 清波街道."""
    facts: dict[str, Any] = {
        "breed": "玩具贵宾犬",
        "sex": "female",
        "born_on": date(2024, 5, 1),
        "chip": CHIP,
        "immunity_no": "M-1",
        "immunity_from": date(2026, 11, 20),
        "immunity_until": date(2027, 11, 19),
        "street": "清波街道",
        "home": "清波街道1号101室",
        "holder_born_on": date(1990, 1, 1),
    }
    return DogFiling(**(facts | changes))


def a_known(filing: DogFiling, **changes: Any) -> DogKnown:
    """Registers that agree with the filing, and a clean record."""
    held = {
        "no": filing.immunity_no,
        "valid_from": filing.immunity_from,
        "valid_to": filing.immunity_until,
        "chip": filing.chip,
        "clinic_appointed": True,
    }
    facts: dict[str, Any] = {
        "household_dogs": 0,
        "home_dogs": 0,
        "immunity": held,
        "resident": {"name_matches": True, "local": True},
        "home": {"owner_matches": True},
    }
    if isinstance(changes.get("immunity"), dict):
        changes["immunity"] = held | changes["immunity"]
    return DogKnown(**(facts | changes))


def checks_of(
    city: str | DogRuleSet = "lishui",
    known: dict[str, Any] | None = None,
    today: date = TODAY,
    **filed: Any,
) -> dict[str, Check]:
    """Every check of such a filing, by its name."""
    rules = RULES[city] if isinstance(city, str) else city
    filing = a_filing(**filed)
    found = check_dog(rules, BREEDS, filing, a_known(filing, **(known or {})), today)
    return {check.name: check for check in found}


def articles(check: Check) -> list[str]:
    """What it cites, e.g. ``丽水市城市养犬管理规定 13``."""
    return [str(basis) for basis in check.basis]
