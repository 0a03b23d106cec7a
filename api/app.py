"""The front: what is opened when it starts, what every request passes through, and the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.responses import RedirectResponse
from starlette.types import Scope
from temporalio.client import Client

from api import (
    absences,
    applications,
    captures,
    cases,
    causes,
    deliveries,
    desk as the_desk,
    devices,
    documents,
    drafts,
    events,
    evidence,
    evidence_uploads,
    file,
    health,
    incidents,
    items,
    licences,
    me,
    numbers,
    payments,
    refusals,
    review,
    session,
    statistics,
    stream,
    subscriptions,
    verify,
    violations,
)
from api.body import BodyLimit
from api.counter import Counter, Desk
from api.envelope import Envelope
from api.passwords import Passwords
from api.rehearsal import rehearsing
from models.act import ACTS
from models.application import Application
from models.catalogue import Catalogue
from models.lead import Lead
from models.report import Report
from models.secrets import key_of
from models.settings import Settings, settings
from workflows.client import connect

HOUSE = Path(__file__).resolve().parent.parent
ROUTERS = (
    *(session, me, causes, items, drafts, documents, file, evidence_uploads, evidence),
    *(captures, review, violations, devices, events, deliveries, numbers, payments, absences),
    *(statistics, subscriptions, stream, verify, health),
)


def create_app(
    chosen: Settings | None = None,
    *,
    desk: Desk | None = None,
    catalogue: Catalogue | None = None,
    passwords: Passwords | None = None,
) -> FastAPI:
    """The app. What is handed in (tests) is not opened; with a desk goes its engine."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        mine = chosen or settings()
        engine = _engine(mine)
        app.state.counter = Counter(
            settings=mine,
            engine=engine,
            catalogue=catalogue or Catalogue.load(HOUSE / "catalogue", *mine.catalogue_dirs),
            temporal=None if desk else await _temporal(mine),
            desk=desk or the_desk,
            passwords=passwords or Passwords(),
            migration_heads=_migration_heads(),
        )
        app.state.feed = stream.Feed()
        yield
        await app.state.counter.registers.close()
        await engine.dispose()

    app = FastAPI(
        title="案卷 Anjuan",
        description="城市管理综合行政执法 / enforcement cases of a district bureau",
        version="0.1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,  # the stock pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=opened,
    )
    app.add_route("/", lambda _: RedirectResponse("/api/openapi.json"), include_in_schema=False)
    for room in ROUTERS:
        app.include_router(room.router)
    app.include_router(devices.sites)
    for kind in (cases, applications, licences, incidents):
        for router in (*kind.rooms, rehearsing(kind.KIND, kind.PLURAL)):
            app.include_router(router)
    refusals.install(app)
    app.add_middleware(BodyLimit, other={"/verify": verify.LARGEST}, streamed=_streamed)
    app.add_middleware(Envelope)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _streamed(scope: Scope) -> bool:
    """Files of evidence, which are bounded while they are written to disk."""
    whole = scope["method"] == "POST" and scope["path"] == "/api/evidence"
    part = scope["method"] == "PATCH" and scope["path"].startswith("/api/evidence/uploads/")
    return bool(whole or part)


def _engine(chosen: Settings) -> AsyncEngine:
    if chosen.database_url is None:
        raise ValueError("未设置 ANJUAN_DATABASE_URL / ANJUAN_DATABASE_URL is not set")
    return create_async_engine(chosen.database_url, pool_size=20, hide_parameters=True)


async def _temporal(chosen: Settings) -> Client:
    address = chosen.temporal_address or f"127.0.0.1:{chosen.temporal_port}"
    return await connect(address, key_of(chosen), chosen.temporal_namespace, lazy=True)


def _migration_heads() -> frozenset[str]:
    config = Config()
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    return frozenset(ScriptDirectory.from_config(config).get_heads())


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own, with the papers that `api.body` reads added to the schemas."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(_papers())
        app.openapi_schema = schema
    return app.openapi_schema


def _papers() -> dict[str, Any]:
    classes: list[type[BaseModel]] = [
        *(Lead, Application, Report, absences.AbsencePaper),
        *ACTS.values(),
    ]
    _, whole = models_json_schema(
        [(paper, "validation") for paper in classes],
        ref_template="#/components/schemas/{model}",
    )
    defined: dict[str, Any] = whole["$defs"]
    for act in ACTS.values():
        defined[act.__name__] |= {"title": act.term, "title_en": act.en}
    return defined


app = create_app()
