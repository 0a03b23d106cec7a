"""The demo's devices, generated: cameras and a river sensor behind one hub, one of them lacking this and another that; only where
`settings.demo`.
"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models.device import Device
from models.device_register import DeviceHistory, DeviceRow
from models.settings import Settings

HUB = "camera.hub"
_DAY, _UNTIL = "2026-01-05", "2028-01-04"


def _device(number: int, street: str, address: str, **changed: Any) -> Device:
    """A camera that lacks nothing, but for what is `changed`."""
    facts = {
        "id": f"demo-cam-{number:02}",
        "kind": "camera",
        "name": f"{address}（演示生成）",
        "unit": "command",
        "account": HUB,
        "site": {"street": street, "address": address, **_POINTS.get(number, {})},
        "basis": "演示：设置使用依据待法制科确认",
        "standard": "GB/T 28181-2022",
        "legal_review": {"on": _DAY, "document": f"演示法审 {number}", "by": "legal.reviewer"},
        "technical_review": {"on": _DAY, "document": f"演示技审 {number}", "by": "admin"},
        "calibrations": [{"on": _DAY, "until": _UNTIL, "certificate": f"演示检定 {number}"}],
        "sign_since": _DAY,
        "published_at": f"{_DAY}T09:00:00+08:00",
        "causes": ["SR-01", "SR-02", "TC-01"],
        "states": [
            {
                "state": "active",
                "at": f"{_DAY}T09:00:00+08:00",
                "who": "admin",
                "why": "演示：验收合格",
            }
        ],
        "generated": True,
    }
    return Device.model_validate_json(json.dumps(facts | changed))


_POINTS: dict[int, dict[str, float]] = {
    1: {"lon": 120.1902, "lat": 30.2611},
    2: {"lon": 120.1683, "lat": 30.2405},
    3: {"lon": 120.1936, "lat": 30.2588},
    4: {"lon": 120.2001, "lat": 30.2497},
    5: {"lon": 120.1850, "lat": 30.2212},
    6: {"lon": 120.2101, "lat": 30.2533},
}
DEVICES = (
    _device(1, "凯旋街道", "凯旋路 8 号路口"),
    _device(2, "清波街道", "河坊街 100 号"),
    _device(3, "凯旋街道", "庆春东路 12 号", calibrations=[]),
    _device(4, "采荷街道", "钱江路 1 号", published_at=None),
    _device(5, "南星街道", "复兴路 20 号", legal_review=None, states=[]),
    _device(
        6,
        "四季青街道",
        "新塘河断面",
        id="demo-river-01",
        kind="sensor",
        name="新塘河断面（演示生成）",
        standard="HJ 915-2017",
        causes=[],
    ),
)


async def load_demo_devices(engine: AsyncEngine, settings: Settings) -> None:
    """Those that are not there yet; what was changed since stays. Nothing without `settings.demo`."""
    if not settings.demo:
        return
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        for device in DEVICES:
            facts = {"device": device.model_dump(mode="json"), "version": 1}
            row = {
                "id": device.id,
                "account": device.account,
                "kind": device.kind,
                "state": device.state,
                "published_at": device.published_at,
                "updated_at": now,
            }
            fresh = insert(DeviceRow).values(row | facts).on_conflict_do_nothing()
            if (await connection.execute(fresh)).rowcount:
                entry = {"id": device.id, "at": now, "who": "admin", "what": "generated"}
                await connection.execute(sa.insert(DeviceHistory).values(entry | facts))
