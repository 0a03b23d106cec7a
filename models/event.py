"""An event of a device (CloudEvents 1.0): what the envelope must say, and what of it goes on to whoever handles its type."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from models.act import invalid
from models.basis import PRACTICE, Basis
from models.identifiers import id_digest
from models.refusal import Code, Refused, refuse
from models.text import Digest, Line
from models.timeline import canonical
from models.when import Instant

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
LARGEST = 64 << 10  # bytes of one event: what every hop of CloudEvents must carry
MOST_FILES = 20
RULE = PRACTICE("事件接入")

Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,40}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,300}$")]  # ids, sources: URIs
Media = Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]{1,1000}$")]


class Poison(Exception):  # noqa: N818 -- says it as it is
    """This event cannot be handled, however often it is tried; it goes to the list with the reason."""

    def __init__(self, zh: str, en: str, basis: tuple[Basis, ...] = ()) -> None:
        super().__init__(zh)
        self.zh, self.en, self.basis = zh, en, basis


class NotEvents(ValueError):  # noqa: N818 -- says it as it is
    """The message holds no CloudEvents: two languages, divided by a slash."""


class Attached(BaseModel):
    """A file the event speaks of: brought before, by its digest, or to be fetched from a store."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    digest: Digest | None = None
    url: Media | None = None


class Envelope(BaseModel):
    """The attributes of CloudEvents 1.0; others may come along, with names of lower-case letters and digits."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[Attribute, str | int | bool] = Field(init=False)

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    subject: Line | None = None
    time: Instant | None = None
    datacontenttype: Line | None = None
    dataschema: Line | None = None
    data: dict[str, Any] = {}


class Event(BaseModel):
    """One event as its handler gets it. ``media``: digests of files that are kept; ``time``: as the device says."""

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime | None = None
    data: dict[str, Any] = {}
    device: str
    account: str
    received_at: datetime
    media: tuple[str, ...] = ()

    def attached(self) -> tuple[Attached, ...]:
        """What ``data.media`` names. Raises `Poison`."""
        named = self.data.get("media", [])
        try:
            if len(named) > MOST_FILES:
                raise Poison(
                    f"media：最多 {MOST_FILES} 个文件", f"media: {MOST_FILES} at most", RULE
                )
            found = tuple(Attached.model_validate_json(json.dumps(one)) for one in named)
        except (ValidationError, TypeError):
            found = (Attached(),)
        if any((one.digest is None) == (one.url is None) for one in found):
            zh, en = "media：每项须写 digest 或 url 之一", "media: each has a digest or a url"
            raise Poison(zh, en, RULE)
        return found


def envelopes(content_type: str, attributes: Mapping[str, str], body: bytes) -> list[Any]:
    """The events of a message, unread: structured, a batch, or binary with its attributes beside. Raises `NotEvents`."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == BATCH:
        batch = _json(body)
        if not isinstance(batch, list):
            raise NotEvents("批量事件须为 JSON 数组 / a batch is a JSON array")
        return batch
    if kind == STRUCTURED:
        return [_json(body)]
    if kind.startswith("application/cloudevents"):
        raise NotEvents("事件须以 JSON 表达 / events come in the JSON format")
    if "specversion" not in attributes:
        raise NotEvents("不是 CloudEvents 1.0 / these are not CloudEvents 1.0")
    beside = {"datacontenttype": content_type} if content_type else {}
    return [{**attributes, **beside, "data": _json(body) if body else {}}]


def read(raw: Any) -> Envelope:
    """One event, strictly. Raises `Refused` naming the first field at fault."""
    if not isinstance(raw, dict):
        raise no("", "须为 JSON 对象", "must be a JSON object")
    plain = dict(raw)
    if "data_base64" in plain:
        plain["data"] = _decoded(plain.pop("data_base64"))
    _refuse_unsound(plain)
    try:
        envelope = Envelope.model_validate_json(json.dumps(plain))
    except ValidationError as wrong:
        raise invalid(wrong, RULE) from None
    if len(canonical(plain)) > LARGEST:
        kib = LARGEST >> 10
        raise no(
            "data", f"事件超过 {kib} KiB，文件请另行上传", f"over {kib} KiB; bring files apart"
        )
    return envelope


def device_of(envelope: Envelope, account: str) -> str:
    """Whose event it is: its source ends with the device, or with the account and ``device`` names it. So nobody speaks in the
    name of another. Raises `Refused`.
    """
    last = envelope.source.rstrip("/").replace(":", "/").rsplit("/", 1)[-1]
    extension = (envelope.__pydantic_extra__ or {}).get("device")
    if last == account and isinstance(extension, str):
        return extension
    if last == account or (extension is not None and extension != last):
        zh, en = (
            "source 须以设备编号结尾，或以账号结尾并另写 device",
            "ends with the device or account",
        )
        raise no("source", zh, en)
    return last


def content_digest(envelope: Envelope, device: str, key: bytes) -> str:
    """Tells another content under the same name; keyed, for it may hold a plate. What changes on the way (traces, form) is left out."""
    said = envelope.model_dump(mode="json", include={"type", "subject", "time", "data"})
    return id_digest(canonical([device, said]).decode(), key)


def no(field: str, zh: str, en: str) -> Refused:
    """This event is not taken."""
    at = field or "event"
    return refuse(Code.INVALID, f"{at}：{zh}", f"{at}: {en}", RULE, at)


def _json(body: bytes) -> Any:
    try:
        read_once = from_json(body, allow_inf_nan=False)
        json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as wrong:
        if isinstance(wrong, NotEvents):
            raise
        raise NotEvents("须为 UTF-8 编码的 JSON / must be JSON in UTF-8") from None
    return read_once


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name given twice means two things."""
    named = dict(pairs)
    if len(named) != len(pairs):
        raise NotEvents("字段重复 / a name is given twice")
    return named


def _decoded(text: Any) -> Any:
    try:
        return from_json(base64.b64decode(text, validate=True), allow_inf_nan=False)
    except (ValueError, TypeError, binascii.Error):
        raise no("data_base64", "须为 base64 编码的 JSON", "must be JSON in base64") from None


def _refuse_unsound(value: Any) -> None:
    """NUL is no character to the register; 1e999 is no number to JSON."""
    if isinstance(value, str) and "\x00" in value:
        raise no("data", "不得含有 NUL 字符", "must not contain NUL")
    if isinstance(value, float) and not math.isfinite(value):
        raise no("data", "数字过大", "number too large")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unsound(key)
            _refuse_unsound(inner)
    if isinstance(value, list):
        for inner in value:
            _refuse_unsound(inner)
