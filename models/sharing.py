"""What the government holds already (数据共享): fetched from its registers, shown, confirmed or contested by the applicant; never asked of
him again (最多跑一次 7; 国务院关于在线政务服务的若干规定 7).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel


class Register(StrEnum):
    """The registers that are asked."""

    RESIDENTS = "residents"
    COMPANIES = "companies"
    PROPERTY = "property"
    VACCINATION = "vaccination"
    VEHICLES = "vehicles"


REGISTER_TERMS: dict[Register, tuple[str, str]] = {
    Register.RESIDENTS: ("人口库", "register of residents"),
    Register.COMPANIES: ("企业法人库", "register of companies"),
    Register.PROPERTY: ("不动产库", "register of property"),
    Register.VACCINATION: ("动物免疫库", "register of vaccinations"),
    Register.VEHICLES: ("机动车登记库", "register of vehicles"),
}


class Answer(StrEnum):
    """What a register says: it holds it, it does not, or it cannot be reached."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    AWAY = "away"


class SharedFact(BaseModel):
    """One answer of one register, kept with the application as it was that moment."""

    source: Register
    answer: Answer
    data: dict[str, Any] = {}
    asked_at: datetime

    @property
    def found(self) -> bool:
        return self.answer is Answer.FOUND

    @property
    def away(self) -> bool:
        return self.answer is Answer.AWAY
