"""What the treasury tells us: money came for a bill (行政处罚法 67; 罚款决定与罚款收缴分离实施办法 10).

Kept before anything else, by the treasury's own reference; then entered in the case, closed or not.
What cannot be entered now is entered later; what belongs to no case waits in a list for a person.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import APIKeyHeader
from sqlalchemy.dialects.postgresql import insert

from api.body import Paper
from api.counter import AtCounter, Counter
from api.cursor import Cursor, Limit, pack, page, unpack
from api.refusals import Problem
from api.security import Signed
from models.acts.collection import ReceivePayment
from models.basis import PENALTY
from models.database import Matter, Payment
from models.money import to_number
from models.person import Role
from models.signature import SIGNATURE, treasury_key, verify
from workflows.late_entries import enter

router = APIRouter(prefix="/api/payments", tags=["payments"])

READERS = frozenset({Role.TREASURY, Role.SUPERVISOR})
_SCHEMA = {"$ref": "#/components/schemas/ReceivePayment"}
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}}
_signature = APIKeyHeader(name=SIGNATURE, scheme_name="signature", auto_error=False)
_KEPT = (Payment.reference, Payment.bill, Payment.matter, Payment.amount, Payment.entered_at)


async def from_treasury(
    request: Request,
    counter: AtCounter,
    _: Annotated[str | None, Depends(_signature)],  # so that the contract shows the guard
) -> None:
    """Only the treasury signs so, and only now. Raises `Problem` 401."""
    if counter.settings.treasury_secret is None:
        raise _bad_signature()
    body, key = await request.body(), treasury_key(counter.settings)
    if not verify(body, request.headers, key, datetime.now(UTC)):
        raise _bad_signature()


@router.post("", dependencies=[Depends(from_treasury)], openapi_extra=_BODY)
async def receive(counter: AtCounter, paper: Paper, response: Response) -> dict[str, Any]:
    """缴款回执。200 已入账；202 已收到，待入账。 / Money came; 200 entered, 202 kept to be entered."""
    told = ReceivePayment.read(paper)
    kept = await _keep(counter, told)
    if (kept.bill, kept.amount) != (told.bill, told.amount):
        raise _differs(kept)
    entered = kept.entered_at is not None or await _entered(counter, kept)
    response.status_code = 200 if entered else 202
    waits = "waiting" if kept.matter else "unmatched"
    return {
        "reference": kept.reference,
        "bill": kept.bill,
        "status": "entered" if entered else waits,
    }


@router.get("/unmatched")
async def unmatched(
    actor: Signed, counter: AtCounter, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """未入账的缴款，先到的在前；matter 为空的不属于任何案件。 / Not entered, oldest first; without `matter`, of no case."""
    if not READERS & set(actor.roles):
        raise Problem(
            "not_your_role",
            "未入账缴款由财政收缴、监督人员处理",
            "payments not entered are for treasury and supervisor",
            basis=PENALTY(67),
        )
    query = sa.select(*_KEPT, Payment.paid_at, Payment.received_at).where(
        Payment.entered_at.is_(None)
    )
    if cursor:
        after = sa.tuple_(*(sa.literal(part) for part in unpack(cursor, 2)))
        query = query.where(sa.tuple_(Payment.received_at, Payment.reference) > after)
    rows = await counter.rows(
        query.order_by(Payment.received_at, Payment.reference).limit(limit + 1)
    )
    shown = rows[:limit]
    following = pack(shown[-1].received_at, shown[-1].reference) if len(rows) > limit else None
    return page([_item(row) for row in shown], following)


async def _keep(counter: Counter, told: ReceivePayment) -> sa.Row[Any]:
    """Insert, or read what is there: one statement either way."""
    mine = insert(Payment).values(
        reference=told.reference,
        bill=told.bill,
        matter=_matter_of(told.bill),
        amount=told.amount,
        paid_at=told.paid_at,
        received_at=datetime.now(UTC),
    )
    rows = await counter.rows(
        mine.on_conflict_do_update(
            index_elements=[Payment.reference], set_={"reference": mine.excluded.reference}
        ).returning(*_KEPT)
    )
    return rows[0]


def _matter_of(bill: str) -> sa.ColumnElement[str]:
    """The case that issued this bill, or nothing: a number that merely looks like ours is no case's."""
    issued = sa.select(Matter.id).where(
        Matter.id == bill.rpartition("-")[0], Matter.state["money"]["bill"].astext == bill
    )
    return sa.func.coalesce(issued.scalar_subquery(), "")


async def _entered(counter: Counter, kept: sa.Row[Any]) -> bool:
    if not kept.matter or counter.temporal is None:
        return False
    return await enter(counter.temporal, counter.engine, counter.settings, kept.reference)


def _item(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "bill": row.bill,
        "matter": row.matter or None,
        "amount": to_number(row.amount),
        "paid_at": row.paid_at,
        "received_at": row.received_at,
    }


def _bad_signature() -> Problem:
    return Problem(
        "bad_signature",
        "签名缺失、错误或者已过期",
        "the signature is missing, wrong or out of date",
    )


def _differs(kept: sa.Row[Any]) -> Problem:
    amount = to_number(kept.amount)
    return Problem(
        "payment_differs",
        f"流水号 {kept.reference} 已收到：缴款单 {kept.bill}，{amount} 元；未作更改",
        f"{kept.reference} is known: bill {kept.bill}, {amount} yuan; nothing was changed",
        basis=PENALTY(67),
        field="reference",
    )
