"""The sandbox's own books: bills and payments in one SQLite file, so that ending it at any moment loses none."""

import json
import sqlite3
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from models.money import Yuan, to_number
from models.text import Line

_TABLES = """
create table if not exists bills (bill text primary key, id text, amount text);
create table if not exists payments (reference text primary key, bill text, amount text, paid_at text, answer integer);
"""
_DONE = "coalesce(answer, 0) between 200 and 299"


class Bill(BaseModel):
    """What is to be collected: amount in yuan; `id` is the message that brought it."""

    id: Line
    bill: Line
    amount: Yuan


class Paid(BaseModel):
    """What somebody paid for a bill, in yuan."""

    reference: Line
    bill: Line
    amount: Annotated[Yuan, Field(gt=0)]
    paid_at: AwareDatetime

    def body(self) -> bytes:
        """As it is called back."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False).encode()


class Ledger:
    """Written through to the disk before anybody is answered."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.books = sqlite3.connect(path, isolation_level=None)
        self.books.row_factory = sqlite3.Row
        self.books.executescript(_TABLES)

    def close(self) -> None:
        self.books.close()

    def enter_bill(self, bill: Bill) -> tuple[Bill, bool]:
        """The bill as it is known, and whether this message brought anything new: another message amends the amount."""
        row = (bill.bill, bill.id, str(bill.amount))
        new = self.books.execute(
            "insert into bills values (?, ?, ?) on conflict (bill) do update"
            " set id = excluded.id, amount = excluded.amount where bills.id <> excluded.id",
            row,
        )
        return self.bill(bill.bill) or bill, bool(new.rowcount)

    def bill(self, number: str) -> Bill | None:
        row = self.books.execute("select * from bills where bill = ?", (number,)).fetchone()
        return _bill(row) if row else None

    def bills(self) -> list[Bill]:
        return [_bill(row) for row in self.books.execute("select * from bills order by rowid desc")]

    def enter_payment(self, paid: Paid) -> Paid:
        """The payment as it is known by its reference."""
        row = (paid.reference, paid.bill, str(paid.amount), paid.paid_at.isoformat())
        self.books.execute("insert or ignore into payments values (?, ?, ?, ?, null)", row)
        known = "select * from payments where reference = ?"
        return _paid(self.books.execute(known, (paid.reference,)).fetchone())

    def statement(self, bill: Bill) -> dict[str, Any]:
        """The bill with what was paid for it and how the bureau answered."""
        query = "select * from payments where bill = ? order by rowid"
        rows = self.books.execute(query, (bill.bill,)).fetchall()
        total = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
        payments = [_paid(row).model_dump(mode="json") | {"answer": row["answer"]} for row in rows]
        return bill.model_dump(mode="json") | {"paid": to_number(total), "payments": payments}

    def last_payment(self, bill: str) -> Paid | None:
        query = "select * from payments where bill = ? order by rowid desc limit 1"
        row = self.books.execute(query, (bill,)).fetchone()
        return _paid(row) if row else None

    def untold(self) -> list[Paid]:
        """What the bureau has not accepted yet, oldest first."""
        query = f"select * from payments where not {_DONE} order by rowid"  # noqa: S608 -- ours
        return [_paid(row) for row in self.books.execute(query)]

    def answered(self, reference: str, status: int | None) -> None:
        """How the bureau answered; an acceptance stays one."""
        query = f"update payments set answer = ? where reference = ? and not {_DONE}"  # noqa: S608
        self.books.execute(query, (status, reference))


def _bill(row: sqlite3.Row) -> Bill:
    return Bill(id=row["id"], bill=row["bill"], amount=Decimal(row["amount"]))


def _paid(row: sqlite3.Row) -> Paid:
    return Paid(
        reference=row["reference"],
        bill=row["bill"],
        amount=Decimal(row["amount"]),
        paid_at=datetime.fromisoformat(row["paid_at"]),
    )
