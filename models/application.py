"""An application as it is filed (申请, 行政许可法 29, 31): item, answers, applicant, materials; by web, window or kiosk."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from models.lead import Place
from models.party import IdNumber, Party
from models.sharing import Register
from models.text import Digest, Line, Name, Text, ask
from models.when import Day

ItemCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-\d{2}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
Answered = bool | int | Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Channel(StrEnum):
    """Where it comes from; all count the same (优化营商环境条例 35–37)."""

    WEB = "web"
    WINDOW = "window"
    KIOSK = "kiosk"


CHANNEL_TERMS: dict[Channel, str] = {
    Channel.WEB: "网上",
    Channel.WINDOW: "综合窗口",
    Channel.KIOSK: "自助终端",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Supplied(_Part):
    """One paper handed in: a file by its digest, or an original shown at the window."""

    material: Word = ask("材料", "Material")
    digest: Digest | None = ask("文件摘要", "Digest of the file", default=None)
    shown: bool = ask("窗口核验原件", "Original seen at the window", default=False)
    valid_to: Day | None = ask("材料有效期至", "Valid to", default=None)


class Contest(_Part):
    """What a register says is not so: the applicant's own paper prevails (最多跑一次 7)."""

    source: Register = ask("数据来源", "Source")
    reason: Text = ask("异议", "What is wrong")


class Agent(_Part):
    """Who acts for the applicant, with written authority (行政许可法 29)."""

    name: Name = ask("代理人姓名", "Name")
    id_no: IdNumber = ask("代理人证件号码", "ID number")
    authority: Digest | None = ask("授权委托书", "Letter of authority", default=None)


class Application(_Part):
    """One request files one application."""

    item: ItemCode = ask("事项编码", "Item")
    answers: dict[Word, Answered] = ask("情形问答", "Answers", default={}, max_length=60)
    applicant: Party = ask("申请人", "Applicant")
    agent: Agent | None = ask("代理人", "Agent", default=None)
    channel: Channel = ask("渠道", "Channel")
    content: Text | None = ask("申请内容", "What is asked", default=None)
    place: Place | None = ask("地点", "Place", default=None)
    materials: tuple[Supplied, ...] = ask("材料", "Materials", default=(), max_length=60)
    confirmed: tuple[Register, ...] = ask("确认共享数据", "Shared data confirmed", default=())
    contested: tuple[Contest, ...] = ask("对共享数据的异议", "Shared data contested", default=())
    truthful: Literal[True] = ask(
        "对申请材料实质内容的真实性负责", "Answers for the truth of the materials"
    )
    pledge: bool = ask("选择告知承诺", "Decide on my pledge", default=False)
    insist: bool = ask(
        "自动核验未通过仍坚持申请，请求书面决定",
        "File although a check failed: a written decision is wanted",
        default=False,
    )
    draft: Line | None = ask("草稿取件码", "Pickup code of the draft", default=None)
