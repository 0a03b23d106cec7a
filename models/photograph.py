"""Photographs: whole or not, when and where they were taken by their own word, a thumbnail, a copy with parts covered."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw, ImageFile, ImageOps
from pydantic import BaseModel, ConfigDict

from models.suspension import SHANGHAI
from models.text import ask

pillow_heif.register_heif_opener()
LARGEST = 60_000_000  # pixels
THUMBNAIL = (512, 512)
_EXIF, _GPS = 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011
_QUALITY = 90
_FIRST_YEAR = 1990


class Broken(ValueError):  # noqa: N818 -- says it as it is
    """Not a picture that can be read to its end, or one of too many pixels."""


class OutOfPicture(ValueError):  # noqa: N818 -- as above
    """A box that lies outside."""


class Box(BaseModel):
    """What to cover, in pixels of the picture as it is shown, from its upper left corner."""

    model_config = ConfigDict(extra="forbid", strict=True)

    x: int = ask("左", "Left", ge=0)
    y: int = ask("上", "Top", ge=0)
    width: int = ask("宽", "Width", ge=1)
    height: int = ask("高", "Height", ge=1)


@dataclass(frozen=True)
class Photograph:
    """What a picture says of itself, and a small one of it."""

    taken_at: datetime | None
    place: tuple[float, float] | None
    thumbnail: bytes


def looked_at(path: Path) -> Photograph:
    """Reads the whole picture, so that one that ends early is found. Raises `Broken`."""
    with _opened(path) as picture:
        taken, place = _taken(picture), _place(picture)
        small = ImageOps.exif_transpose(picture).convert("RGB")
    small.thumbnail(THUMBNAIL)
    return Photograph(taken, place, _jpeg(small))


def covered(original: bytes, boxes: list[Box]) -> bytes:
    """A JPEG with the boxes black and nothing the camera wrote. Raises `Broken`, `OutOfPicture`."""
    with _opened(BytesIO(original)) as picture:
        copy = ImageOps.exif_transpose(picture).convert("RGB")
    pen = ImageDraw.Draw(copy)
    for box in boxes:
        right, bottom = box.x + box.width, box.y + box.height
        if right > copy.width or bottom > copy.height:
            raise OutOfPicture
        pen.rectangle((box.x, box.y, right - 1, bottom - 1), fill="black")
    clean = Image.frombytes("RGB", copy.size, copy.tobytes())  # pixels only
    return _jpeg(clean)


def _opened(source: Path | BytesIO) -> Image.Image:
    try:
        picture = Image.open(source)
    except Exception as wrong:  # a stranger's picture may be broken in any way
        raise Broken(str(wrong)) from wrong
    if picture.width * picture.height > LARGEST:
        picture.close()
        raise Broken("too many pixels")
    ImageFile.LOAD_TRUNCATED_IMAGES = (
        False  # others in the process may be content with half a picture
    )
    try:
        picture.load()
    except Exception as wrong:  # as above
        picture.close()
        raise Broken(str(wrong)) from wrong
    return picture


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _taken(picture: Image.Image) -> datetime | None:
    """The camera's clock; without an offset, that of Hangzhou."""
    exif = picture.getexif().get_ifd(_EXIF)
    with suppress(ValueError, TypeError, KeyError):
        day, clock = str(exif[_TAKEN]).strip("\x00 ").split(" ")
        plain = datetime.fromisoformat(f"{day.replace(':', '-')}T{clock}")
        if plain.year < _FIRST_YEAR:
            return None  # a clock that was never set
        return plain.replace(tzinfo=_zone(exif.get(_OFFSET)))
    return None


def _zone(offset: Any) -> Any:
    with suppress(ValueError, TypeError):
        hours, minutes = str(offset).split(":")
        sign = -1 if hours.startswith("-") else 1
        return timezone(timedelta(hours=int(hours), minutes=sign * int(minutes)))
    return SHANGHAI


def _place(picture: Image.Image) -> tuple[float, float] | None:
    """Longitude and latitude in degrees, as the camera wrote them (WGS 84)."""
    gps = picture.getexif().get_ifd(_GPS)
    with suppress(KeyError, ValueError, TypeError, ZeroDivisionError):
        lat, lon = _degrees(gps[2]), _degrees(gps[4])
        lat = -lat if str(gps[1]).upper() == "S" else lat
        lon = -lon if str(gps[3]).upper() == "W" else lon
        inside = abs(lat) <= 90 and abs(lon) <= 180
        return (round(lon, 6), round(lat, 6)) if inside else None
    return None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
