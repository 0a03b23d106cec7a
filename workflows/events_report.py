"""``cn.anjuan.report``: what a camera or sensor reports becomes an incident, once however often it is told (数字城管, 信息收集)."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.devices import speaker
from activities.evidence import facts_of
from models.act import Moment, invalid
from models.basis import CITY
from models.change import Start
from models.device import Device, DeviceKind
from models.event import Event, Poison
from models.report import Report, ReportChannel
from models.reporting import incident_from
from workflows.events_in import Desk
from workflows.opening import PATIENCE, begin

TYPE = "cn.anjuan.report"
FAST = timedelta(minutes=5)  # what a device's clock may be ahead of ours
_CHANNELS = {
    DeviceKind.CAMERA: ReportChannel.CAMERA,
    DeviceKind.SENSOR: ReportChannel.SENSOR,
    DeviceKind.HUB: ReportChannel.SENSOR,
}


async def handle(desk: Desk, event: Event, device: Device) -> str:
    """The incident's id. Raises `Refused`, `Poison`."""
    actor = await speaker(desk.engine, event.account)
    if actor is None:
        raise Poison("接入账号已停用", "its account speaks for devices no more", CITY("信息收集"))
    now = datetime.now(UTC)
    report = _report(event, device, now)
    evidence = await facts_of(desk.engine, report.photos, event.account)
    moment = Moment(now=now, actor=actor, evidence=evidence)
    file = incident_from(report, desk.catalogue, moment, matter_of(event))
    start = Start(filer=actor, rehearsal=desk.chosen.demo)
    try:
        opened = await begin(desk.client, desk.chosen.task_queue, file, "城市事件", start)
        await opened.result(rpc_timeout=PATIENCE)
    except WorkflowAlreadyStartedError:
        pass  # told before, and closed meanwhile
    return file.id


def matter_of(event: Event) -> str:
    """The id of the matter this event makes: made twice, it is one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{event.source}\n{event.id}"))


def _report(event: Event, device: Device, now: datetime) -> Report:
    """What the event leaves out, the device and the envelope say: place, moment, photos."""
    seen = event.time or event.received_at
    if timedelta(0) < seen - now < FAST:
        seen = now
    told: dict[str, Any] = {
        "place": device.site.model_dump(mode="json", exclude_none=True),
        "seen_at": seen.isoformat(),
        "photos": event.media,
        **{key: value for key, value in event.data.items() if key != "media"},
        "channel": _CHANNELS[device.kind],
    }
    try:
        return Report.model_validate_json(json.dumps(told))
    except ValidationError as wrong:
        raise invalid(wrong, CITY("信息收集")) from None
