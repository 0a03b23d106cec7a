"""Write docs/procedures.md from the acts themselves: python docs/make_procedures.py"""

from pathlib import Path

import models.acts
from models.act import ACTS, Act
from models.person import ROLE_TERMS

PAGE = Path(__file__).with_name("procedures.md")
ROOMS = (
    ("models.acts.general_penalty", "普通程序", "The general procedure"),
    ("models.acts.non_contact", "非现场执法", "Non-contact enforcement"),
    ("models.acts.inquiry", "调查取证", "Inquiry"),
    ("models.acts.measures", "先行登记保存、查封扣押", "Preserving and seizing"),
    ("models.acts.hearing", "听证", "Hearing"),
    ("models.acts.exhibits", "物证", "Exhibits"),
    ("models.acts.documents", "文书", "Documents"),
    ("models.acts.service", "送达", "Service"),
    ("models.acts.electronic", "电子送达", "Electronic service"),
    ("models.acts.collection", "收缴", "Collection"),
    ("models.acts.challenge", "复议、诉讼", "Review and suit"),
    ("models.acts.enforcement", "强制执行", "Enforcement"),
    ("models.acts.standing", "常设行为", "Standing acts"),
    ("models.acts.intake", "收件与受理", "Intake and acceptance"),
    ("models.acts.examination", "审查与决定", "Examination and decision"),
    ("models.acts.licence_hearing", "许可听证", "The licensing hearing"),
    ("models.acts.pledge", "告知承诺", "Pledges"),
    ("models.acts.sharing", "共享数据", "Shared data"),
    ("models.acts.licence", "许可证件", "The life of a licence"),
    ("models.acts.incident", "城市事件（数字城管）", "Incidents"),
)
HEAD = """# 办理行为 · The acts

Generated from `models/acts/` by `python docs/make_procedures.py`; a test fails when it is out of date. Each is
`POST /api/{cases|applications|licences|incidents}/{id}/acts/{act}`; its JSON Schema is in `GET …/{id}/acts` and in `/api/openapi.json`.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_room(*room) for room in ROOMS)


def _room(module: str, term: str, en: str) -> str:
    rows = "\n".join(_row(act) for act in ACTS.values() if act.__module__ == module)
    return f"\n## {term} · {en}\n\n| act | 行为 | 办理人 | 依据 | fields |\n|---|---|---|---|---|\n{rows}\n"


def _row(act: type[Act]) -> str:
    who = "、".join(ROLE_TERMS[role] for role in act.by)
    basis = "；".join(str(basis) for basis in act.basis)
    fields = " ".join(
        f"`{name}`" if field.is_required() else f"`{name}?`"
        for name, field in act.model_fields.items()
    )
    return f"| `{act.name}` | {act.term} | {who} | {basis} | {fields} |"


if __name__ == "__main__":
    assert models.acts  # noqa: S101 -- importing it is what registers the acts
    PAGE.write_text(page(), encoding="utf-8")
