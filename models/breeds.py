"""Breeds (犬种): what people write, matched to the breed it names. It never guesses: what is only similar is offered, not taken.

The ``large`` and ``fierce`` marks are hints of this catalogue, not law: they make a person look, and refuse nobody.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import Field, model_validator
from rapidfuzz import fuzz, process

from models.catalogue_file import CatalogueFile, Location, Problem, Row, Text, refuse, repeated

Key = Field(pattern=r"^[a-z][a-z0-9_]*$")
SIMILAR = 68  # of 100: a letter or two of a short name are wrong
SIMILAR_HAN = 50  # of 100: a Chinese name is short, and one character of two is wrong
OFFERED = 5  # a list one can read at a glance
NOT_IN_A_NAME = re.compile(r"[\W_]+")
# A cross is said behind or before the breed: Beagle Crossbreed, poodle mix, 拉布拉多串串, 杂交泰迪.
CROSS = re.compile(
    r"\b(crossbreed|crossbred|cross|mixed breed|mixed|mix|hybrid|mutt|mongrel)\b|杂交|混血|混种|杂种|串串|串"
)


class MatchKind(StrEnum):
    """How a text was matched: the name itself, an alias, only something similar or shared by several, nothing."""

    EXACT = "exact"
    ALIAS = "alias"
    ASK = "ask"
    UNKNOWN = "unknown"


class Breed(Row):
    """One breed, or a cross with a name of its own, then with its ``parents``."""

    id: str = Key
    name: Text
    name_en: Text
    aliases: tuple[Text, ...] = ()
    large: bool = False
    fierce: bool = False
    parents: tuple[str, ...] = ()

    @property
    def blood(self) -> frozenset[str]:
        """Ids of the breeds it descends from: itself, or its parents."""
        return frozenset(self.parents or (self.id,))


class SharedWord(Row):
    """Words that several breeds share, e.g. 牧羊犬: the applicant says which."""

    words: tuple[Text, ...] = Field(min_length=1)
    breeds: tuple[str, ...] = Field(min_length=2)


class BreedFile(Row):
    """``breeds.yaml``. ``unknown``: words for not knowing. No two breeds answer to one word."""

    breeds: tuple[Breed, ...]
    shared: tuple[SharedWord, ...] = ()
    unknown: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [breed.id for breed in self.breeds]
        refuse(
            [
                *repeated("breed", ids, "breeds", "id"),
                *_unknown_ids(self, set(ids)),
                *_taken_words(self),
            ]
        )
        return self


class Match(NamedTuple):
    """What a text names. ``cross``: a mixed dog, of ``breed`` where one is named; ``candidates``: what it may mean, likeliest first."""

    kind: MatchKind
    breed: Breed | None = None
    cross: bool = False
    candidates: tuple[Breed, ...] = ()


class Breeds:
    """All breeds, found by what people write."""

    def __init__(
        self,
        breeds: Iterable[Breed] = (),
        shared: Iterable[SharedWord] = (),
        unknown: Iterable[str] = (),
    ) -> None:
        self._breeds = {breed.id: breed for breed in breeds}
        self._names = {_key(name): one for one in self for name in (one.name, one.name_en)}
        self._aliases = {_key(alias): one for one in self for alias in one.aliases}
        self._shared = {_key(word): one.breeds for one in shared for word in one.words}
        self._unknown = {_key(word) for word in unknown} | {""}
        named = self._aliases | self._names
        self._meanings = {word: (one.id,) for word, one in named.items()} | self._shared

    def __iter__(self) -> Iterator[Breed]:
        return iter(self._breeds.values())

    def __len__(self) -> int:
        return len(self._breeds)

    def get(self, breed_id: str) -> Breed | None:
        """The breed of that id."""
        return self._breeds.get(breed_id)

    def match(self, text: str) -> Match:
        """The breed a text names, whatever its case, spaces, marks, width and word order ("Poodle, Toy")."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        found = self._named(plain)
        if found is not None:
            return found
        bare = CROSS.sub(" ", plain)
        cross = bare != plain
        found = self._named(bare) or self._either(bare) or self._similar(bare)
        return found._replace(cross=cross or found.cross)

    def _named(self, plain: str) -> Match | None:
        for key in _spellings(plain):
            for kind, words in ((MatchKind.EXACT, self._names), (MatchKind.ALIAS, self._aliases)):
                if key in words:
                    return Match(kind, words[key], cross=bool(words[key].parents))
            if key in self._shared:
                shared = tuple(self._breeds[breed] for breed in self._shared[key])
                return Match(MatchKind.ASK, candidates=shared)
            if key in self._unknown:
                return Match(MatchKind.UNKNOWN)
        return None

    def _either(self, plain: str) -> Match | None:
        """A breed told twice ("Pit Bull / American Pit Bull") is that breed; two breeds are a cross, of both."""
        found = [self._named(part) for part in re.split(r"[/、×+&]|\bx\b", plain) if _key(part)]
        breeds = {one.breed.id: one.breed for one in found if one and one.breed}
        if len(found) < 2 or len(breeds) == 0:
            return None
        if len(breeds) == 1 and all(one and one.breed for one in found):
            return next(one for one in found if one)
        return Match(MatchKind.ASK, cross=len(breeds) > 1, candidates=tuple(breeds.values()))

    def _similar(self, plain: str) -> Match:
        """Names that look alike, for the applicant to choose from."""
        key = _key(plain)
        cutoff = SIMILAR if key.isascii() else SIMILAR_HAN
        alike = process.extract(
            key, self._meanings.keys(), scorer=fuzz.ratio, score_cutoff=cutoff, limit=None
        )
        ranked = sorted(alike, key=lambda one: (-one[1], one[0]))
        meant = dict.fromkeys(breed for word, _, _ in ranked for breed in self._meanings[word])
        candidates = tuple(self._breeds[breed] for breed in meant)[:OFFERED]
        return Match(MatchKind.ASK if candidates else MatchKind.UNKNOWN, candidates=candidates)


def read_breeds(path: Path, root: Path, problems: list[Problem]) -> Breeds | None:
    """The breeds of ``path``, or None with its problems noted, named from ``root``."""
    if not path.exists():
        name = (root.name / path.relative_to(root)).as_posix()
        problems.append(Problem(name, 1, "file is missing"))
        return None
    file = CatalogueFile.read(path, root, problems)
    read = file.parse(BreedFile, file.data)
    return Breeds(read.breeds, read.shared, read.unknown) if read else None


def _key(text: str) -> str:
    """Letters and digits only, without accents, and without the 犬 or 狗 that some write behind a name and some do not."""
    split = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in split if not unicodedata.combining(one))
    word = NOT_IN_A_NAME.sub("", plain)
    return word[:-1] if word.endswith(("犬", "狗")) and len(word) > 1 else word


def _spellings(plain: str) -> tuple[str, ...]:
    """As written, and with what stands behind a comma before it: "Collie, Border"."""
    parts = re.split(r"[,，]", plain)
    return tuple(dict.fromkeys((_key(plain), _key("".join(reversed(parts))))))


def _unknown_ids(file: BreedFile, ids: set[str]) -> Iterator[tuple[str, Location]]:
    for n, breed in enumerate(file.breeds):
        for parent in sorted(set(breed.parents) - ids):
            yield f"unknown breed {parent}", ("breeds", n, "parents")
    for n, one in enumerate(file.shared):
        for breed_id in sorted(set(one.breeds) - ids):
            yield f"unknown breed {breed_id}", ("shared", n, "breeds")


def _taken_words(file: BreedFile) -> Iterator[tuple[str, Location]]:
    """A word that means two things would make a match depend on the order of the file."""
    taken: dict[str, str] = {_key(word): "unknown" for word in file.unknown}
    listed: list[tuple[str, str, Location]] = [
        (word, f"entry {n + 1} of shared", ("shared", n))
        for n, one in enumerate(file.shared)
        for word in one.words
    ]
    for n, breed in enumerate(file.breeds):
        words = (breed.name, breed.name_en, *breed.aliases)
        listed += [(word, breed.id, ("breeds", n)) for word in words]
    for word, owner, at in listed:
        if taken.setdefault(_key(word), owner) != owner:
            yield f"{word} already means {taken[_key(word)]}", at
