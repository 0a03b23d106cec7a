"""The treasury's sandbox: stands in for the provincial fine-collection platform (统一公共支付平台) where there is none.

It takes signed bills, lets anybody pay them (there is no money in it), and calls the bureau back,
signed, until the bureau accepts. For demonstrations and tests; amounts in yuan.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.money import Yuan
from models.settings import Settings, settings
from models.signature import sign, treasury_key, verify
from models.text import Line
from sandbox.ledger import Bill, Ledger, Paid

SHORTEST, LONGEST = 0.5, 60.0  # seconds between two callbacks of one payment
TIMEOUT = 15  # seconds; longer than the bureau waits for its engine


class Payment(BaseModel):
    """Paying at the counter: any amount in yuan, too little or too much as well."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Yuan, Field(gt=0)]
    paid_at: AwareDatetime | None = None
    reference: Line | None = None

    def of(self, bill: str) -> Paid:
        now = datetime.now(UTC)
        reference = self.reference or f"{now:%Y%m%d}{secrets.randbelow(10**10):010}"
        return Paid(reference=reference, bill=bill, amount=self.amount, paid_at=self.paid_at or now)


class Treasury:
    """The books, and the way back to the bureau."""

    def __init__(self, chosen: Settings, http: httpx.AsyncClient | None = None) -> None:
        self.key, self.url = treasury_key(chosen), f"{chosen.api_address}/api/payments"
        self.ledger = Ledger(chosen.var_dir / "treasury.sqlite")
        self.http = http or httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)
        self.news = asyncio.Event()

    async def call_back(self, paid: Paid) -> tuple[int | None, str]:
        """The bureau's answer, None where there was none."""
        body = paid.body()
        headers = {"Content-Type": "application/json"} | sign(body, self.key, datetime.now(UTC))
        try:
            answer = await self.http.post(self.url, content=body, headers=headers)
        except httpx.HTTPError as away:
            return None, type(away).__name__
        return answer.status_code, answer.text

    async def keep_calling(self) -> None:
        """Until the bureau has accepted every payment; a new one is told at once."""
        wait = SHORTEST
        while True:
            self.news.clear()
            for paid in self.ledger.untold():
                status, _ = await self.call_back(paid)
                self.ledger.answered(paid.reference, status)
            wait = min(wait * 2, LONGEST) if self.ledger.untold() else SHORTEST
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), wait)


def create_app(chosen: Settings, http: httpx.AsyncClient | None = None) -> FastAPI:
    """The app; `http` is how the bureau is reached (tests)."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        treasury = app.state.treasury = Treasury(chosen, http)
        calling = asyncio.create_task(treasury.keep_calling())
        yield
        calling.cancel()
        with suppress(asyncio.CancelledError):
            await calling
        await treasury.http.aclose()
        treasury.ledger.close()

    app = FastAPI(
        title="财政沙箱 · Treasury sandbox", docs_url=None, redoc_url=None, lifespan=opened
    )
    app.add_api_route("/bills", take, methods=["POST"], dependencies=[Depends(from_bureau)])
    app.add_api_route("/bills", bills, methods=["GET"])
    app.add_api_route("/bills/{bill}", bill_, methods=["GET"])
    app.add_api_route("/bills/{bill}/pay", pay, methods=["POST"], status_code=201)
    app.add_api_route("/bills/{bill}/repeat", repeat, methods=["POST"])
    return app


def at_treasury(request: Request) -> Treasury:
    treasury: Treasury = request.app.state.treasury
    return treasury


AtTreasury = Annotated[Treasury, Depends(at_treasury)]


async def from_bureau(request: Request, treasury: AtTreasury) -> None:
    """Only the bureau signs so."""
    if not verify(await request.body(), request.headers, treasury.key, datetime.now(UTC)):
        raise HTTPException(401, "签名无效 · bad signature")


async def the_bill(bill: str, treasury: AtTreasury) -> Bill:
    known = treasury.ledger.bill(bill)
    if known is None:
        raise HTTPException(404, "没有这张缴款单 · no such bill")
    return known


TheBill = Annotated[Bill, Depends(the_bill)]


async def take(bill: Bill, treasury: AtTreasury, response: Response) -> dict[str, Any]:
    """缴款单入库，重复送达不重复入库，变更的更新金额。 / A bill comes in, once; an amended one replaces the amount."""
    known, new = treasury.ledger.enter_bill(bill)
    if known.id == bill.id and known.amount != bill.amount:
        raise HTTPException(409, "同一报文金额不同 · the same message with another amount")
    response.status_code = 201 if new else 200
    return known.model_dump(mode="json")


async def bills(treasury: AtTreasury) -> list[dict[str, Any]]:
    """全部缴款单，新的在前。 / All bills, newest first."""
    return [treasury.ledger.statement(bill) for bill in treasury.ledger.bills()]


async def bill_(bill: TheBill, treasury: AtTreasury) -> dict[str, Any]:
    """缴款单与缴款记录。 / A bill and what was paid for it."""
    return treasury.ledger.statement(bill)


async def pay(bill: TheBill, payment: Payment, treasury: AtTreasury) -> dict[str, Any]:
    """模拟缴款。 / Pay; the bureau is told at once, or as soon as it listens."""
    asked = payment.of(bill.bill)
    known = treasury.ledger.enter_payment(asked)
    if (known.bill, known.amount) != (asked.bill, asked.amount):
        raise HTTPException(409, "流水号已用于其他缴款 · the reference is another payment's")
    treasury.news.set()
    return known.model_dump(mode="json")


async def repeat(bill: TheBill, treasury: AtTreasury) -> dict[str, Any]:
    """重发最近一次回执。 / Send the last callback again: nothing changes at the bureau."""
    paid = treasury.ledger.last_payment(bill.bill)
    if paid is None:
        raise HTTPException(404, "尚无缴款 · nothing was paid yet")
    status, answer = await treasury.call_back(paid)
    return {"sent": paid.model_dump(mode="json"), "status": status, "answer": answer}


def run(port: int) -> None:
    """Serve until told to stop."""
    chosen = settings()
    uvicorn.run(
        create_app(chosen),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        log_level=chosen.log_level,
        server_header=False,
    )
