"""What the parts of a licence's life share: how it begins and ends, its paper, its days (行政许可法 39, 44, 50, 70)."""

from datetime import date, timedelta
from typing import Any

from models.act import Act
from models.basis import LICENSING, Basis
from models.licence_file import LicenceFile, Stage, Turn
from models.period import add_months
from models.suspension import civil_day
from workflows.procedure import Procedure

# Days on which the holder is reminded: before the last day to apply, and before expiry at the latest. The bureau's, no rule gives them.
EARLY, LATEST = 15, 30
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
STAGE_ENDS = {
    Stage.EXPIRED: "有效期届满",
    Stage.WITHDRAWN: "许可被撤回",
    Stage.REVOKED: "许可被撤销",
    Stage.CANCELLED: "许可被注销",
}


class LicenceLife(Procedure[LicenceFile]):
    """A licence that lives."""

    def begin(self) -> None:
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
            valid_to=iso(file.valid_to),
        )
        if file.imported is None:
            self.issue_paper(name=True)
        self.turned("issued")
        self.wait_for_its_days()

    def issue(self, kind: str, term: str, basis: tuple[Basis, ...], /, **rest: Any) -> str:
        """Whatever befalls a licence reaches its holder's inbox."""
        document = super().issue(kind, term, basis, **rest)
        if self.file.party_digest and kind != "renewal_reminder":
            self.send("portal", document, document=document)
        return document

    def issue_paper(self, *, name: bool = False) -> None:
        """One brought from elsewhere keeps its old number beside that of its new paper."""
        kind = self.file.item.document or "licence"
        new = self.issue(kind, PAPER_TERMS[kind], LICENSING(39))
        if name:
            self.name_matter(kind)
        else:
            self.supersede(new, "换发新证")

    def wait_for_its_days(self) -> None:
        """Reminder and expiry; one timer at a time."""
        file, today = self.file, civil_day(self.now())
        self.stop_clock("reminder", "annual_check")
        if file.valid_to is not None:
            self.start_fixed("expiry", file.valid_to, "有效期", renewal_basis(file))
            if file.apply_by and file.valid_to >= today and file.reminded_for != file.valid_to:
                early = file.apply_by - timedelta(days=EARLY)
                remind = min(early, file.valid_to - timedelta(days=LATEST))
                on = max(remind, file.valid_from)
                self.start_fixed("reminder", on, "延续提醒", renewal_basis(file))
        if file.dog is not None and file.dog.annual_check_month is not None:
            since = file.checks_reckoned_from or file.valid_from
            last = _end_of_next(file.dog.annual_check_month, since)
            if file.valid_to is None or last <= file.valid_to:
                self.start_fixed("annual_check", last, "年度检审", file.dog.basis)

    def turned(self, what: str, reason: str | None = None) -> None:
        turn = Turn(at=self.now(), what=what, until=self.file.valid_to, reason=reason)
        self.file.history.append(turn)
        basis = renewal_basis(self.file)
        self.step(f"licence_{what}", TURN_TERMS.get(what, what), basis, reason=reason)

    def end(  # noqa: PLR0913, PLR0917 -- what its paper says
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
        self.turned(stage.value, ground)
        self.ended()

    def ended(self) -> None:
        for document in self.file.documents:
            if document["kind"] in PAPER_TERMS and document["status"] == "valid":
                self.overtake(document["id"], STAGE_ENDS[Stage(self.file.stage)])
        for key in self.file.claims:
            self.release(key)
        self.file.outcome = self.file.stage
        self.shut_everything()


def renewal_basis(file: LicenceFile) -> tuple[Basis, ...]:
    """The item's own rule of renewal, or the law's."""
    return file.item.renewal.basis if file.item.renewal else LICENSING(50, 70)


def iso(day: date | None) -> str | None:
    """As documents and timelines write it."""
    return day.isoformat() if day else None


def _end_of_next(month: int, since: date) -> date:
    """The last day of that month, in the year after."""
    first = date(since.year + 1, month, 1)
    return add_months(first, 1) - timedelta(days=1)
