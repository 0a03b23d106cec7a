"""Photographs and other files as phones and people make them."""

from io import BytesIO

import pypdf
from PIL import Image

TAKEN = "2026:11:24 09:30:00"


def photograph(width: int = 640, height: int = 480, shade: int = 200, **said: object) -> bytes:
    """A JPEG with the time and place a phone writes: 河坊街, half past nine."""
    picture = Image.new("RGB", (width, height), (shade, 120, 60))
    exif = picture.getexif()
    exif.get_ifd(0x8769)[0x9003] = said.get("taken", TAKEN)
    if offset := said.get("offset"):
        exif.get_ifd(0x8769)[0x9011] = offset
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 14.0, 24.0), 3: "E", 4: (120.0, 10.0, 12.0)})
    if turned := said.get("turned"):
        exif[0x0112] = turned
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def pdf(password: str | None = None) -> bytes:
    """One empty page."""
    writer, out = pypdf.PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    writer.write(out)
    return out.getvalue()


def video(size: int) -> bytes:
    """The beginning of an MP4, and so many bytes."""
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    return head + bytes(size - len(head))
