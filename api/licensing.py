"""What is looked up when a licence is to be renewed: how long it would hold, and whether anything is left for a person to judge."""

from datetime import date, timedelta
from typing import Any

from api import applying, dogs
from api.counter import Counter
from models.act import LicensingFacts, Moment
from models.acts.licence import ApplyChange, ApplyRenewal
from models.period import add_months
from models.refusal import gate
from models.sharing import Register

LONGEST_IMMUNITY = 12  # months; the bureau's, no rule gives a number


async def for_renewal(
    counter: Counter, act: ApplyRenewal, state: dict[str, Any], moment: Moment
) -> LicensingFacts:
    """A dog's follows its immunity, at once where the register bears it out; any other its item's validity, for a person to decide."""
    if state.get("dog"):
        return await _dog(counter, act, state, moment)
    item = counter.catalogue.items.get(state["cause"])
    rule, last = item.validity if item else None, state.get("valid_to")
    if rule is None or last is None:
        return LicensingFacts()
    since, begun = date.fromisoformat(last), date.fromisoformat(state["valid_from"])
    if rule.months:
        return LicensingFacts(valid_to=add_months(since, rule.months))
    before = (since - begun).days + 1  # as long again as it was, never longer than the rule allows
    longest = rule.days or rule.longest_days or before
    return LicensingFacts(valid_to=since + timedelta(days=min(before, longest)))


async def for_change(
    counter: Counter, act: ApplyChange, state: dict[str, Any], moment: Moment, digest: str | None
) -> LicensingFacts:
    """A person decides every change; what no person could grant is refused at once. Raises `Refused`."""
    dog = state.get("dog")
    rules = counter.catalogue.dog_rules(dog["city"], moment.today) if dog else None
    if rules is None:
        return LicensingFacts()
    if act.home is not None:
        return await dogs.moved(counter, rules, state, act.home)
    if digest is not None:
        for bar in await applying.bars_of(counter, digest, moment.today):
            if bar.scope == state["scope"]:
                raise gate("新持证人受再申请限制", "the new holder is barred", bar.basis, "holder")
    return LicensingFacts()


async def _dog(
    counter: Counter, act: ApplyRenewal, state: dict[str, Any], moment: Moment
) -> LicensingFacts:
    until, dog = act.immunity_until, state["dog"]
    fact = await counter.registers.ask(Register.VACCINATION, act.immunity_no or "", moment.now)
    borne_out = fact.found and until is not None and fact.data.get("valid_to") == until.isoformat()
    same_dog = fact.data.get("chip") in {None, dog.get("chip")}
    rules = counter.catalogue.dog_rules(dog["city"], moment.today)
    term = rules.term.months if rules and rules.term else None
    # No longer than a year beyond the last, whatever was typed: an immunity that nobody bears out renews nothing for ever.
    ends = add_months(date.fromisoformat(state["valid_to"]), term or LONGEST_IMMUNITY)
    if term is None and until is not None:
        ends = min(until, ends)
    return LicensingFacts(valid_to=ends, at_once=borne_out and same_dog)
