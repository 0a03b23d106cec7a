# ruff: noqa: FAST003 -- the matter_id of a path is read by the matter's dependency
"""Handing in papers. Each act has a path, made from its class, under each kind of matter it is handed in to.

The procedure says yes or no; here only who may see the matter, what was seen of it, and what was asked for already.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Response

import models.acts  # noqa: F401 -- registers every act
from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import page
from api.idempotency import Once
from api.matters import etag, of_kind
from api.refusals import Problem
from api.rights import Action, may, name_of, party_of, state_for
from api.security import Signed
from models.act import ACTS, Act, not_your_role, relation
from models.person import Actor, Role

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="所见状态的 version / the version you saw")
]
State = dict[str, Any]


def body_of(schema: str) -> dict[str, Any]:
    """What a route reads, as OpenAPI says it."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}}


def performing(kind: str, plural: str) -> APIRouter:
    """What may be done now, and a route for each act of this kind of matter."""
    router = APIRouter(prefix=f"/api/{plural}", tags=[plural])
    Row = Annotated[sa.Row[Any], Depends(of_kind(kind))]  # noqa: N806 -- a type

    @router.get("/{matter_id}/acts")
    async def acts(row: Row, actor: Signed) -> dict[str, Any]:
        """现在可以办理的行为及其表单。 / What the caller may do now, each with its JSON Schema."""
        if not may(actor, Action.ACT, row):
            return page([], None)
        offered = [
            _offer(item, role, kind, standing=standing)
            for key, standing in (("open_acts", False), ("standing_acts", True))
            for item in row.state.get(key, [])
            if (role := relation(actor, party_of(actor, row), ACTS[name_of(item)].by))
        ]
        return page(offered, None)

    for act in ACTS.values():
        if kind in act.matters:
            _add(router, act, kind)

    @router.post("/{matter_id}/acts/{act}", include_in_schema=False)
    async def unknown(row: Row, act: str) -> State:
        """Any other name."""
        raise Problem("unknown_act", f"没有“{act}”这种行为", f"there is no act {act}")

    return router


def _offer(item: dict[str, Any] | str, role: Role, kind: str, *, standing: bool) -> dict[str, Any]:
    act = ACTS[name_of(item)]
    return {
        "name": act.name,
        "term": act.term,
        "term_en": act.en,
        "role": role.value,
        "roles": [role.value for role in act.by],
        "due": item.get("due") if isinstance(item, dict) else None,
        "basis": [basis.model_dump() for basis in act.basis_in(kind)],
        "standing": standing,
        "schema": schema_of(act),
    }


@cache
def schema_of(act: type[Act]) -> dict[str, Any]:
    """The act's JSON Schema under its Chinese and English title."""
    return act.model_json_schema() | {"title": act.term, "title_en": act.en}


def _add(router: APIRouter, act: type[Act], kind: str) -> None:
    articles = "、".join(map(str, act.basis_in(kind)))
    router.add_api_route(
        f"/{{matter_id}}/acts/{act.name}",
        _route(act, of_kind(kind)),
        methods=["POST"],
        name=act.name,
        summary=f"{act.term} / {act.en}",
        description=f"{act.__doc__ or ''}\n\n{articles}",
        openapi_extra=body_of(act.__name__),
    )


def _route(act: type[Act], the_matter: Callable[..., Any]) -> Callable[..., Awaitable[State]]:
    async def perform(  # noqa: PLR0913, PLR0917 -- what a request is made of
        row: Annotated[sa.Row[Any], Depends(the_matter)],
        actor: Signed,
        counter: AtCounter,
        paper: Paper,
        write: Once,
        response: Response,
        seen: IfMatch = None,
    ) -> State:
        if not may(actor, Action.ACT, row):
            raise not_your_role(act, row.kind)
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
