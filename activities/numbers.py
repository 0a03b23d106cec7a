"""Numbers of papers: per organ, word and year, given in the transaction that issues the paper; none skipped, none given twice."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from models.change import Change, NumberAsk
from models.offices import Offices
from models.suspension import civil_day

_GIVE = sa.text(
    """
    with known as (
        select serial, year from issued_numbers where matter = :matter and paper = :paper
    ),
    counter as (
        insert into numbers (organ, word, year, last)
        select :organ, :word, :year, 1 where not exists (select 1 from known)
        on conflict (organ, word, year) do update set last = numbers.last + 1
        returning last
    ),
    given as (
        insert into issued_numbers (organ, word, year, serial, matter, paper, issued_at)
        select :organ, :word, :year, last, :matter, :paper, cast(:at as timestamptz) from counter
    )
    select last as serial, cast(:year as int) as year from counter union all select serial, year from known
    """
)


async def give_numbers(
    connection: AsyncConnection, change: Change, offices: Offices
) -> dict[str, str]:
    """The next number for each paper the change issues; a paper that has one keeps it. The caller's transaction holds the counter until
    it commits.
    """
    return {ask.paper: await _give(connection, change, ask, offices) for ask in change.numbers}


async def _give(
    connection: AsyncConnection, change: Change, ask: NumberAsk, offices: Offices
) -> str:
    asked = {
        "matter": change.matter,
        "paper": ask.paper,
        "organ": offices.organ.agency_word,
        "word": ask.word,
        "year": civil_day(change.updated_at).year,
        "at": change.updated_at,
    }
    row = (await connection.execute(_GIVE, asked)).one()
    return offices.number(ask.word, row.year, row.serial)
