"""``cn.anjuan.water``: a reading of a water section; a drop in class is one incident of the section, not one per reading."""

import uuid
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities import sections
from models.act import Moment
from models.catalogue import Catalogue
from models.change import Start
from models.person import Actor, Role
from models.report import Report
from models.reporting import incident_from
from models.settings import Settings
from models.water import Reading, dropped, rated, read
from workflows.opening import PATIENCE, begin

TYPE = "cn.anjuan.water"
_NAMESPACE = uuid.UUID("0f3e2a0c-7a53-5d0e-8f63-5b1f5d0d9a10")


class Desk(Protocol):
    """What the handler works with."""

    @property
    def client(self) -> Client: ...
    @property
    def engine(self) -> AsyncEngine: ...
    @property
    def chosen(self) -> Settings: ...
    @property
    def catalogue(self) -> Catalogue: ...


class Event(Protocol):
    """What arrived, and the account that sent it; its data are ``section``, ``at``, ``status`` and ``values`` by item."""

    @property
    def account(self) -> str: ...
    @property
    def data(self) -> dict[str, Any]: ...


class Device(Protocol):
    """The station."""

    @property
    def name(self) -> str: ...


async def reading(desk: Desk, event: Event, device: Device) -> str:
    """What became of it: the id of the incident it raised, or a word. An older reading, or one sent again, changes nothing."""
    rules = desk.catalogue.water
    told = read(event.data, rules)
    if told is None:
        return "no_reading"
    if rules.section(told.section) is None:
        return "unknown_section"
    known = await sections.last(desk.engine, told.section)
    if known is not None and told.at <= known.read_at:
        return "older"
    report = dropped(known.water_class if known else None, told, rules)
    raised = known.raised if known else None
    outcome = "kept"
    if report is not None and raised is None:
        actor = Actor(username=event.account, name=device.name, roles=(Role.DEVICE,))
        outcome = raised = await _raise(desk, told, report, actor)
    await sections.keep(desk.engine, told, rated(told, rules).water_class, raised)
    return outcome


async def _raise(desk: Desk, told: Reading, report: Report, actor: Actor) -> str:
    """By the section and the moment of the reading, so that a second try is the same incident."""
    known = str(uuid.uuid5(_NAMESPACE, f"{told.section}/{told.at.isoformat()}"))
    moment = Moment(now=datetime.now(UTC), actor=actor)
    file = incident_from(report, desk.catalogue, moment, known)
    start = Start(filer=actor, rehearsal=desk.chosen.demo)
    try:
        opened = await begin(desk.client, desk.chosen.task_queue, file, "水质下降", start)
        await opened.result(rpc_timeout=PATIENCE)
    except WorkflowAlreadyStartedError:
        pass  # raised before, and closed meanwhile
    return known
