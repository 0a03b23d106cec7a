"""What is drawn on the paper: the organ's round stamp (公章) and the QR code that leads to its check."""

from html import escape
from math import cos, radians, sin

import segno

DEMO = "演示"
RED = "#d8141c"
SIZE_MM = 42  # 国发〔1999〕25号: the round seal of a county-level organ and its departments
QR_MM = 22
FONTS = "SimSun,宋体,FandolSong,Noto Serif CJK SC,serif"  # WeasyPrint's SVG takes no blanks here
_RADIUS = 168  # of the middle of the characters; the drawing is 420 wide, its origin in the centre
_WIDEST = 292  # degrees that a long name may take, so that it stays open at the foot


def stamp_svg(organ_name: str, note: str = "") -> str:
    """The stamp as SVG, 42 mm across: ring, name on the arc, star, and a note beneath the star.

    Each character is turned and placed by itself: WeasyPrint sets no text on a path. Meant for 6 to 24 characters.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-210 -210 420 420" width="{SIZE_MM}mm"'
        f' height="{SIZE_MM}mm" fill="{RED}" font-family="{FONTS}" text-anchor="middle">'
        f'<circle r="202" fill="none" stroke="{RED}" stroke-width="9"/>'
        f'<polygon points="{_star(62)}"/>{_arc(organ_name)}{_note(note)}</svg>'
    )


def qr_svg(url: str) -> str:
    """The QR code of `url` as SVG, 22 mm wide with its quiet zone; still read with 15 % of it damaged."""
    code = segno.make(url, error="m", micro=False)
    width, _ = code.symbol_size()
    return str(code.svg_inline(scale=QR_MM / width, unit="mm", light="#fff"))


def _arc(name: str) -> str:
    count = max(len(name), 2)
    step = min(22.0, _WIDEST / (count - 1))
    size = min(58.0, radians(step) * _RADIUS * 1.25)  # seals are cut with tall, narrow characters
    first = -step * (len(name) - 1) / 2
    return "".join(_letter(letter, first + n * step, size) for n, letter in enumerate(name))


def _letter(letter: str, degrees: float, size: float) -> str:
    x, y = _RADIUS * sin(radians(degrees)), -_RADIUS * cos(radians(degrees))
    place = f"translate({x:.2f} {y:.2f}) rotate({degrees:.2f}) scale(.78 1)"
    # A character of CJK stands from .12 below its base line to .88 above it.
    return (
        f'<text transform="{place}" y="{size * 0.38:.2f}" font-size="{size:.2f}">'
        f"{escape(letter)}</text>"
    )


def _star(radius: float) -> str:
    inner = radius * 0.381966
    points = ((radius if n % 2 == 0 else inner, radians(36 * n)) for n in range(10))
    return " ".join(f"{r * sin(a):.2f},{-r * cos(a):.2f}" for r, a in points)


def _note(note: str) -> str:
    if not note:
        return ""
    size = min(46.0, 200 / len(note))
    return f'<text y="118" font-size="{size:.2f}" font-weight="bold">{escape(note)}</text>'
