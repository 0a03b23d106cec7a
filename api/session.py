"""Signing in and out."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from api.body import Paper
from api.counter import AtCounter
from api.security import (
    COOKIE,
    Signed,
    Token,
    end_session,
    open_session,
    refuse_other_origins,
    set_cookie,
    sign_in,
)
from models.act import invalid
from models.person import Actor, Role

router = APIRouter(prefix="/api/session", tags=["session"])

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Credentials(BaseModel):
    """What one signs in with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    username: Word
    password: Word

    def __repr__(self) -> str:  # a password is not for logs
        return f"Credentials({self.username!r})"


class Person(BaseModel):
    """Who is signed in, as told to himself."""

    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None

    @classmethod
    def of(cls, actor: Actor) -> "Person":
        return cls(username=actor.username, name=actor.name, roles=actor.roles, unit=actor.unit)


class Opened(BaseModel):
    """A session: the token to send as ``Authorization: Bearer``, and when it ends at the latest."""

    token: str
    expires_at: datetime
    person: Person


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Credentials.model_json_schema()}},
    }
}


@router.post("", openapi_extra=_BODY)
async def start(request: Request, response: Response, counter: AtCounter, paper: Paper) -> Opened:
    """登录。错误次数过多会暂时锁定。 / Sign in; too many failures lock the account for a while."""
    refuse_other_origins(request, required=False)
    try:
        asked = Credentials.model_validate_json(json.dumps(paper))
    except ValidationError as wrong:
        raise invalid(wrong) from None
    actor = await sign_in(counter, asked.username, asked.password)
    token, expires = await open_session(counter, actor.username)
    set_cookie(response, request, token, expires)
    return Opened(token=token, expires_at=expires, person=Person.of(actor))


@router.delete("", status_code=204)
async def end(_: Signed, token: Token, counter: AtCounter, response: Response) -> None:
    """退出。 / Sign out: the token opens nothing from now on."""
    await end_session(counter, token)
    response.delete_cookie(COOKIE)
