"""Filing a case."""

import json
from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.acts import body_of, performing
from api.body import Paper
from api.counter import AtCounter
from api.documents import listing
from api.idempotency import Once
from api.matters import etag, reading
from api.refusals import Problem
from api.rights import may_file
from api.security import Signed
from models.act import invalid
from models.basis import PENALTY
from models.lead import Lead

KIND, PLURAL = "case", "cases"
router = APIRouter(prefix="/api/cases", tags=["cases"])
rooms = (router, reading(KIND, PLURAL), performing(KIND, PLURAL), listing(KIND, PLURAL))


@router.post("", status_code=201, openapi_extra=body_of("Lead"))
async def file(
    actor: Signed, counter: AtCounter, paper: Paper, write: Once, response: Response
) -> dict[str, Any]:
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
