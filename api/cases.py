# ruff: noqa: FAST003 -- the case_id of a path is read by `TheCase`
"""Filing a case and handing in papers. Each act has a path, made from its class.

The procedure says yes or no; here only who may see the case, what was seen of it, and what was
asked for already.
"""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Header, Response
from pydantic import ValidationError

import models.acts  # noqa: F401 -- registers every act
from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import page
from api.idempotency import Once
from api.matters import TheCase, etag
from api.refusals import Problem
from api.rights import Action, may, may_file, name_of, state_for
from api.security import Signed
from models.act import ACTS, Act, invalid, not_your_role, relation
from models.basis import PENALTY
from models.lead import Lead
from models.person import Actor, Role

router = APIRouter(prefix="/api/cases", tags=["cases"])

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="所见状态的 version / the version you saw")
]
State = dict[str, Any]


def _body(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("", status_code=201, openapi_extra=_body("Lead"))
async def file(
    actor: Signed, counter: AtCounter, paper: Paper, write: Once, response: Response
) -> State:
    """登记案件来源。 / File a case; with procedure `summary`, decide it on the spot."""
    if not may_file(actor, "case"):
        raise Problem(
            "not_your_role",
            "案件由执法人员登记",
            "cases are filed by officers",
            basis=PENALTY(42, 54),
        )
    lead = _lead(paper)
    state = await write.once(
        lambda: counter.desk.file_case(counter, lead, actor, write.matter_id), 201
    )
    response.headers["Location"] = f"/api/cases/{state['id']}"
    response.headers["ETag"] = etag(state["version"])
    return state


def _lead(paper: dict[str, Any]) -> Lead:
    try:
        return Lead.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong, PENALTY(54)) from None


@router.get("/{case_id}/acts")
async def acts(row: TheCase, actor: Signed) -> dict[str, Any]:
    """现在可以办理的行为及其表单。 / What the caller may do now, each with its JSON Schema."""
    if not may(actor, Action.ACT, row):
        return page([], None)
    offered = [
        _offer(item, role, standing=standing)
        for key, standing in (("open_acts", False), ("standing_acts", True))
        for item in row.state.get(key, [])
        if (role := relation(actor, row.party_digest, ACTS[name_of(item)].by))
    ]
    return page(offered, None)


def _offer(item: dict[str, Any] | str, role: Role, *, standing: bool) -> dict[str, Any]:
    act = ACTS[name_of(item)]
    return {
        "name": act.name,
        "term": act.term,
        "term_en": act.en,
        "role": role.value,
        "roles": [role.value for role in act.by],
        "due": item.get("due") if isinstance(item, dict) else None,
        "basis": [basis.model_dump() for basis in act.basis],
        "standing": standing,
        "schema": schema_of(act),
    }


@cache
def schema_of(act: type[Act]) -> dict[str, Any]:
    """The act's JSON Schema under its Chinese and English title."""
    return act.model_json_schema() | {"title": act.term, "title_en": act.en}


def _route(act: type[Act]) -> Callable[..., Awaitable[State]]:
    async def perform(  # noqa: PLR0913, PLR0917 -- what a request is made of
        row: TheCase,
        actor: Signed,
        counter: AtCounter,
        paper: Paper,
        write: Once,
        response: Response,
        seen: IfMatch = None,
    ) -> State:
        if not may(actor, Action.ACT, row):
            raise not_your_role(act)
        state = await write.once(
            lambda: _at_desk(counter, row, act, paper, actor, write.update_id, seen), 200
        )
        response.headers["ETag"] = etag(state["version"])
        return state_for(actor, row, state)

    return perform


async def _at_desk(  # noqa: PLR0913, PLR0917 -- as `Desk.perform`
    counter: Counter,
    row: sa.Row[Any],
    act: type[Act],
    paper: dict[str, Any],
    actor: Actor,
    update_id: str,
    seen: str | None,
) -> State:
    """A repeat is answered from what is stored before this; so only a new write can be stale. The procedure asks once more."""
    _refuse_stale(seen, row.version)
    minds = seen is not None and seen.strip() != "*"
    version = row.version if minds else None
    return await counter.desk.perform(counter, row, act.name, paper, actor, update_id, seen=version)


def _refuse_stale(seen: str | None, version: int) -> None:
    if seen is None or seen.strip() == "*":
        return
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in seen.split(",")}
    if str(version) not in tags:
        raise Problem(
            "stale",
            f"案卷已更新到第 {version} 版，请刷新后再办理",
            f"the case is at version {version} by now; look again first",
            headers={"ETag": etag(version)},
        )


def _add(act: type[Act]) -> None:
    articles = "、".join(map(str, act.basis))
    router.add_api_route(
        f"/{{case_id}}/acts/{act.name}",
        _route(act),
        methods=["POST"],
        name=act.name,
        summary=f"{act.term} / {act.en}",
        description=f"{act.__doc__ or ''}\n\n{articles}",
        openapi_extra=_body(act.__name__),
    )


for _act in ACTS.values():
    _add(_act)


@router.post("/{case_id}/acts/{act}", include_in_schema=False)
async def unknown(row: TheCase, act: str) -> State:
    """Any other name."""
    raise Problem("unknown_act", f"没有“{act}”这种行为", f"there is no act {act}")
