"""Documents handled by hand: issued where no step does, replaced for a slip of the pen, declared void; all versions stay on file."""

from typing import Any

from models.act import Act, Moment
from models.basis import PENALTY
from models.case_file import CaseFile
from models.document import DocumentFacts
from models.person import Role
from models.refusal import Code, Refused, gate, refuse
from models.text import Line, Text, ask

DECISIONS = frozenset({"decision", "summary", "no_penalty"})
Given = str | list[Line] | list[dict[str, Line]]


class IssueDocument(
    Act,
    term="出具文书",
    en="Issue a document",
    basis=PENALTY(54),
    by=(
        Role.OFFICER,
        Role.UNIT_HEAD,
        Role.LEGAL_REVIEWER,
        Role.BUREAU_HEAD,
        Role.HEARING_CHAIR,
    ),
    internal=True,
):
    """A document of the catalogue that no step of the procedure issues; its row says who may, and what he must give."""

    kind: Line = ask("文书种类", "Kind of document", pattern=r"^[a-z][a-z0-9_]*$")
    fields: dict[str, Given] = ask("填写内容", "What it says", max_length=40)

    def disclosed(self) -> dict[str, Any]:
        """What it says stands in the document, sealed."""
        return {"kind": self.kind, "fields": sorted(self.fields)}

    def gate(self, file: CaseFile, moment: Moment) -> None:
        facts = _known(moment, "kind")
        if not set(moment.actor.roles) & set(facts.by_hand):
            raise gate(
                f"{facts.name}由程序制作，或不由您出具",
                f"{facts.name_en} is issued by the procedure, or not by you",
                facts.basis,
                "kind",
            )
        _refuse_empty(file, facts)


class ReplaceDocument(
    Act,
    term="更正换发文书",
    en="Replace a document",
    basis=PENALTY(75),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """A slip of the pen before service: issued anew under a number of its own; what was decided stays as it is."""

    document: Line = ask("文书", "Document")
    corrections: dict[str, Text] = ask("更正内容", "Corrections", min_length=1, max_length=20)
    reason: Text = ask("理由", "Reason")

    def disclosed(self) -> dict[str, Any]:
        """As `IssueDocument`."""
        names = sorted(self.corrections)
        return {"document": self.document, "corrections": names, "reason": self.reason}

    def gate(self, file: CaseFile, moment: Moment) -> None:
        standing_and_unserved(file, self.document, "document")
        facts = _known(moment, "document")
        for name in self.corrections:
            if name not in facts.correctable:
                raise refuse(
                    Code.INVALID,
                    f"corrections.{name}：{facts.name}没有可更正的这一项；决定的内容不得以更正改变",
                    f"corrections.{name}: not a field that may be corrected; a correction never changes what was decided",
                    PENALTY(75),
                    f"corrections.{name}",
                )


class VoidDocument(
    Act,
    term="作废文书",
    en="Declare a document void",
    basis=PENALTY(75),
    by=(Role.UNIT_HEAD, Role.BUREAU_HEAD),
):
    """A document issued by hand stands no more; its number stays on record with the reason. What a step issued does not go this way."""

    document: Line = ask("文书", "Document")
    reason: Text = ask("理由", "Reason")

    def gate(self, file: CaseFile, moment: Moment) -> None:
        standing_and_unserved(file, self.document, "document")
        if not _known(moment, "document").by_hand:
            raise gate(
                "程序出具的文书不得作废：笔误用更正换发，实体错误依法定程序纠正",
                "what the procedure issued is not declared void: a slip is corrected, an error put right as the law provides",
                PENALTY(75),
                "document",
            )


def standing_and_unserved(file: CaseFile, known: str, field: str) -> dict[str, Any]:
    """The document, which must be there, stand, and not have reached the party. Raises `Refused`."""
    document = file.document(known)
    if document is None or document["status"] != "valid":
        raise gate("没有这份有效文书", "no such document in force", PENALTY(75), field)
    if file.was_served(document):
        raise gate(
            "已送达的文书不得更换或者作废，须依法定程序纠正",
            "a served document is neither replaced nor void; it is put right as the law provides",
            PENALTY(75),
            field,
        )
    return document


def _known(moment: Moment, field: str) -> DocumentFacts:
    """What the desk looked up of the kind."""
    if moment.document is None:
        zh, en = f"{field}：没有这种文书", f"{field}: no such kind of document"
        raise refuse(Code.INVALID, zh, en, PENALTY(54), field)
    return moment.document


def _refuse_empty(file: CaseFile, facts: DocumentFacts) -> None:
    """A document without what the law asks for would be void, and is not issued."""
    kept = file.model_dump(mode="json")
    for need in facts.needs:
        value: Any = kept
        for step in need.path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if not value:
            raise _incomplete(facts, need.term, need.term_en, need.path)


def _incomplete(facts: DocumentFacts, term: str, term_en: str, field: str) -> Refused:
    return gate(
        f"{facts.name}必须载明{term}，案卷尚无此项",
        f"{facts.name_en} must state: {term_en}; the file does not have it",
        facts.basis,
        field,
    )
