"""The party (当事人): a person, an organisation or a sole trader."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from models.identifiers import (
    Email,
    Phone,
    birth_date,
    check_credit_code,
    check_resident_id,
    mask_id,
    mask_phone,
)
from models.text import Line, Name, ask

IdNumber = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=18)]


class PartyKind(StrEnum):
    """Fine ranges differ between a person and a unit; a sole trader counts as the bureau's switch says."""

    PERSON = "person"
    ORGANISATION = "organisation"
    SOLE_TRADER = "sole_trader"


class Party(BaseModel):
    """Who is said to have done it. ID numbers are checked to their check digit (GB 11643, GB 32100)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: PartyKind = ask("当事人类型", "Kind of party")
    name: Name = ask("姓名或名称", "Name")
    id_no: IdNumber | None = ask(
        "证件号码或统一社会信用代码", "ID number or credit code", default=None
    )
    phone: Phone | None = ask("联系电话", "Phone", default=None)
    address: Line | None = ask("住址或住所", "Address", default=None)
    representative: Name | None = ask("法定代表人", "Legal representative", default=None)
    email: Email | None = ask("电子邮箱", "E-mail", default=None)
    service_address: Line | None = ask("送达地址", "Address for service", default=None)
    electronic_service: bool = ask("同意电子送达", "Consents to electronic service", default=False)

    @model_validator(mode="after")
    def _id_fits_kind(self) -> Self:
        if self.id_no is None:
            return self
        if self.kind is PartyKind.PERSON:
            check_resident_id(self.id_no)
        elif (
            self.kind is PartyKind.ORGANISATION
            or len(self.id_no) != 18
            or not _resident(self.id_no)
        ):
            check_credit_code(self.id_no)
        return self

    @property
    def born_on(self) -> date | None:
        """As the resident number says; None where there is none."""
        return birth_date(self.id_no) if self.id_no and _resident(self.id_no) else None

    def age_on(self, day: date) -> int | None:
        """Full years on that day, or None when the birth date is not known."""
        if self.id_no is None or not _resident(self.id_no):
            return None
        born = birth_date(self.id_no)
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def masked(self) -> dict[str, str | bool | None]:
        """What lists, timelines and other roles may see."""
        return {
            "kind": self.kind.value,
            "name": self.name,
            "id_no": mask_id(self.id_no) if self.id_no else None,
            "phone": mask_phone(self.phone) if self.phone else None,
            "address": self.address,
            "representative": self.representative,
        }


def _resident(number: str) -> bool:
    try:
        check_resident_id(number)
    except ValueError:
        return False
    return True
