"""Commands beside a running `anjuan up`: what it made for itself (database, engine, key) is found again in its folder."""

from typing import Any

from pydantic import SecretStr

from models.settings import Settings
from run import postgres


def beside(chosen: Settings) -> Settings:
    """These settings; where they name no database, those of the installation that runs over the same folder."""
    key = chosen.var_dir / "secret.key"
    found: dict[str, Any] = {}
    if chosen.database_url is None:
        found["database_url"] = postgres.url_of(chosen.var_dir / "postgres")
        if chosen.temporal_address is None and chosen.temporal_port:
            found["temporal_address"] = f"127.0.0.1:{chosen.temporal_port}"
        found["demo"] = chosen.demo_unless_told
    if chosen.secret_key is None and key.exists():
        found["secret_key"] = SecretStr(key.read_text(encoding="utf-8").strip())
    return chosen.model_copy(update=found)
