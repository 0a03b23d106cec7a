"""Pages for people: Jinja2 templates of this folder, each with its style inside, and nothing from elsewhere."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page_of(template: str, *, scripted: bool = False, **said: Any) -> Response:
    """The page; its policy allows its own style, and no script but our own files."""
    html = _environment().get_template(template).render(said)
    styles = " ".join(f"'sha256-{_digest(style)}'" for style in _STYLE.findall(html))
    ours = "script-src 'self'; connect-src 'self'; img-src 'self'; " if scripted else ""
    policy = (
        f"default-src 'none'; style-src {styles}; {ours}form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
