"""The demo accounts: one for each kind of visitor, one password; only where `settings.demo`."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.passwords import Passwords
from models.database import Account
from models.identifiers import id_digest
from models.person import Role
from models.secrets import key_of
from models.settings import Settings

CERTIFICATE_VALID_TO = date(2030, 12, 31)


class Demo(NamedTuple):
    """One account. `id_no` is an ID number or credit code that nobody bears."""

    username: str
    name: str
    role: Role
    unit: str | None = None
    certificate: str | None = None
    id_no: str | None = None


# Serial 000 is not given out, so nobody bears these numbers; their check digits are right,
# so a demo case can name them as its party.
PEOPLE = (
    Demo("officer.zhang", "张强", Role.OFFICER, "kaixuan", "浙010200217"),
    Demo("officer.li", "李敏", Role.OFFICER, "kaixuan", "浙010200218"),
    Demo("unit.head", "周建国", Role.UNIT_HEAD, "kaixuan", "浙010200101"),
    Demo("legal.reviewer", "吴静", Role.LEGAL_REVIEWER, "legal", "浙010200011"),
    Demo("bureau.head", "郑立", Role.BUREAU_HEAD, "office", "浙010200001"),
    Demo("hearing.chair", "冯远", Role.HEARING_CHAIR, "legal", "浙010200012"),
    Demo("window.clerk", "褚敏", Role.WINDOW_CLERK, "approval"),
    Demo("licence.reviewer", "卫平", Role.LICENCE_REVIEWER, "approval"),
    Demo("licence.approver", "蒋华", Role.LICENCE_APPROVER, "approval"),
    Demo("dispatcher", "沈岚", Role.DISPATCHER, "command"),
    Demo("handler.kaixuan", "凯旋处置员", Role.HANDLER, "kaixuan"),
    Demo("handler.nanxing", "南星处置员", Role.HANDLER, "nanxing"),
    Demo("treasury", "韩梅", Role.TREASURY, "finance"),
    Demo("supervisor", "杨正", Role.SUPERVISOR, "office"),
    Demo("admin", "系统管理员", Role.ADMIN, "office"),
    Demo("kiosk.hall1", "一号大厅自助终端", Role.KIOSK, "approval"),
    Demo("camera.hub", "视频接入平台", Role.DEVICE, "command"),
    Demo("citizen.wang", "王小明", Role.CITIZEN, id_no="330102198502140005"),
    Demo("citizen.chen", "陈洁", Role.CITIZEN, id_no="33011319901123000X"),
    Demo("firm.hualong", "杭州华龙建筑工程有限公司", Role.CITIZEN, id_no="91330102MA00000009"),
)


async def load_demo_accounts(
    engine: AsyncEngine, settings: Settings, passwords: Passwords | None = None
) -> None:
    """Create the demo accounts or bring them up to date; nothing without `settings.demo`."""
    if not settings.demo:
        return
    # One hash for all: the password is public, and twenty would take three seconds.
    stored = (passwords or Passwords()).hash(settings.demo_password.get_secret_value())
    key = key_of(settings)
    fresh = insert(Account).values([_row(demo, stored, key) for demo in PEOPLE])
    kept = {name: fresh.excluded[name] for name in _row(PEOPLE[0], stored, key)}
    async with engine.begin() as connection:
        await connection.execute(
            fresh.on_conflict_do_update(index_elements=["username"], set_=kept)
        )


def _row(demo: Demo, password_hash: str, key: bytes) -> dict[str, object]:
    return {
        "username": demo.username,
        "name": demo.name,
        "roles": [demo.role.value],
        "unit": demo.unit,
        "certificate": demo.certificate,
        "certificate_valid_to": CERTIFICATE_VALID_TO if demo.certificate else None,
        "id_digest": id_digest(demo.id_no, key) if demo.id_no else None,
        "password_hash": password_hash,
        "active": True,
    }
