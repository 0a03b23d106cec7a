"""``cn.anjuan.capture``: what a camera recorded goes to the queue of its case, or is kept with what the device lacked (行政处罚法 41)."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from activities.devices import speaker
from models.act import invalid
from models.basis import PENALTY
from models.capture import Captured, Site
from models.capturing import Camera
from models.device import Device
from models.event import Event, Poison
from models.offices import Offices
from models.suspension import civil_day
from workflows.capturing import Capturing
from workflows.events_in import Desk
from workflows.events_report import FAST

TYPE = "cn.anjuan.capture"
NO_PICTURE = "没有影像文件 / no picture came with it"


async def handle(desk: Desk, event: Event, device: Device) -> str:
    """The case it is of, or that it is only kept. Raises `Refused`, `Poison`."""
    actor = await speaker(desk.engine, event.account)
    if actor is None:
        raise Poison("接入账号已停用", "its account speaks for devices no more", PENALTY(41))
    captured = _captured(event, datetime.now(UTC))
    camera = camera_of(device, captured, event.media, team_of(device, desk.catalogue.offices))
    known = f"{event.source} {event.id}"
    taking = Capturing(desk.client, desk.engine, desk.catalogue, desk.chosen)
    return await taking.take(captured, known, event.media, camera, actor, datetime.now(UTC))


def team_of(device: Device, offices: Offices) -> str:
    """The team of the street enforces there; whoever looks after the device, where no team has the street (守土责任)."""
    codes = {street.name: street.code for street in offices.streets}
    team = offices.team_of(codes.get(device.site.street, ""))
    return team.id if team else device.unit


def camera_of(device: Device, captured: Captured, media: tuple[str, ...], team: str) -> Camera:
    """The device as it was on the day of the capture, with what it lacked."""
    lacks = device.lacks(civil_day(captured.taken_at), captured.cause)
    words = [f"{lack.zh} / {lack.en}" for lack in lacks] + ([] if media else [NO_PICTURE])
    legal, technical = device.legal_review, device.technical_review
    published = civil_day(device.published_at).isoformat() if device.published_at else "未公布"
    site = Site(
        device=device.id,
        name=device.name,
        published=published,
        legal_review=legal.document if legal else "无",
        technical_review=technical.document if technical else "无",
    )
    return Camera(site=site, place=device.site, unit=team, lacks=tuple(words))


def _captured(event: Event, now: datetime) -> Captured:
    """Taken when the envelope says; a clock that is a little fast is ours."""
    at = event.time or event.received_at
    if at - now > FAST:
        raise Poison("time：不得晚于现在", "time: in the future", PENALTY("41(2)"))
    told: dict[str, Any] = {key: value for key, value in event.data.items() if key != "media"}
    told["taken_at"] = min(at, now).isoformat()
    try:
        return Captured.model_validate_json(json.dumps(told))
    except ValidationError as wrong:
        raise invalid(wrong, PENALTY("41(2)")) from None
