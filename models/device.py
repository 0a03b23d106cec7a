"""A device (监控设备): what the law asks of it before what it sees can be evidence (行政处罚法 41), and since when each is there."""

from datetime import date
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from models.basis import PENALTY, Basis
from models.lead import Place
from models.suspension import civil_day
from models.text import Line, ask
from models.when import Day, Instant

DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
CauseId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-\d{2,3}$")]


class DeviceKind(StrEnum):
    """What it is; a hub speaks for devices behind it."""

    CAMERA = "camera"
    SENSOR = "sensor"
    HUB = "hub"


class DeviceState(StrEnum):
    """Where it is in its life."""

    PLANNED = "planned"
    ACTIVE = "active"
    STOPPED = "stopped"
    RETIRED = "retired"


class Lack(NamedTuple):
    """A condition that is not met; ``code`` is stable."""

    code: str
    zh: str
    en: str
    basis: tuple[Basis, ...] = PENALTY(41)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DeviceReview(_Part):
    """A legal or a technical review, and who recorded it (行政处罚法 41(1))."""

    on: Day = ask("审核日期", "Reviewed on")
    document: Line = ask("审核文件", "Document")
    by: Line | None = ask("登记人", "Recorded by", default=None)


class Calibration(_Part):
    """Calibrated from that day until that day, both counted."""

    on: Day = ask("检定日期", "Calibrated on")
    until: Day = ask("有效期至", "Valid until")
    certificate: Line = ask("检定证书", "Certificate")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.on:
            raise ValueError("有效期至不得早于检定日期 / valid until before it was calibrated")
        return self


class StateChange(_Part):
    """Who moved it into a state, when, why."""

    state: DeviceState = ask("状态", "State")
    at: Instant = ask("时间", "At")
    who: Line = ask("办理人", "By")
    why: Line = ask("理由", "Why")


class DeviceFacts(_Part):
    """What the administrator writes of a device; reviews and states are recorded apart, by whom they concern."""

    kind: DeviceKind = ask("类型", "Kind")
    name: Line = ask("名称", "Name")
    unit: Line = ask("管理单位", "Unit")
    account: Line = ask("接入账号", "Account that speaks for it")
    site: Place = ask("设置地点", "Site")
    basis: Line | None = ask(
        "设置使用依据的法律、行政法规",
        "Statute or administrative regulation its use rests on",
        default=None,
    )
    standard: Line | None = ask("符合的标准", "Standard it conforms to", default=None)
    calibrations: tuple[Calibration, ...] = ask("检定", "Calibrations", default=(), max_length=100)
    sign_since: Day | None = ask("标志设置日期", "Marked by a sign since", default=None)
    published_at: Instant | None = ask("地点公布时间", "Site published at", default=None)
    causes: tuple[CauseId, ...] = ask(
        "可取证的案由", "Causes it may evidence", default=(), max_length=200
    )
    generated: bool = ask("生成的演示数据", "Generated, for a demo", default=False)


class Device(DeviceFacts):
    """One device with its reviews and its life so far."""

    id: DeviceId = ask("编号", "Id")
    legal_review: DeviceReview | None = ask("法制审核", "Legal review", default=None)
    technical_review: DeviceReview | None = ask("技术审核", "Technical review", default=None)
    states: tuple[StateChange, ...] = ask("状态历史", "State history", default=())

    @property
    def state(self) -> DeviceState:
        return self.states[-1].state if self.states else DeviceState.PLANNED

    def lacks(self, on: date, cause: str) -> tuple[Lack, ...]:
        """What it lacked on that day for evidence of that cause; empty: nothing."""
        missing = (
            (self._stood_still(on), *_ACTIVE),
            (self.basis is None, *_BASIS),
            (not _since(self.legal_review, on), *_LEGAL),
            (not _since(self.technical_review, on), *_TECHNICAL),
            (self.standard is None, *_STANDARD),
            (not any(c.on <= on <= c.until for c in self.calibrations), *_CALIBRATED),
            (self.sign_since is None or self.sign_since > on, *_MARKED),
            (self.published_at is None or civil_day(self.published_at) > on, *_PUBLISHED),
            (cause not in self.causes, *_CAUSE),
        )
        return tuple(Lack(code, zh, en) for absent, code, zh, en in missing if absent)

    def as_of(self, then: "Device") -> "Device":
        """Itself, but for what bears no date of its own: that is as it was registered `then`."""
        return self.model_copy(update={name: getattr(then, name) for name in UNDATED})

    def _stood_still(self, on: date) -> bool:
        """Not active at the end of that day, or taken out of service on it: what it saw that day is in doubt."""
        until = [c for c in self.states if civil_day(c.at) <= on]
        today = {c.state for c in until if civil_day(c.at) == on}
        out = {DeviceState.STOPPED, DeviceState.RETIRED}
        return not until or until[-1].state is not DeviceState.ACTIVE or bool(today & out)


UNDATED = ("kind", "name", "unit", "site", "basis", "standard", "causes")
_ACTIVE = ("not_active", "设备当日未启用或已停用", "the device was not in service on that day")
_BASIS = ("no_basis", "未载明设置使用所依据的法律、行政法规", "no statute its use rests on")
_LEGAL = ("no_legal_review", "未经法制审核", "no legal review by that day")
_TECHNICAL = ("no_technical_review", "未经技术审核", "no technical review by that day")
_STANDARD = ("no_standard", "未载明符合的标准", "no standard it conforms to")
_CALIBRATED = ("not_calibrated", "当日不在检定有效期内", "not within a calibration on that day")
_MARKED = ("no_sign", "未设置明显标志", "no visible sign by that day")
_PUBLISHED = ("not_published", "设置地点未向社会公布", "its site was not published by that day")
_CAUSE = ("other_cause", "该设备不用于查处此案由", "not set up for this cause")


def _since(review: DeviceReview | None, on: date) -> bool:
    return review is not None and review.on <= on
