"""Papers of service (送达): how a paper reached the party, with its proof (行政处罚法 61; 民事诉讼法 87–95)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from models.act import Act, Moment
from models.basis import CIVIL_PROCEDURE, PENALTY
from models.case_file import CaseFile
from models.money import Yuan
from models.officers import not_in_future
from models.person import Role
from models.refusal import Code, gate, refuse
from models.suspension import civil_day
from models.text import Digest, Line, Text, ask
from models.when import Day


class Way(StrEnum):
    """Ways of service (民事诉讼法 88–95)."""

    DIRECT = "direct"
    LEFT = "left"
    ELECTRONIC = "electronic"
    POST = "post"
    ENTRUSTED = "entrusted"
    ANNOUNCEMENT = "announcement"


class RecordDispatch(
    Act,
    term="寄送文书",
    en="Paper sent",
    basis=CIVIL_PROCEDURE(91),
    by=(Role.OFFICER,),
):
    """The paper was posted or handed to whoever serves it; service itself is recorded when it arrives."""

    carrier: Line = ask("寄送方式", "Carrier")
    tracking: Line | None = ask("邮件号码", "Tracking number", default=None)
    costs: Yuan = ask("送达费用（元）", "Costs charged (yuan)", default=Decimal(0), le=1000)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if self.costs and not file.regime.costs_charged:
            raise gate(
                "送达费用不得向当事人收取",
                "costs of service are not charged to the party",
                PENALTY(61),
                "costs",
            )


class RecordReturn(
    Act,
    term="邮件退回",
    en="Mail came back",
    basis=CIVIL_PROCEDURE(91),
    by=(Role.OFFICER,),
):
    """Posted, and not delivered: nothing is served; it is served another way, and this is its course."""

    on: Day = ask("退回日期", "Date it came back")
    slip: Line = ask("邮件号码", "Number of the mail")
    reason: Text = ask("退回原因", "Why")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        not_in_future(self.on, moment, "on")


class _Service(Act):
    """How a paper reached the party; each way has its proof (民事诉讼法 87–95)."""

    way: Way = ask("送达方式", "Way")
    on: Day = ask("送达日期（公告送达为公告日）", "Date (announcement: the day announced)")
    receiver: Line | None = ask("受送达人或代收人", "Received by", default=None)
    slip: Line | None = ask("回执、回证号码", "Return slip", default=None)
    witness: Line | None = ask("见证人", "Witness", default=None)
    proof: Digest | None = ask("音像或系统证明摘要", "Digest of recording or log", default=None)
    consent: bool = ask("已签署电子送达确认书", "Signed consent to e-service", default=False)
    reason: Text | None = ask("留置或公告的理由和经过", "Why left or announced", default=None)
    place: Line | None = ask("送达地点", "Place", default=None)
    course: Text | None = ask("公告前采取其他方式送达的经过", "Ways tried before", default=None)


class RecordService(
    _Service,
    term="送达回证",
    en="Service",
    basis=PENALTY(61) + CIVIL_PROCEDURE(87),
    by=(Role.OFFICER,),
):
    """Every service needs a receipt; the date signed is the service date."""

    def gate(self, file: CaseFile, moment: Moment) -> None:
        not_in_future(self.on, moment, "on")
        _after_it_was_issued(self.on, file)
        _CHECKS[self.way](self, file)


class ServeDocument(
    _Service,
    term="其他文书送达回证",
    en="Service of another document",
    basis=PENALTY(61) + CIVIL_PROCEDURE(87),
    by=(Role.OFFICER,),
):
    """A document that no step waits to be served: an order to correct, a seizure, a deferral …"""

    document: Line = ask("文书", "Document")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        not_in_future(self.on, moment, "on")
        document = to_be_served(file, moment, self.document)
        if document["kind"] in SERVED_PAPERS:
            raise gate(
                "这份文书由“送达回证”登记",
                "this document is served by record_service",
                CIVIL_PROCEDURE(87),
                "document",
            )
        if self.on < civil_day(datetime.fromisoformat(document["issued_at"])):
            raise refuse(
                Code.INVALID,
                "on：送达不得早于文书制作之日",
                "on: it was not issued yet",
                CIVIL_PROCEDURE(87),
                "on",
            )
        _CHECKS[self.way](self, file)


def to_be_served(file: CaseFile, moment: Moment, known: str) -> dict[str, Any]:
    """A document in force that is made out to the party and has not reached him. Raises `Refused`."""
    document = file.document(known)
    if document is None or document["status"] != "valid":
        raise gate("没有这份有效文书", "no such document in force", CIVIL_PROCEDURE(87), "document")
    if moment.document is None or not moment.document.external:
        raise gate(
            "内部文书不送达当事人",
            "an inner paper is not served on the party",
            CIVIL_PROCEDURE(87),
            "document",
        )
    if file.was_served(document):
        raise gate(
            "这份文书已经送达", "this document is served already", CIVIL_PROCEDURE(90), "document"
        )
    return document


SERVED_PAPERS = (
    "notice",
    "decision",
    "summary",
    "no_penalty",
    "withdrawal",
    "demand",
    "hearing_notice",
)


def _after_it_was_issued(on: date, file: CaseFile) -> None:
    issued = file.issued_on(*SERVED_PAPERS)
    if issued is not None and on < issued:
        raise refuse(
            Code.INVALID,
            f"on：文书于 {issued} 制作，送达不得早于当日",
            f"on: the paper was issued on {issued}; it was not served before",
            CIVIL_PROCEDURE(87),
            "on",
        )


def _needs(value: object, field: str, zh: str, en: str, article: int) -> None:
    if not value:
        raise gate(zh, en, CIVIL_PROCEDURE(article), field)


def _direct(act: _Service, file: CaseFile) -> None:
    _needs(act.receiver, "receiver", "直接送达须有签收人", "who received it?", 88)


def _left(act: _Service, file: CaseFile) -> None:
    _needs(
        act.witness or act.proof,
        "proof",
        "留置送达须有见证人或者拍照录像",
        "leaving needs a witness or a recording",
        89,
    )
    _needs(act.reason, "reason", "留置送达须记明拒收理由", "note the reason of refusal", 89)


def _electronic(act: _Service, file: CaseFile) -> None:
    if not (act.consent or file.party.electronic_service):
        raise gate(
            "电子送达须经当事人同意并签订确认书",
            "electronic service needs the party's signed consent",
            PENALTY("61(2)"),
            "consent",
        )
    _needs(act.proof, "proof", "电子送达须能确认收悉", "proof of receipt is needed", 90)


def _post(act: _Service, file: CaseFile) -> None:
    _needs(act.slip, "slip", "邮寄送达以回执注明的日期为准，须有回执", "return slip needed", 91)


def _announcement(act: _Service, file: CaseFile) -> None:
    _needs(
        act.reason,
        "reason",
        "公告送达须记明原因和经过",
        "reasons and course must be on file",
        95,
    )


_CHECKS = {
    Way.DIRECT: _direct,
    Way.LEFT: _left,
    Way.ELECTRONIC: _electronic,
    Way.POST: _post,
    Way.ENTRUSTED: _post,
    Way.ANNOUNCEMENT: _announcement,
}
