"""An approval item (事项): one row of ``catalogue/items``. Its questions split it into situations (颗粒化); their answers choose
materials, steps, period and fee (行政许可法 30; 浙江省保障“最多跑一次”改革规定 4).
"""

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from models.basis import Basis
from models.catalogue_file import Bases, Row, Text, refuse, repeated
from models.condition import Condition

Key = Field(pattern=r"^[a-z][a-z0-9_]*$")


class QuestionKind(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


class Option(Row):
    """One answer of a choice."""

    id: str = Key
    text: Text
    text_en: Text


class Question(Row):
    """One question. ``when``: asked only where that holds; numbers lie within ``low`` and ``high``; ``same`` marks an answer that tells one
    matter of the applicant from another.
    """

    id: str = Key
    text: Text
    text_en: Text
    kind: QuestionKind
    options: tuple[Option, ...] = ()
    when: Condition | None = None
    required: bool = True
    low: int | None = None
    high: int | None = None
    unit: Text | None = None
    same: bool = False
    help: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        choice = self.kind is QuestionKind.CHOICE
        rules = {
            ("options", "exactly a choice has options"): choice == bool(self.options),
            ("low", "exactly a number has low and high"): (self.kind is QuestionKind.NUMBER)
            == (self.low is not None and self.high is not None),
        }
        findings: list[Any] = [(rule, (key,)) for (key, rule), ok in rules.items() if not ok]
        options = [option.id for option in self.options]
        refuse([*findings, *repeated("option", options, "options", "id")])
        return self


class Material(Row):
    """One paper that may be asked for. ``register`` and ``fact`` say where the government holds it already: then it is fetched, shown and
    confirmed, not asked for (最多跑一次 7); ``tolerated``: may come later (容缺, 11); ``reuse_months``: an earlier one of the applicant is
    offered again for so long.
    """

    id: str = Key
    name: Text
    name_en: Text
    basis: Bases
    form: Literal["form", "original", "copy", "electronic", "photo"] = "electronic"
    when: Condition | None = None
    register_: Literal["residents", "companies", "property", "vaccination"] | None = Field(
        default=None, alias="register"
    )
    tolerated: bool = False
    reuse_months: int | None = Field(default=None, ge=1, le=120)
    note: Text | None = None


class StepKind(StrEnum):
    """What an item may need before it is decided."""

    SITE_CHECK = "site_check"
    EXPERT_REVIEW = "expert_review"
    INSPECTION = "inspection"
    CONSULTATION = "consultation"
    HEARING = "hearing"
    ANNOUNCEMENT = "announcement"


class Department(Row):
    """Another department that is asked, and in how many working days it answers; ``binding``: without its consent there is no grant."""

    id: str = Key
    name: Text
    name_en: Text
    days: int = Field(ge=1, le=60)
    binding: bool = True


class Step(Row):
    """A step an item needs, in these situations. Departments of a consultation are asked side by side, or one after the other."""

    kind: StepKind
    when: Condition | None = None
    basis: Bases
    departments: tuple[Department, ...] = ()
    order: Literal["joint", "serial"] = "joint"

    @model_validator(mode="after")
    def _departments_are_asked(self) -> Self:
        if (self.kind is StepKind.CONSULTATION) != bool(self.departments):
            refuse([("exactly a consultation names departments", ("departments",))])
        return self


class Promise(Row):
    """A promised period, working days; the first whose condition holds counts."""

    days: int = Field(ge=0, le=90)
    when: Condition | None = None


class Periods(Row):
    """``statutory`` names a period of ``periods.yaml``, or ``days`` gives what another law sets; the promised ones are no longer."""

    statutory: Text = "licence_decide"
    days: int | None = Field(default=None, ge=1, le=60)
    basis: Bases
    promised: tuple[Promise, ...] = Field(min_length=1)


class Fee(Row):
    """A fee, yuan: an expression over the answers. Only a statute or administrative regulation may set one (行政许可法 58)."""

    amount: Condition
    when: Condition | None = None
    basis: Bases
    verified: bool
    note: Text | None = None


class Validity(Row):
    """How long the licence holds: months, days, until an answered date, or without end."""

    months: int | None = Field(default=None, ge=1, le=240)
    days: int | None = Field(default=None, ge=1, le=3660)
    until: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    longest_days: int | None = Field(default=None, ge=1, le=3660)
    basis: Bases

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.months, self.days, self.until)) > 1:
            refuse([("give one of months, days, until", ("until",))])
        return self


class Renewal(Row):
    """Apply so many days before expiry; where ``silent``, no answer by expiry renews (行政许可法 50)."""

    before_days: int = Field(default=30, ge=0, le=365)
    silent: bool = True
    basis: Bases


class Pledge(Row):
    """告知承诺: the conditions told, and what is promised (最多跑一次 14)."""

    conditions: tuple[Text, ...] = Field(min_length=1)
    when: Condition | None = None
    basis: Bases


class Item(Row):
    """One item. ``nature``: a permit, a record filing (备案) or a proof (证明). ``at_once``: where that holds and nothing is left to
    judge, it
    is decided on the spot (行政许可法 34(2)). ``document`` is the kind of licence it ends in. ``bar_scope`` ties re-application bars
    together.
    """

    code: str = Field(pattern=r"^[A-Z]{2,4}-\d{2}$")
    name: Text
    name_en: Text
    group: Text
    nature: Literal["permit", "filing", "proof"] = "permit"
    basis: Bases
    decided_by: Text
    applicants: tuple[Literal["person", "organisation", "sole_trader"], ...] = Field(min_length=1)
    questions: tuple[Question, ...] = ()
    materials: tuple[Material, ...]
    steps: tuple[Step, ...] = ()
    periods: Periods
    at_once: Condition | None = None
    fee: Fee | None = None
    document: Text | None = "licence"
    validity: Validity | None = None
    renewal: Renewal | None = None
    pledge: Pledge | None = None
    conditions: tuple[Text, ...] = ()
    bar_scope: Text | None = None
    dogs: bool = False
    public_safety: bool = False
    verified: bool
    note: Text | None = None

    @model_validator(mode="after")
    def _ids_once(self) -> Self:
        refuse(
            [
                *repeated("question", [q.id for q in self.questions], "questions", "id"),
                *repeated("material", [m.id for m in self.materials], "materials", "id"),
            ]
        )
        return self

    @property
    def cited(self) -> tuple[Basis, ...]:
        return self.basis

    @property
    def scope(self) -> str:
        """What a bar on re-application covers: the item, or its group."""
        return self.bar_scope or self.code

    def question(self, known: str) -> Question:
        """The question of that id; LookupError when there is none."""
        for question in self.questions:
            if question.id == known:
                return question
        raise LookupError(f"no question {known}")

    def material(self, known: str) -> Material | None:
        """The material of that id."""
        return next((material for material in self.materials if material.id == known), None)
