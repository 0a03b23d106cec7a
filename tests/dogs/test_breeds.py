"""Breeds: found whatever way they are written, never guessed."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from models.breeds import OFFERED, Match, MatchKind, read_breeds
from models.catalogue_file import Problem
from tests.dogs.papers import BREEDS

PROJECT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ANJUAN_SHARED_DATA") or PROJECT / "../shared/data")
LICENCES = SHARED / "dogs" / "nyc_dog_licences_dev.csv"
EXACT, ALIAS, ASK, UNKNOWN = MatchKind


def ids(match: Match) -> list[str]:
    return [breed.id for breed in match.candidates]


@pytest.mark.parametrize(
    ("text", "kind", "breed"),
    [
        ("Labrador Retriever", EXACT, "labrador_retriever"),
        ("labrador  RETRIEVER", EXACT, "labrador_retriever"),
        ("拉布拉多寻回犬", EXACT, "labrador_retriever"),
        ("德国牧羊", EXACT, "german_shepherd"),  # the 犬 is left out
        ("边牧犬", ALIAS, "border_collie"),  # and here it is added
        ("金毛", ALIAS, "golden_retriever"),
        ("金 毛", ALIAS, "golden_retriever"),
        ("ＰＯＯＤＬＥ", EXACT, "poodle"),
        ("Bichon Frisé", EXACT, "bichon_frise"),
        ("Shar-Pei, Chinese", EXACT, "shar_pei"),
        ("Poodle, Toy", EXACT, "poodle_toy"),
        ("Mastiff, Bull", EXACT, "bullmastiff"),
        ("Dachshund, Wirehaired, Miniature", ALIAS, "dachshund_miniature"),
        ("American Pit Bull Terrier/Pit Bull", EXACT, "american_pit_bull_terrier"),
        ("土狗", ALIAS, "chinese_rural_dog"),
    ],
)
def test_a_breed_is_found_however_it_is_written(text: str, kind: MatchKind, breed: str) -> None:
    match = BREEDS.match(text)
    assert match.breed is not None
    assert (match.kind, match.breed.id, match.cross) == (kind, breed, False)


@pytest.mark.parametrize(
    ("text", "breed"),
    [
        ("Beagle Crossbreed", "beagle"),
        ("poodle mix", "poodle"),
        ("American Pit Bull Mix / Pit Bull Mix", "american_pit_bull_terrier"),
        ("拉布拉多串串", "labrador_retriever"),
        ("杂交泰迪", "poodle"),
        ("Labradoodle", "labradoodle"),
    ],
)
def test_a_cross_keeps_the_breed_it_names(text: str, breed: str) -> None:
    match = BREEDS.match(text)
    assert match.breed is not None
    assert (match.breed.id, match.cross) == (breed, True)


def test_a_cross_with_a_name_of_its_own_knows_its_parents() -> None:
    match = BREEDS.match("Puggle")
    assert match.breed is not None
    assert match.breed.blood == {"pug", "beagle"}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gold retriver", "golden_retriever"),
        ("藏敖", "tibetan_mastiff"),
        ("Frisé Bichon", "bichon_frise"),
        ("schnauzer", "miniature_schnauzer"),
        ("斗牛犬", "english_bulldog"),
        ("牧羊犬", "german_shepherd"),
    ],
)
def test_what_is_only_similar_or_shared_is_offered_and_not_taken(text: str, first: str) -> None:
    match = BREEDS.match(text)
    assert (match.kind, match.breed) == (ASK, None)
    assert ids(match)[0] == first


def test_two_breeds_named_together_are_a_cross_to_be_asked_about() -> None:
    match = BREEDS.match("poodle x maltese")
    assert (match.kind, match.cross, ids(match)) == (ASK, True, ["poodle", "maltese"])


@pytest.mark.parametrize("text", ["", "  ", "Unknown", "不详", "狗", "asdfgh", "！！！"])
def test_what_nobody_can_read_is_unknown(text: str) -> None:
    assert BREEDS.match(text) == Match(UNKNOWN)


def test_a_mongrel_is_an_unknown_cross() -> None:
    assert BREEDS.match("串串") == BREEDS.match("Mixed Breed") == Match(UNKNOWN, cross=True)


@given(text=st.text(max_size=40))
def test_any_text_is_answered_and_only_a_written_name_gives_a_breed(text: str) -> None:
    match = BREEDS.match(text)
    assert (match.breed is not None) == (match.kind in (EXACT, ALIAS))
    assert bool(match.candidates) == (match.kind is ASK)
    assert match == BREEDS.match(text)


def test_every_name_of_a_breed_leads_to_it() -> None:
    named = [(name, one) for one in BREEDS for name in (one.name, one.name_en, *one.aliases)]
    assert len(BREEDS) > 250
    assert [name for name, one in named if BREEDS.match(name).breed != one] == []


def test_fuzzy_offers_are_few() -> None:
    texts = ("gold retriver", "sheperd", "terier", "牧养犬", "拉不多")
    assert all(len(BREEDS.match(text).candidates) <= OFFERED for text in texts)


def read_licences() -> Counter[str]:
    if not LICENCES.exists():
        pytest.skip(f"no licences at {LICENCES}; name their folder in ANJUAN_SHARED_DATA")
    with LICENCES.open(encoding="utf-8", newline="") as file:
        return Counter(row["Breed"] for row in csv.DictReader(file))


def test_most_breeds_that_new_yorkers_wrote_are_matched_and_none_is_guessed() -> None:
    written = read_licences()
    matches = {text: BREEDS.match(text) for text in written}
    matched = sum(written[text] for text, match in matches.items() if match.breed)
    assert matched / written.total() >= 0.88
    assert matches["Unknown"] == Match(UNKNOWN)
    # Told apart from what is matched: a word of each text is a word of the breed's own names.
    for text, match in matches.items():
        if match.breed:
            names = " ".join((match.breed.name_en, *match.breed.aliases)).casefold()
            assert any(word in names for word in text.casefold().replace(",", " ").split()), text


def test_a_breed_file_says_which_line_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "dogs" / "breeds.yaml"
    file.parent.mkdir()
    file.write_text(
        "breeds:\n"
        "  - {id: pug, name: 巴哥犬, name_en: Pug}\n"
        "  - {id: mops, name: 莫普斯, name_en: Mops, aliases: [pug]}\n"
        "  - {id: puggle, name: 巴格尔犬, name_en: Puggle, parents: [pug, beagle]}\n"
        "shared:\n"
        "  - {words: [犬种], breeds: [pug, beagle]}\n",
        "utf-8",
    )
    problems: list[Problem] = []
    assert read_breeds(file, tmp_path, problems) is None
    said = "\n".join(map(str, sorted(problems)))
    assert "breeds.yaml:3: pug already means pug" in said
    assert "breeds.yaml:4: unknown breed beagle" in said
    assert "breeds.yaml:6: unknown breed beagle" in said


def test_a_missing_breed_file_is_a_problem(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_breeds(tmp_path / "breeds.yaml", tmp_path, problems) is None
    assert [problem.rule for problem in problems] == ["file is missing"]
