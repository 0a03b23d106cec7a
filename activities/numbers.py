"""Numbers of papers: per organ, word and year, given in the transaction that issues the paper; none skipped, none given twice."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from models.change import Change, NumberAsk
from models.offices import Offices
from models.suspension import civil_day

_GIVE = sa.text(
    """
    with counter as (
        insert into numbers (organ, word, year, last) values (:organ, :word, :year, 1)
        on conflict (organ, word, year) do update set last = numbers.last + 1
        returning last
    )
    insert into issued_numbers (organ, word, year, serial, matter, paper, issued_at)
    select :organ, :word, :year, last, :matter, :paper, cast(:at as timestamptz) from counter
    returning serial
    """
)


async def give_numbers(
    connection: AsyncConnection, change: Change, offices: Offices
) -> dict[str, str]:
    """The next number for each paper the change issues. The caller's transaction holds the counter until it commits."""
    return {ask.paper: await _give(connection, change, ask, offices) for ask in change.numbers}


async def _give(
    connection: AsyncConnection, change: Change, ask: NumberAsk, offices: Offices
) -> str:
    year = civil_day(change.updated_at).year
    key = {"matter": change.matter, "paper": ask.paper}
    serial = await connection.scalar(
        _GIVE,
        key
        | {
            "organ": offices.organ.agency_word,
            "word": ask.word,
            "year": year,
            "at": change.updated_at,
        },
    )
    return offices.number(ask.word, year, int(serial or 0))
