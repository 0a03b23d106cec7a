"""What happens to exhibits beside the main line: registered, handed over, received, disposed of (行政处罚法 46, 74)."""

from models.acts.exhibits import (
    DisposeExhibit,
    HandOverExhibit,
    ReceiveExhibit,
    RegisterExhibit,
    held,
)
from models.case_file import CaseFile
from models.exhibit import Custody, Exhibit, Offer
from workflows.procedure import Procedure

Case = Procedure[CaseFile]


def register_exhibit(case: Case, act: RegisterExhibit) -> None:
    """Tagged by its number in the case; the officer who registers it holds it."""
    holder, now = act.moment.actor.username, case.now()
    first = Custody(holder=holder, giver=act.taken_from, place=act.place, since=now)
    case.file.exhibits.append(
        Exhibit(
            tag=f"WZ-{len(case.file.exhibits) + 1:03}",
            what=act.what,
            quantity=act.quantity,
            taken_from=act.taken_from,
            photo=act.photo,
            custody=[first],
        )
    )
    case.cite(act.photo)


def hand_over_exhibit(case: Case, act: HandOverExhibit) -> None:
    """The giver has signed."""
    exhibit = held(case.file, act.tag)
    exhibit.offer = Offer(
        giver=exhibit.holder,
        receiver=act.receiver,
        place=act.place,
        reason=act.reason,
        at=case.now(),
    )


def receive_exhibit(case: Case, act: ReceiveExhibit) -> None:
    """The receiver has signed, or sent it back."""
    exhibit = held(case.file, act.tag)
    offer, exhibit.offer = exhibit.offer, None
    assert offer is not None  # noqa: S101 -- the gate asked for it
    if act.accepted:
        exhibit.custody.append(
            Custody(holder=offer.receiver, giver=offer.giver, place=offer.place, since=case.now())
        )


def dispose_exhibit(case: Case, act: DisposeExhibit) -> None:
    """It leaves custody."""
    exhibit = held(case.file, act.tag)
    exhibit.disposal, exhibit.disposed_at = act.disposal, case.now()
