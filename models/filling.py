"""Filling in a document by hand: every field the law asks for, none its kind does not know, each in its shape."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from models.document import DocumentField, DocumentKind, FieldKind
from models.refusal import Code, Refused, refuse
from models.text import Line, Text


class Shape(NamedTuple):
    """How a value is written, and in words."""

    adapter: TypeAdapter[Any]
    zh: str
    en: str


def _day(written: str) -> str:
    date.fromisoformat(written)
    return written


def _moment(written: str) -> str:
    if datetime.fromisoformat(written).utcoffset() is None:
        raise ValueError("no offset")
    return written


_SHAPES = {
    FieldKind.TEXT: Shape(TypeAdapter(Text), "文字", "text"),
    FieldKind.DATE: Shape(
        TypeAdapter(Annotated[str, AfterValidator(_day)]),
        "日期，如 2026-11-25",
        "a date, 2026-11-25",
    ),
    FieldKind.TIME: Shape(
        TypeAdapter(Annotated[str, AfterValidator(_moment)]),
        "带时区的时间，如 2026-11-25T09:00:00+08:00",
        "a time with its offset",
    ),
    FieldKind.MONEY: Shape(
        TypeAdapter(Annotated[Decimal, Field(ge=0, decimal_places=2, max_digits=14)]),
        "金额，如 2000.00",
        "an amount, 2000.00",
    ),
    FieldKind.LIST: Shape(TypeAdapter(list[Line]), "文字列表", "a list of texts"),
    FieldKind.TABLE: Shape(TypeAdapter(list[dict[str, Line]]), "表格", "a table"),
}


def refuse_misfilled(kind: DocumentKind, given: Mapping[str, Any]) -> None:
    """Raises `Refused`, naming the first field at fault and the articles that the document rests on."""
    known = {field.name: field for field in kind.given}
    for name in given:
        if name not in known:
            raise _misfilled(
                kind, name, f"{kind.name}没有这一项", f"{kind.name_en} has no such field"
            )
    for field in known.values():
        _refuse_missing(kind, field, given)
        if given.get(field.name):
            _refuse_misshapen(kind, field, given[field.name])


def refuse_miscorrected(kind: DocumentKind, corrections: Mapping[str, str]) -> None:
    """A correction is written in the shape of its field. Raises `Refused`."""
    for field in kind.correctable:
        if field.name in corrections:
            _refuse_misshapen(kind, field, corrections[field.name])


def _refuse_missing(kind: DocumentKind, field: DocumentField, given: Mapping[str, Any]) -> None:
    if field.required and not given.get(field.name):
        zh, en = f"{kind.name}必须载明{field.term}", f"{kind.name_en} must state: {field.term_en}"
        raise _misfilled(kind, field.name, zh, en)


def _refuse_misshapen(kind: DocumentKind, field: DocumentField, value: Any) -> None:
    shape = _SHAPES[field.kind]
    try:
        shape.adapter.validate_python(value)
    except ValidationError as wrong:
        zh, en = f"{field.term}应为{shape.zh}", f"{field.term_en} must be {shape.en}"
        raise _misfilled(kind, field.name, zh, en) from wrong
    if field.kind is FieldKind.TABLE and any(set(row) - set(field.columns) for row in value):
        columns = "、".join(f"{key}（{term}）" for key, term in field.columns.items())
        raise _misfilled(
            kind, field.name, f"栏目为{columns}", f"columns: {', '.join(field.columns)}"
        )


def _misfilled(kind: DocumentKind, name: str, zh: str, en: str) -> Refused:
    return refuse(Code.INVALID, f"{name}：{zh}", f"{name}: {en}", kind.basis, name)
