"""A catalogue file: YAML that remembers its lines, so that every problem names file, line and rule.

Values are checked strictly (``"1"`` is not 1, an unknown key is a problem) through JSON, where
pydantic's strict mode still takes lists for tuples and words for enum members.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from models.basis import Basis

# The same safe loader in C where the wheel has it: ten times faster.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
M = TypeVar("M", bound=BaseModel)
Location = tuple[str | int, ...]


class Problem(NamedTuple):
    """One broken rule of the catalogue: ``file:line: rule``."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}"


class CatalogueError(ValueError):
    """The catalogue is broken and nothing may start on it. Carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class BrokenRuleError(ValueError):
    """Raised by a model's own rules: what is wrong, each at its place inside the model."""

    def __init__(self, findings: list[tuple[str, Location]]) -> None:
        self.findings = findings
        super().__init__("; ".join(rule for rule, _ in findings))


def refuse(findings: Iterable[tuple[str, Location]]) -> None:
    """Raise BrokenRuleError when there is any finding."""
    found = list(findings)
    if found:
        raise BrokenRuleError(found)


def repeated(what: str, values: Sequence[str], key: str, field: str) -> list[tuple[str, Location]]:
    """A finding for every value that stood earlier in the list ``key`` under ``field``."""
    return [
        (f"{what} {value} twice", (key, index, field))
        for index, value in enumerate(values)
        if value in values[:index]
    ]


def _cited(basis: Basis) -> Basis:
    if not (basis.law.strip() and basis.article.strip()):
        raise ValueError("a basis needs a law and an article")
    return basis


Bases = Annotated[tuple[Annotated[Basis, AfterValidator(_cited)], ...], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]


class Row(BaseModel):
    """Base of everything read from the catalogue: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass
class CatalogueFile:
    """One YAML file: its data, its lines, and the problems found in it."""

    path: Path
    name: str
    problems: list[Problem]
    root: yaml.Node | None = None
    data: Any = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, folder: Path, problems: list[Problem]) -> "CatalogueFile":
        """Read ``path``; a syntax error or a repeated key becomes a problem, never an exception."""
        file = cls(path, (folder.name / path.relative_to(folder)).as_posix(), problems)
        text = path.read_text(encoding="utf-8")
        try:
            file.root = yaml.compose(text, Loader=LOADER)
            file.data = yaml.load(text, Loader=LOADER)  # noqa: S506 – both are safe loaders
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problems.append(Problem(file.name, line, f"not YAML: {error.problem}"))
        except ValueError as error:  # e.g. 30 February, which is YAML but no date
            problems.append(Problem(file.name, 1, f"not YAML: {error}"))
        file._refuse_repeated_keys(file.root)
        return file

    def parse(self, model: type[M], data: Any, at: Location = (), what: str = "") -> M | None:
        """``data`` as ``model``, or None with its problems noted; ``what`` names the entry."""
        try:
            return model.model_validate_json(json.dumps(data, default=str), strict=True)
        except ValidationError as error:
            for detail in _own_errors(error):
                for rule, place in _findings(detail):
                    self.report(rule, (*at, *detail["loc"], *place), what)
            return None

    def entries(self, key: str) -> list[dict[str, Any]]:
        """The mappings listed under ``key``; anything else there is a problem."""
        listed = self.data.get(key) if isinstance(self.data, dict) else None
        if not isinstance(listed, list):
            self.report(f"{key} is not a list")
            return []
        for index, entry in enumerate(listed):
            if not isinstance(entry, dict):
                self.report(f"{key}.{index} is not a mapping", (key, index))
        return [entry if isinstance(entry, dict) else {} for entry in listed]

    def refuse_unknown_keys(self, *known: str) -> None:
        """Top-level keys other than ``known`` are problems."""
        for key in self.data if isinstance(self.data, dict) else ():
            if key not in known:
                self.report(f"unknown key {key}", (key,))

    def report(self, rule: str, at: Location = (), what: str = "") -> None:
        """Note a problem at the line of ``at``, or of its nearest parent that is in the file."""
        told = f"{rule} ({what})" if what else rule
        self.problems.append(Problem(self.name, self.line(at), told))

    def line(self, at: Location) -> int:
        """The line, from 1, on which ``at`` stands."""
        node, line = self.root, 1
        for step in at:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def _refuse_repeated_keys(self, node: yaml.Node | None) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    line = key.start_mark.line + 1
                    self.problems.append(Problem(self.name, line, f"key {key.value} twice"))
                seen.add(key.value)
                self._refuse_repeated_keys(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._refuse_repeated_keys(item)


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def _own_errors(error: ValidationError) -> list[Any]:
    """Without the echo: a list whose items are broken is also told to be too short."""
    details = error.errors(include_url=False)
    inside = {detail["loc"][:n] for detail in details for n in range(len(detail["loc"]))}
    return [d for d in details if d["type"] != "too_short" or d["loc"] not in inside]


def _findings(detail: Any) -> list[tuple[str, Location]]:
    error = detail.get("ctx", {}).get("error")
    return error.findings if isinstance(error, BrokenRuleError) else [(_rule(detail), ())]


def _rule(detail: Any) -> str:
    """A pydantic error in the words of someone who edits the file."""
    path = ".".join(str(step) for step in detail["loc"])
    match detail["type"]:
        case "missing":
            return f"{path} is missing"
        case "extra_forbidden":
            return f"unknown key {path}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "string_too_short" | "too_short":
            return f"{path} is empty"
        case _:
            return f"{path}: {detail['msg']}"
