"""Electronic service (电子送达): consent in writing, sending, and what the party's system answers (行政处罚法 61(2); 民事诉讼法 90)."""

from enum import StrEnum
from typing import Literal

from models.act import Act, Moment
from models.acts.service import to_be_served
from models.basis import CIVIL_PROCEDURE, PENALTY
from models.case_file import CaseFile
from models.identifiers import Email, Phone, mask_phone
from models.person import Role
from models.refusal import gate
from models.text import Digest, Line, ask
from models.when import Instant

E_SERVICE = PENALTY("61(2)") + CIVIL_PROCEDURE(90)


class Channel(StrEnum):
    """Where a document can reach the party."""

    PORTAL = "portal"
    EMAIL = "email"
    SMS = "sms"


class ConsentElectronic(
    Act,
    term="送达地址（电子送达）确认",
    en="Confirm addresses and electronic service",
    basis=E_SERVICE,
    by=(Role.PARTY, Role.OFFICER),
):
    """The party's own word where documents reach him; handed in by an officer, with the signed paper."""

    address: Line = ask("送达地址", "Address for service")
    electronic: bool = ask("同意电子送达", "Consents to electronic service")
    phone: Phone | None = ask("手机号码", "Mobile phone", default=None)
    email: Email | None = ask("电子邮箱", "E-mail", default=None)
    told: Literal[True] = ask("已告知后果", "Consequences told")
    proof: Digest | Line | None = ask("签名的确认书", "The signed paper", default=None)

    def disclosed(self) -> dict[str, object]:
        """Addresses stand in the document, not on the timeline."""
        shown: dict[str, object] = {"electronic": self.electronic, "told": True}
        return shown | ({"phone": mask_phone(self.phone)} if self.phone else {})

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if Role.CITIZEN not in moment.actor.roles and not self.proof:
            raise gate(
                "由执法人员代为登记的，须附当事人签名的确认书",
                "handed in by an officer: the paper the party signed is needed",
                E_SERVICE,
                "proof",
            )


class WithdrawConsent(
    Act,
    term="撤回电子送达同意",
    en="Withdraw the consent to electronic service",
    basis=E_SERVICE,
    by=(Role.PARTY, Role.OFFICER),
):
    """From here on documents come another way."""

    reason: Line | None = ask("理由", "Reason", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not file.party.electronic_service:
            raise gate("没有电子送达同意", "there is no consent", E_SERVICE)


class ServeElectronically(
    Act,
    term="电子送达",
    en="Serve electronically",
    basis=E_SERVICE,
    by=(Role.OFFICER,),
):
    """The document is sent to every channel the party consented to; it is served on the day the first one has it."""

    document: Line = ask("文书", "Document")
    channels: tuple[Channel, ...] = ask("渠道", "Channels", min_length=1, max_length=3)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        if not file.party.electronic_service:
            raise gate(
                "当事人没有签订电子送达确认书，不得电子送达",
                "the party has not consented to electronic service in writing",
                PENALTY("61(2)"),
            )
        to_be_served(file, moment, self.document)
        for channel in self.channels:
            self._refuse_unreachable(channel, file, moment)

    def _refuse_unreachable(self, channel: Channel, file: CaseFile, moment: Moment) -> None:
        party = file.party
        known = {
            Channel.PORTAL: party.id_no,
            Channel.EMAIL: party.email,
            Channel.SMS: party.phone,
        }
        if not known[channel]:
            raise gate(
                f"{CHANNEL_TERMS[channel]}：当事人没有确认这一地址",
                f"{channel}: the party has confirmed no such address",
                E_SERVICE,
                "channels",
            )
        if channel not in moment.channels:
            raise gate(
                f"{CHANNEL_TERMS[channel]}尚未接通",
                f"{channel} is not connected in this installation",
                E_SERVICE,
                "channels",
            )


CHANNEL_TERMS = {Channel.PORTAL: "网上收件箱", Channel.EMAIL: "电子邮件", Channel.SMS: "短信"}


class RecordDelivery(
    Act,
    term="电子送达结果",
    en="Result of an electronic delivery",
    basis=E_SERVICE,
    by=(Role.SYSTEM,),
):
    """What the party's system answered: it has the document since then, or it does not take it."""

    document: Line = ask("文书", "Document")
    channel: Channel = ask("渠道", "Channel")
    delivered: bool = ask("已到达", "It arrived")
    at: Instant = ask("时间", "When")
    detail: Line | None = ask("系统回执", "What the system said", default=None)
