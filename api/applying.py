"""What is looked up before an application is taken in, and kept with it: shared data, bars, earlier papers, the dog and its checks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from api import dogs
from api.counter import Counter
from api.rights import evidence_of
from models.act import Moment
from models.application import Application
from models.applying import Known, claim_of, item_of, may_apply, registers_asked
from models.bar import Bar, BarRow
from models.basis import LICENSING
from models.database import Account, Claim, Matter
from models.evidence import EvidenceFacts
from models.evidence_files import EvidenceBringer, EvidenceCitation, EvidenceFile
from models.identifiers import id_digest
from models.item import Item
from models.party import Party
from models.period import add_months
from models.person import Actor
from models.refusal import Code, refuse
from models.secrets import key_of
from models.sharing import Register, SharedFact
from models.situation import Situation, situation
from models.suspension import civil_day

STAFF = ("window_clerk", "licence_reviewer", "licence_approver", "officer", "unit_head", "handler")


async def looked_up(
    counter: Counter, paper: Application, actor: Actor, now: datetime, matter_id: str
) -> tuple[Moment, Known]:
    """For an application to be filed as this matter. Raises `Refused` where the item, its answers or the applicant's number do not hold."""
    item = item_of(counter.catalogue, paper.item)
    found = situation(item, paper.answers, paper.applicant.kind)
    digest = digest_of(counter, paper.applicant)
    shared = await ask_registers(counter, item, found, paper.applicant, now)
    digests = tuple(one.digest for one in paper.materials if one.digest)
    authority = (paper.agent.authority,) if paper.agent and paper.agent.authority else ()
    moment = Moment(
        now=now, actor=actor, evidence=await brought(counter, (*digests, *authority), actor)
    )
    known = Known(
        party_digest=digest,
        shared=shared,
        bars=await bars_of(counter, digest, civil_day(now)),
        earlier=await _earlier(counter, item, digest, digests, civil_day(now)),
    )
    if item.dogs and "breed" in found.answers:
        known = await dogs.with_dog(counter, paper, found, known, moment, matter_id)
    return moment, known


async def live(
    counter: Counter, paper: Application, actor: Actor, matter_id: str, now: datetime
) -> dict[str, Any] | None:
    """This very application, or the same applicant's for the same item and situation, while it is under way. Raises `Refused` where this
    person may not apply for him.
    """
    authority = paper.agent.authority if paper.agent else None
    evidence = await brought(counter, [authority] if authority else [], actor)
    digest = digest_of(counter, paper.applicant)
    may_apply(paper, Moment(now=now, actor=actor, evidence=evidence), digest)
    item = item_of(counter.catalogue, paper.item)
    found = situation(item, paper.answers, paper.applicant.kind)
    key = claim_of(digest, found)
    held = sa.select(Claim.matter).where(Claim.key == key).scalar_subquery()
    row = await counter.row(
        sa.select(Matter.state).where(sa.or_(Matter.id == matter_id, Matter.id == held)).limit(1)
    )
    return dict(row.state) if row else None


def digest_of(counter: Counter, party: Party) -> str:
    """Ties the applicant to his matters; without his number there is no application. Raises `Refused`."""
    if party.id_no is None:
        raise refuse(
            Code.INVALID,
            "applicant.id_no：必填",
            "applicant.id_no: required",
            LICENSING(29),
            "applicant.id_no",
        )
    return id_digest(party.id_no, key_of(counter.settings))


async def ask_registers(
    counter: Counter, item: Item, found: Situation, applicant: Party, now: datetime
) -> dict[str, SharedFact]:
    """Each register that holds a material of this situation, asked about this applicant."""
    keys = {
        source: key
        for source in registers_asked(item, found)
        if (key := _key(source, found, applicant))
    }
    return await counter.registers.ask_all(keys, now)


def _key(source: Register, found: Situation, applicant: Party) -> str | None:
    if source is Register.VACCINATION:
        return str(found.answers.get("immunity_no") or "") or None
    return applicant.id_no


async def bars_of(counter: Counter, digest: str, today: date) -> tuple[Bar, ...]:
    """Bars that still hold."""
    holds = sa.or_(BarRow.until.is_(None), BarRow.until >= today)
    rows = await counter.rows(
        sa.select(BarRow.__table__).where(BarRow.party_digest == digest, holds)
    )
    return tuple(
        Bar(scope=r.scope, ground=r.ground, since=r.since, until=r.until, basis=r.basis)
        for r in rows
    )


async def brought(
    counter: Counter, digests: Sequence[str], actor: Actor
) -> dict[str, EvidenceFacts]:
    """Those of them that this person brought, or may read: naming a digest gives nobody a right to it."""
    if not digests:
        return {}
    own = sa.exists().where(
        EvidenceBringer.digest == EvidenceFile.digest, EvidenceBringer.username == actor.username
    )
    readable = sa.exists().where(
        EvidenceCitation.digest == EvidenceFile.digest,
        EvidenceCitation.matter == Matter.id,
        evidence_of(actor),
    )
    columns = (
        EvidenceFile.digest,
        EvidenceFile.media_type,
        EvidenceFile.size,
        EvidenceFile.taken_at,
    )
    query = sa.select(*columns).where(EvidenceFile.digest.in_(digests), sa.or_(own, readable))
    return {
        row.digest: EvidenceFacts(media_type=row.media_type, size=row.size, taken_at=row.taken_at)
        for row in await counter.rows(query)
    }


async def earlier_papers(counter: Counter, digest: str) -> dict[str, dict[str, Any]]:
    """The applicant's latest paper of each kind in earlier applications: offered again (最多跑一次 7)."""
    query = (
        sa.select(Matter.id, Matter.number, Matter.state["materials"].label("materials"))
        .where(Matter.kind == "application", Matter.party_digest == digest)
        .order_by(Matter.opened_at.desc())
        .limit(50)
    )
    papers: dict[str, dict[str, Any]] = {}
    for row in await counter.rows(query):
        for paper in row.materials or ():
            if paper.get("digest") and paper["material"] not in papers:
                papers[paper["material"]] = paper | {"matter": row.id, "number": row.number}
    return papers


async def _earlier(
    counter: Counter, item: Item, digest: str, digests: Sequence[str], today: date
) -> dict[str, str]:
    """Those of the digests that are the applicant's own earlier papers."""
    if not digests:
        return {}
    papers = await earlier_papers(counter, digest)
    return {
        paper["digest"]: material
        for material, paper in papers.items()
        if paper["digest"] in digests and fresh(paper, item, today)
    }


def fresh(paper: dict[str, Any], item: Item, today: date) -> bool:
    """An earlier paper is good for as long as the item says."""
    material = item.material(paper["material"])
    months = material.reuse_months if material else None
    given = civil_day(datetime.fromisoformat(paper["at"]))
    return months is not None and add_months(given, months) >= today


async def staff(counter: Counter, usernames: Sequence[str]) -> dict[str, str]:
    """Those of them who work here, by name."""
    if not usernames:
        return {}
    works = sa.or_(*(Account.roles.contains([role]) for role in STAFF))
    query = sa.select(Account.username, Account.name).where(
        Account.username.in_(usernames), Account.active, works
    )
    return {row.username: row.name for row in await counter.rows(query)}
