"""What the desk looks up for captures: the one under review, those that wait, and whose act it was by the registers."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from api.counter import Counter
from models.act import Act
from models.acts.non_contact import IdentifyParty, ReviewCapture
from models.capture import Capture, Found, ObjectKind, Verdict, in_sample
from models.captures import CaptureRow
from models.filing import claim_of
from models.identifiers import id_digest
from models.lead import Place
from models.party import Party, PartyKind
from models.rules import Rules
from models.secrets import key_of, unseal
from models.sharing import Register
from models.suspension import civil_day

State = dict[str, Any]
SOLE_TRADER = "92"  # how the credit code of an individual business begins (GB 32100)
_ASKED = {ObjectKind.PLATE: Register.VEHICLES, ObjectKind.SHOP: Register.COMPANIES}


async def looked_up(counter: Counter, act: Act, state: State, now: datetime) -> dict[str, Any]:
    """For the moment of a review, or of naming the party."""
    rows = await _captures(counter, state["id"])
    found: dict[str, Any] = {}
    if isinstance(act, ReviewCapture):
        mine = [row for row in rows if row.id == act.capture]
        waiting = [row for row in rows if row.verdict == Verdict.PENDING and row.id != act.capture]
        found["capture"] = _capture(counter, mine[0]) if mine else None
        found["captures_waiting"] = tuple(row.id for row in waiting)
        rows = mine
    if rows and _names_somebody(act, state):
        found |= await _whose(counter, act, state, rows[0], now)
    return found


def _names_somebody(act: Act, state: State) -> bool:
    """The review that passes asks the registers at once."""
    if isinstance(act, ReviewCapture):
        return act.passed and not state["monitoring"]["found"]
    return isinstance(act, IdentifyParty)


async def _whose(
    counter: Counter, act: Act, state: State, row: Any, now: datetime
) -> dict[str, Any]:
    named = act.party if isinstance(act, IdentifyParty) else None
    party = named or await _registered(counter, row, now)
    if party is None:
        return {}
    digest = id_digest(party.id_no, key_of(counter.settings)) if party.id_no else None
    reviewed = isinstance(act, ReviewCapture)  # what it shows is then what the case is about
    occurred_at = row.taken_at if reviewed else datetime.fromisoformat(state["occurred_at"])
    place = state["place"]
    claim = claim_of(digest or party.name, row.cause, occurred_at, Place.model_validate(place))
    found = Found(
        party=party,
        party_digest=digest,
        claim=claim,
        rules=Rules.of(counter.catalogue, row.cause, civil_day(occurred_at), party.kind),
        source="执法人员查明" if named else "登记信息",
    )
    return {"found": found, "claim": claim, "party_digest": digest}


async def _registered(counter: Counter, row: Any, now: datetime) -> Party | None:
    """As the register of vehicles or companies says; None where it does not know, or is away."""
    source = _ASKED.get(ObjectKind(row.object))
    if source is None:
        return None
    value = value_of(counter, row.secret)
    fact = await counter.registers.ask(source, value, now)
    if not fact.found:
        return None
    known = ("kind", "name", "id_no", "phone", "address")
    told: dict[str, Any] = {key: fact.data[key] for key in known if key in fact.data}
    if source is Register.COMPANIES:
        trader = value.startswith(SOLE_TRADER)
        told["kind"] = PartyKind.SOLE_TRADER if trader else PartyKind.ORGANISATION
        told["id_no"] = value
    try:
        return Party.model_validate_json(json.dumps(told))
    except ValidationError:
        return None  # what a register says and cannot be is no party; an officer finds out


async def unpassed(counter: Counter, digests: tuple[str, ...]) -> set[str]:
    """Those of them that cameras recorded, and that no person has passed in any capture."""
    rows = await counter.rows(
        sa.select(CaptureRow.media, CaptureRow.verdict).where(CaptureRow.media.overlap(digests))
    )
    recorded = {digest for row in rows for digest in row.media}
    passed = {digest for row in rows if row.verdict == Verdict.PASSED for digest in row.media}
    return (recorded - passed) & set(digests)


async def _captures(counter: Counter, matter: str) -> list[Any]:
    mine = sa.select(CaptureRow.__table__).where(CaptureRow.matter == matter)
    return list(await counter.rows(mine.order_by(CaptureRow.taken_at, CaptureRow.id)))


def _capture(counter: Counter, row: Any) -> Capture:
    percent = counter.catalogue.non_contact.second_review_percent.value
    return Capture(
        id=row.id,
        device=row.device,
        taken_at=row.taken_at,
        media=tuple(row.media),
        facts=_secret(counter, row)["facts"],
        verdict=Verdict(row.verdict),
        reason=row.reason,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        sampled=in_sample(row.id, percent, key_of(counter.settings)),
    )


def value_of(counter: Counter, secret: bytes) -> str:
    """The plate, credit code or spot of a capture."""
    told: str = json.loads(unseal(secret, key_of(counter.settings)))["value"]
    return told


def _secret(counter: Counter, row: Any) -> dict[str, str]:
    secret: dict[str, str] = json.loads(unseal(row.secret, key_of(counter.settings)))
    return secret
