"""What an installation may choose: one class, read from ``ANJUAN_*`` variables, read once."""

import base64
import binascii
import os
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

KEY_BYTES = 32  # AES-256 and HMAC-SHA-256 both take 32


def _is_a_key(secret: SecretStr) -> SecretStr:
    try:
        length = len(base64.b64decode(secret.get_secret_value(), validate=True))
    except binascii.Error as error:
        message = "must be base64"
        raise ValueError(message) from error
    if length != KEY_BYTES:
        message = f"must be {KEY_BYTES} bytes in base64, has {length}"
        raise ValueError(message)
    return secret


def _with_driver(url: str) -> str:
    """Let people paste the plain URL their database gives them; we speak through asyncpg."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url


def _folders(value: object) -> object:
    """Written like PATH: folder:folder."""
    return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


def _origin(url: str) -> str:
    if not re.fullmatch(r"https?://[a-zA-Z0-9.\-\[\]:]+", url):
        message = "must be scheme://host[:port] and no more"
        raise ValueError(message)
    return url.lower()


def _words(value: object) -> object:
    """Written with commas between."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


Port = Annotated[int, Field(ge=0, le=65535)]
Origin = Annotated[str, AfterValidator(_origin)]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_words)]
Key = Annotated[SecretStr, AfterValidator(_is_a_key)]
Folders = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
DatabaseUrl = Annotated[str, AfterValidator(_with_driver)]


class Settings(BaseSettings):
    """Ports are of this machine only unless ``api_host`` says otherwise; 0 = any free port."""

    model_config = SettingsConfigDict(env_prefix="ANJUAN_", frozen=True, env_ignore_empty=True)

    database_url: DatabaseUrl | None = Field(default=None, repr=False)  # None: our own PostgreSQL
    temporal_address: str | None = None  # None: our own development server
    temporal_namespace: str = "default"
    task_queue: str = "anjuan"

    sandbox: bool = False  # guards procedures against clocks and chance; on in every test

    api_host: str = "127.0.0.1"
    api_port: Port = 8000
    postgres_port: Port = 5433  # 5432 is where a machine's own PostgreSQL sits
    temporal_port: Port = 7233
    temporal_ui_port: Port = 8233
    treasury_port: Port = 8010
    sms_port: Port = 8011
    registers_port: Port = 8012
    api_url: str | None = None  # where others reach the API; None: on this machine
    treasury_url: str | None = None  # None: the sandbox on this machine
    sms_url: str | None = None  # None: the sandbox on this machine
    registers_url: str | None = None  # None: the sandbox on this machine
    smtp_url: str | None = Field(default=None, repr=False)  # smtp(s)://user:password@host:port
    smtp_from: str = "noreply@localhost"

    var_dir: Path = Path("var")
    catalogue_dirs: Folders = ()  # laid over the catalogue, later ones win

    secret_key: Key | None = None
    treasury_secret: Key | None = None
    sms_secret: Key | None = None  # without one, no text messages
    registers_secret: Key | None = None  # without one, no shared data
    session_idle_hours: float = Field(default=2, gt=0)
    session_absolute_hours: float = Field(default=12, gt=0)

    # Papers: the office's own fonts go first in each stack; fallbacks close it.
    font_body: str = "'FangSong_GB2312', '仿宋_GB2312', FandolFang"
    font_title: str = "'FZXiaoBiaoSong-B05S', '方正小标宋简体', FandolSong"
    font_heading: str = "SimHei, '黑体', FandolHei"
    font_note: str = "'KaiTi_GB2312', '楷体_GB2312', FandolKai"
    font_dir: Path | None = None  # None: var/fonts
    public_url: str | None = None  # where citizens reach us; None: as api_url

    # seal: the certificate decides whether documents are sealed, one of key, token and service signs.
    seal_cert: Path | None = None  # PEM: the organ's certificate, then the chain above it
    seal_roots: Path | None = None  # PEM: what is trusted when a seal or a timestamp is checked
    seal_key: Path | None = None  # PEM
    seal_pkcs11: Path | None = None  # the module (.so) of a token
    seal_token: str | None = None
    seal_label: str | None = None
    seal_pin: SecretStr | None = None
    seal_service_url: str | None = None
    seal_service_secret: Key | None = None
    timestamp_url: str | None = None  # RFC 3161 over HTTP

    # evidence and documents: bytes by their digest. S3 takes its keys and endpoint from AWS_* variables.
    store_url: str | None = None  # e.g. s3://bucket/prefix; None: var/store

    # events of devices: how many may wait, come in one message, and come from one account in a second.
    events_waiting: int = Field(default=20_000, ge=1)
    events_at_once: int = Field(default=500, ge=1, le=2000)
    events_per_second: int = Field(default=200, ge=1)
    media_origins: Origins = ()  # stores that files of events may be fetched from
    media_inner_origins: Origins = ()  # as above, at addresses inside

    # MQTT: the broker events come by, too; None: by HTTP only.
    mqtt_address: str | None = None  # host:port, mqtt://… or mqtts://…
    mqtt_user: str | None = None
    mqtt_password: SecretStr | None = None
    mqtt_version: Literal["5", "3.1.1"] = "5"
    mqtt_port: Port = 1884  # of the demo's broker; 1883 is where a machine's own sits
    webhook_hosts: Hosts = ()  # host or host:port that changes may be sent to; none: to nobody

    demo: bool = False
    demo_password: SecretStr = SecretStr("anjuan-demo")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def demo_unless_told(self) -> bool:
        """Someone who starts everything by hand wants to look around, unless he says no."""
        return self.demo or "demo" not in self.model_fields_set

    @property
    def api_address(self) -> str:
        """Where the treasury calls us back."""
        return self.api_url or f"http://{self.api_host}:{self.api_port}"

    @property
    def public_address(self) -> str:
        """What QR codes and letters lead to."""
        return self.public_url or self.api_address

    @property
    def sms_address(self) -> str:
        """Where text messages go."""
        return self.sms_url or f"http://127.0.0.1:{self.sms_port}"

    @property
    def registers_address(self) -> str:
        """Where the government's registers are asked."""
        return self.registers_url or f"http://127.0.0.1:{self.registers_port}"

    @property
    def channels(self) -> tuple[str, ...]:
        """The ways of electronic service that are connected."""
        there = {
            "portal": True,
            "email": self.smtp_url is not None,
            "sms": self.sms_secret is not None,
        }
        return tuple(name for name, connected in there.items() if connected)

    @property
    def treasury_address(self) -> str:
        """Where bills go."""
        return self.treasury_url or f"http://127.0.0.1:{self.treasury_port}"


@cache
def settings() -> Settings:
    return Settings()
