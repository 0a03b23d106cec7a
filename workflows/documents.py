"""What is done with documents by hand, beside the main line: issued, replaced, declared void (行政处罚法 75)."""

from models.acts.documents import IssueDocument, ReplaceDocument, VoidDocument
from models.case_file import CaseFile
from workflows.procedure import Procedure

Case = Procedure[CaseFile]


def issue_by_hand(case: Case, act: IssueDocument) -> None:
    """A document that no step issues."""
    facts = act.moment.document
    assert facts is not None  # noqa: S101 -- the gate asked for it
    case.issue(facts.kind, facts.name, facts.basis, act=act, given=act.fields)


def replace(case: Case, act: ReplaceDocument) -> None:
    """The corrected one stands in the place of the old, which stays on file."""
    old = case.file.document(act.document)
    assert old is not None  # noqa: S101 -- the gate asked for it
    new = case.issue(
        old["kind"], old["term"], act.basis, act=act, given=act.corrections, replaces=old["id"]
    )
    case.overtake(old["id"], act.reason, new)


def void(case: Case, act: VoidDocument) -> None:
    """It stands no more."""
    case.overtake(act.document, act.reason)
