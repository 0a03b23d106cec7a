"""The catalogue: complete, as the law files say, refused with file, line and rule when broken."""

import os
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from models.catalogue import Catalogue
from models.catalogue_file import CatalogueError
from models.cause import CauseRow, FineRange
from models.party import PartyKind
from models.penalty import Tier

PROJECT = Path(__file__).parents[2]
ROOT = PROJECT / "catalogue"
CATALOGUE = Catalogue.load(ROOT)
SHARED = Path(os.environ.get("ANJUAN_SHARED_DATA", PROJECT.parent / "shared" / "data"))
FACTS = SHARED.parent / "law" / "causes.yaml"
PERSON, UNIT, TRADER = PartyKind.PERSON, PartyKind.ORGANISATION, PartyKind.SOLE_TRADER
TODAY = date(2026, 11, 23)

with_facts = pytest.mark.skipif(
    not FACTS.exists(), reason=f"the law files are not at {FACTS.parent}"
)


def the_row(cause_id: str, day: date = TODAY) -> CauseRow:
    row = CATALOGUE.cause(cause_id).on(day)
    assert row is not None
    return row


# ── the facts ───────────────────────────────────────────────────────────────────────────────────


def read_facts() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load(FACTS.read_text(encoding="utf-8")) if FACTS.exists() else []
    return {row["id"]: row for row in rows}


FACT = read_facts()


def as_day(value: date | str | None) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def test_there_are_128_causes() -> None:
    assert len(CATALOGUE.causes) == 128


@with_facts
def test_no_cause_is_missing_or_invented() -> None:
    assert set(CATALOGUE.causes) == set(FACT)


@with_facts
@pytest.mark.parametrize("cause_id", sorted(FACT))
def test_a_cause_says_what_the_law_file_says(cause_id: str) -> None:
    cause, fact = CATALOGUE.cause(cause_id), FACT[cause_id]
    (row,) = cause.rows
    assert (cause.group, cause.name, cause.name_en) == (
        fact["group"],
        fact["name_zh"],
        fact["name_en"],
    )
    assert list(cause.successors) == fact.get("continuity", [])
    assert (row.law, row.edition, row.article, row.duty_article) == (
        fact["law"],
        str(fact["edition"]),
        fact["article"],
        fact.get("duty_article"),
    )
    assert row.valid_from == as_day(fact["valid_from"])
    assert row.valid_to == as_day(fact["valid_to"])
    assert row.valid_from_checked == fact.get("valid_from_checked", True)
    fine = row.fine.model_dump(exclude_none=True) if row.fine else None
    assert fine == without_nulls(fact["fine"])
    assert (row.fine_formula is not None) == ("fine_formula" in fact)
    assert row.fine_optional == fact["fine_optional"]
    assert row.precondition == fact["fine_precondition"]
    assert row.corrective_order == fact["corrective_order_required"]
    assert [c.en for c in row.other_consequences] == fact.get("other_consequences", [])
    assert (row.note, row.verified, row.check) == (
        fact.get("note"),
        fact["verified"],
        fact["check"],
    )


def without_nulls(fine: dict[str, dict[str, int | None]] | None) -> dict[str, Any] | None:
    if fine is None:
        return None
    return {
        who: {end: amount for end, amount in span.items() if amount is not None}
        for who, span in fine.items()
    }


@with_facts
@pytest.mark.parametrize("cause_id", sorted(FACT))
def test_summary_procedure_is_open_where_the_law_file_says(cause_id: str) -> None:
    expected = FACT[cause_id]["summary_possible"] or {}
    row = CATALOGUE.cause(cause_id).rows[0]
    assert CATALOGUE.may_be_summary(row, PERSON) == expected.get("person", False)
    assert CATALOGUE.may_be_summary(row, UNIT) == expected.get("unit", False)


# ── every cause ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cause_id", sorted(CATALOGUE.causes))
def test_a_cause_can_be_charged(cause_id: str) -> None:
    cause = CATALOGUE.cause(cause_id)
    for row in cause.rows:
        assert all(basis.law and basis.article for basis in row.basis)
        assert row.norm is not None or not row.verified  # 行政处罚法 16
        assert cause.on(row.valid_to or TODAY) is row
        assert all(c.zh for c in row.other_consequences)
        if row.valid_to is not None:
            assert CATALOGUE.successor_rows(cause, TODAY)


@pytest.mark.parametrize(
    ("cause_id", "party", "expected"),
    [
        ("SR-02", PERSON, FineRange(min=100, max=1000)),
        ("SR-02", UNIT, FineRange(min=100, max=1000)),
        ("SR-06", UNIT, FineRange(min=500, max=3000)),
        ("SR-06", TRADER, FineRange(min=200, max=1000)),
        ("SR-09", PERSON, None),
        ("SR-10", PERSON, None),
        ("WJ-01", UNIT, None),
    ],
)
def test_the_range_depends_on_the_party(
    cause_id: str, party: PartyKind, expected: FineRange | None
) -> None:
    assert the_row(cause_id).range_for(party) == expected


def test_a_sole_trader_counts_as_the_switch_says() -> None:
    assert the_row("SR-06").range_for("sole_trader", "unit") == FineRange(min=500, max=3000)
    assert CATALOGUE.penalty.summary_limit(TRADER) == 200


@pytest.mark.parametrize(
    ("cause_id", "base", "expected"),
    [
        ("WJ-01", 1_000_001, FineRange(min=50_001, max=100_000)),
        ("WJ-02", 500_000, FineRange(min=None, max=50_000)),
        ("WJ-03", Decimal("80000.50"), FineRange(min=None, max=80_000)),
        ("LH-01", 1000, FineRange(min=1000, max=3000)),
        ("LH-07", 2000, FineRange(min=2000, max=10_000)),
    ],
)
def test_a_fine_by_formula_stays_within_the_law(
    cause_id: str, base: Decimal | int, expected: FineRange
) -> None:
    assert the_row(cause_id).formula_range(base) == expected


def test_the_row_is_that_of_the_day_of_the_act() -> None:
    old, new = CATALOGUE.cause("DQ-02"), CATALOGUE.cause("DQ-01")
    assert old.on(date(2026, 8, 14))
    assert not new.on(date(2026, 8, 14))
    assert not old.on(date(2026, 8, 15))
    assert new.on(date(2026, 8, 15))
    assert CATALOGUE.cause("QL-02").on(date(1999, 1, 1))  # first day unknown: always in force


def test_causes_are_found_by_id_name_or_group() -> None:
    assert [cause.id for cause in CATALOGUE.search_causes("sr-02")] == ["SR-02"]
    assert [cause.id for cause in CATALOGUE.search_causes("店外经营")] == ["SR-02"]
    assert [cause.id for cause in CATALOGUE.search_causes("noise 装修", TODAY)] == ["ZS-10"]
    assert len(CATALOGUE.search_causes("河道")) == 12
    assert len(CATALOGUE.search_causes()) == 128
    assert len(CATALOGUE.search_causes(on=TODAY)) == 115


@pytest.mark.parametrize(
    ("cause_id", "act", "decision", "party", "expected"),
    [
        ("DQ-06", date(2026, 8, 1), date(2026, 9, 1), PERSON, "DQ-05"),  # maximum fell
        ("DQ-02", date(2026, 8, 1), date(2026, 9, 1), UNIT, "DQ-02"),  # the same
        ("LJ-13", date(2026, 8, 1), date(2026, 9, 1), UNIT, "LJ-13"),  # rose
        ("LJ-13", date(2026, 8, 1), date(2026, 9, 1), PERSON, "LJ-13"),  # rose, other successor
        ("JZ-08", date(2026, 8, 1), date(2026, 9, 1), UNIT, "JZ-08"),
        ("DQ-06", date(2026, 8, 1), date(2026, 8, 14), PERSON, None),  # not changed yet
        ("SR-02", date(2026, 8, 1), date(2026, 9, 1), PERSON, None),  # never changed
        ("DQ-05", date(2026, 8, 1), date(2026, 9, 1), PERSON, None),  # not in force at the act
    ],
)
def test_the_lighter_law_applies_when_it_changed_after_the_act(
    cause_id: str, act: date, decision: date, party: PartyKind, expected: str | None
) -> None:
    charge = CATALOGUE.lighter(cause_id, act, decision, party)
    assert (charge and charge.cause.id) == expected


def test_what_is_not_in_the_catalogue_is_not_found() -> None:
    for ask in (
        lambda: CATALOGUE.cause("XX-01"),
        lambda: CATALOGUE.period("nap", TODAY),
        lambda: CATALOGUE.period("decide", date(2020, 1, 1)),
        lambda: CATALOGUE.regime("abroad"),
        lambda: CATALOGUE.offices.number("nothing", 2026, 1),
    ):
        with pytest.raises(LookupError):
            ask()


# ── offices and settings ────────────────────────────────────────────────────────────────────────


def test_numbers_are_printed_as_the_bureau_writes_them() -> None:
    number = CATALOGUE.offices.number
    assert number("decision", 2026, 217) == "杭上综执罚决字〔2026〕第000217号"
    assert number("docketing", 2026, 1) == "杭上综执立字〔2026〕第000001号"


def test_every_street_has_its_team() -> None:
    offices = CATALOGUE.offices
    assert len(offices.streets) == 14
    assert all(offices.team_of(street.code) for street in offices.streets)
    assert offices.street("330102011").name == "凯旋街道"
    assert offices.unit("legal").name == "法制科"


def test_tiers_part_the_range_without_a_gap() -> None:
    whole = FineRange(min=100, max=1000)
    parts = [CATALOGUE.penalty.tier(tier).range_in(whole) for tier in Tier]
    assert parts == [
        FineRange(min=0, max=99),
        FineRange(min=100, max=370),
        FineRange(min=370, max=730),
        FineRange(min=730, max=1000),
    ]
    assert CATALOGUE.penalty.tier("mitigated").range_in(FineRange(max=50)) is None


def test_thresholds_differ_by_party() -> None:
    penalty = CATALOGUE.penalty
    assert (penalty.hearing_threshold(PERSON), penalty.hearing_threshold(UNIT)) == (5000, 50000)
    assert (penalty.summary_limit(PERSON), penalty.summary_limit(UNIT)) == (200, 3000)


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 0), (1, 30), (33, 990), (34, 1000), (400, 1000)]
)
def test_the_surcharge_never_exceeds_the_fine(days: int, expected: int) -> None:
    surcharge = CATALOGUE.regime().surcharge
    assert surcharge is not None
    assert surcharge.on(Decimal(1000), days) == expected


# ── another law, as data only ───────────────────────────────────────────────────────────────────

FOREIGN = {
    "causes/foreign.yaml": """
group: 外国
group_en: Foreign
causes:
  - id: X-1
    name: 超速
    name_en: Speeding
    regime: foreign
    rows:
      - law: Road Code
        edition: "1992"
        article: "142"
        valid_from: 1993-01-01
        fine: {any: {min: 10, max: 90}}
        corrective_order: false
        verified: false
        check: S
""",
    "periods.yaml": """
periods:
  - id: foreign_pay
    term: 缴纳
    term_en: Payment
    length: 60
    unit: calendar_day
    basis: [{law: Road Code, article: "202"}]
    valid_from: null
  - id: statement
    term: 陈述申辩期限
    term_en: Statement and defence
    length: 10
    unit: working_day
    basis: [{law: Road Code, article: "1"}]
    valid_from: null
""",
    "collection/foreign.yaml": """
id: foreign
term: 外国法
term_en: Foreign law
pay_period: foreign_pay
payable_from: decision
surcharge: {kind: flat, rate: "1.00", basis: [{law: Road Code, article: "203"}]}
review: {period: foreign_pay, basis: [{law: Road Code, article: "203"}]}
lawsuit: {period: foreign_pay, after_review: foreign_pay, basis: [{law: Road Code, article: "205"}]}
demand_required: false
demand_period: foreign_pay
court_window: foreign_pay
basis: [{law: Road Code, article: "202"}]
""",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_foreign_law_is_laid_over_as_data(tmp_path: Path) -> None:
    both = Catalogue.load(ROOT, write(tmp_path, FOREIGN))
    assert len(both.causes) == 129
    assert both.period("foreign_pay", date(2000, 1, 1)).length == 60
    assert both.period("statement", TODAY).length == 10
    assert both.period("pay", TODAY).length == 15
    surcharge = both.regime(both.cause("X-1").regime).surcharge
    assert surcharge.on(Decimal("35.50"), 200) == Decimal("35.50")


# ── what is broken is refused ───────────────────────────────────────────────────────────────────


class Break(NamedTuple):
    """Replace ``old`` by ``new`` in ``file``; ``rule`` is told ``down`` lines below the edit."""

    file: str
    old: str
    new: str
    down: int
    rule: str


APPEARANCE, WASTE = "causes/appearance.yaml", "causes/construction_waste.yaml"
SR02 = "fine: {any: {min: 100, max: 1000}}"
SECOND_ROW = """valid_to: 2026-08-14
        corrective_order: true
        verified: false
        check: S
      - law: 某法
        edition: "2027"
        article: "1"
        valid_from: {day}
        valid_to: null"""
BREAKS = {
    "minimum above maximum": Break(
        APPEARANCE,
        SR02,
        "fine: {any: {min: 2000, max: 1000}}",
        0,
        "fine.min exceeds fine.max (cause SR-02)",
    ),
    "no article": Break(
        APPEARANCE,
        "        article: 17(1),(3)\n",
        "",
        -3,
        "rows.0.article is missing (cause SR-02)",
    ),
    "an empty article": Break(
        APPEARANCE,
        "article: 17(1),(3)",
        'article: ""',
        0,
        "rows.0.article is empty (cause SR-02)",
    ),
    "an unknown key": Break(
        APPEARANCE, SR02, SR02 + "\n        fien: 1", 1, "unknown key rows.0.fien (cause SR-02)"
    ),
    "a wrong type": Break(
        APPEARANCE,
        SR02,
        'fine: {any: {min: "100", max: 1000}}',
        0,
        "rows.0.fine.any.min: Input should be a valid integer (cause SR-02)",
    ),
    "an id twice": Break(APPEARANCE, "id: SR-02", "id: SR-01", 0, "cause id twice (cause SR-01)"),
    "an unknown successor": Break(
        WASTE, "[JZ-05]", "[JZ-99]", 0, "cause JZ-99 does not exist (cause JZ-07)"
    ),
    "an unknown regime": Break(
        APPEARANCE,
        "id: SR-02",
        "id: SR-02\n    regime: pay",
        1,
        "regime pay does not exist (cause SR-02)",
    ),
    "overlapping rows": Break(
        APPEARANCE,
        "valid_to: null",
        SECOND_ROW.replace("{day}", "2026-08-14"),
        4,
        "rows overlap (cause SR-01)",
    ),
    "rows out of order": Break(
        APPEARANCE,
        "valid_to: null",
        SECOND_ROW.replace("{day}", "2020-01-01"),
        4,
        "rows are not in ascending order of valid_from (cause SR-01)",
    ),
    "an end before its beginning": Break(
        APPEARANCE,
        "valid_to: null",
        "valid_to: 2001-01-01",
        0,
        "valid_to is before valid_from (cause SR-01)",
    ),
    "a check that does not fit": Break(
        WASTE, "check: V1", "check: MEM", 0, "verified does not fit check MEM (cause JZ-01)"
    ),
    "a basis without article": Break(
        "periods.yaml",
        '{law: 行政处罚法, article: "60"}',
        "{law: 行政处罚法}",
        0,
        "basis.0.article is missing (period decide)",
    ),
    "a blank basis": Break(
        "periods.yaml",
        '{law: 行政处罚法, article: "60"}',
        '{law: 行政处罚法, article: " "}',
        0,
        "a basis needs a law and an article (period decide)",
    ),
    "a period twice": Break(
        "periods.yaml",
        "id: decide",
        "id: docket",
        0,
        "rows are not in ascending order of valid_from (period docket)",
    ),
    "a working-day period that rolls": Break(
        "periods.yaml",
        "unit: working_day",
        "unit: working_day\n    rolls: true",
        1,
        "a period in working_days does not roll (period docket)",
    ),
    "a regime with an unknown period": Break(
        "collection/penalty_law.yaml",
        "after_review: sue_after_review",
        "after_review: sue_later",
        0,
        "period sue_later does not exist (regime penalty_law)",
    ),
    "a day of another year": Break(
        "calendar/2026.yaml",
        "{date: 2026-01-04",
        "{date: 2027-01-03",
        0,
        "2027-01-03 is not in 2026",
    ),
    "a make-up day on a weekday": Break(
        "calendar/2026.yaml",
        "{date: 2026-01-04",
        "{date: 2026-01-05",
        0,
        "make-up workday 2026-01-05 is not a weekend day",
    ),
    "a day listed twice": Break(
        "calendar/2026.yaml",
        "{date: 2026-01-04",
        "{date: 2026-01-03",
        0,
        "2026-01-03 is listed twice",
    ),
    "a street code twice": Break(
        "offices.yaml", '"330102003"', '"330102001"', 0, "street code 330102001 twice"
    ),
    "a number word twice": Break(
        "offices.yaml", "word: 立字", "word: 来字", 0, "number word 来字 twice"
    ),
    "a number without serial": Break(
        "offices.yaml",
        "word: 立字,",
        'word: 立字, format: "{agency}{word}",',
        0,
        "number format has no serial",
    ),
    "a gap between tiers": Break(
        "settings/penalty.yaml",
        'low: "0.3"',
        'low: "0.4"',
        -3,
        "tiers do not go from 0 to 1 in order and without a gap",
    ),
    "a bureau's number without a note": Break(
        "settings/penalty.yaml",
        "  value: 200\n  set_by: law",
        "  value: 200\n  set_by: bureau",
        1,
        "what the bureau sets needs a note",
    ),
    "a step without words": Break(
        "settings/incidents.yaml",
        "notices:\n  - {step: collected,",
        "notices:\n  - {step: docketed,",
        0,
        "no words for step collected",
    ),
    "a key twice": Break(
        "periods.yaml", "length: 90", "length: 90\n    length: 91", 1, "key length twice"
    ),
    "no YAML": Break(
        "offices.yaml", "streets:", "streets: [", 1, "not YAML: did not find expected node content"
    ),
}


def break_it(folder: Path, broken: Break) -> int:
    """Make the edit; the line on which it begins."""
    path = folder / broken.file
    text = path.read_text(encoding="utf-8")
    begin = text.index(broken.old)
    path.write_text(text.replace(broken.old, broken.new, 1), encoding="utf-8")
    return text[:begin].count("\n") + 1


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_named_by_file_line_and_rule(name: str, tmp_path: Path) -> None:
    broken = BREAKS[name]
    folder = shutil.copytree(ROOT, tmp_path / "catalogue")
    line = break_it(folder, broken) + broken.down
    with pytest.raises(CatalogueError) as refused:
        Catalogue.load(folder)
    told = f"catalogue/{broken.file}:{line}: {broken.rule}"
    assert told in str(refused.value).splitlines()


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT, tmp_path / "catalogue")
    for broken in BREAKS.values():
        if broken.old in (folder / broken.file).read_text(encoding="utf-8"):
            break_it(folder, broken)
    with pytest.raises(CatalogueError) as refused:
        Catalogue.load(folder)
    files = {problem.file for problem in refused.value.problems}
    assert files == {f"catalogue/{broken.file}" for broken in BREAKS.values()}


def test_a_missing_file_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as refused:
        Catalogue.load(tmp_path / "nowhere")
    assert str(refused.value).splitlines() == [
        "nowhere:1: folder is missing",
        "offices.yaml:1: file is missing",
        "settings/incidents.yaml:1: file is missing",
        "settings/non_contact.yaml:1: file is missing",
        "settings/penalty.yaml:1: file is missing",
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[]", "causes is not a list"),
        ("group: 无\ncauses: [1]", "causes.0 is not a mapping"),
        ("group: 无\nother: 1\ncauses: []", "unknown key other"),
        ("valid_from: 2026-02-30", "not YAML: day is out of range for month"),
    ],
)
def test_a_file_of_the_wrong_shape_is_told(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        Catalogue.load(ROOT, write(tmp_path, {"causes/odd.yaml": text}))
    assert rule in {problem.rule for problem in refused.value.problems}
