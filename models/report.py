"""A report (上报): what somebody saw, where and when; by web, kiosk, phone, officer, camera or sensor."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from models.identifiers import Phone
from models.text import Digest, Line, Name, Text, ask
from models.when import Instant

ClassCode = Annotated[str, StringConstraints(pattern=r"^[EC]\d{4}$")]


class ReportChannel(StrEnum):
    """Where reports come from."""

    WEB = "web"
    KIOSK = "kiosk"
    PHONE = "phone"
    PATROL = "patrol"
    CAMERA = "camera"
    SENSOR = "sensor"
    ELSEWHERE = "elsewhere"  # loaded from another system's list


class Reporter(BaseModel):
    """Who reports, if he wants to be told; his data is sealed like a party's."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name = ask("姓名", "Name")
    phone: Phone | None = ask("联系电话", "Phone", default=None)


class Spot(BaseModel):
    """Where it is: the street, or the point from which the nearest street is taken."""

    model_config = ConfigDict(extra="forbid", strict=True)

    street: Line | None = ask(
        "街道；无则按坐标", "Street office; none: from the point", default=None
    )
    address: Line = ask("地点", "Address")
    lon: float | None = ask("经度", "Longitude", default=None, ge=-180, le=180)
    lat: float | None = ask("纬度", "Latitude", default=None, ge=-90, le=90)


class Report(BaseModel):
    """One request reports one thing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    channel: ReportChannel = ask("渠道", "Channel")
    category: ClassCode | None = ask("类别", "Class", default=None)
    place: Spot = ask("地点", "Place")
    seen_at: Instant = ask("发现时间", "When it was seen")
    description: Text = ask("情况描述", "What was seen")
    photos: tuple[Digest, ...] = ask("照片", "Photos", default=(), max_length=20)
    reporter: Reporter | None = ask("上报人", "Reporter", default=None)
    another: bool = ask(
        "已看过相似案卷，不是同一件", "Not one of the similar ones I was shown", default=False
    )
