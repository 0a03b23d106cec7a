"""What printing needs of the system: Debian's packages and the Fandol fonts (仿宋、小标宋、黑体、楷体), got where that is possible.

``python -m run.printing_parts [package …]`` installs them as root on a Debian; elsewhere, or offline, it says what to do. The product runs
without them too, and serves HTML.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from forms.fonts import FANDOL
from forms.render import PACKAGES
from models.settings import settings

_FANDOL_PACKAGE = "texlive-lang-chinese"  # holds the fonts; only they are taken from it


def main(*more: str) -> None:
    """Get what is missing; never fails."""
    lacking = [name for name in (*PACKAGES, *more) if not _installed(name)]
    folder = settings().font_dir or settings().var_dir / "fonts"
    fonts = [file for file in FANDOL.values() if not (folder / file).is_file()]
    if not (lacking or fonts):
        return
    if not _may_install():
        _tell(lacking, fonts, folder)
        return
    try:
        _apt("update", "-qq")
        if lacking:
            _apt("install", "-y", "-qq", "--no-install-recommends", *lacking)
        if fonts:
            _fetch_fandol(folder)
    except (subprocess.CalledProcessError, OSError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        _tell(lacking, fonts, folder)


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    asked = subprocess.run(  # noqa: S603 -- a package we name
        ["dpkg-query", "-W", "-f", "${Status}", package],  # noqa: S607 -- of whatever Debian
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.endswith(" installed")


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*words: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *words], check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603, S607 -- our own words


def _fetch_fandol(folder: Path) -> None:
    """About 50 MB to fetch, 20 MB to keep."""
    with tempfile.TemporaryDirectory() as place:
        fetch = ["apt-get", "download", "-qq", _FANDOL_PACKAGE]
        loose = ["-o", "APT::Sandbox::User=root"]  # the folder is nobody else's
        subprocess.run([*fetch, *loose], cwd=place, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 -- as above
        (package,) = Path(place).glob("*.deb")
        subprocess.run(["dpkg", "-x", package, place], check=True)  # noqa: S603, S607 -- as above
        folder.mkdir(parents=True, exist_ok=True)
        for file in FANDOL.values():
            shutil.copy(next(Path(place).rglob(file)), folder / file)


def _tell(lacking: list[str], fonts: list[str], folder: Path) -> None:
    lines = [
        "排版还缺少组件，文书暂以 HTML 提供 · printing lacks parts; documents are served as HTML:"
    ]
    if lacking:
        lines.append(f"  apt-get install -y --no-install-recommends {' '.join(lacking)}")
    if fonts:
        lines.append(
            f"  apt-get download {_FANDOL_PACKAGE} && dpkg -x {_FANDOL_PACKAGE}_*.deb fandol && "
            f"mkdir -p {folder} && find fandol -name 'Fandol*.otf' -exec cp {{}} {folder} \\;"
        )
    sys.stderr.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
