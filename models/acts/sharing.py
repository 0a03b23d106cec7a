"""What a register answers later (共享数据事后核验, 最多跑一次 7)."""

from typing import Any

from models.act import Act
from models.basis import VISIT_ONCE
from models.person import Role
from models.sharing import Answer, Register
from models.text import ask


class RecordRegisterAnswer(
    Act,
    term="共享数据核验结果",
    en="Answer of a register",
    basis=VISIT_ONCE(7),
    by=(Role.SYSTEM,),
    matters=("application",),
    internal=True,
):
    """The register was away when the application came; this is what it says now."""

    source: Register = ask("数据来源", "Source")
    answer: Answer = ask("结果", "Answer")
    agrees: bool = ask("与申请一致", "Agrees with the application")
    data: dict[str, Any] = ask("内容", "Data", default={})

    def disclosed(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"data"})
