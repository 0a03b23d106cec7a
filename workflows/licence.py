"""The life of a licence (许可证件, 行政许可法 8, 49, 50, 61, 62, 69, 70): one matter each, asleep on one timer until something happens to
it.
"""

from datetime import date, timedelta
from typing import ClassVar

from temporalio import workflow

from models.act import Act
from models.acts import licence as papers, standing
from models.acts.licence import recent
from models.bar import Bar
from models.basis import LICENSING, VISIT_ONCE, Basis
from models.change import Start
from models.licence_file import LicenceFile, Penalised, Stage, Turn, Wish
from models.party import Party
from models.period import add_months
from models.suspension import civil_day
from workflows import standing as effects
from workflows.procedure import Procedure, Standing

EARLY = 15  # days before the last day to apply for renewal on which the holder is reminded
MISSED_CHECKS_CANCEL = 2
FRAUD_YEARS = 3
ALIVE = frozenset({Stage.VALID, Stage.SUSPENDED})


@workflow.defn(name="licence")
class Licence(Procedure[LicenceFile]):
    """From issue to its end."""

    standing: ClassVar[dict[type[Act], Standing]] = {
        papers.ApplyRenewal: Standing(lambda life, act: life.wish_renewal(act), ALIVE),
        papers.ApplyChange: Standing(lambda life, act: life.wish_change(act), ALIVE),
        papers.SuspendLicence: Standing(lambda life, act: life.suspend(act), ALIVE),
        papers.ResumeLicence: Standing(lambda life, act: life.resume(act), ALIVE),
        papers.WithdrawLicence: Standing(lambda life, act: life.withdrawn(act), ALIVE),
        papers.RevokeLicence: Standing(lambda life, act: life.revoked(act), ALIVE),
        papers.RevokeForPledge: Standing(lambda life, act: life.revoked_for_pledge(act), ALIVE),
        papers.CancelLicence: Standing(lambda life, act: life.cancelled(act), ALIVE),
        papers.ReportLost: Standing(lambda life, act: life.lost(act), ALIVE),
        papers.PrintLicence: Standing(lambda life, act: life.printed(act), ALIVE),
        papers.AnnualCheck: Standing(lambda life, act: life.checked(act), ALIVE),
        papers.NotePenalty: Standing(lambda life, act: life.penalised(act), ALIVE),
        standing.AddNote: Standing(effects.add_note, ALIVE),
    }

    @workflow.init
    def __init__(self, file: LicenceFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: LicenceFile, start: Start) -> str:
        """Ends with how the licence ended."""
        await self.conduct(self._life())
        return self.file.stage

    async def _life(self) -> None:
        if self._fresh:
            self._begin()
        while not self.file.closed:
            lapsed = await self.until(
                lambda: self.file.closed or self.tired(), "reminder", "annual_check", "expiry"
            )
            match lapsed:
                case "reminder":
                    self._remind()
                case "annual_check":
                    self._check_missed()
                case "expiry":
                    self._expire()
                case _ if not self.file.closed:
                    await self.continue_in_a_new_run()

    # ---- birth, reminders, expiry

    def _begin(self) -> None:
        """Numbered, sealed, with its code (39)."""
        file = self.file
        self.keep_party(file.party.model_dump(mode="json"))
        self.take_over(file.claims)
        self.filed(
            "issue_licence",
            "颁发许可证件",
            LICENSING(39, 44),
            self.filer,
            item=file.item.code,
            application=file.application,
            imported=file.imported,
            party=file.party.masked(),
            valid_to=_iso(file.valid_to),
        )
        if file.imported is None:
            self._issue_paper(name=True)
        self._turned("issued")
        self._wait_for_its_days()

    def _issue_paper(self, *, name: bool = False) -> None:
        """One brought from elsewhere keeps its old number beside that of its new paper."""
        kind = self.file.item.document or "licence"
        new = self.issue(kind, PAPER_TERMS[kind], LICENSING(39))
        if name:
            self.name_matter(kind)
        else:
            self.supersede(new, "换发新证")

    def _wait_for_its_days(self) -> None:
        """Reminder and expiry; one timer at a time."""
        file, today = self.file, civil_day(self.now())
        self.stop_clock("reminder", "annual_check")
        if file.valid_to is not None:
            self.start_fixed("expiry", file.valid_to, "有效期", _renewal_basis(file))
            ahead = (file.item.renewal.before_days if file.item.renewal else 0) + EARLY
            remind_on = file.valid_to - timedelta(days=ahead)
            if file.item.renewal and file.valid_to >= today and file.reminded_for != file.valid_to:
                remind = max(remind_on, file.valid_from)
                self.start_fixed("reminder", remind, "延续提醒", _renewal_basis(file))
        if file.dog is not None and file.dog.annual_check_month is not None:
            last = _end_of_next(file.dog.annual_check_month, today)
            if file.valid_to is None or last <= file.valid_to:
                self.start_fixed("annual_check", last, "年度检审", file.dog.basis)

    def _remind(self) -> None:
        """Apply in time; by inbox, mail and message as the holder agreed (50)."""
        file = self.file
        file.reminded_for = file.valid_to
        ahead = file.item.renewal.before_days if file.item.renewal else 0
        paper = self.issue(
            "renewal_reminder",
            "延续提醒",
            _renewal_basis(file),
            given={
                "until": _iso(file.valid_to),
                "apply_by": _iso(file.valid_to - timedelta(days=ahead)) if file.valid_to else None,
                "how": RENEW_DOG if file.dog else RENEW,
            },
        )
        for way in self._ways_to_reach():
            self.send(way, paper, document=paper)

    def _ways_to_reach(self) -> tuple[str, ...]:
        """The inbox; mail and message where the holder agreed to them."""
        party = self.file.party
        agreed = party.electronic_service
        found = {
            "portal": self.file.party_digest is not None,
            "email": agreed and party.email is not None,
            "sms": agreed and party.phone is not None,
        }
        return tuple(way for way, there in found.items() if there)

    def _check_missed(self) -> None:
        """Missed twice, it is cancelled, where the rule of the city says so."""
        file = self.file
        file.missed_checks += 1
        self.step("check_missed", "未按期检审", LICENSING(62), times=file.missed_checks)
        if file.missed_checks >= MISSED_CHECKS_CANCEL:
            self._end(Stage.CANCELLED, "注销", "连续两年未检审", LICENSING(70))
            return
        self._wait_for_its_days()

    def _expire(self) -> None:
        """Applied for in time and not answered, it counts as renewed (50); else it has run out (70)."""
        wish, renewal = self.file.wish, self.file.item.renewal
        if wish and wish.kind == "renewal" and renewal and renewal.silent and wish.in_time:
            self.step(
                "deemed_renewed",
                "逾期未作决定，视为准予延续",
                LICENSING("50(2)"),
                to=_iso(wish.until),
            )
            self.stop_clock("licence_decide")
            self._open = {}
            self._renewed(wish, "视为准予延续")
            return
        self.file.stage = Stage.EXPIRED
        self._turned("expired")
        self._ended()

    # ---- renewal and change

    def wish_renewal(self, act: papers.ApplyRenewal) -> None:
        """At once where every check holds, else by the approver before it runs out."""
        file = self.file
        facts = act.moment.licensing
        until = facts.valid_to if facts else act.immunity_until
        latest = self._last_day_to_apply()
        file.wish = Wish(
            kind="renewal",
            what=f"延续至 {until}" if until else "延续",
            until=until,
            at=self.now(),
            dog={"immunity_no": act.immunity_no, "immunity_until": _iso(act.immunity_until)},
            in_time=latest is None or civil_day(self.now()) <= latest,
        )
        if not file.wish.in_time:
            file.flags.append("renewal_late")
        self._answer_wish(at_once=bool(facts and facts.at_once))

    def wish_change(self, act: papers.ApplyChange) -> None:
        """Another holder, home or scope."""
        facts = act.moment.licensing
        self.file.wish = Wish(
            kind=act.what,
            what=act.reason,
            at=self.now(),
            party=act.holder,
            party_digest=act.moment.party_digest,
            dog={"home": act.home} if act.home else {},
        )
        self._answer_wish(at_once=bool(facts and facts.at_once))

    def _last_day_to_apply(self) -> date | None:
        renewal, last = self.file.item.renewal, self.file.valid_to
        return last - timedelta(days=renewal.before_days) if renewal and last else None

    def _answer_wish(self, *, at_once: bool) -> None:
        if at_once:
            self._granted("自动核验全部通过，当场决定")
        else:
            self.start_clock("licence_decide")
            self.beside(self._decide_wish())

    async def _decide_wish(self) -> None:
        act = await self.expect(papers.DecideWish, due="licence_decide")
        self.stop_clock("licence_decide")
        if act.grant:
            self._granted(act.reasons, act)
        else:
            self._paper(f"不予批准：{act.reasons}", act)
            self._turned("wish_refused", act.reasons)
            self.file.wish = None

    def _granted(self, reasons: str, act: Act | None = None) -> None:
        wish = self.file.wish
        assert wish is not None  # noqa: S101 -- it was asked for
        if wish.kind == "renewal":
            self._renewed(wish, reasons, act)
            return
        self._paper(f"准予变更：{reasons}", act)
        self._changed(wish)
        self.file.wish = None
        self._turned(f"{wish.kind}_changed", wish.what)
        self._issue_paper()

    def _renewed(self, wish: Wish, reasons: str, act: Act | None = None) -> None:
        file = self.file
        self._paper(f"准予延续：{reasons}", act)
        file.valid_to, file.wish = wish.until, None
        if file.dog is not None and wish.dog.get("immunity_no"):
            file.dog.immunity_no = wish.dog["immunity_no"]
            file.dog.immunity_until = date.fromisoformat(wish.dog["immunity_until"])
        self._turned("renewed", reasons)
        self._issue_paper()
        self._wait_for_its_days()

    def _changed(self, wish: Wish) -> None:
        file = self.file
        if wish.party is not None:
            file.party, file.party_digest = wish.party, wish.party_digest
            self.keep_party(Party.model_dump(wish.party, mode="json"))
        if file.dog is not None and wish.dog.get("home"):
            file.dog.home = wish.dog["home"]
        if wish.kind == "content":
            file.content = wish.what

    def _paper(self, decision: str, act: Act | None) -> None:
        wish = self.file.wish
        what = wish.what if wish else ""
        until = _iso(wish.until) if wish else None
        given = {"applicant": self.file.party.name, "what": what, "decision": decision}
        self.issue(
            "licence_change",
            "变更（延续）许可决定",
            LICENSING(49, 50),
            act=act,
            given=given | {"new_end": until},
        )

    # ---- suspension and ends

    def suspend(self, act: papers.SuspendLicence) -> None:
        """Until it is put right."""
        self.enter(Stage.SUSPENDED)
        self._turned("suspended", act.reason)

    def resume(self, act: papers.ResumeLicence) -> None:
        """It was put right."""
        self.enter(Stage.VALID)
        self._turned("resumed", act.reason)

    def withdrawn(self, act: papers.WithdrawLicence) -> None:
        """What the holder loses is made good (8)."""
        self._end(Stage.WITHDRAWN, "撤回", act.reason, LICENSING(8), act, act.compensation)

    def revoked(self, act: papers.RevokeLicence) -> None:
        """Got by fraud: barred for three years (69, 79); by the rule of the city, as long as it says."""
        self._end(Stage.REVOKED, "撤销", act.reason, LICENSING(69), act)
        if act.ground == "fraud":
            self._bar("fraud", FRAUD_YEARS, LICENSING(79))
        for rule in self.file.dog.bars if self.file.dog else ():
            if rule.ground == act.ground:
                self._bar(rule.ground, rule.years, rule.basis)

    def revoked_for_pledge(self, act: papers.RevokeForPledge) -> None:
        """The promise was not kept (最多跑一次 14)."""
        self._end(Stage.REVOKED, "撤销", act.reason, VISIT_ONCE(14), act)

    def cancelled(self, act: papers.CancelLicence) -> None:
        """What it was for is no more (70)."""
        self._end(Stage.CANCELLED, "注销", CANCEL_TERMS[act.ground], LICENSING(70), act)

    def _end(  # noqa: PLR0913, PLR0917 -- what its paper says
        self,
        stage: Stage,
        kind: str,
        ground: str,
        basis: tuple[Basis, ...],
        act: Act | None = None,
        compensation: str | None = None,
    ) -> None:
        self.file.stage = stage
        self.issue(
            "licence_end",
            f"{kind}行政许可决定书",
            basis,
            act=act,
            given={"kind": kind, "ground": ground, "compensation": compensation},
        )
        self._turned(stage.value, ground)
        self._ended()

    def _ended(self) -> None:
        for document in self.file.documents:
            if document["kind"] in PAPER_TERMS and document["status"] == "valid":
                self.overtake(document["id"], STAGE_ENDS[Stage(self.file.stage)])
        for key in self.file.claims:
            self.release(key)
        self.file.outcome = self.file.stage
        self.shut_everything()

    # ---- small things

    def lost(self, act: papers.ReportLost) -> None:
        """Another is made; the old one stands no more."""
        self._turned("lost", act.how)
        if act.what == "licence":
            self._issue_paper()

    def printed(self, act: papers.PrintLicence) -> None:
        """Counted."""
        self.file.prints += act.copies

    def checked(self, act: papers.AnnualCheck) -> None:
        """Once a year."""
        if act.passed:
            self.file.missed_checks = 0
        self._turned("checked" if act.passed else "check_failed", act.findings)
        self._wait_for_its_days()

    def penalised(self, act: papers.NotePenalty) -> None:
        """At the number the rule of the city names, somebody must look at it."""
        file = self.file
        if any(known.case == act.case for known in file.penalties):
            return
        file.penalties.append(Penalised(case=act.case, number=act.number, on=act.on_day))
        limit = file.dog.penalties_revoke if file.dog else None
        if limit is not None and len(recent(file, civil_day(self.now()))) >= limit:
            file.flags.append("revocation_due")
            self.step("revocation_due", "违规受罚达到撤销条件", LICENSING(61), times=limit)

    def _bar(self, ground: str, years: int | None, basis: tuple[Basis, ...]) -> None:
        today = civil_day(self.now())
        until = add_months(today, 12 * years) if years is not None else None
        self.bar(
            Bar(scope=self.file.item.scope, ground=ground, since=today, until=until, basis=basis)
        )

    def _turned(self, what: str, reason: str | None = None) -> None:
        turn = Turn(at=self.now(), what=what, until=self.file.valid_to, reason=reason)
        self.file.history.append(turn)
        basis = _renewal_basis(self.file)
        self.step(f"licence_{what}", TURN_TERMS.get(what, what), basis, reason=reason)


RENEW = "请在最后申请日之前在网上、窗口或者自助终端申请延续；按期申请而未作决定的，视为准予延续。"
RENEW_DOG = (
    "请先为犬只续种狂犬病疫苗，凭新的免疫证号在网上、窗口或者自助终端申请延续，核对一致的当场办结。"
)
PAPER_TERMS = {
    "licence": "行政许可证",
    "dog_licence": "养犬登记证",
    "filing_receipt": "备案凭证",
    "proof": "证明",
}
TURN_TERMS = {
    "issued": "许可证件生效",
    "renewed": "延续",
    "expired": "有效期届满",
    "suspended": "暂停使用",
    "resumed": "恢复使用",
    "withdrawn": "撤回",
    "revoked": "撤销",
    "cancelled": "注销",
    "lost": "挂失",
    "checked": "检审通过",
    "check_failed": "检审未通过",
    "wish_refused": "不予变更（延续）",
    "holder_changed": "持证人变更",
    "home_changed": "住址变更",
    "content_changed": "内容变更",
}
CANCEL_TERMS = {
    "given_up": "持证人申请注销",
    "holder_died": "持证人死亡",
    "holder_dissolved": "持证法人终止",
    "dog_died": "犬只死亡",
    "dog_given_away": "犬只送养、转让",
    "force_majeure": "因不可抗力无法实施",
}
STAGE_ENDS = {
    Stage.EXPIRED: "有效期届满",
    Stage.WITHDRAWN: "许可被撤回",
    Stage.REVOKED: "许可被撤销",
    Stage.CANCELLED: "许可被注销",
}


def _renewal_basis(file: LicenceFile) -> tuple[Basis, ...]:
    return file.item.renewal.basis if file.item.renewal else LICENSING(50, 70)


def _end_of_next(month: int, today: date) -> date:
    """The last day of that month, in the year after."""
    first = date(today.year + 1, month, 1)
    return add_months(first, 1) - timedelta(days=1)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
