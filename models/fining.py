"""Whether a penalty may be imposed in a case: cause, precondition, age, range and tier (行政处罚法 28, 30, 33, 34, 37; 44)."""

from models.act import Moment
from models.basis import PENALTY, PRACTICE, Basis
from models.case_file import CaseFile
from models.cause import FineRange, Precondition
from models.penalty import Penalty, Tier
from models.refusal import Code, gate, refuse
from models.suspension import civil_day


def penalty_allowed(file: CaseFile, penalty: Penalty, moment: Moment) -> None:
    """Raises `Refused` with the rule that stands in the way."""
    record_stands(file)
    party_found(file)
    _warned_first(file)
    _old_enough(file, penalty)
    _grounds_are_heeded(penalty)
    if penalty.fine:
        _precondition_met(file)
    _correction_ordered(file)
    if penalty.fine:
        within(file, penalty, _range_today(file, penalty, moment))


def record_stands(file: CaseFile) -> None:
    """Nothing is decided while an objection against the camera's record waits, or after one was upheld (41)."""
    if file.monitoring is None:
        return
    if file.monitoring.objection is not None:
        raise gate("异议尚未答复", "an objection is not answered yet", PENALTY("41(3)"))
    if file.monitoring.fell:
        raise gate(
            "异议成立，监控记录已排除，应当撤销案件",
            "an objection was upheld and the record excluded: the case is withdrawn",
            PENALTY("41(2)"),
        )


def party_found(file: CaseFile) -> None:
    """Nobody is penalised before it is known who did it (40)."""
    if file.monitoring is not None and not file.monitoring.found:
        raise gate("当事人尚未查明", "it is not known yet who did it", PENALTY(40))


def _warned_first(file: CaseFile) -> None:
    """Where the bureau warns first, only who did not put it right in time is penalised (33)."""
    if file.monitoring is None or file.monitoring.warn_days is None:
        return
    if any(order.passed for order in file.corrections):
        raise gate(
            "已在提醒的期限内改正，不予处罚",
            "put right in the time of the warning: no penalty",
            PENALTY("33(1)") + PRACTICE("先提醒后处罚"),
            "penalty",
        )
    if not file.correction_failed:
        raise gate(
            "先提醒改正；逾期复查未改正的，方可处罚",
            "warned first: a penalty only when it was not put right in time",
            PENALTY("33(1)") + PRACTICE("先提醒后处罚"),
            "penalty",
        )


def _old_enough(file: CaseFile, penalty: Penalty) -> None:
    """Under 14: none. From 14 to under 18: lighter or mitigated."""
    age = file.party.age_on(civil_day(file.occurred_at))
    if age is not None and age < 14:
        raise gate("不满十四周岁的人不予行政处罚", "nobody under 14 is penalised", PENALTY(30))
    if age is not None and age < 18 and penalty.tier not in (Tier.LIGHTER, Tier.MITIGATED):
        raise gate(
            "已满十四周岁不满十八周岁的，应当从轻或者减轻",
            "from 14 to under 18 the penalty must be lighter or mitigated",
            PENALTY(30),
            "penalty.tier",
        )


def _grounds_are_heeded(penalty: Penalty) -> None:
    """Who has a ground to go lighter gets a lighter or a mitigated penalty (30, 32)."""
    if penalty.grounds and penalty.tier not in (Tier.LIGHTER, Tier.MITIGATED):
        raise gate(
            "具有从轻、减轻处罚情形的，应当从轻或者减轻处罚",
            "with a ground to go lighter the penalty must be lighter or mitigated",
            PENALTY(30, 32),
            "penalty.tier",
        )


def _precondition_met(file: CaseFile) -> None:
    """Some fines need an order to correct that was not met first."""
    met = {
        Precondition.OVERDUE: file.correction_overdue,
        Precondition.REFUSAL: file.correction_failed,
    }
    if not met.get(file.rules.precondition, True):
        raise gate(
            "该案由须先责令改正，逾期未改正或者拒不改正的方可罚款",
            "this cause is fined only after an order to correct was not met",
            file.rules.basis,
            "penalty.fine",
        )


def _correction_ordered(file: CaseFile) -> None:
    if file.rules.corrective_order and not file.correction_ordered:
        raise gate(
            "实施行政处罚时应当责令当事人改正违法行为",
            "with a penalty goes an order to correct",
            PENALTY(28),
        )


def _range_today(file: CaseFile, penalty: Penalty, moment: Moment) -> FineRange | None:
    """The range in force on the day of the act, or the lighter one of today (行政处罚法 37)."""
    if moment.lighter is not None:
        return moment.lighter.range
    if file.rules.formula is not None and penalty.base_amount is None:
        raise refuse(
            Code.INVALID,
            f"penalty.base_amount：须填写{file.rules.formula.base_term}",
            f"penalty.base_amount: {file.rules.formula.base_term_en} is needed",
            file.rules.basis,
            "penalty.base_amount",
        )
    return file.rules.range_of(penalty)


def within(file: CaseFile, penalty: Penalty, whole: FineRange | None) -> None:
    """The fine lies in the statutory range and in its tier; only a mitigated one may lie below the range."""
    if whole is None:
        raise gate(
            "该案由对此类当事人没有罚款规定",
            "this cause sets no fine for this kind of party",
            file.rules.basis,
            "penalty.fine",
        )
    if penalty.tier is Tier.MITIGATED:
        _mitigation_has_ground(penalty)
    else:
        _between(penalty, whole, ("法定幅度", "statutory range"), file.rules.basis)
    tier = file.rules.tier_range(penalty.tier, whole)
    _between(penalty, tier, ("裁量档次", "discretion tier"), PENALTY(34))


def _mitigation_has_ground(penalty: Penalty) -> None:
    if not penalty.grounds:
        raise gate(
            "减轻处罚须有法定情形",
            "a mitigated fine needs a statutory ground",
            PENALTY(32),
            "penalty.grounds",
        )


def _between(
    penalty: Penalty, span: FineRange | None, what: tuple[str, str], basis: tuple[Basis, ...]
) -> None:
    if span is not None and span.floor <= penalty.fine <= span.max:
        return
    limits = f"{span.floor}—{span.max}" if span else "无"
    raise gate(
        f"罚款 {penalty.fine} 元超出{what[0]}（{limits} 元）",
        f"a fine of {penalty.fine} yuan is outside the {what[1]} ({limits} yuan)",
        basis,
        "penalty.fine",
    )
