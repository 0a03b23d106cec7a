"""The contract as published: every path guarded but the named few, every act with its form."""

import json
from typing import Any

import httpx
from fastapi import FastAPI

from models.act import ACTS

PUBLIC = {
    ("post", "/api/session"),
    ("get", "/api/causes"),
    ("get", "/api/causes/{cause_id}"),
    ("get", "/api/incident-classes"),
    ("get", "/api/incidents/lookup/{code}"),
    ("get", "/api/items"),
    ("get", "/api/sites"),
    ("get", "/api/items/{code}"),
    ("post", "/api/items/{code}/checklist"),
    (
        "get",
        "/api/licences/{number}",
    ),  # the number shows little; the id, to whoever is signed in, all
    ("get", "/api/health/live"),
    ("get", "/api/health/ready"),
    ("get", "/api/violations/{code}"),
    ("get", "/review"),
    ("get", "/verify/{token}"),
    ("post", "/verify"),
}


PLURAL = {
    "case": "cases",
    "application": "applications",
    "licence": "licences",
    "incident": "incidents",
}


def operations(app: FastAPI) -> dict[tuple[str, str], Any]:
    paths = app.openapi()["paths"]
    return {(verb, path): said for path, verbs in paths.items() for verb, said in verbs.items()}


def test_every_path_needs_a_session_but_the_public_ones(app: FastAPI) -> None:
    open_ = {key for key, said in operations(app).items() if not said.get("security")}
    assert open_ == PUBLIC
    assert len(operations(app)) > len(PUBLIC) + len(ACTS)


def test_every_act_has_its_path_and_form(app: FastAPI) -> None:
    for act in ACTS.values():
        said = operations(app)[
            "post", f"/api/{PLURAL[act.matters[0]]}/{{matter_id}}/acts/{act.name}"
        ]
        reference = said["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        form = app.openapi()["components"]["schemas"][reference.rpartition("/")[2]]
        assert form["title"] == act.term
        assert form["title_en"] == act.en


def test_every_reference_leads_somewhere(app: FastAPI) -> None:
    text = json.dumps(app.openapi())
    schemas = app.openapi()["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= schemas.keys()
    assert "#/$defs" not in text


async def test_the_document_is_served_and_no_page_loads_scripts_from_elsewhere(
    anyone: httpx.AsyncClient,
) -> None:
    assert (await anyone.get("/api/openapi.json")).status_code == 200
    for page in ("/docs", "/redoc"):
        assert (await anyone.get(page)).status_code == 404
