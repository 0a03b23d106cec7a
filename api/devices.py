# ruff: noqa: FAST003 -- the device_id of a path is read by `TheDevice`
"""Devices (行政处罚法 41): registered by the administrator, reviewed by two different people, and their sites published to everybody."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import IntegrityError

from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import page
from api.refusals import Problem, invalid as wrong_field, not_found
from api.rights import granted
from api.security import Signed
from models.act import invalid
from models.basis import PENALTY
from models.database import Account
from models.device import Device, DeviceFacts, DeviceId, DeviceReview, DeviceState, StateChange
from models.device_register import DeviceHistory, DeviceRow, registered
from models.person import Actor, Role
from models.suspension import civil_day
from models.text import Line, ask
from models.when import Day

router = APIRouter(prefix="/api/devices", tags=["devices"])
sites = APIRouter(prefix="/api/sites", tags=["devices"])

P = TypeVar("P", bound=BaseModel)
RULE = PENALTY(41)
PAGE = 100
_NEXT = {
    DeviceState.PLANNED: {DeviceState.ACTIVE, DeviceState.RETIRED},
    DeviceState.ACTIVE: {DeviceState.STOPPED, DeviceState.RETIRED},
    DeviceState.STOPPED: {DeviceState.ACTIVE, DeviceState.RETIRED},
    DeviceState.RETIRED: set(),
}


class _Paper(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewDevice(DeviceFacts):
    """A device to be registered; it is planned until it is put into service."""

    id: DeviceId = ask("编号", "Id")


class Reviewed(_Paper):
    """A review that somebody made."""

    on: Day = ask("审核日期", "Reviewed on")
    document: Line = ask("审核文件", "Document")


class Moved(_Paper):
    """Into which state, and why; from now on."""

    state: DeviceState = ask("状态", "State")
    why: Line = ask("理由", "Why")


def _allowed(what: str) -> Callable[[Actor], Actor]:
    def allowed(actor: Signed) -> Actor:
        if not granted(actor, what):
            zh, en = "不属于您的职责", "not your role"
            raise Problem("not_your_role", zh, en, basis=RULE)
        return actor

    return allowed


Staff = Annotated[Actor, Depends(_allowed("see_devices"))]
Admin = Annotated[Actor, Depends(_allowed("keep_devices"))]
Lawyer = Annotated[Actor, Depends(_allowed("legal_review"))]
Engineer = Annotated[Actor, Depends(_allowed("technical_review"))]


async def the_device(device_id: str, actor: Staff, counter: AtCounter) -> sa.Row[Any]:
    """Raises `Problem` 404."""
    query = sa.select(DeviceRow.__table__).where(DeviceRow.id == device_id)
    row = await counter.row(query) if device_id.isprintable() else None
    if row is None:
        raise not_found()
    return row


TheDevice = Annotated[sa.Row[Any], Depends(the_device)]


@router.get("")
async def devices(
    actor: Staff,
    counter: AtCounter,
    after: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = None,
    state: DeviceState | None = None,
) -> dict[str, Any]:
    """设备名录。 / The devices, by id; `after` is the `next` of the page before."""
    query = sa.select(DeviceRow.id, DeviceRow.device, DeviceRow.state, DeviceRow.version)
    if after:
        query = query.where(DeviceRow.id > after)
    if state:
        query = query.where(DeviceRow.state == state)
    rows = await counter.rows(query.order_by(DeviceRow.id).limit(PAGE + 1))
    shown = [_summary(row) for row in rows[:PAGE]]
    return page(shown, shown[-1]["id"] if len(rows) > PAGE else None)


def _summary(row: sa.Row[Any]) -> dict[str, Any]:
    names = ("name", "kind", "unit", "account", "site", "causes", "generated")
    said = {name: row.device[name] for name in names}
    return {"id": row.id, "state": row.state, "version": row.version, **said}


@router.post("", status_code=201)
async def register(actor: Admin, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """登记设备。 / Register a device."""
    asked = _read(NewDevice, paper)
    await _refuse_unknown(counter, asked)
    device = Device(**asked.model_dump())
    try:
        await _write(counter, actor, device, "register", 0)
    except IntegrityError:
        zh, en = "该编号已登记", "this id is taken"
        raise Problem("device_exists", zh, en, basis=RULE, field="id") from None
    return _shown(device, 1)


@router.get("/{device_id}")
async def one(row: TheDevice, counter: AtCounter, on: Day | None = None) -> dict[str, Any]:
    """设备档案；指定日期的，按当日事实说明每个案由还缺什么。 / What it lacks on a day (today), by cause."""
    day = on or civil_day(datetime.now(UTC))
    then = (await registered(counter.engine, [row.id]))[row.id].on(day)
    lacks = {cause: _lacks(then, day, cause) for cause in then.causes}
    device = Device.model_validate(row.device, strict=False)
    return _shown(device, row.version) | {"on": day, "lacks": lacks}


def _lacks(device: Device, day: date, cause: str) -> list[dict[str, Any]]:
    found = device.lacks(day, cause)
    return [one._asdict() | {"basis": [b.model_dump() for b in one.basis]} for one in found]


@router.get("/{device_id}/history")
async def history(row: TheDevice, counter: AtCounter) -> dict[str, Any]:
    """每次变更：谁、何时、改成什么。 / Every change, oldest first."""
    mine = sa.select(DeviceHistory.__table__).where(DeviceHistory.id == row.id)
    rows = await counter.rows(mine.order_by(DeviceHistory.version))
    return page([entry._asdict() for entry in rows], None)


@router.put("/{device_id}")
async def change(row: TheDevice, actor: Admin, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """更改登记事项；审核与状态另行登记。 / Change what the administrator writes; reviews and state have their own papers."""
    facts = _read(DeviceFacts, paper)
    await _refuse_unknown(counter, facts)
    return await _changed(counter, actor, row, "change", facts.model_dump())


@router.post("/{device_id}/legal_review")
async def legal_review(
    row: TheDevice, actor: Lawyer, counter: AtCounter, paper: Paper
) -> dict[str, Any]:
    """登记法制审核。 / The legal review, recorded by a legal reviewer."""
    return await _review(counter, actor, row, paper, "legal_review", "technical_review")


@router.post("/{device_id}/technical_review")
async def technical_review(
    row: TheDevice, actor: Engineer, counter: AtCounter, paper: Paper
) -> dict[str, Any]:
    """登记技术审核。 / The technical review, recorded by the administrator."""
    return await _review(counter, actor, row, paper, "technical_review", "legal_review")


async def _review(  # noqa: PLR0913, PLR0917 -- who records which of the two about what
    counter: Counter, actor: Actor, row: sa.Row[Any], paper: dict[str, Any], mine: str, other: str
) -> dict[str, Any]:
    asked = _read(Reviewed, paper)
    if asked.on > civil_day(datetime.now(UTC)):
        raise wrong_field("on", "不得晚于今天", "in the future")
    if (row.device[other] or {}).get("by") == actor.username:
        zh, en = "法制审核与技术审核须由不同的人登记", "the two reviews are recorded by two people"
        raise Problem("conflict_of_interest", zh, en, basis=RULE)
    review = DeviceReview(on=asked.on, document=asked.document, by=actor.username)
    return await _changed(counter, actor, row, mine, {mine: review})


@router.post("/{device_id}/state")
async def move(row: TheDevice, actor: Admin, counter: AtCounter, paper: Paper) -> dict[str, Any]:
    """启用、停用、报废。 / Put into service, stop, retire; with the reason."""
    asked = _read(Moved, paper)
    device = Device.model_validate(row.device, strict=False)
    if asked.state not in _NEXT[device.state]:
        zh, en = f"不能由 {device.state} 变为 {asked.state}", f"not from {device.state}"
        raise Problem("not_open", zh, en, basis=RULE, field="state")
    now = datetime.now(UTC)
    entry = StateChange(state=asked.state, at=now, who=actor.username, why=asked.why)
    return await _changed(counter, actor, row, "state", {"states": (*device.states, entry)})


async def _changed(
    counter: Counter, actor: Actor, row: sa.Row[Any], what: str, update: dict[str, Any]
) -> dict[str, Any]:
    device = Device.model_validate(row.device, strict=False)
    changed = Device(**{**dict(device), **update})
    await _write(counter, actor, changed, what, row.version)
    return _shown(changed, row.version + 1)


async def _write(counter: Counter, actor: Actor, device: Device, what: str, seen: int) -> None:
    """Row and history in one transaction. Raises `Problem` 412 where somebody else changed it meanwhile."""
    now, facts = datetime.now(UTC), device.model_dump(mode="json")
    row = {
        "account": device.account,
        "kind": device.kind,
        "state": device.state,
        "published_at": device.published_at,
        "device": facts,
        "version": seen + 1,
        "updated_at": now,
    }
    entry = {"version": seen + 1, "at": now, "who": actor.username, "what": what, "device": facts}
    mine = sa.and_(DeviceRow.id == device.id, DeviceRow.version == seen)
    async with counter.engine.begin() as connection:
        if not seen:
            await connection.execute(sa.insert(DeviceRow).values(id=device.id, **row))
        elif not (await connection.execute(sa.update(DeviceRow).where(mine).values(row))).rowcount:
            zh, en = "设备档案刚被他人更改", "somebody else has just changed it"
            raise Problem("stale", zh, en, basis=RULE)
        await connection.execute(sa.insert(DeviceHistory).values(id=device.id, **entry))


async def _refuse_unknown(counter: Counter, facts: DeviceFacts) -> None:
    """Streets, units and causes of the catalogue; an account of devices. Raises `Problem`."""
    offices = counter.catalogue.offices
    if facts.site.street not in {street.name for street in offices.streets}:
        raise wrong_field("site.street", "不是本区街道", "not a street of this district")
    if facts.unit not in {unit.id for unit in offices.units}:
        raise wrong_field("unit", "没有这个单位", "no such unit")
    for n, cause in enumerate(facts.causes):
        if cause not in counter.catalogue.causes:
            raise wrong_field(f"causes.{n}", "没有这个案由", "no such cause")
    speaks = sa.select(Account.username).where(
        Account.username == facts.account, Account.roles.contains([Role.DEVICE.value])
    )
    if await counter.row(speaks) is None:
        raise wrong_field("account", "没有这个设备账号", "no such account of devices")


def _read(kind: type[P], paper: dict[str, Any]) -> P:
    try:
        return kind.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, RULE) from None


def _shown(device: Device, version: int) -> dict[str, Any]:
    facts = device.model_dump(mode="json")
    return {"id": device.id, "state": device.state, "version": version, "device": facts}


@sites.get("")
async def published(counter: AtCounter) -> dict[str, Any]:
    """公布的监控设备设置地点（行政处罚法第四十一条）。 / Where devices stand and what they look for, for everybody."""
    now = datetime.now(UTC)
    shown = (DeviceRow.published_at <= now, DeviceRow.state != DeviceState.RETIRED)
    query = sa.select(DeviceRow.device).where(*shown).order_by(DeviceRow.id)
    found = [Device.model_validate(row.device, strict=False) for row in await counter.rows(query)]
    return page([_site(counter, device) for device in found], None)


def _site(counter: Counter, device: Device) -> dict[str, Any]:
    """Neither its maker nor its account, nor whether it works today."""
    causes = counter.catalogue.causes
    looks = [causes[cause].name for cause in device.causes if cause in causes]
    place = device.site.model_dump(mode="json", exclude_none=True)
    said = {
        "id": device.id,
        "name": device.name,
        "kind": device.kind,
        "generated": device.generated,
    }
    return {**said, **place, "looks_for": looks}
