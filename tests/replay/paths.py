"""Every path a case takes, walked over the real desk: what is recorded here is what later versions must still replay."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.database import Payment
from models.refusal import Refused
from models.suspension import SHANGHAI, civil_day
from tests.approvals.scenario import HERE, read
from tests.approvals.stage import Play
from tests.incidents import stage as incidents
from tests.office import Case, Office
from tests.replay.papers import (
    ASKED,
    CLOSING,
    EVIDENCE,
    HEARD,
    NO,
    OFFICERS,
    ORDER,
    PASSED,
    REINSPECTION,
    SEIZURE,
    THINGS,
    WAIVED,
    YES,
    Paper,
    a_decision,
    a_fine,
    a_lead,
    a_payment,
    a_report,
    a_service,
    a_small_lead,
    a_spot_lead,
    an_inspection,
)
from tests.scenarios import scenario as cases, stage
from workflows.late_entries import enter

SCENARIOS = HERE / "scenarios"
START = datetime(2026, 9, 1, 10, tzinfo=SHANGHAI)
ZHANG, UNIT, HEAD = "officer.zhang", "unit.head", "bureau.head"
LEGAL, CHAIR, TREASURY = "legal.reviewer", "hearing.chair", "treasury"

Path = Callable[[Office, str], Awaitable[Case]]
PATHS: dict[str, Path] = {}


def path(walk: Path) -> Path:
    """One path, named after its function; the name is the case's id too."""
    PATHS[walk.__name__] = walk
    return walk


# ---- stretches that paths share ----------------------------------------------------------------


async def filed(office: Office, matter: str, lead: Paper) -> Case:
    """Each at a place of its own: one act of one party is one case."""
    place = lead["place"] | {"address": matter}
    return await office.file(lead | {"place": place}, ZHANG, START, matter)


async def inquired(office: Office, matter: str, lead: Paper, fine: int | None = 20_000) -> Case:
    """Docketed, evidence on file, order given, report submitted."""
    case = await filed(office, matter, lead)
    await case.hand_in("decide_docketing", UNIT, **YES)
    await case.hand_in("add_evidence", ZHANG, **EVIDENCE)
    await case.hand_in("order_correction", ZHANG, **ORDER)
    await case.hand_in("record_reinspection", ZHANG, **REINSPECTION)
    await case.hand_in("submit_investigation_report", ZHANG, **a_report(fine))
    return case


async def told(office: Office, matter: str, lead: Paper, fine: int = 20_000) -> Case:
    """The notice is in the party's hand."""
    case = await inquired(office, matter, lead, fine)
    await case.hand_in("approve_notice", HEAD, **YES)
    await served(case)
    return case


async def decided(office: Office, matter: str) -> Case:
    """A small fine, rights waived, decision made and served."""
    case = await told(office, matter, a_small_lead(START), 2_000)
    await case.hand_in("waive_rights", ZHANG, **WAIVED)
    await case.hand_in("make_decision", HEAD, **a_decision(2_000, publish=True))
    await served(case)
    return case


async def heard(office: Office, matter: str) -> Case:
    """As far as a hearing that is scheduled."""
    case = await told(office, matter, a_lead(START))
    await case.hand_in("request_hearing", ZHANG, **ASKED)
    await scheduled(case)
    return case


async def served(case: Case, **changed: Any) -> None:
    await case.hand_in("record_service", ZHANG, **a_service(civil_day(await case.now()), **changed))


async def scheduled(case: Case) -> None:
    at = await case.now() + timedelta(days=21)
    await case.hand_in("schedule_hearing", CHAIR, at=at.isoformat(), place="二楼听证室")


async def later(case: Case, days: int) -> None:
    await case.go_to(await case.now() + timedelta(days=days))


async def paid(case: Case, amount: float | None = None, reference: str = "") -> None:
    """What is owed today, or so much of it."""
    sum_ = amount or (await case.handle.query("state", result_type=dict))["money"]["owed"]
    await case.hand_in(
        "receive_payment", TREASURY, **a_payment(case.id, sum_, await case.now(), reference)
    )


async def closed(case: Case) -> Case:
    await case.hand_in("close_case", UNIT, **CLOSING)
    await case.handle.result()
    return case


# ---- paths -------------------------------------------------------------------------------------


@path
async def summary(office: Office, matter: str) -> Case:
    case = await filed(office, matter, a_spot_lead(START))
    await case.hand_in("add_note", ZHANG, text="备注")
    await paid(case)
    return await closed(case)


@path
async def summary_cash(office: Office, matter: str) -> Case:
    """Late with the cash, so both lapses are marked."""
    taken: Paper = {"collected": True, "collection_ground": "up_to_100", "receipt": "票 001"}
    case = await filed(office, matter, a_spot_lead(START, correction="立即改正", **taken))
    await later(case, 7)
    await case.hand_in("hand_in_cash", ZHANG, receipt="交 001")
    await case.hand_in("bank_cash", TREASURY, voucher="回 001")
    return await closed(case)


@path
async def paid_after_closing(office: Office, matter: str) -> Case:
    """Money that comes late opens the case again until it has gone back."""
    case = await summary(office, matter)
    now = await case.now()
    late = a_payment(case.id, 40, now, "bank:late") | {"paid_at": now}
    row = {"matter": case.id, "received_at": now, **late}
    async with office.counter.engine.begin() as connection:
        await connection.execute(sa.insert(Payment).values(row))
    counter = office.counter
    assert counter.temporal is not None
    assert await enter(counter.temporal, counter.engine, counter.settings, "bank:late")
    await case.hand_in("record_refund", TREASURY, reference="退 001", amount=40)
    await case.handle.result()
    return case


@path
async def heard_and_paid(office: Office, matter: str) -> Case:
    """The whole general procedure, with a refusal on the way: it leaves no trace."""
    case = await heard(office, matter)
    with suppress(Refused):
        await case.hand_in("record_hearing", CHAIR, **HEARD)
    await later(case, 22)
    await case.hand_in("record_hearing", CHAIR, **HEARD)
    await case.hand_in("legal_review", LEGAL, **PASSED)
    await case.hand_in("make_decision", HEAD, **a_decision())
    await served(case)
    await paid(case)
    return await closed(case)


@path
async def hearing_put_off_then_missed(office: Office, matter: str) -> Case:
    """The chair steps back, another day is set, the party stays away; the review sends it back once."""
    case = await heard(office, matter)
    await case.hand_in("request_recusal", ZHANG, person=CHAIR, reason="有利害关系")
    await case.hand_in("decide_recusal", HEAD, **NO)
    await scheduled(case)
    await served(case)
    await later(case, 22)
    await case.hand_in("no_show", CHAIR, how="absent", note="未到场")
    await case.hand_in("make_decision", HEAD, **a_decision())
    await served(case, way="left", witness="社区工作人员", reason="拒收")
    await paid(case)
    return await closed(case)


@path
async def defended_then_lapsed(office: Office, matter: str) -> Case:
    """The party states its case, then lets the window lapse; the defence is adopted in part."""
    case = await told(office, matter, a_small_lead(START), 3_000)
    await case.hand_in("state_and_defend", ZHANG, statement="初次", proof="申辩书")
    await later(case, 15)
    answer = {"answers": ["采纳"], "adopted": True, "penalty": a_fine(2_000)}
    await case.hand_in("review_defence", ZHANG, **answer)
    await case.hand_in("make_decision", HEAD, **a_decision(2_000))
    await served(case)
    await paid(case)
    return await closed(case)


@path
async def reviewed_and_discussed(office: Office, matter: str) -> Case:
    """Returned by the legal review, reported again, then discussed by the heads."""
    case = await inquired(office, matter, a_lead(START))
    await case.hand_in("approve_notice", HEAD, **NO)
    serious = a_report(complex_or_serious=True, public_interest=True)
    for passed in (False, True):
        await case.hand_in("submit_investigation_report", ZHANG, **serious)
        await case.hand_in("approve_notice", HEAD, **YES)
        await served(case)
        await case.hand_in("waive_rights", ZHANG, **WAIVED)
        await case.hand_in("legal_review", LEGAL, passed=passed, opinion="审核")
    meeting = {"participants": ["郑立", "周建国"], "record": "讨论", "conclusion": "同意"}
    await case.hand_in("collective_discussion", HEAD, **meeting)
    await case.hand_in("make_decision", HEAD, **a_decision())
    await served(case)
    await paid(case)
    return await closed(case)


@path
async def not_docketed(office: Office, matter: str) -> Case:
    case = await filed(office, matter, a_lead(START))
    await case.hand_in("decide_docketing", UNIT, **NO)
    await case.handle.result()
    return case


@path
async def no_penalty(office: Office, matter: str) -> Case:
    case = await inquired(office, matter, a_lead(START), None)
    await case.hand_in("make_decision", HEAD, **a_decision(None))
    await served(case)
    return await closed(case)


@path
async def withdrawn(office: Office, matter: str) -> Case:
    case = await inquired(office, matter, a_lead(START))
    await case.hand_in("withdraw_case", HEAD, reason="立案有误")
    await case.handle.result()
    return case


@path
async def transferred(office: Office, matter: str) -> Case:
    case = await inquired(office, matter, a_lead(START))
    to = {"to": "other_organ", "receiver": "区生态环境局", "reason": "无管辖权"}
    await case.hand_in("transfer_case", HEAD, **to)
    await case.handle.result()
    return case


@path
async def back_from_the_judiciary(office: Office, matter: str) -> Case:
    case = await inquired(office, matter, a_lead(START))
    to = {"to": "judiciary", "receiver": "区公安分局", "reason": "涉嫌犯罪"}
    await case.hand_in("transfer_case", HEAD, **to)
    await later(case, 30)
    await case.hand_in("record_judicial_result", ZHANG, returned=True, document="不诉 1 号")
    await case.hand_in("withdraw_case", HEAD, reason="已过追责")
    await case.handle.result()
    return case


@path
async def measures(office: Office, matter: str) -> Case:
    """Things preserved and dealt with; things sealed in an emergency, tested, kept longer, given back."""
    case = await filed(office, matter, a_lead(START))
    await case.hand_in("decide_docketing", UNIT, **YES)
    await case.hand_in("preserve_evidence", ZHANG, **THINGS)
    await case.hand_in("approve_preservation", UNIT, **YES)
    await case.hand_in("dispose_preserved", UNIT, disposal="returned", opinion="返还")
    await case.hand_in("seize", ZHANG, **SEIZURE, urgent=True)
    await case.hand_in("approve_seizure", HEAD, **YES)
    await case.hand_in("start_testing", ZHANG, days=10, document="检告 1 号")
    await case.hand_in("extend_seizure", HEAD, days=30, reason="情况复杂")
    await case.hand_in("release_seizure", HEAD, disposal="returned", reason="无需继续")
    await case.hand_in("withdraw_case", HEAD, reason="证据不足")
    await case.handle.result()
    return case


@path
async def measures_lapse(office: Office, matter: str) -> Case:
    """Nobody dealt with the things in time: both measures end by law."""
    case = await filed(office, matter, a_lead(START))
    await case.hand_in("decide_docketing", UNIT, **YES)
    await case.hand_in("preserve_evidence", ZHANG, **THINGS)
    await case.hand_in("approve_preservation", UNIT, **YES)
    await case.hand_in("seize", ZHANG, **SEIZURE)
    await case.hand_in("approve_seizure", HEAD, **YES)
    await later(case, 45)
    await case.hand_in("release_seizure", UNIT, disposal="returned", reason="期限届满")
    await case.hand_in("withdraw_case", HEAD, reason="证据不足")
    await case.handle.result()
    return case


@path
async def suspended_and_changed(office: Office, matter: str) -> Case:
    """Everything that may come beside an inquiry."""
    case = await filed(office, matter, a_lead(START))
    await case.hand_in("decide_docketing", UNIT, **YES)
    await case.hand_in("record_inspection", ZHANG, **an_inspection(START))
    await case.hand_in("record_interview", ZHANG, **an_inspection(START), person="王小明")
    await case.hand_in("exclude_evidence", ZHANG, no=1, reason="来源不明")
    await case.hand_in(
        "suspend_case",
        HEAD,
        ground="expert_opinion",
        rule="规章",
        reason="鉴定",
        document="委 1 号",
    )
    await later(case, 10)
    await case.hand_in("resume_case", HEAD, reason="鉴定完成")
    await case.hand_in("extend_decision", HEAD, days=30, rule="规章", reason="案情复杂")
    await case.hand_in("reassign_officers", UNIT, officers=OFFICERS[::-1], reason="轮岗")
    party = a_lead(START)["party"] | {"phone": "13800000000"}
    await case.hand_in("correct_party", ZHANG, party=party, reason="补充电话")
    await case.hand_in("withdraw_case", HEAD, reason="证据不足")
    await case.handle.result()
    return case


@path
async def announced_then_to_court(office: Office, matter: str) -> Case:
    """Never paid: surcharge, demand, court; served by announcement."""
    case = await told(office, matter, a_small_lead(START), 2_000)
    await case.hand_in("waive_rights", ZHANG, **WAIVED)
    await case.hand_in("make_decision", HEAD, **a_decision(2_000))
    await served(case, way="announcement", reason="下落不明")
    await later(case, 240)
    await case.hand_in("issue_demand", ZHANG, content="缴纳罚款及加处罚款")
    await served(case)
    await later(case, 20)
    await case.hand_in("defend_demand", ZHANG, statement="无力缴纳", review="不予采纳")
    await case.hand_in("apply_court_enforcement", HEAD, court="上城区人民法院", content="强制执行")
    await case.hand_in("record_court_ruling", LEGAL, ruling="granted", document="行审 1 号")
    await paid(case)
    return await closed(case)


@path
async def court_window_missed(office: Office, matter: str) -> Case:
    """Nobody applied in time; execution is suspended, resumed and ended."""
    case = await decided(office, matter)
    await later(case, 400)
    ground = {"ground": "hardship", "reason": "生活困难"}
    await case.hand_in("suspend_execution", HEAD, **ground)
    await case.hand_in("resume_execution", HEAD, reason="恢复")
    await case.hand_in("end_execution", HEAD, ground="entity_gone", reason="无财产可供执行")
    return await closed(case)


@path
async def reported_twice(office: Office, matter: str) -> Case:
    """The bank reports the same payment again: it counts once."""
    case = await decided(office, matter)
    await paid(case)
    await paid(case, 2_000)
    return await closed(case)


@path
async def reviewed_then_sued(office: Office, matter: str) -> Case:
    """Review lowers the fine, the court leaves it; the publication is withdrawn."""
    case = await decided(office, matter)
    today = civil_day(await case.now()).isoformat()
    await case.hand_in("record_review", LEGAL, filed_on=today, body="上城区人民政府")
    await case.hand_in("reply_to_review", LEGAL, document="答复 1 号")
    changed = {"result": "change", "fine": 1_000, "document": "复决 1 号"}
    await case.hand_in("record_review_result", LEGAL, **changed)
    await case.hand_in("unpublish_decision", LEGAL, reason="决定变更")
    await case.hand_in("record_review_service", LEGAL, on=today)
    await case.hand_in("record_lawsuit", LEGAL, filed_on=today, body="上城区人民法院")
    await later(case, 60)
    await case.hand_in("record_suit_result", LEGAL, result="uphold", document="行终 1 号")
    await paid(case)
    await paid(case, 500, "bank:again")
    await case.hand_in("record_refund", TREASURY, reference="退 001", amount=500)
    return await closed(case)


@path
async def deferred_and_broken(office: Office, matter: str) -> Case:
    """The first instalment is paid, the second is not."""
    case = await decided(office, matter)
    days = [civil_day(await case.now()) + timedelta(days=n) for n in (20, 40)]
    parts = [{"due_on": day.isoformat(), "amount": 1_000} for day in days]
    await case.hand_in("apply_deferral", ZHANG, reason="经济困难", parts=parts)
    await case.hand_in("decide_deferral", HEAD, **YES)
    await paid(case, 1_000, "bank:first")
    await later(case, 50)
    await case.hand_in("record_dispatch", ZHANG, carrier="邮政")
    await paid(case, reference="bank:rest")
    return await closed(case)


# ---- approvals and licences, as the scenarios of approvals tell them ---------------------------


def _told(name: str, scenario: str, *, licence: bool = False) -> None:
    """The history of the application of this scenario, or of its licence."""

    async def walk(office: Office, matter: str) -> Case:
        play = Play(office, matter, read(SCENARIOS / f"{scenario}.yaml"))
        await play.run()
        return next(iter(play.lives.values())) if licence else play.applications[0]

    PATHS[name] = walk


for _name, _scenario in {
    "approval_at_once": "decision/at_once",
    "approval_examined": "decision/granted_after_departments",
    "approval_opinion_returned": "decision/opinion_returned",
    "approval_refused": "decision/refused_with_remedies",
    "approval_supplement": "intake/supplement_once",
    "approval_deemed_accepted": "intake/not_told_in_time_is_accepted",
    "approval_deemed_withdrawn": "intake/supplement_late_is_withdrawn",
    "approval_gaps_filled": "intake/gaps_filled",
    "approval_gaps_late": "intake/gaps_late",
    "approval_hearing": "hearing/held_on_request",
    "approval_excluded_time": "time/expert_review_is_excluded",
    "approval_fee": "decision/fee_before_licence",
    "approval_pledge_kept": "pledge/kept",
    "approval_pledge_broken": "pledge/broken",
    "approval_dog": "dogs/registered_at_once",
    "approval_series": "decision/departments_in_series",
}.items():
    _told(_name, _scenario)
for _name, _scenario in {
    "licence_expired": "dogs/reminded_then_expired",
    "licence_renewed": "dogs/renewed_at_once",
    "licence_changed": "dogs/moved_home",
    "licence_deemed_renewed": "life/renewal_deemed",
    "licence_suspended": "life/suspended_and_resumed",
    "licence_revoked": "dogs/revoked_for_fraud",
    "licence_cancelled": "dogs/died",
}.items():
    _told(_name, _scenario, licence=True)


def _seen(name: str, scenario: str) -> None:
    """The history of the incident of this scenario."""

    async def walk(office: Office, matter: str) -> Case:
        told = incidents.read(incidents.HERE / "scenarios" / f"{scenario}.yaml")
        case = await incidents.Play(office, matter, told).run()
        assert case is not None
        return case

    PATHS[name] = walk


for _name, _scenario in {
    "incident_solved": "solved",
    "incident_unrated": "nobody_rates",
    "incident_rejected": "rejected",
    "incident_reworked": "rework",
    "incident_transferred": "transferred_twice_is_flagged",
    "incident_extended": "extended_once",
    "incident_handed_over": "handed_over",
    "incident_handed_over_unanswered": "handed_over_unanswered",
    "incident_rated": "reporter_is_told",
    "incident_reassigned": "reassigned_to_another_unit",
}.items():
    _seen(_name, _scenario)


def _recorded(name: str, scenario: str) -> None:
    """The history of the camera's case of this scenario."""

    async def walk(office: Office, matter: str) -> Case:
        told = cases.read(cases.HERE / "non_contact" / f"{scenario}.yaml")
        return (await stage.Play(office, matter, told).run())[-1]

    PATHS[name] = walk


for _name, _scenario in {
    "camera_paid": "plate_small_paid",
    "camera_rejected": "rejected_by_the_reviewer",
    "camera_sampled": "sampled_is_reviewed_again",
    "camera_not_known": "unknown_plate_is_looked_for",
    "camera_put_right": "warned_and_put_right",
    "camera_seen_again": "warned_and_seen_again",
    "camera_objection": "object_answered_then_decided",
    "camera_withdrawn": "object_upheld_withdrawn",
    "camera_another": "object_another_did_it",
    "camera_general": "beyond_summary_size",
}.items():
    _recorded(_name, _scenario)
