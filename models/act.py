"""An act is a paper: one class says its Chinese term, its legal basis, who may do it, its fields and what must be so first.

The HTTP route, the JSON Schema, the page's form, the timeline entry and the refusal are all made from the class.
"""

import json
import re
from datetime import date, datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from models.basis import PENALTY, Basis
from models.capture import Capture, Found
from models.cause import FineRange
from models.document import DocumentFacts
from models.evidence import EvidenceFacts
from models.incident_class import ClassFacts, TaskOffer
from models.offices import Department
from models.person import ROLE_TERMS, Actor, Officer, Role
from models.refusal import Code, Refused, refuse
from models.suspension import civil_day


class LighterRule(BaseModel):
    """The rule in force today when it is lighter than the rule of the day of the act (行政处罚法 37)."""

    cause: str
    law: str
    article: str
    range: FineRange | None = None


class LicensingFacts(BaseModel):
    """What the desk found out for a renewal or change: how long it would hold, whether nothing is left for a person to judge, and where a
    dog would live from then on.
    """

    valid_to: date | None = None
    at_once: bool = False
    dog: dict[str, str] = {}
    place_claim: str | None = None


class Moment(BaseModel):
    """When and by whom a paper is handed in, with what the counter looked up for it: recorded with the act, so replay needs no look-up."""

    now: datetime
    actor: Actor
    people: dict[str, Officer] = {}
    staff: dict[str, str] = {}
    workdays_ahead: dict[int, date] = {}
    lighter: LighterRule | None = None
    party_digest: str | None = None
    claim: str | None = None
    document: DocumentFacts | None = None
    evidence: dict[str, EvidenceFacts] = {}
    channels: tuple[str, ...] = ()
    licensing: LicensingFacts | None = None
    category: ClassFacts | None = None
    task: TaskOffer | None = None
    capture: Capture | None = None
    captures_waiting: tuple[str, ...] = ()
    found: Found | None = None
    department: Department | None = None
    known: tuple[str, ...] = ()
    grid: str | None = None

    @property
    def today(self) -> date:
        return civil_day(self.now)


class Act(BaseModel):
    """A paper. Subclasses are declared with ``term``, ``en``, ``basis`` (``elsewhere``: in other kinds of matter), ``by``, the kinds of
    ``matters`` it is handed in to and, where the party may not read it, ``internal``.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: ClassVar[str]
    term: ClassVar[str]
    en: ClassVar[str]
    basis: ClassVar[tuple[Basis, ...]]
    elsewhere: ClassVar[dict[str, tuple[Basis, ...]]]
    by: ClassVar[tuple[Role, ...]]
    matters: ClassVar[tuple[str, ...]]
    internal: ClassVar[bool]

    _moment: Moment | None = PrivateAttr(default=None)

    def __init_subclass__(  # noqa: PLR0913 -- what an act is declared with
        cls,
        *,
        term: str = "",
        en: str = "",
        basis: tuple[Basis, ...] = (),
        elsewhere: dict[str, tuple[Basis, ...]] | None = None,
        by: tuple[Role, ...] = (),
        matters: tuple[str, ...] = ("case",),
        internal: bool = False,
        **rest: Any,
    ) -> None:
        super().__init_subclass__(**rest)
        if not term:
            return
        cls.term, cls.en, cls.basis, cls.by = term, en, basis, by
        cls.elsewhere, cls.matters, cls.internal = elsewhere or {}, matters, internal
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        if cls.name in ACTS:
            raise TypeError(f"two acts are called {cls.name}")
        ACTS[cls.name] = cls

    @classmethod
    def basis_in(cls, kind: str) -> tuple[Basis, ...]:
        """What it rests on in a matter of that kind."""
        return cls.elsewhere.get(kind, cls.basis)

    def gate(self, file: Any, moment: Moment) -> None:
        """What the law asks for before this paper may be handed in; raises `Refused`. Decided before anything is written."""

    @classmethod
    def why_closed(cls, file: Any) -> Refused | None:
        """The law's own reason why this paper is not open now, where there is one."""
        return None

    def handed_in(self, moment: Moment) -> None:
        """Keep when and by whom it was handed in."""
        self._moment = moment

    @property
    def moment(self) -> Moment:
        """When and by whom it was handed in."""
        if self._moment is None:
            raise LookupError(f"{self.name} was not handed in")
        return self._moment

    def disclosed(self) -> dict[str, Any]:
        """The fields as the timeline keeps them: no raw ID numbers."""
        return self.model_dump(mode="json", exclude_none=True)

    def evidence_cited(self) -> tuple[str, ...]:
        """Digests of files this paper brings as evidence; the counter looks them up."""
        return ()

    def staff_named(self) -> tuple[str, ...]:
        """User names of colleagues this paper names, officers or not; the counter looks them up."""
        return ()

    def people_named(self) -> tuple[str, ...]:
        """User names of officers this paper names; the counter looks them up."""
        return ()

    @classmethod
    def read(cls, paper: dict[str, Any]) -> Self:
        """Read a paper strictly. Raises `Refused` naming the first field at fault."""
        try:
            return cls.model_validate_json(json.dumps(paper))
        except ValidationError as wrong:
            raise invalid(wrong, cls.basis) from wrong


ACTS: dict[str, type[Act]] = {}

_RULES: dict[str, str] = {
    "missing": "必填 / required",
    "extra_forbidden": "没有这个字段 / no such field",
    "string_too_long": "过长 / too long",
    "string_too_short": "不能为空 / must not be empty",
    "string_pattern_mismatch": "格式不符 / malformed",
    "date_from_datetime_parsing": "日期无效 / not a date",
    "datetime_from_date_parsing": "时间无效 / not a time",
    "timezone_aware": "时间须带时区 / a time needs an offset",
    "less_than_equal": "超出上限 / too large",
    "greater_than_equal": "低于下限 / too small",
    "greater_than": "须大于零 / must be above zero",
    "enum": "不在可选值之内 / not one of the choices",
    "literal_error": "不在可选值之内 / not one of the choices",
    "bool_type": "须为 true 或 false / must be true or false",
    "int_type": "须为整数 / must be a whole number",
    "float_type": "须为数字 / must be a number",
    "string_type": "须为文字 / must be text",
    "date_type": "须为日期 / must be a date",
    "datetime_type": "须为时间 / must be a time",
    "tuple_type": "须为列表 / must be a list",
    "model_type": "须为对象 / must be an object",
    "too_short": "项数不足 / too few",
    "too_long": "项数过多 / too many",
}


def invalid(wrong: ValidationError, basis: tuple[Basis, ...] = ()) -> Refused:
    """The first thing wrong with a paper, as a refusal that names the field and the rule."""
    first = wrong.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    said = first["msg"].removeprefix("Value error, ")
    rule = _RULES.get(first["type"], said if " / " in said else f"内容不符合要求 / {said}")
    zh, _, en = rule.partition(" / ")
    return refuse(Code.INVALID, f"{field}：{zh}", f"{field}: {en}", basis, field)


def relation(actor: Actor, party_digest: str | None, roles: tuple[Role, ...]) -> Role | None:
    """In which of `roles` the actor stands to the matter, or None. Being the party is a relation, not a role."""
    for role in roles:
        if role is Role.PARTY and party_digest and actor.id_digest == party_digest:
            return Role.PARTY
        if role in actor.roles:
            return role
    return None


def not_your_role(act: type[Act], kind: str) -> Refused:
    """Another role does this act, in a matter of that kind."""
    who = "、".join(ROLE_TERMS[role] for role in act.by)
    return refuse(
        Code.NOT_YOUR_ROLE,
        f"{act.term}由{who}办理",
        f"{act.en} is done by: {', '.join(act.by)}",
        act.basis_in(kind),
    )


def no_conflict(person: str, officers: tuple[str, ...], act: type[Act]) -> None:
    """Investigators do not review, chair or decide their own case (行政处罚法 43, 57, 58, 64)."""
    if person in officers:
        raise refuse(
            Code.CONFLICT_OF_INTEREST,
            f"{act.term}不得由本案调查人员办理",
            f"{act.en} may not be done by an investigator of the case",
            act.basis + PENALTY(43),
        )
