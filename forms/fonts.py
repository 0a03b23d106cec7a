"""Which fonts papers are printed in: a stack for each hand (仿宋 body, 小标宋 title, 黑体 heading, 楷体 note), the office's own first.

Fallbacks close every stack, so that 喆堃昇赟祎玥䶮 and ㎡ always print. Fonts come from the system, and from a folder of our own for
those that Debian ships only inside a larger package.
"""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.settings import Settings

_FALLBACK = "'Noto Serif CJK SC', 'LXGW WenKai', serif"
FANDOL = {
    "FandolFang": "FandolFang-Regular.otf",
    "FandolSong": "FandolSong-Bold.otf",
    "FandolHei": "FandolHei-Regular.otf",
    "FandolKai": "FandolKai-Regular.otf",
}
WANTED = ("FandolFang", "Noto Serif CJK SC", "LXGW WenKai")


@dataclass(frozen=True)
class Fonts:
    """CSS font stacks, and @font-face rules for the folder of our own."""

    body: str
    title: str
    heading: str
    note: str
    faces: str = ""

    @classmethod
    def of(cls, chosen: Settings) -> "Fonts":
        """As the settings name them."""
        return cls(
            body=f"{chosen.font_body}, {_FALLBACK}",
            title=f"{chosen.font_title}, {_FALLBACK}",
            heading=f"{chosen.font_heading}, 'Noto Sans CJK SC', {_FALLBACK}",
            note=f"{chosen.font_note}, {_FALLBACK}",
            faces=_faces(chosen.font_dir or chosen.var_dir / "fonts"),
        )


def _faces(folder: Path) -> str:
    """Only of files that are there."""
    found = ((name, folder.resolve() / file) for name, file in FANDOL.items())
    return "\n".join(
        f"@font-face {{ font-family: {name}; src: url('{path.as_uri()}'); }}"
        for name, path in found
        if path.is_file()
    )


@cache
def missing(folder: Path) -> tuple[str, ...]:
    """The wanted fonts that neither the system nor the folder has."""
    known = _installed()
    here = {name for name, file in FANDOL.items() if (folder / file).is_file()}
    return tuple(name for name in WANTED if name not in known and name not in here)


def _installed() -> str:
    try:
        asked = subprocess.run(
            ["fc-list", ":", "family"],  # noqa: S607 -- wherever the system keeps it
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return asked.stdout
