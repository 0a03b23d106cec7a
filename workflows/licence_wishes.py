"""What a holder may wish for (延续与变更, 行政许可法 49, 50): renewal, another holder, home or scope; at once, or decided before it runs
out.
"""

from datetime import date, timedelta

from models.act import Act
from models.acts.licence import ApplyChange, ApplyRenewal, DecideWish
from models.basis import LICENSING
from models.licence_file import Wish
from models.suspension import civil_day
from workflows.licence_life import LicenceLife, iso


def wish_renewal(life: LicenceLife, act: ApplyRenewal) -> None:
    """At once where every check holds, else by the approver before it runs out."""
    file = life.file
    facts = act.moment.licensing
    until = facts.valid_to if facts else act.immunity_until
    file.wish = Wish(
        kind="renewal",
        what=f"延续至 {until}" if until else "延续",
        until=until,
        at=life.now(),
        dog={"immunity_no": act.immunity_no, "immunity_until": iso(act.immunity_until)},
        in_time=file.apply_by is None or civil_day(life.now()) <= file.apply_by,
    )
    if not file.wish.in_time:
        file.flags.append("renewal_late")
    _answer(life, at_once=bool(facts and facts.at_once))


def wish_change(life: LicenceLife, act: ApplyChange) -> None:
    """Another holder, home or scope; told too late, it is on record."""
    facts, dog = act.moment.licensing, life.file.dog
    days = dog.change_days if dog else None
    if days is not None and act.since and civil_day(life.now()) > act.since + timedelta(days=days):
        life.file.flags.append("change_late")
    life.file.wish = Wish(
        kind=act.what,
        what=act.reason,
        at=life.now(),
        party=act.holder,
        party_digest=act.moment.party_digest,
        dog=facts.dog if facts else {},
        place_claim=facts.place_claim if facts else None,
    )
    _answer(life, at_once=bool(facts and facts.at_once))


def _answer(life: LicenceLife, *, at_once: bool) -> None:
    if at_once:
        _granted(life, "自动核验全部通过，当场决定")
    else:
        life.start_clock("licence_decide")
        life.beside(_decide(life))


async def _decide(life: LicenceLife) -> None:
    act = await life.expect(DecideWish, due="licence_decide")
    life.stop_clock("licence_decide")
    if act.grant:
        _granted(life, act.reasons, act)
    else:
        _paper(life, f"不予批准：{act.reasons}", act)
        life.turned("wish_refused", act.reasons)
        life.file.wish = None


def _granted(life: LicenceLife, reasons: str, act: Act | None = None) -> None:
    wish = life.file.wish
    assert wish is not None  # noqa: S101 -- it was asked for
    if wish.kind == "renewal":
        renewed(life, wish, reasons, act)
        return
    _paper(life, f"准予变更：{reasons}", act)
    _changed(life, wish)
    life.file.wish = None
    life.turned(f"{wish.kind}_changed", wish.what)
    life.issue_paper()


def renewed(life: LicenceLife, wish: Wish, reasons: str, act: Act | None = None) -> None:
    file = life.file
    _paper(life, f"准予延续：{reasons}", act)
    file.valid_to, file.wish = wish.until, None
    if file.dog is not None and wish.dog.get("immunity_no"):
        file.dog.immunity_no = wish.dog["immunity_no"]
        file.dog.immunity_until = date.fromisoformat(wish.dog["immunity_until"])
    life.turned("renewed", reasons)
    life.issue_paper()
    life.wait_for_its_days()


def _changed(life: LicenceLife, wish: Wish) -> None:
    file = life.file
    if wish.party is not None:
        file.party, file.party_digest = wish.party, wish.party_digest
        life.keep_party(wish.party.model_dump(mode="json"))
        file.penalties = []  # they were the other holder's
    if file.dog is not None and wish.dog:
        file.dog = file.dog.model_copy(update=wish.dog)
    if wish.place_claim is not None:
        _moved_claim(life, wish.place_claim)
    if wish.kind == "content":
        file.content = wish.what


def _moved_claim(life: LicenceLife, claim: str) -> None:
    """The place in the old home is free, that in the new one taken; the chip stays claimed."""
    file = life.file
    chip = file.claims[:1] if file.dog and file.dog.chip else []
    for key in file.claims[len(chip) :]:
        life.release(key)
    file.claims = [*chip, claim]
    life.take_over([claim])


def _paper(life: LicenceLife, decision: str, act: Act | None) -> None:
    wish = life.file.wish
    what = wish.what if wish else ""
    until = iso(wish.until) if wish else None
    given = {"applicant": life.file.party.name, "what": what, "decision": decision}
    life.issue(
        "licence_change",
        "变更（延续）许可决定",
        LICENSING(49, 50),
        act=act,
        given=given | {"new_end": until},
    )
