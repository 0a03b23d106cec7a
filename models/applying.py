"""Whether an application may be taken in: item, situation, materials, shared data, bars (行政许可法 29–32, 78, 79; 最多跑一次 7, 14)."""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from models.act import Moment
from models.acts.intake import material_is_there
from models.application import Application, Channel
from models.application_file import ApplicationFile, ItemFacts, Received, Visit
from models.bar import Bar
from models.basis import LICENSING, VISIT_ONCE
from models.catalogue import Catalogue
from models.check import Check
from models.item import Item
from models.person import Role
from models.refusal import Code, gate, refuse
from models.sharing import REGISTER_TERMS, Register, SharedFact
from models.situation import Situation, situation

_CHANNEL_ROLES = {
    Channel.WEB: Role.CITIZEN,
    Channel.WINDOW: Role.WINDOW_CLERK,
    Channel.KIOSK: Role.KIOSK,
}


class Known(BaseModel):
    """What the desk looked up before the application is taken in: kept with it, so that nothing is looked up again."""

    party_digest: str
    shared: dict[str, SharedFact] = {}
    bars: tuple[Bar, ...] = ()
    earlier: dict[str, str] = {}
    dog: dict[str, object] | None = None
    checks: tuple[Check, ...] = ()
    fee: float | None = None
    claims: tuple[str, ...] = ()


def item_of(catalogue: Catalogue, code: str) -> Item:
    """Raises `Refused` when there is none."""
    try:
        return catalogue.item(code)
    except LookupError:
        raise refuse(
            Code.INVALID, f"item：没有事项 {code}", f"item: no item {code}", LICENSING(30), "item"
        ) from None


def application_from(
    paper: Application, catalogue: Catalogue, moment: Moment, known: Known, matter_id: str
) -> ApplicationFile:
    """The file of a new application. Raises `Refused` with the first rule that stands in the way; nothing is written."""
    item = item_of(catalogue, paper.item)
    may_apply(paper, moment, known.party_digest)
    found = situation(item, paper.answers, paper.applicant.kind)
    if known.fee is not None:
        found = found.model_copy(update={"fee": Decimal(str(known.fee))})
    _not_barred(item, known, paper, moment.today)
    _days_are_possible(found, moment.today)
    materials = _materials(paper, found, moment, known)
    return ApplicationFile(
        id=matter_id,
        opened_at=moment.now,
        received_at=moment.now,
        item=ItemFacts.of(item, catalogue.offices.organ.name),
        situation=found,
        party=paper.applicant,
        party_digest=known.party_digest,
        agent=paper.agent,
        channel=paper.channel,
        filed_by=moment.actor.username,
        content=paper.content,
        place=paper.place,
        materials=materials,
        shared=known.shared,
        contested=paper.contested,
        unchecked=sorted(name for name, fact in known.shared.items() if fact.away),
        checks=(*_own_checks(paper, found, materials, known, item), *known.checks),
        dog=known.dog,
        visits=_visits(paper, moment),
        pledged=_pledged(paper, found, known),
        pledge_barred=any(bar.scope == "pledge" for bar in known.bars),
        claim=claim_of(known.party_digest, found),
        claims=list(known.claims),
        handlers=[moment.actor.username],
    )


def claim_of(party_digest: str, found: Situation) -> str:
    """One matter: same applicant, item and situation."""
    return hashlib.sha256(f"application/{party_digest}/{found.key}".encode()).hexdigest()


def registers_asked(item: Item, found: Situation) -> tuple[Register, ...]:
    """The registers that hold materials of this situation."""
    sources = dict.fromkeys(m.source for m in found.materials if m.source)
    return tuple(Register(source) for source in sources)


def may_apply(paper: Application, moment: Moment, party_digest: str) -> None:
    """Whether this person may apply for this applicant at all: asked before he learns anything of what is under way."""
    _by_this_channel(paper, moment)
    _his_own_or_authorised(paper, moment, party_digest)


def _by_this_channel(paper: Application, moment: Moment) -> None:
    role = _CHANNEL_ROLES[paper.channel]
    if role not in moment.actor.roles:
        raise refuse(
            Code.INVALID,
            "channel：与登录身份不符",
            "channel: not the channel of who is signed in",
            LICENSING(29),
            "channel",
        )


def _his_own_or_authorised(paper: Application, moment: Moment, party_digest: str) -> None:
    """On the web one applies for oneself, or as an agent with written authority (29)."""
    own = moment.actor.id_digest == party_digest
    if paper.agent is None and (own or paper.channel is not Channel.WEB):
        return
    authority = paper.agent.authority if paper.agent else None
    if authority is None or authority not in moment.evidence:
        raise gate(
            "替他人或者单位申请的，须提交授权委托书（先上传）",
            "to apply for another, attach the letter of authority (upload it first)",
            LICENSING(29),
            "agent",
        )


def _not_barred(item: Item, known: Known, paper: Application, today: date) -> None:
    for bar in known.bars:
        if bar.scope == "pledge" and paper.pledge:
            raise gate(
                "因承诺不实，信用修复前不适用告知承诺",
                "an earlier pledge was broken: no pledge until credit is restored",
                VISIT_ONCE(14),
                "pledge",
            )
        if bar.scope == item.scope and not paper.insist:
            until = f"至 {bar.until}" if bar.until else "终身"
            until_en = f"until {bar.until}" if bar.until else "for life"
            raise gate(
                f"申请人受再申请限制（{until}），限制期内不予许可；仍要书面决定的，可以坚持申请",
                f"the applicant is barred {until_en}; insist if a written decision is wanted",
                bar.basis,
                "applicant",
            )


def _days_are_possible(found: Situation, today: date) -> None:
    """What is asked for lies ahead, and ends after it begins."""
    last = found.answers.get("to_day")
    first = max(today, date.fromisoformat(str(found.answers.get("from_day", today))))
    if last is not None and date.fromisoformat(str(last)) < first:
        raise refuse(
            Code.INVALID,
            f"answers.to_day：不得早于 {first}",
            f"answers.to_day: not before {first}",
            LICENSING(31),
            "answers.to_day",
        )


def _materials(
    paper: Application, found: Situation, moment: Moment, known: Known
) -> list[Received]:
    """What is there: from registers as confirmed, from the applicant, his paper before theirs (7)."""
    brought = {}
    for n, one in enumerate(paper.materials):
        needed = found.material(one.material)
        if needed is None:
            raise refuse(
                Code.INVALID,
                f"materials.{n}.material：本情形不需要这项材料",
                f"materials.{n}.material: not needed in this situation",
                LICENSING(31),
                f"materials.{n}.material",
            )
        if known.earlier.get(one.digest or "") != one.material:
            material_is_there(one, moment, f"materials.{n}")
        origin = "earlier" if known.earlier.get(one.digest or "") == one.material else "applicant"
        brought[one.material] = Received(
            material=one.material,
            name=needed.name,
            origin=origin,
            digest=one.digest,
            at=moment.now,
            by=moment.actor.username,
            valid_to=one.valid_to,
        )
    return [*_from_registers(paper, found, moment, known, brought), *brought.values()]


def _from_registers(
    paper: Application,
    found: Situation,
    moment: Moment,
    known: Known,
    brought: Mapping[str, Received],
) -> list[Received]:
    contested = {contest.source for contest in paper.contested}
    held = []
    for needed in found.materials:
        fact = known.shared.get(needed.source or "")
        if fact is None or needed.id in brought:
            continue
        if fact.source in contested:
            raise gate(
                f"对{REGISTER_TERMS[fact.source][0]}数据有异议的，以申请人提交的材料为准，请提交{needed.name}",
                f"the register is contested: attach {needed.name_en}, which prevails",
                VISIT_ONCE(7),
                "materials",
            )
        if fact.found:
            held.append(
                Received(
                    material=needed.id,
                    name=needed.name,
                    origin="register",
                    at=fact.asked_at,
                    by=fact.source,
                )
            )
    return held


def _own_checks(
    paper: Application, found: Situation, materials: list[Received], known: Known, item: Item
) -> tuple[Check, ...]:
    there = {received.material for received in materials}
    lacking = [needed for needed in found.materials if needed.id not in there]
    complete = Check(
        name="complete",
        result="failed" if lacking else "passed",
        zh=f"尚缺：{'、'.join(n.name for n in lacking)}" if lacking else "材料齐全",
        en=f"lacking: {', '.join(n.name_en for n in lacking)}" if lacking else "complete",
        basis=LICENSING(32),
    )
    return (complete, *_barred(item, known), *_registers_agree(paper, known))


def _barred(item: Item, known: Known) -> tuple[Check, ...]:
    """Who insists in spite of a bar is decided on by a person, who sees it (78, 79)."""
    return tuple(
        Check(
            name="bar",
            result="failed",
            zh=f"再申请限制（{'至 ' + str(bar.until) if bar.until else '终身'}）",
            en=f"barred {'until ' + str(bar.until) if bar.until else 'for life'}",
            basis=bar.basis,
        )
        for bar in known.bars
        if bar.scope == item.scope
    )


def _registers_agree(paper: Application, known: Known) -> tuple[Check, ...]:
    """A name that differs from the register's is looked at by a person."""
    checks = []
    contested = {contest.source for contest in paper.contested}
    for source in (Register.RESIDENTS, Register.COMPANIES):
        fact = known.shared.get(source)
        if fact is None or not fact.found or source in contested:
            continue
        same = fact.data.get("name") == paper.applicant.name
        term, en = REGISTER_TERMS[source]
        checks.append(
            Check(
                name=source.value,
                result="passed" if same else "failed",
                zh=f"与{term}{'一致' if same else '登记的姓名（名称）不一致'}",
                en=f"{'agrees with' if same else 'name differs from'} the {en}",
                basis=VISIT_ONCE(7),
            )
        )
    return tuple(checks)


def _visits(paper: Application, moment: Moment) -> list[Visit]:
    """Who files at a window or a kiosk has come."""
    if paper.channel is Channel.WEB:
        return []
    by = moment.actor.username
    return [Visit(at=moment.now, channel=paper.channel, purpose="提交申请", by=by)]


def _pledged(paper: Application, found: Situation, known: Known) -> bool:
    if paper.pledge and not found.pledge:
        raise gate("本情形不适用告知承诺", "no pledge in this situation", VISIT_ONCE(14), "pledge")
    return paper.pledge
