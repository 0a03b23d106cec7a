"""People: who acts, in which role, and whom a paper names."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Role(StrEnum):
    """What a person may be in the bureau, or to one matter (``party``)."""

    OFFICER = "officer"
    UNIT_HEAD = "unit_head"
    LEGAL_REVIEWER = "legal_reviewer"
    BUREAU_HEAD = "bureau_head"
    HEARING_CHAIR = "hearing_chair"
    WINDOW_CLERK = "window_clerk"
    LICENCE_REVIEWER = "licence_reviewer"
    LICENCE_APPROVER = "licence_approver"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    TREASURY = "treasury"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    KIOSK = "kiosk"
    DEVICE = "device"
    CITIZEN = "citizen"
    PARTY = "party"
    SYSTEM = "system"


ROLE_TERMS: dict[Role, str] = {
    Role.OFFICER: "执法人员",
    Role.UNIT_HEAD: "办案机构负责人",
    Role.LEGAL_REVIEWER: "法制审核人员",
    Role.BUREAU_HEAD: "机关负责人",
    Role.HEARING_CHAIR: "听证主持人",
    Role.WINDOW_CLERK: "窗口人员",
    Role.LICENCE_REVIEWER: "许可审查人员",
    Role.LICENCE_APPROVER: "许可审批人员",
    Role.DISPATCHER: "派遣员",
    Role.HANDLER: "处置单位",
    Role.TREASURY: "财政收缴",
    Role.SUPERVISOR: "监督人员",
    Role.ADMIN: "系统管理员",
    Role.KIOSK: "自助终端",
    Role.DEVICE: "设备",
    Role.CITIZEN: "公民",
    Role.PARTY: "当事人",
    Role.SYSTEM: "系统",
}


class Actor(BaseModel):
    """Who acts, as the session says. ``id_digest`` ties a citizen to the matters he is a party of."""

    model_config = ConfigDict(frozen=True)

    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None = None
    id_digest: str | None = None


SYSTEM = Actor(username="system", name="系统", roles=(Role.SYSTEM,))


class Officer(BaseModel):
    """An officer with his enforcement certificate (行政处罚法 42: qualified on the day)."""

    model_config = ConfigDict(frozen=True)

    username: str
    name: str
    certificate: str
    valid_to: date
    unit: str | None = None
