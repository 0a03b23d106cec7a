"""The tour of approvals: three applications over HTTP against `make run`.

    make run                                   # in one terminal
    .venv/bin/python examples/approvals.py     # in another

What do I need for a stack of goods on the pavement? A permit with one supplement and a department asked; another decided on the spot;
a dog registered in one go and its licence checked by a passer-by. Whatever the law says no to on the way is shown with its article.
"""

import io
import os
import random
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tour import API, HERE, RUN, Person  # type: ignore[import-not-found]

REGISTERS = os.environ.get(
    "ANJUAN_REGISTERS_URL", HERE + os.environ.get("ANJUAN_REGISTERS_PORT", "8012")
)
WANG = {"kind": "person", "name": "王小明", "id_no": "330102198502140005"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "0500010d0a2db40000000049454e44ae426082"
)


def main() -> None:
    """One after the other."""
    ask_first()
    permit()
    on_the_spot()
    dog()


def ask_first() -> None:
    """Nobody need sign in to learn what he needs."""
    print("\n我要带什么 · what do I need?")
    with httpx.Client(base_url=API) as anyone:
        path = "/api/items/RD-01/checklist"
        asked = anyone.post(path, json={}).json()["questions"]
        print(f"  占用道路要回答：{'；'.join(question['text'] for question in asked)}")
        told = anyone.post(path, json={"answers": a_road()}).json()
        for material in told["materials"]:
            how = "请提交" if material["ask"] else f"政府已掌握（{material['source']}），请确认"
            print(f"  {material['name']:24} {how}")
        print(f"  承诺 {told['promised_days']} 个工作日")


def permit() -> None:
    """临时占用道路: one supplement, a department, a reviewer, an approver, a licence; nobody came."""
    print("\n临时占用城市道路 · a permit")
    wang, clerk = Person("citizen.wang"), Person("window.clerk")
    reviewer, approver = Person("licence.reviewer"), Person("licence.approver")
    paper = {
        "item": "RD-01",
        "answers": a_road(),
        "applicant": WANG,
        "channel": "web",
        "truthful": True,
    }
    state = apply(wang, paper)
    asks = {"missing": [{"material": "plan", "what": "缺占道方案"}], "until": _day(10)}
    _act(clerk, state, "request_supplement", **asks)
    _refused(clerk, state, "request_supplement", **asks)
    _act(wang, state, "supply_materials", materials=[{"material": "plan", "digest": upload(wang)}])
    _act(clerk, state, "accept")
    _refused(reviewer, state, "submit_opinion", grant=True, reasons="符合条件")
    _act(
        reviewer,
        state,
        "department_opinion",
        department="traffic_police",
        agrees=True,
        opinion="同意",
    )
    _act(reviewer, state, "submit_opinion", grant=True, reasons="符合条件")
    _refused(clerk, state, "decide", grant=True, reasons="符合法定条件")
    done = _act(approver, state, "decide", grant=True, reasons="符合法定条件")
    check(done["licence"]["number"])


def on_the_spot() -> None:
    """堆放物料: complete, nothing left to judge, decided in one request."""
    print("\n临时堆放物料 · decided on the spot")
    wang = Person("citizen.wang")
    answers = {
        "purpose": "moving",
        "goods": "packed",
        "on_road": False,
        "place": f"河坊街 1 号（{RUN}）",
        "area": 4,
        "from_day": _day(1),
        "to_day": _day(5),
    }
    plan = {"material": "plan", "digest": upload(wang)}
    paper = {
        "item": "AP-01",
        "answers": answers,
        "applicant": WANG,
        "channel": "web",
        "materials": [plan],
        "truthful": True,
    }
    check(apply(wang, paper)["licence"]["number"])


def dog() -> None:
    """养犬登记一件事: identity, home, immunity and chip are looked up; the clerk files, the citizen came once."""
    print("\n养犬登记 · a dog, one thing, one place")
    clerk = Person("window.clerk")
    chip, no = f"156{random.randrange(10**12):012}", f"浙A-{RUN}"  # noqa: S311 -- a demo's dog
    home = f"测试路 {RUN} 号"
    held = {"valid_from": _day(-3), "valid_to": _day(360), "chip": chip, "clinic_appointed": True}
    _ok(httpx.put(f"{REGISTERS}/vaccination/records/{no}", json=held))
    keeper = {"name": "王小明", "local": True, "household": home}
    _ok(httpx.put(f"{REGISTERS}/residents/records/{WANG['id_no']}", json=keeper))
    owns = {"addresses": [f"清波街道{home}"]}
    _ok(httpx.put(f"{REGISTERS}/property/records/{WANG['id_no']}", json=owns))
    answers = {
        "city": "lishui",
        "holder_home": "own",
        "dog_name": "豆豆",
        "breed": "藏獒",
        "sex": "male",
        "born_on": "2024-02-29",
        "colour": "棕",
        "chip": chip,
        "immunity_no": no,
        "immunity_from": _day(-3),
        "immunity_until": _day(360),
        "farm_house": False,
        "service_dog": False,
    }
    photo = {"material": "photo_front", "digest": upload(clerk)}
    paper = {
        "item": "DOG-01",
        "answers": answers | {"breed": "牧羊犬"},
        "applicant": WANG,
        "channel": "window",
        "place": {"street": "清波街道", "address": home},
        "materials": [photo],
        "truthful": True,
    }
    _not_filed(clerk, paper)
    state = apply(clerk, paper | {"answers": answers | {"breed": "泰迪"}})
    for result in state["checks"]:
        print(f"    {'✓' if result['result'] in {'passed', 'warn'} else '✗'} {result['zh']}")
    check(state["licence"]["number"])


def a_road() -> dict[str, Any]:
    """Eight square metres of pavement."""
    return {
        "purpose": "loading",
        "part": "sidewalk",
        "place": f"河坊街（{RUN}）",
        "area": 8,
        "from_day": _day(20),
        "to_day": _day(25),
    }


def apply(who: Person, paper: dict[str, Any]) -> dict[str, Any]:
    """File it; the key makes a repeated request the same application."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    state: dict[str, Any] = _ok(who.http.post("/api/applications", json=paper, headers=key))
    print(
        f"  {who.username:15} {'POST /api/applications':28} → {state['number']} {state['stage_term']}"
    )
    return state


def upload(who: Person) -> str:
    """A file; answers its digest."""
    picture = PNG + os.urandom(0)
    files = {"file": ("plan.png", io.BytesIO(picture), "image/png")}
    digest: str = _ok(who.http.post("/api/evidence", files=files))["digest"]
    return digest


def check(number: str) -> None:
    """Anybody may."""
    said = _ok(httpx.get(f"{API}/api/licences/{number}"))
    print(f"  查验 {number}：{said['status_zh']}，至 {said['valid_to']}，{said['holder']}")


def _act(who: Person, state: dict[str, Any], name: str, **paper: Any) -> dict[str, Any]:
    done: dict[str, Any] = _ok(
        who.http.post(f"/api/applications/{state['id']}/acts/{name}", json=paper)
    )
    print(f"  {who.username:15} {name:28} → {done['stage_term']}")
    return done


def _refused(who: Person, state: dict[str, Any], name: str, **paper: Any) -> None:
    _show_no(who, name, who.http.post(f"/api/applications/{state['id']}/acts/{name}", json=paper))


def _not_filed(who: Person, paper: dict[str, Any]) -> None:
    _show_no(who, "POST /api/applications", who.http.post("/api/applications", json=paper))


def _show_no(who: Person, name: str, answer: httpx.Response) -> None:
    if answer.is_success:
        sys.exit(f"expected a refusal of {name}")
    no = answer.json()
    basis = "、".join(f"{b['law']} {b['article']}" for b in no["basis"])
    print(f"  {who.username:15} {name:28} ✗ {answer.status_code} {no['detail']}〔{basis}〕")


def _ok(answer: httpx.Response) -> Any:
    if not answer.is_success:
        sys.exit(
            f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        )
    return answer.json()


def _day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


if __name__ == "__main__":
    try:
        main()
    except httpx.ConnectError:
        sys.exit(f"nobody answers at {API}: is `make run` running?")
