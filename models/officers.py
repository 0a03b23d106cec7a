"""At least two officers, each qualified on the day (行政处罚法 42; 行政强制法 18)."""

from datetime import date

from models.act import Moment
from models.basis import PENALTY, Basis
from models.person import Officer
from models.refusal import Code, gate, refuse


def two_qualified(
    names: tuple[str, ...], moment: Moment, day: date, basis: tuple[Basis, ...] = PENALTY(42)
) -> tuple[Officer, ...]:
    """The officers named, looked up. Raises `Refused` when fewer than two, unknown, or the certificate has run out on `day`."""
    if len(set(names)) < 2:
        raise gate(
            "执法人员不得少于两人", "at least two officers are needed", basis, field="officers"
        )
    return tuple(qualified(name, moment, day, basis) for name in dict.fromkeys(names))


def qualified(name: str, moment: Moment, day: date, basis: tuple[Basis, ...]) -> Officer:
    """One officer, certificate valid on `day`."""
    officer = moment.people.get(name)
    if officer is None:
        raise refuse(
            Code.INVALID,
            f"{name} 不是具有执法资格的人员",
            f"{name} is not a qualified officer",
            basis,
            "officers",
        )
    if officer.valid_to < day:
        raise gate(
            f"{officer.name}的执法证件已于 {officer.valid_to} 到期",
            f"{officer.name}'s certificate ran out on {officer.valid_to}",
            basis,
            field="officers",
        )
    return officer


def not_in_future(day: date, moment: Moment, field: str) -> None:
    """An act is recorded after it happened."""
    if day > moment.today:
        raise refuse(
            Code.INVALID,
            f"{field}：不得晚于今天",
            f"{field}: must not be in the future",
            PENALTY(47),
            field,
        )
