"""Whether a report may be taken in, and what is like it already: same street, near or at the same address, within three days."""

from datetime import datetime, timedelta

from models.act import Moment
from models.basis import CITY
from models.catalogue import Catalogue
from models.incident_file import COMMAND, IncidentFile
from models.lead import Place
from models.offices import metres
from models.person import Role
from models.refusal import Code, Refused, refuse
from models.report import Report, ReportChannel, Spot

_CHANNEL_ROLES = {
    ReportChannel.WEB: {Role.CITIZEN},
    ReportChannel.KIOSK: {Role.KIOSK},
    ReportChannel.PHONE: {Role.DISPATCHER, Role.WINDOW_CLERK},
    ReportChannel.PATROL: {Role.OFFICER, Role.HANDLER},
    ReportChannel.CAMERA: {Role.DEVICE},
    ReportChannel.SENSOR: {Role.DEVICE},
}


def incident_from(
    report: Report, catalogue: Catalogue, moment: Moment, matter_id: str, code: str | None = None
) -> IncidentFile:
    """The file of a new incident. Raises `Refused`; nothing is written."""
    _refuse_impossible(report, catalogue, moment)
    place, approximate = placed(report.place, catalogue)
    told = {"sms": report.reporter and report.reporter.phone, "portal": moment.actor.id_digest}
    return IncidentFile(
        id=matter_id,
        opened_at=moment.now,
        channel=report.channel,
        place=place,
        approximate=approximate,
        grid=street_code(place.street, catalogue),
        seen_at=report.seen_at,
        description=report.description,
        photos=report.photos,
        reported_by=moment.actor.username,
        reporter=report.reporter,
        channels=tuple(way for way, where in told.items() if where and way in moment.channels),
        party_digest=moment.actor.id_digest,
        unit=COMMAND,
        lookup=code,
        rules=catalogue.incident.rules(),
    )


def placed(spot: Spot, catalogue: Catalogue) -> tuple[Place, bool]:
    """The place with its street: named, or else the nearest to the point, and then only approximate. Raises `Refused`."""
    street = spot.street
    if street is None:
        street = _nearest(spot, catalogue)
    elif street_code(street, catalogue) is None:
        raise _not_here("place.street：不是本区街道", "place.street: not a street of this district")
    found = spot.model_dump() | {"street": street}
    return Place.model_validate(found), spot.street is None


def street_code(name: str, catalogue: Catalogue) -> str | None:
    """The code of a street by its name; None where it is not one of ours."""
    return next((s.code for s in catalogue.offices.streets if s.name == name), None)


def _nearest(spot: Spot, catalogue: Catalogue) -> str:
    if spot.lon is None or spot.lat is None:
        raise _not_here(
            "place.street：请填写街道或者提供坐标",
            "place.street: name the street or give the point",
        )
    found = catalogue.offices.nearest_street(spot.lon, spot.lat)
    if found is None or found[1] > catalogue.incident.reach.value:
        raise _not_here(
            "place.street：该点不在本区", "place.street: the point is not in this district"
        )
    return found[0].name


def _not_here(zh: str, en: str) -> Refused:
    return refuse(Code.INVALID, zh, en, CITY("信息收集"), "place.street")


def _refuse_impossible(report: Report, catalogue: Catalogue, moment: Moment) -> None:
    """Channel, time, class and photos."""
    if not _CHANNEL_ROLES.get(report.channel, set()) & set(moment.actor.roles):
        raise refuse(
            Code.INVALID,
            "channel：与登录身份不符",
            "channel: not yours",
            CITY("信息收集"),
            "channel",
        )
    if report.seen_at > moment.now:
        raise refuse(
            Code.INVALID,
            "seen_at：不得晚于现在",
            "seen_at: in the future",
            CITY("信息收集"),
            "seen_at",
        )
    if report.category is not None and report.category not in catalogue.incidents:
        raise refuse(
            Code.INVALID,
            "category：没有这个类别",
            "category: no such class",
            CITY("立案"),
            "category",
        )
    for n, digest in enumerate(report.photos):
        if digest not in moment.evidence:
            field = f"photos.{n}"
            zh, en = "没有收到这张照片，请先上传", "upload the photo first"
            raise refuse(Code.INVALID, f"{field}：{zh}", f"{field}: {en}", CITY("信息收集"), field)


def near(here: Place, there: Place, within: float) -> bool:
    """At the same address, or within so many metres where both have a point."""
    if here.street != there.street:
        return False
    points = (here.lon, here.lat, there.lon, there.lat)
    if None in points:
        return "".join(here.address.split()) == "".join(there.address.split())
    lon, lat, other_lon, other_lat = (float(p) for p in points if p is not None)
    return metres(lon, lat, other_lon, other_lat) <= within


def recent(seen_at: datetime, opened_at: datetime, days: int) -> bool:
    """Within so many days of each other."""
    return abs(seen_at - opened_at) <= timedelta(days=days)
