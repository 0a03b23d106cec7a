"""The checks: what each answers, in which words, with which articles."""

import string
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from models.dog_checks import DogFiling, check_dog, passed, valid_to
from models.dog_rules import DogRuleSet
from models.dog_sentences import SENTENCES
from models.period import add_months
from tests.dogs.papers import (
    BREEDS,
    CHIP,
    CITIES,
    RULES,
    TODAY,
    a_filing,
    a_known,
    articles,
    checks_of,
)

NAMES = [
    "identity",
    "capacity",
    "residence",
    "home",
    "zone",
    "breed",
    "household_limit",
    "home_limit",
    "chip",
    "immunity",
    "immunity_term",
    "application_window",
    "bars",
    "penalties",
]
LISHUI = "丽水市城市养犬管理规定"
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def all_checks(city: str = "lishui", today: date = TODAY, **filed: Any) -> tuple[Any, ...]:
    filing = a_filing(**filed)
    return check_dog(RULES[city], BREEDS, filing, a_known(filing), today)


@pytest.mark.parametrize("city", CITIES)
def test_a_toy_poodle_of_a_careful_owner_passes_in_every_city(city: str) -> None:
    checks = all_checks(city)
    assert [check.name for check in checks] == NAMES
    assert passed(checks), [check for check in checks if check.result not in ("passed", "warn")]


@pytest.mark.parametrize("city", CITIES)
def test_every_check_speaks_both_languages_in_whole_sentences(city: str) -> None:
    for check in all_checks(city):
        assert check.zh.endswith(("。", "）")), check
        assert check.en.endswith((".", ".)")), check
        assert "{" not in check.zh + check.en
        assert "None" not in check.zh + check.en


def test_both_languages_of_a_sentence_hold_the_same_figures() -> None:
    def fields(text: str) -> set[str]:
        return {str(field).removesuffix("_en") for _, field, _, _ in string.Formatter().parse(text) if field}  # fmt: skip

    differing = {key for key, (_, zh, en) in SENTENCES.items() if fields(zh) != fields(en)}
    assert differing == set()


def test_a_rule_that_nobody_confirmed_says_so_and_a_confirmed_one_does_not() -> None:
    limit = checks_of("hangzhou")["household_limit"]
    assert limit.zh.endswith("（所依据的规定尚待核实）")
    assert limit.en.endswith("(The rule behind this is not confirmed yet.)")
    assert not any("尚待核实" in check.zh for check in all_checks("lishui"))


# ── the holder ──────────────────────────────────────────────────────────────────────────────────


def test_a_silent_register_of_residents_leaves_identity_and_residence_unknown() -> None:
    checks = checks_of(known={"resident": None})
    assert checks["identity"].result == checks["residence"].result == "unknown"
    assert not passed(tuple(checks.values()))


def test_a_name_that_does_not_go_with_the_number_fails() -> None:
    identity = checks_of(known={"resident": {"name_matches": False, "local": True}})["identity"]
    assert (identity.result, identity.zh) == ("failed", "姓名（名称）与证件号码在登记信息中不一致，请更正。")  # fmt: skip


@pytest.mark.parametrize(
    ("born", "result"),
    [
        (date(2008, 11, 25), "passed"),  # 18 today
        (date(2008, 11, 26), "ask"),  # 18 tomorrow; may live on earnings of his own
        (date(2010, 11, 25), "ask"),
        (date(2010, 11, 26), "failed"),
        (date(2016, 2, 29), "failed"),
        (None, "unknown"),
    ],
)
def test_a_keeper_has_full_civil_capacity(born: date | None, result: str) -> None:
    capacity = checks_of(holder_born_on=born)["capacity"]
    assert capacity.result == result
    assert articles(capacity) == [f"{LISHUI} 13", "民法典 17", "民法典 18"]


def test_one_born_on_29_february_is_of_age_on_28_february() -> None:
    born = date(2008, 2, 29)
    assert checks_of(holder_born_on=born, today=date(2026, 2, 27))["capacity"].result == "ask"
    assert checks_of(holder_born_on=born, today=date(2026, 2, 28))["capacity"].result == "passed"


@pytest.mark.parametrize(
    ("city", "result", "cited"),
    [
        ("lishui", "ask", [f"{LISHUI} 15"]),
        ("huzhou", "passed", ["湖州市养犬管理规定 8", "湖州市养犬管理规定 10"]),
        ("hangzhou", "ask", []),
    ],
)
def test_a_unit_keeps_dogs_only_as_the_rule_lets_it(
    city: str, result: str, cited: list[str]
) -> None:
    capacity = checks_of(city, holder_kind="organisation", holder_born_on=None)["capacity"]
    assert (capacity.result, articles(capacity)) == (result, cited)


def test_where_units_keep_no_dogs_none_does() -> None:
    data = RULES["lishui"].model_dump()
    data["zones"][0]["units"]["may"] = "never"
    checks = checks_of(DogRuleSet.model_validate(data), holder_kind="organisation")
    assert checks["capacity"].result == "failed"
    assert "禁止单位养犬" in checks["capacity"].zh


def test_lists_for_persons_do_not_bind_units() -> None:
    guard: dict[str, Any] = {"breed": "德国牧羊犬", "holder_kind": "organisation"}
    assert checks_of("lishui", **guard)["breed"].result == "passed"
    assert checks_of("ningbo", **guard)["breed"].result == "ask"


def test_the_second_dog_of_a_unit_in_huzhou_is_one_too_many() -> None:
    limit = checks_of("huzhou", {"household_dogs": 1}, holder_kind="organisation")
    assert limit["household_limit"].result == "failed"
    assert limit["household_limit"].zh == "重点管理区每个单位限养1只，已登记1只，不能再登记。"
    assert limit["home_limit"].result == "passed"


@pytest.mark.parametrize(
    ("local", "says", "result"),
    [(True, None, "passed"), (True, False, "ask"), (False, None, "failed"), (False, True, "failed")],
)  # fmt: skip
def test_residence_is_as_the_register_has_it(local: bool, says: bool | None, result: str) -> None:  # noqa: FBT001
    known = {"resident": {"name_matches": True, "local": local}}
    residence = checks_of(known=known, local=says)["residence"]
    assert residence.result == result
    assert "本市户籍或者居住证" in residence.zh
    assert articles(residence) == [f"{LISHUI} 13"]


@pytest.mark.parametrize("city", ["jiaxing", "zhoushan", "wenzhou"])
def test_some_cities_ask_for_no_local_registration(city: str) -> None:
    known = {"resident": {"name_matches": True, "local": False}}
    assert checks_of(city, known)["residence"].result == "passed"


def test_anothers_home_takes_a_lease() -> None:
    home = checks_of(known={"home": {"owner_matches": False}})["home"]
    assert home.result == "ask"
    assert "房屋租赁合同" in home.zh
    assert "独户居住" in home.zh
    assert articles(home) == [f"{LISHUI} 13", f"{LISHUI} 16"]
    assert checks_of(known={"home": None})["home"].result == "unknown"


# ── the place, the breed, the number of dogs ────────────────────────────────────────────────────


def test_a_street_with_a_slip_of_the_pen_is_asked_about() -> None:
    checks = checks_of("hangzhou", street="清坡街道")
    assert checks["zone"].result == "ask"
    assert "清坡街道" in checks["zone"].zh
    unknown = ("breed", "household_limit", "home_limit")
    assert [checks[name].result for name in unknown] == ["unknown"] * 3


def test_a_farm_house_is_judged_by_the_general_zone_with_a_warning() -> None:
    zone = checks_of("hangzhou", farm_house=True)["zone"]
    assert (zone.result, articles(zone)) == ("warn", ["杭州市限制养犬规定 6"])
    assert "一般限养区" in zone.zh


def test_where_dogs_are_not_registered_nobody_registers_them() -> None:
    data = RULES["jiaxing"].model_dump()
    data["zones"][1]["streets"] = [{"code": "330400001", "name": "某街道"}]
    checks = checks_of(DogRuleSet.model_validate(data), street="某街道")
    assert checks["zone"].result == "ask"
    assert "不实行养犬登记" in checks["zone"].zh
    assert checks["household_limit"].zh == "一般管理区每一户籍不限只数。"


@pytest.mark.parametrize(
    ("breed", "result"),
    [
        ("藏獒", "failed"),
        ("德牧", "failed"),
        ("土狗", "failed"),
        ("爱尔兰雪达犬", "failed"),  # the list says 雪达犬
        ("法国斗牛犬", "ask"),  # the list says 斗牛犬: which?
        ("苏俄猎狼犬", "ask"),
        (
            "德国牧羊犬串串",
            "ask",
        ),  # crosses between listed breeds are banned; the other parent is not told
        ("金毛", "warn"),  # on no banned list; the list of permitted breeds is not at hand
        ("拉布拉多串串", "warn"),
    ],
)
def test_hangzhous_banned_breeds_are_refused_and_doubtful_ones_judged(
    breed: str, result: str
) -> None:
    found = checks_of("hangzhou", breed=breed)["breed"]
    assert found.result == result, found


def test_a_banned_breed_is_told_its_list_and_zone() -> None:
    breed = checks_of("hangzhou", breed="藏獒")["breed"]
    assert breed.zh.startswith("藏獒列入“杭州市区禁养烈性犬品种”，在重点限养区禁止饲养。")
    assert "Tibetan Mastiff" in breed.en
    assert "key restricted zone" in breed.en


def with_list(city: str, **changes: Any) -> DogRuleSet:
    data = RULES[city].model_dump()
    data["breed_lists"] = [data["breed_lists"][0] | changes]
    return DogRuleSet.model_validate(data)


def listing(*breeds: str) -> list[dict[str, Any]]:
    return [{"name": breed, "breeds": [breed]} for breed in breeds]


def test_a_cross_of_two_listed_breeds_is_banned() -> None:
    rules = with_list("hangzhou", entries=listing("pug", "beagle"))
    assert checks_of(rules, breed="Puggle")["breed"].result == "failed"
    rules = with_list("hangzhou", entries=listing("pug"))
    assert checks_of(rules, breed="Puggle")["breed"].result == "ask"
    rules = with_list("hangzhou", entries=listing("pug"), crosses="any_blood")
    assert checks_of(rules, breed="Puggle")["breed"].result == "failed"


@pytest.mark.parametrize(
    ("breed", "result"), [("巴哥犬", "passed"), ("巴哥串串", "ask"), ("比格犬", "failed")]
)
def test_where_only_listed_breeds_are_permitted_the_others_are_not(breed: str, result: str) -> None:
    rules = with_list("hangzhou", kind="only", entries=listing("pug"))
    assert checks_of(rules, breed=breed)["breed"].result == result


@pytest.mark.parametrize(("breed", "result"), [("罗威纳犬", "ask"), ("吉娃娃", "warn")])
def test_where_the_list_is_not_at_hand_a_person_judges_large_and_fierce_dogs(
    breed: str, result: str
) -> None:
    found = checks_of("lishui", breed=breed)["breed"]
    assert (found.result, articles(found)) == (result, [f"{LISHUI} 14"])


@pytest.mark.parametrize(
    ("city", "breed", "zh"),
    [
        ("lishui", "拉布拉多", "请提供残疾人证和训练证明"),
        ("lishui", "罗威纳犬", "须由工作人员核对"),  # fierce, which a service dog is not spared
        ("huzhou", "罗威纳犬", "请提供残疾人证和训练证明"),
        ("ningbo", "拉布拉多", "须由工作人员核对"),
    ],
)
def test_a_service_dog_is_spared_what_the_rule_spares_it(city: str, breed: str, zh: str) -> None:
    found = checks_of(city, breed=breed, service_dog=True)["breed"]
    assert found.result == "ask"
    assert zh in found.zh


def test_a_breed_that_is_only_similar_is_asked_with_candidates() -> None:
    breed = checks_of(breed="gold retriver")["breed"]
    assert breed.result == "ask"
    assert "金毛寻回犬" in breed.zh
    assert "Golden Retriever" in breed.en
    assert "可能是" not in checks_of(breed="不详")["breed"].zh
    assert checks_of(breed="不详")["breed"].result == "ask"


def test_the_second_dog_of_a_household_and_of_a_home_is_one_too_many() -> None:
    checks = checks_of(known={"household_dogs": 1, "home_dogs": 2})
    household, home = checks["household_limit"], checks["home_limit"]
    assert (household.result, home.result) == ("failed", "failed")
    assert "限养1只，已登记1只" in household.zh
    assert "限养1只，已登记2只" in home.zh
    assert articles(household) == articles(home) == [f"{LISHUI} 13"]


def test_a_limit_that_nobody_knows_warns_and_one_that_is_not_set_passes() -> None:
    assert checks_of("hangzhou", {"home_dogs": 3})["home_limit"].result == "warn"
    assert checks_of("wenzhou", {"home_dogs": 3})["home_limit"].result == "passed"


@pytest.mark.parametrize(("city", "result"), [("zhoushan", "ask"), ("lishui", "failed")])
def test_a_service_dog_may_be_one_more(city: str, result: str) -> None:
    found = checks_of(city, {"household_dogs": 1}, service_dog=True)
    assert found["household_limit"].result == result


# ── the dog's chip and immunity ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("chip", ["12345", "1560000123456789", "15600001234567A", "１５６００００１２３４５６７８"])  # fmt: skip
def test_a_chip_number_has_15_digits(chip: str) -> None:
    found = checks_of(chip=chip)["chip"]
    assert found.result == "failed"
    assert "15位数字（ISO 11784）" in found.zh
    assert articles(found) == [f"{LISHUI} 11"]


def test_a_chip_is_of_one_dog() -> None:
    assert checks_of(known={"chip_registered": True})["chip"].result == "failed"


@pytest.mark.parametrize(
    ("city", "result"), [("lishui", "ask"), ("jiaxing", "passed"), ("hangzhou", "passed")]
)
def test_a_chip_is_asked_for_where_it_comes_with_the_first_dose(city: str, result: str) -> None:
    assert checks_of(city, chip=None)["chip"].result == result


@pytest.mark.parametrize(
    ("held", "result", "zh"),
    [
        ({}, "passed", "与登记一致"),
        ({"no": "M-2"}, "failed", "与M-1不同"),
        ({"chip": "156000099999999"}, "failed", "另一只犬"),
        ({"clinic_appointed": False}, "failed", "指定的免疫点"),
        ({"valid_to": date(2027, 5, 1)}, "ask", "2027年5月1日"),
    ],
)
def test_the_certificate_is_held_against_the_register(
    held: dict[str, Any], result: str, zh: str
) -> None:
    immunity = checks_of(known={"immunity": held})["immunity"]
    assert immunity.result == result
    assert zh in immunity.zh
    assert articles(immunity) == [f"{LISHUI} 11", "动物防疫法 30"]


def test_a_silent_register_of_vaccinations_leaves_the_certificate_unknown() -> None:
    assert checks_of(known={"immunity": None})["immunity"].result == "unknown"


def test_any_clinic_will_do_where_none_is_appointed() -> None:
    held = {"immunity": {"clinic_appointed": False}}
    assert checks_of("wenzhou", held)["immunity"].result == "passed"


def test_a_dog_is_not_vaccinated_before_it_is_born_nor_too_young() -> None:
    assert checks_of(born_on=date(2026, 11, 21))["immunity"].result == "failed"
    assert checks_of(born_on=date(2026, 8, 21))["immunity"].result == "ask"
    assert checks_of(born_on=date(2026, 8, 20))["immunity"].result == "passed"


def test_an_immunity_that_ends_tomorrow_warns_that_the_licence_would_too() -> None:
    term = checks_of(immunity_until=TODAY + timedelta(days=1))["immunity_term"]
    assert term.result == "warn"
    assert "免疫有效期至2026年11月26日，还有1天，养犬登记也只到该日" in term.zh
    assert "until 2026-11-26" in term.en
    assert articles(term) == [f"{LISHUI} 18", "动物防疫法 30"]


def test_where_a_licence_holds_a_year_the_warning_is_another() -> None:
    term = checks_of("jiaxing", immunity_until=TODAY)["immunity_term"]
    assert (term.result, "养犬登记也只到该日" in term.zh) == ("warn", False)


@pytest.mark.parametrize(
    ("until", "result"),
    [
        (TODAY - timedelta(days=1), "failed"),
        (TODAY, "warn"),
        (TODAY + timedelta(days=29), "warn"),
        (TODAY + timedelta(days=30), "passed"),
    ],
)
def test_an_immunity_that_has_ended_fails(until: date, result: str) -> None:
    assert checks_of(immunity_until=until)["immunity_term"].result == result


def test_an_immunity_that_has_not_begun_fails() -> None:
    checks = checks_of(immunity_from=TODAY + timedelta(days=1))
    assert checks["immunity_term"].result == "failed"


@pytest.mark.parametrize(("ago", "result"), [(0, "passed"), (15, "passed"), (16, "warn")])
def test_a_late_application_is_told_so_and_still_taken(ago: int, result: str) -> None:
    window = checks_of(immunity_from=TODAY - timedelta(days=ago))["application_window"]
    assert window.result == result
    assert "15日内" in window.zh
    assert articles(window) == [f"{LISHUI} 12"]


def test_without_a_window_nobody_is_late() -> None:
    window = checks_of("ningbo", immunity_from=date(2026, 1, 1))["application_window"]
    assert window.result == "passed"


# ── what stands against the holder ──────────────────────────────────────────────────────────────


def test_a_bar_says_until_when() -> None:
    bars = [{"ground": "abandonment", "until": date(2028, 2, 29)}]
    found = checks_of(known={"bars": bars})["bars"]
    assert (found.result, articles(found)) == ("failed", [f"{LISHUI} 28"])
    assert found.zh == "因遗弃犬只，2028年2月29日以前（含当日）不予办理养犬登记。"


def test_a_bar_for_life_outlasts_every_other() -> None:
    bars = [{"ground": "injury", "until": None}, {"ground": "abandonment", "until": TODAY}]
    assert "终身不予办理" in checks_of(known={"bars": bars})["bars"].zh


def test_a_bar_counts_on_its_last_day_and_not_after() -> None:
    known = {"bars": [{"ground": "abandonment", "until": TODAY}]}
    assert checks_of(known=known)["bars"].result == "failed"
    assert checks_of(known=known, today=TODAY + timedelta(days=1))["bars"].result == "passed"


@pytest.mark.parametrize(("count", "result"), [(0, "passed"), (2, "passed"), (3, "failed")])
def test_the_third_penalty_in_a_year_bars(count: int, result: str) -> None:
    found = checks_of(known={"penalties_last_year": count})["penalties"]
    assert found.result == result
    assert f"{count}次" in found.zh
    assert articles(found) == [f"{LISHUI} 28"]


def test_where_the_rule_counts_no_penalties_they_do_not_bar() -> None:
    assert checks_of("huzhou", {"penalties_last_year": 9})["penalties"].result == "passed"


# ── how long a licence holds ────────────────────────────────────────────────────────────────────


def test_a_licence_of_a_year_from_29_february_ends_on_28_february() -> None:
    filing = a_filing(immunity_until=date(2029, 1, 1))
    assert valid_to(RULES["jiaxing"], filing, date(2028, 2, 29)) == date(2029, 2, 28)


@pytest.mark.parametrize("city", ["hangzhou", "ningbo"])
def test_where_no_term_is_known_nobody_invents_one(city: str) -> None:
    assert valid_to(RULES[city], a_filing(), TODAY) is None


@given(today=DAYS, until=DAYS)
def test_a_licence_ends_with_its_immunity_and_never_before_today(today: date, until: date) -> None:
    filing = a_filing(immunity_until=until)
    assert valid_to(RULES["lishui"], filing, today) == (until if until >= today else None)
    yearly = valid_to(RULES["zhoushan"], filing, today)
    assert yearly == (add_months(today, 12) if until >= today else None)


@given(born=DAYS, dog=DAYS, since=DAYS, until=DAYS, today=DAYS)
def test_any_days_are_answered(
    born: date, dog: date, since: date, until: date, today: date
) -> None:
    checks = checks_of(
        holder_born_on=born,
        born_on=dog,
        immunity_from=since,
        immunity_until=until,
        today=today,
    )
    assert list(checks) == NAMES
    holds = since <= today <= until
    assert (checks["immunity_term"].result != "failed") == holds
    of_age = (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) >= 18
    # Who was born on 29 February is of age a day earlier than his birthday comes round.
    leap = (born.month, born.day, today.month, today.day) == (2, 29, 2, 28)
    assert leap or (checks["capacity"].result == "passed") == of_age


@given(since=DAYS, late=st.integers(0, 400))
def test_the_window_closes_after_its_last_day(since: date, late: int) -> None:
    today = since + timedelta(days=late)
    window = checks_of(immunity_from=since, today=today)["application_window"]
    assert (window.result == "warn") == (late > 15)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30"])
def test_days_in_which_nobody_lives_are_refused_when_filed(day: str) -> None:
    data = a_filing().model_dump(mode="json") | {"immunity_until": day}
    with pytest.raises(ValidationError):
        DogFiling.model_validate(data)


def test_a_paper_goes_to_json_and_back() -> None:
    filing = a_filing()
    assert DogFiling.model_validate_json(filing.model_dump_json()) == filing
    known = a_known(filing, bars=[{"ground": "injury", "until": None}])
    assert type(known).model_validate_json(known.model_dump_json()) == known
    assert filing.chip == CHIP
