"""Whether a report may be taken in, and what is like it already: same street, near or at the same address, within three days."""

from datetime import datetime, timedelta
from math import cos, hypot, radians

from models.act import Moment
from models.basis import CITY
from models.catalogue import Catalogue
from models.incident_file import IncidentFile
from models.lead import Place
from models.person import Role
from models.refusal import Code, refuse
from models.report import Report, ReportChannel

NEAR = 60  # metres
RECENT = timedelta(days=3)
_METRES_A_DEGREE = 111_320
_CHANNEL_ROLES = {
    ReportChannel.WEB: {Role.CITIZEN},
    ReportChannel.KIOSK: {Role.KIOSK},
    ReportChannel.PHONE: {Role.DISPATCHER, Role.WINDOW_CLERK},
    ReportChannel.PATROL: {Role.OFFICER, Role.HANDLER},
    ReportChannel.CAMERA: {Role.DEVICE},
    ReportChannel.SENSOR: {Role.DEVICE},
}


def incident_from(
    report: Report, catalogue: Catalogue, moment: Moment, matter_id: str
) -> IncidentFile:
    """The file of a new incident. Raises `Refused`; nothing is written."""
    streets = {street.name: street.code for street in catalogue.offices.streets}
    if not _CHANNEL_ROLES[report.channel] & set(moment.actor.roles):
        raise refuse(
            Code.INVALID,
            "channel：与登录身份不符",
            "channel: not yours",
            CITY("信息收集"),
            "channel",
        )
    if report.place.street not in streets:
        raise refuse(
            Code.INVALID,
            "place.street：不是本区街道",
            "place.street: not a street of this district",
            CITY("信息收集"),
            "place.street",
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
    return IncidentFile(
        id=matter_id,
        opened_at=moment.now,
        channel=report.channel,
        place=report.place,
        grid=streets[report.place.street],
        seen_at=report.seen_at,
        description=report.description,
        photos=report.photos,
        reported_by=moment.actor.username,
        party_digest=moment.actor.id_digest,
        unit="command",
    )


def near(here: Place, there: Place) -> bool:
    """At the same address, or within sixty metres where both have a point."""
    if here.street != there.street:
        return False
    points = (here.lon, here.lat, there.lon, there.lat)
    if None in points:
        return "".join(here.address.split()) == "".join(there.address.split())
    lon, lat, other_lon, other_lat = (float(p) for p in points if p is not None)
    east = (lon - other_lon) * _METRES_A_DEGREE * cos(radians(lat))
    return hypot(east, (lat - other_lat) * _METRES_A_DEGREE) <= NEAR


def recent(seen_at: datetime, opened_at: datetime) -> bool:
    """Within three days of each other."""
    return abs(seen_at - opened_at) <= RECENT
