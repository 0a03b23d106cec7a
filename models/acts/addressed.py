"""The party's address: decisions and orders of seizure must state it (行政处罚法 59; 行政强制法 24)."""

from models.basis import Basis
from models.case_file import CaseFile
from models.refusal import gate


def addressed(file: CaseFile, basis: tuple[Basis, ...]) -> None:
    """Raises `Refused` where the file has no address to state."""
    if not file.party.address:
        raise gate(
            "文书必须载明当事人的地址，案卷尚无此项；请先以“更正当事人”补填，下落不明的也须写明",
            "the document must state the party's address: fill it in by correct_party first",
            basis,
            "party.address",
        )
