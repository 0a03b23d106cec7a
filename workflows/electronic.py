"""Electronic service beside the main line: consent, sending, and the answer that serves the document or sends it another way."""

from models.acts.electronic import (
    CHANNEL_TERMS,
    ConsentElectronic,
    RecordDelivery,
    ServeElectronically,
    WithdrawConsent,
)
from models.acts.service import RecordService, Way
from models.case_file import CaseFile, Served, Stage
from models.suspension import civil_day
from workflows.procedure import Procedure
from workflows.service import record

Case = Procedure[CaseFile]


def consent(case: Case, act: ConsentElectronic) -> None:
    """The addresses go into the sealed data of the party; the confirmation is a document of the file."""
    confirmed = {"phone": act.phone, "email": act.email}
    known = {key: value for key, value in confirmed.items() if value}
    party = case.file.party
    case.file.party = party.model_copy(
        update={"electronic_service": act.electronic, "service_address": act.address} | known
    )
    case.keep_party(case.file.party.model_dump(mode="json"))
    said = {
        "address": act.address,
        "phone": act.phone or party.phone or "未提供",
        "email": act.email,
        "consent": "同意" if act.electronic else "不同意",
    }
    case.issue("address_confirmation", "送达地址（电子送达）确认书", act.basis, act=act, given=said)


def withdraw(case: Case, act: WithdrawConsent) -> None:
    """What was served stays served."""
    case.file.party = case.file.party.model_copy(update={"electronic_service": False})
    case.keep_party(case.file.party.model_dump(mode="json"))


def serve_electronically(case: Case, act: ServeElectronically) -> None:
    """One order a channel; each leaves with this act and is tried until the other side has answered."""
    case.file.sendings += 1
    for channel in act.channels:
        case.send(str(channel), f"{act.document}/{case.file.sendings}", document=act.document)


def delivered(case: Case, act: RecordDelivery) -> None:
    """The first arrival serves it (民事诉讼法 90); a bounce is a to-do: it is served another way."""
    document = case.file.document(act.document)
    if document is None or case.file.was_served(document):
        return
    channel = CHANNEL_TERMS[act.channel]
    if not act.delivered:
        case.file.flags += [] if "delivery_bounced" in case.file.flags else ["delivery_bounced"]
        case.step(
            "delivery_bounced",
            "电子送达未到达，须以其他方式送达",
            act.basis,
            channel=channel,
            detail=act.detail,
        )
        return
    on = civil_day(act.at)
    if document["kind"] not in _awaited(case.file):
        record(case, act, Served(paper=document["kind"], way=Way.ELECTRONIC, on=on))
    elif case.waits_for(RecordService):
        receipt = RecordService(way=Way.ELECTRONIC, on=on, slip=act.detail, consent=True)
        receipt.handed_in(act.moment)
        case.answer(receipt)


def _awaited(file: CaseFile) -> frozenset[str]:
    """The document whose service the main line, or the demand, waits for."""
    if file.demand == "issued":
        return frozenset({"demand"})
    return _AWAITED.get(Stage(file.stage), frozenset())


_AWAITED = {
    Stage.NOTICE: frozenset({"notice"}),
    Stage.HEARING: frozenset({"hearing_notice"}),
    Stage.SERVICE: frozenset({"decision", "summary", "no_penalty", "withdrawal"}),
}
