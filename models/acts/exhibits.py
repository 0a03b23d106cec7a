"""Exhibits: tagged, handed over with two signatures, disposed of as the law provides (行政处罚法 46, 74; 行政强制法 26, 27)."""

from typing import Literal

from models.act import Act, Moment
from models.acts.inquiry import kept
from models.basis import COERCION, PENALTY
from models.case_file import CaseFile
from models.exhibit import Exhibit
from models.officers import two_qualified
from models.person import Role
from models.refusal import Code, gate, refuse
from models.text import Digest, Line, Text, ask

_KEEPERS = (Role.OFFICER, Role.UNIT_HEAD, Role.LEGAL_REVIEWER)


class RegisterExhibit(
    Act, term="物证登记", en="Register an exhibit", basis=PENALTY(46), by=(Role.OFFICER,)
):
    """A thing comes into custody: tagged, described, photographed; the officer holds it from here on."""

    officers: tuple[Line, ...] = ask("执法人员", "Officers", max_length=10)
    what: Line = ask("物品名称和特征", "What it is")
    quantity: Line = ask("数量", "Quantity")
    taken_from: Line = ask("取自何人何处", "From whom and where")
    place: Line = ask("保管地点", "Where it is kept")
    photo: Digest | None = ask("照片摘要", "Digest of a photo", default=None)

    def people_named(self) -> tuple[str, ...]:
        return self.officers

    def evidence_cited(self) -> tuple[str, ...]:
        return (self.photo,) if self.photo else ()

    def gate(self, file: CaseFile, moment: Moment) -> None:
        two_qualified(self.officers, moment, moment.today)
        kept(self, moment)


class HandOverExhibit(
    Act, term="物证移交", en="Hand an exhibit over", basis=PENALTY(46) + COERCION(26), by=_KEEPERS
):
    """The giver signs; it stays with him until the receiver has signed. Handed over anew, the first offer is withdrawn."""

    tag: Line = ask("物证编号", "Tag")
    receiver: Line = ask("接收人（用户名）", "Receiver (user name)")
    place: Line = ask("保管地点", "Where it will be kept")
    reason: Text = ask("移交事由", "Why")

    def people_named(self) -> tuple[str, ...]:
        return (self.receiver,)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        exhibit = held(file, self.tag)
        head = Role.UNIT_HEAD in moment.actor.roles  # for a holder who is gone
        if moment.actor.username != exhibit.holder and not head:
            raise gate(
                f"物证由 {exhibit.holder} 保管，只有保管人或者办案机构负责人可以移交",
                f"{exhibit.holder} holds it; only the holder or the head of the unit hands it over",
                PENALTY(46),
                "tag",
            )
        if self.receiver not in moment.people:
            raise refuse(
                Code.INVALID,
                "receiver：接收人须为在职执法人员",
                "receiver: an officer in service",
                PENALTY(46),
                "receiver",
            )
        if self.receiver == exhibit.holder:
            raise refuse(
                Code.INVALID,
                "receiver：不得移交给自己",
                "receiver: not to oneself",
                PENALTY(46),
                "receiver",
            )


class ReceiveExhibit(
    Act, term="物证接收", en="Receive an exhibit", basis=PENALTY(46) + COERCION(26), by=_KEEPERS
):
    """The receiver signs, having looked at it; or refuses, and it stays with the giver."""

    tag: Line = ask("物证编号", "Tag")
    accepted: bool = ask("核对无误，予以接收", "Checked and accepted")
    remarks: Text | None = ask("核对情况", "What was found", default=None)

    def gate(self, file: CaseFile, moment: Moment) -> None:
        exhibit = held(file, self.tag)
        if exhibit.offer is None:
            raise gate("没有待接收的移交", "no hand-over waits", PENALTY(46), "tag")
        if moment.actor.username != exhibit.offer.receiver:
            raise gate(
                "只有移交时指明的接收人可以接收",
                "only the receiver named by the giver may receive it",
                PENALTY(46),
                "tag",
            )
        if not self.accepted and not self.remarks:
            raise gate(
                "不予接收的，须写明情况", "say why it is not accepted", PENALTY(46), "remarks"
            )


class DisposeExhibit(
    Act,
    term="物证处理",
    en="Dispose of an exhibit",
    basis=PENALTY(74) + COERCION(27, 28),
    by=(Role.OFFICER, Role.UNIT_HEAD),
):
    """Returned, confiscated, destroyed, sold or handed over with the file; by its holder, before a witness."""

    tag: Line = ask("物证编号", "Tag")
    disposal: Literal["returned", "confiscated", "destroyed", "sold", "handed_over"] = ask(
        "处理方式", "What is done"
    )
    witness: Line = ask("见证人或者领取人", "Witness, or who took it")
    reason: Text = ask("依据和情况", "Basis and circumstances")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        exhibit = held(file, self.tag)
        if exhibit.offer:
            raise gate("移交尚未接收", "a hand-over waits for its receiver", PENALTY(46), "tag")
        if moment.actor.username != exhibit.holder:
            raise gate("由保管人处理", "its holder disposes of it", PENALTY(74), "tag")
        stands = file.decision if file.decision and not file.decision.revoked else None
        penalty = stands.penalty if stands else None
        if self.disposal in {"confiscated", "destroyed", "sold"} and not (
            penalty and penalty.goods
        ):
            raise gate(
                "没收、销毁、变卖须以处罚决定为依据",
                "confiscation, destruction or sale rests on a penalty decision",
                PENALTY(74),
                "disposal",
            )


def held(file: CaseFile, tag: str) -> Exhibit:
    """The exhibit of that tag, while it is in custody. Raises `Refused`."""
    exhibit = next((one for one in file.exhibits if one.tag == tag), None)
    if exhibit is None or exhibit.disposal:
        raise gate("没有这件在保管中的物证", "no such exhibit in custody", PENALTY(46), "tag")
    return exhibit
