"""Numbers of documents (文号): per organ, word and year, given in the transaction that issues the document; none skipped, none given
twice. A word whose documents share the serial of their case takes that instead, and counts its copies; it is kept as ``word@own``, own
being the word that names the case.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from models.catalogue import Catalogue
from models.change import Change, DocumentAsk
from models.suspension import civil_day

_KNOWN = (
    "select word, serial, year, part from issued_numbers where matter = :matter and paper = :paper"
)
_GIVE = sa.text(
    f"""
    with known as ({_KNOWN}),
    again as (
        update issued_numbers set voided_at = null, void_reason = null
        where matter = :matter and paper = :paper and voided_at is not null
    ),
    counter as (
        insert into numbers (organ, word, year, last)
        select :organ, :word, :year, 1 where not exists (select 1 from known)
        on conflict (organ, word, year) do update set last = numbers.last + 1
        returning last
    ),
    given as (
        insert into issued_numbers (organ, word, year, serial, matter, paper, names_matter, issued_at)
        select :organ, :word, :year, last, :matter, :paper, :names_matter, cast(:at as timestamptz) from counter
    )
    select :word as word, last as serial, cast(:year as int) as year, 1 as part from counter
    union all select word, serial, year, part from known
    """  # noqa: S608 -- both halves stand above
)
_SHARE = sa.text(
    f"""
    with known as ({_KNOWN}),
    again as (
        update issued_numbers set voided_at = null, void_reason = null
        where matter = :matter and paper = :paper and voided_at is not null
    ),
    given as (
        insert into issued_numbers (organ, word, year, serial, part, matter, paper, issued_at)
        select own.organ, cast(:word as text) || '@' || own.word, own.year, own.serial,
            1 + (select count(*) from issued_numbers i where i.matter = :matter and i.word = cast(:word as text) || '@' || own.word),
            :matter, :paper, cast(:at as timestamptz)
        from issued_numbers own where own.matter = :matter and own.names_matter and not exists (select 1 from known)
        returning word, serial, year, part
    )
    select word, serial, year, part from given union all select word, serial, year, part from known
    """  # noqa: S608 -- both halves stand above
)
_VOID_LOST = sa.text(
    """
    update issued_numbers set voided_at = cast(:at as timestamptz), void_reason = :reason
    where matter = :matter and voided_at is null
        and not exists (select 1 from documents d where d.matter = :matter and d.kind || '#' || d.copy = issued_numbers.paper)
    """
)
LOST = "制作中断，文书未成，号码作废"


async def give_numbers(
    connection: AsyncConnection, change: Change, catalogue: Catalogue
) -> dict[str, str | None]:
    """The next number for each document the change issues; a document that has one keeps it, one without a word gets none. The
    caller's transaction holds the counters until it commits.
    """
    return {ask.paper: await _give(connection, change, ask, catalogue) for ask in change.documents}


async def _give(
    connection: AsyncConnection, change: Change, ask: DocumentAsk, catalogue: Catalogue
) -> str | None:
    word_id = catalogue.document(ask.kind).word
    if word_id is None:
        return None
    offices = catalogue.offices
    word = offices.number_word(word_id)
    asked = {
        "matter": change.matter,
        "paper": ask.paper,
        "word": word_id,
        "at": ask.issued_at,
    }
    own = {
        "organ": offices.organ.agency_word,
        "year": civil_day(ask.issued_at).year,
        "names_matter": ask.names_matter,
    }
    if word.serial == "case":
        row = (await connection.execute(_SHARE, asked)).first()
        if row is None:
            raise LookupError(f"{change.matter} has no number that {ask.paper} could share")
    else:
        row = (await connection.execute(_GIVE, asked | own)).one()
    return offices.number(row.word, row.year, row.serial, row.part)


async def void_lost_numbers(connection: AsyncConnection, change: Change) -> None:
    """Numbers of documents that a lost act had issued and nobody issued again stay on record, void."""
    lost = {"matter": change.matter, "at": change.updated_at, "reason": LOST}
    await connection.execute(_VOID_LOST, lost)
