"""The lead (线索): what an officer files a case with (行政处罚法 54)."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from models.identifiers import Plate
from models.party import Party
from models.penalty import Penalty
from models.text import Line, Text, ask
from models.when import Instant


class Source(StrEnum):
    """Where a case comes from (案件来源)."""

    PATROL = "patrol"
    COMPLAINT = "complaint"
    TRANSFER = "transfer"
    HIGHER_ORDER = "higher_order"
    CAMERA = "camera"
    INCIDENT = "incident"
    OTHER = "other"


class Place(BaseModel):
    """Where it happened: one of the district's streets and the words for the spot."""

    model_config = ConfigDict(extra="forbid", strict=True)

    street: Line = ask("街道", "Street office")
    address: Line = ask("地点", "Address")
    lon: float | None = ask("经度", "Longitude", default=None, ge=-180, le=180)
    lat: float | None = ask("纬度", "Latitude", default=None, ge=-90, le=90)


class CashGround(StrEnum):
    """When an officer may take the money himself (行政处罚法 68, 69)."""

    UP_TO_LIMIT = "up_to_100"
    HARD_LATER = "hard_to_collect_later"
    REMOTE = "remote_and_party_asks"


class OnTheSpot(BaseModel):
    """The decision an officer takes on the street (行政处罚法 51, 52, 68)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    penalty: Penalty = ask("处罚", "Penalty")
    heard: Text = ask("当事人陈述申辩及复核", "What the party said and the answer to it")
    confirmed: bool = ask("事实确凿、当事人无异议", "Facts certain")
    correction: Text | None = ask("责令改正内容", "Order to correct", default=None)
    failed_correction: Text | None = ask(
        "逾期未改正或拒不改正的记载", "Record that an earlier order was not met", default=None
    )
    collected: bool = ask("当场收缴", "Collected on the spot", default=False)
    collection_ground: CashGround | None = ask(
        "当场收缴理由", "Ground for collecting on the spot", default=None
    )
    receipt: Line | None = ask("专用票据号码", "Number of the official receipt", default=None)
    signed: bool = ask("当事人签收", "Signed by the party", default=True)
    refusal_note: Text | None = ask("拒签记载", "Note of refusal to sign", default=None)


class Lead(BaseModel):
    """One request files one case; with procedure ``summary`` it carries the decision too."""

    model_config = ConfigDict(extra="forbid", strict=True)

    procedure: Literal["general", "summary"] = ask("程序", "Procedure")
    cause: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-\d{2,3}$")] = ask("案由", "Cause")
    occurred_at: Instant = ask("违法行为发生时间", "When it happened")
    ended_at: Instant | None = ask(
        "连续或继续行为终了时间", "When a continuing act ended", default=None
    )
    discovered_at: Instant | None = ask("发现时间", "When it was found", default=None)
    source: Source = ask("案件来源", "Source")
    place: Place = ask("地点", "Place")
    party: Party = ask("当事人", "Party")
    plate: Plate | None = ask("涉案车辆号牌", "Plate of the vehicle", default=None)
    facts: Text = ask("违法事实", "Facts")
    officers: tuple[Line, ...] = ask("执法人员", "Officers", max_length=10)
    harms_health_or_safety: bool = ask(
        "涉及公民生命健康安全、金融安全且有危害后果",
        "Life, health or financial safety touched and harm done",
        default=False,
    )
    incident: Line | None = ask("所据城市事件", "Incident it arose from", default=None)
    decision: OnTheSpot | None = ask("当场处罚决定", "On-the-spot decision", default=None)

    @model_validator(mode="after")
    def _incident_is_the_source(self) -> Self:
        if self.incident is not None and self.source is not Source.INCIDENT:
            raise ValueError(
                "据城市事件登记的，案件来源须为城市事件 / filed on an incident, its source is the incident"
            )
        return self

    @model_validator(mode="after")
    def _decision_fits_procedure(self) -> Self:
        if (self.procedure == "summary") != (self.decision is not None):
            raise ValueError(
                "简易程序须同时提交当场处罚决定，普通程序不得提交 / "
                "the summary procedure carries a decision, the general procedure none"
            )
        return self
