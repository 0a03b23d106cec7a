"""What a gate may ask about, looked up when a paper is handed in and recorded with it: officers, working days ahead, a lighter rule."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from api import applying, capturing, dispatching, licensing
from api.counter import Counter
from api.rights import visible
from models.act import Act, LighterRule, Moment
from models.acts.documents import IssueDocument, ReplaceDocument, VoidDocument
from models.acts.electronic import ServeElectronically
from models.acts.hearing import NOTICE_WORKDAYS
from models.acts.incident import (
    CorrectPlace,
    Dispatch,
    Docket,
    HandOver,
    RaiseCase,
    ReassignTask,
)
from models.acts.licence import ApplyChange, ApplyRenewal
from models.acts.non_contact import IdentifyParty, ReviewCapture
from models.acts.service import ServeDocument
from models.acts.standing import CorrectParty
from models.basis import LOOP
from models.catalogue import Catalogue
from models.database import Account, Matter
from models.document import DocumentFacts
from models.evidence import EvidenceFacts
from models.evidence_files import EvidenceFile
from models.filing import claim_of
from models.filling import refuse_miscorrected, refuse_misfilled
from models.identifiers import id_digest
from models.lead import Lead, Place
from models.party import Party, PartyKind
from models.period import add_working_days
from models.person import Actor, Officer
from models.refusal import Code, gate, refuse
from models.reporting import street_code
from models.secrets import key_of
from models.suspension import civil_day

State = dict[str, Any]


def case_time(state: State) -> datetime:
    """The time a case lives in: now, but for a rehearsal."""
    return datetime.now(UTC) + timedelta(seconds=state.get("rehearsal") or 0)


def party_digest(counter: Counter, party: Party) -> str | None:
    """Ties a citizen to the matters he is a party of."""
    return id_digest(party.id_no, key_of(counter.settings)) if party.id_no else None


async def of_lead(counter: Counter, lead: Lead, actor: Actor, now: datetime) -> Moment:
    """For a case to be filed. Raises `Refused` where the incident it names is not there or is closed."""
    await _open_incident(counter, lead, actor)
    moment = await _moment(counter, actor, lead.officers, now)
    day = civil_day(lead.ended_at or lead.occurred_at)
    lighter = _lighter(counter.catalogue, lead.cause, day, lead.party.kind, moment.today)
    return moment.model_copy(update={"lighter": lighter})


async def of_act(counter: Counter, act: Act, state: State, actor: Actor, now: datetime) -> Moment:
    """For a paper of a running matter."""
    return await _OF[state["kind"]](counter, act, state, actor, now)


async def _of_application(
    counter: Counter, act: Act, state: State, actor: Actor, now: datetime
) -> Moment:
    moment = await _moment(counter, actor, act.people_named(), now)
    found = {
        "staff": await applying.staff(counter, act.staff_named()),
        "evidence": await applying.brought(counter, act.evidence_cited(), actor),
    }
    return moment.model_copy(update=found)


async def _of_licence(
    counter: Counter, act: Act, state: State, actor: Actor, now: datetime
) -> Moment:
    moment = await _moment(counter, actor, act.people_named(), now)
    if isinstance(act, ApplyChange):
        digest = party_digest(counter, act.holder) if act.holder else None
        facts = await licensing.for_change(counter, act, state, moment, digest)
        return moment.model_copy(update={"party_digest": digest, "licensing": facts})
    if isinstance(act, ApplyRenewal):
        facts = await licensing.for_renewal(counter, act, state, moment)
        return moment.model_copy(update={"licensing": facts})
    return moment


async def _of_case(counter: Counter, act: Act, state: State, actor: Actor, now: datetime) -> Moment:
    moment = await _moment(counter, actor, act.people_named(), now)
    occurred_at = datetime.fromisoformat(state["occurred_at"])
    ended_at = state.get(
        "ended_at"
    )  # a continuing act is weighed by the law of its end (行政处罚法 36, 37)
    day = civil_day(datetime.fromisoformat(ended_at) if ended_at else occurred_at)
    kind = PartyKind(state["party"]["kind"])
    found: dict[str, Any] = {
        "lighter": _lighter(counter.catalogue, state["cause"], day, kind, moment.today)
    }
    if isinstance(act, ServeElectronically):
        found["channels"] = counter.settings.channels
    if cited := act.evidence_cited():
        found["evidence"] = await _evidence(counter, cited)
    if isinstance(
        act, IssueDocument | ReplaceDocument | VoidDocument | ServeElectronically | ServeDocument
    ):
        found["document"] = _document(counter.catalogue, act, state)
    if isinstance(act, ReviewCapture | IdentifyParty):
        found |= await capturing.looked_up(counter, act, state, now)
        if capture := found.get("capture"):
            found["evidence"] = await _evidence(counter, capture.media)
    if isinstance(act, CorrectParty):
        digest = party_digest(counter, act.party)
        place = Place.model_validate(state["place"])
        who = digest or act.party.name
        found |= {
            "party_digest": digest,
            "claim": claim_of(who, state["cause"], occurred_at, place),
        }
    return moment.model_copy(update=found)


async def _of_incident(
    counter: Counter, act: Act, state: State, actor: Actor, now: datetime
) -> Moment:
    moment = await _moment(counter, actor, (), now)
    found: dict[str, Any] = {
        "evidence": await applying.brought(counter, act.evidence_cited(), actor)
    }
    if isinstance(act, Docket):
        found["category"] = dispatching.class_facts(counter.catalogue, act.category)
    if isinstance(act, Dispatch):
        found["task"] = await dispatching.offer(counter, act, state, now)
    if isinstance(act, ReassignTask):
        found["task"] = await dispatching.reassigned(counter, act, state, now)
    if isinstance(act, HandOver):
        found["department"] = dispatching.department(counter.catalogue, act.department)
    if isinstance(act, CorrectPlace):
        found["grid"] = street_code(act.street, counter.catalogue)
    if isinstance(act, RaiseCase):
        found["known"] = await _visible_case(counter, act.case, actor)
    return moment.model_copy(update=found)


async def _open_incident(counter: Counter, lead: Lead, actor: Actor) -> None:
    """One the officer may see, and that still runs: it has to be told of the case."""
    if lead.incident is None:
        return
    seen = (Matter.id == lead.incident, visible(actor, "incident"))
    row = await counter.row(sa.select(Matter.closed_at).where(*seen))
    if row is None:
        raise refuse(
            Code.INVALID,
            "incident：没有这个案卷",
            "incident: no such incident",
            LOOP(18),
            "incident",
        )
    if row.closed_at is not None:
        raise gate(
            "该城市事件已结案，不能再据以立案",
            "the incident is closed; no case can be raised on it",
            LOOP(18),
            "incident",
        )


async def _visible_case(counter: Counter, case: str, actor: Actor) -> tuple[str, ...]:
    mine = (Matter.id == case, visible(actor, "case"))
    rows = await counter.rows(sa.select(Matter.id).where(*mine))
    return tuple(row.id for row in rows)


_OF = {
    "case": _of_case,
    "application": _of_application,
    "licence": _of_licence,
    "incident": _of_incident,
}


def _document(
    catalogue: Catalogue,
    act: IssueDocument | ReplaceDocument | VoidDocument | ServeElectronically | ServeDocument,
    state: State,
) -> DocumentFacts | None:
    """The kind a paper is about; what it fills in is checked field by field. Raises `Refused`."""
    if isinstance(act, IssueDocument):
        kind = catalogue.documents.get(act.kind)
        if kind is not None and kind.by_hand:
            refuse_misfilled(kind, act.fields)
    else:
        named = (d["kind"] for d in state["documents"] if d["id"] == act.document)
        kind = catalogue.documents.get(next(named, ""))
    if kind is not None and isinstance(act, ReplaceDocument):
        refuse_miscorrected(kind, act.corrections)
    return kind.facts() if kind else None


async def _evidence(counter: Counter, digests: tuple[str, ...]) -> dict[str, EvidenceFacts]:
    """Those of them that were brought."""
    columns = (EvidenceFile.media_type, EvidenceFile.size, EvidenceFile.taken_at)
    rows = await counter.rows(
        sa.select(EvidenceFile.digest, *columns).where(EvidenceFile.digest.in_(digests))
    )
    unpassed = await capturing.unpassed(counter, digests)
    return {
        row.digest: EvidenceFacts(
            media_type=row.media_type,
            size=row.size,
            taken_at=row.taken_at,
            unreviewed=row.digest in unpassed,
        )
        for row in rows
    }


async def _moment(counter: Counter, actor: Actor, people: tuple[str, ...], now: datetime) -> Moment:
    calendar, today = counter.catalogue.calendar, civil_day(now)
    return Moment(
        now=now,
        actor=actor,
        people=await _officers(counter, people),
        workdays_ahead={n: add_working_days(calendar, today, n) for n in (NOTICE_WORKDAYS,)},
    )


async def _officers(counter: Counter, usernames: tuple[str, ...]) -> dict[str, Officer]:
    """Those of them who hold an enforcement certificate and are in service (行政处罚法 42)."""
    if not usernames:
        return {}
    rows = await counter.rows(
        sa.select(Account.__table__).where(
            Account.username.in_(usernames),
            Account.active,
            Account.roles.contains(["officer"]),
            Account.certificate.is_not(None),
        )
    )
    return {
        row.username: Officer(
            username=row.username,
            name=row.name,
            certificate=row.certificate,
            valid_to=row.certificate_valid_to,
            unit=row.unit,
        )
        for row in rows
    }


def _lighter(
    catalogue: Catalogue, cause_id: str, day: date, kind: PartyKind, today: date
) -> LighterRule | None:
    """The rule of today when it is lighter than that of the day of the act (行政处罚法 37)."""
    try:
        charge = catalogue.lighter(cause_id, day, today, kind)
    except LookupError:
        return None  # an unknown cause is refused where the lead is read
    if charge is None:
        return None
    row, cause = charge
    trader = catalogue.penalty.sole_trader_counts_as.value
    return LighterRule(
        cause=cause.id, law=row.law, article=row.article, range=row.range_for(kind, trader)
    )
