"""A subscription: where changes are sent, and which."""

import base64
import secrets
from typing import Annotated, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.settings import Settings
from models.text import Line, ask

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 -- how Standard Webhooks marks one
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_HTTPS_PORT = 443

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[!-~]+$")]
Kind = Literal["case", "application", "licence", "incident"]
Words = Annotated[list[Line], Field(max_length=200)]


class Subscribe(BaseModel):
    """What an administrator asks for. An empty list does not narrow."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: Url = ask("接收地址", "Where to")
    kinds: list[Kind] = ask("办件种类", "Kinds of matter", default=[], max_length=4)
    entries: Words = ask("行为或者环节", "Names of entries", default=[])
    stages: Words = ask("所处环节", "Stages", default=[])
    streets: Words = ask("街道", "Streets", default=[])
    units: Words = ask("机构", "Units", default=[])


def may_be_sent_to(url: str, chosen: Settings) -> bool:
    """Whether the installation allows this address: https to a host on its list; in a demo also this machine itself.

    Asked when somebody subscribes and again before every delivery, of the parser that sends.
    """
    try:
        to = httpx.URL(url)
        host = to.host
    except (httpx.InvalidURL, ValueError):  # UnicodeError: a name that is none
        return False
    if to.userinfo or to.fragment:
        return False
    if chosen.demo and host in LOOPBACK and to.scheme in {"http", "https"}:
        return True
    listed = {name.lower() for name in chosen.webhook_hosts if name}
    port = to.port or _HTTPS_PORT
    named = f"{host}:{port}" in listed or (port == _HTTPS_PORT and host in listed)
    return to.scheme == "https" and named


def new_secret() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """As Standard Webhooks writes a secret."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()
