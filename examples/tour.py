"""The tour: two cases over HTTP against `make run`, from the lead to closing.

    make run                                   # in one terminal
    .venv/bin/python examples/tour.py          # in another

A general case with a hearing (dumping construction waste, JZ-03), a summary case on the street (business outside the shop front,
SR-02), and one case left open. Whatever the law says no to on the way is shown with its article.
"""

import os
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx

HERE = "http://127.0.0.1:"
API = os.environ.get("ANJUAN_API_URL", HERE + os.environ.get("ANJUAN_API_PORT", "8000"))
TREASURY = os.environ.get(
    "ANJUAN_TREASURY_URL", HERE + os.environ.get("ANJUAN_TREASURY_PORT", "8010")
)
BEIJING = timezone(timedelta(hours=8))
PASSWORD = os.environ.get("ANJUAN_DEMO_PASSWORD", "anjuan-demo")
OFFICERS = ["officer.zhang", "officer.li"]
RUN = uuid.uuid4().hex[:6]  # each tour is at a place of its own: one act is never two cases


class Calendar:
    """The time the current case lives in."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


calendar = Calendar()


class Person:
    """Somebody with a session."""

    def __init__(self, username: str) -> None:
        self.username = username
        self.http = httpx.Client(base_url=API, timeout=30)
        login = {"username": username, "password": PASSWORD}
        token = _ok(self.http.post("/api/session", json=login))["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def file(self, lead: dict[str, Any]) -> dict[str, Any]:
        """File a case; the key makes a repeated request the same case."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        state: dict[str, Any] = _ok(self.http.post("/api/cases", json=lead, headers=key))
        return state

    def act(self, case: str, name: str, **paper: Any) -> dict[str, Any]:
        """Hand in a paper."""
        answer = self.http.post(f"/api/cases/{case}/acts/{name}", json=paper)
        state: dict[str, Any] = _ok(answer)
        print(f"  {self.username:15} {name:28} → {state['stage_term']}")
        return state

    def turn_calendar(self, case: str, *, days: int, hours: int = 0) -> None:
        """The demo does not wait three weeks: the calendar of the case is turned."""
        calendar.ahead += timedelta(days=days, hours=hours)
        to = calendar.now().isoformat()
        _ok(self.http.post(f"/api/cases/{case}/calendar", json={"to": to}))
        print(f"  {'':15} the calendar of the case is turned to {_beijing(to)}")

    def refused(self, case: str, name: str, **paper: Any) -> None:
        """Hand in a paper that the law does not allow, and show why not."""
        answer = self.http.post(f"/api/cases/{case}/acts/{name}", json=paper)
        no = answer.json()
        if answer.is_success:
            sys.exit(f"expected a refusal of {name}")
        basis = "、".join(f"{b['law']} {b['article']}" for b in no["basis"])
        print(f"  {self.username:15} {name:28} ✗ {answer.status_code} {no['detail']}〔{basis}〕")

    def get(self, path: str) -> Any:
        """Read something."""
        return _ok(self.http.get(path))


def _ok(answer: httpx.Response) -> Any:
    if not answer.is_success:
        sys.exit(
            f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        )
    return answer.json()


def open_case() -> None:
    """A case for you to go on with by hand."""
    print("\nA case left open for you")
    zhang, head = Person("officer.zhang"), Person("unit.head")
    case = zhang.file(a_lead("凯旋路 200 号工地"))["id"]
    head.act(case, "decide_docketing", approved=True, opinion="同意立案")
    print(f"  id={case}")


def a_lead(address: str) -> dict[str, Any]:
    """Construction waste dumped by a company."""
    return {
        "procedure": "general",
        "cause": "JZ-03",
        "occurred_at": _hours_ago(20),
        "discovered_at": _hours_ago(19),
        "source": "patrol",
        "place": {"street": "凯旋街道", "address": f"{address}（{RUN}）"},
        "party": {
            "kind": "organisation",
            "name": "杭州华龙建筑工程有限公司",
            "id_no": "91330102MA00000009",
            "phone": "13800000000",
            "address": "杭州市上城区凯旋路 100 号",
        },
        "facts": "巡查发现该公司在道路旁倾倒建筑垃圾约 20 立方米",
        "officers": OFFICERS,
    }


def general_case() -> None:
    """普通程序: dumping construction waste; the party asks for a hearing, and it is held."""
    print("\n普通程序 · general procedure: JZ-03, with a hearing")
    zhang, head, bureau = Person("officer.zhang"), Person("unit.head"), Person("bureau.head")
    party, chair, legal = Person("firm.hualong"), Person("hearing.chair"), Person("legal.reviewer")
    case = zhang.file(a_lead("凯旋路 100 号工地"))["id"]
    zhang.refused(case, "decide_docketing", approved=True, opinion="自批")
    head.act(case, "decide_docketing", approved=True, opinion="同意立案")
    zhang.refused(
        case,
        "record_inspection",
        officers=OFFICERS[:1],
        at=_hours_ago(1),
        record="现场有建筑垃圾",
    )
    zhang.act(
        case,
        "record_inspection",
        officers=OFFICERS,
        at=_hours_ago(1),
        record="现场有建筑垃圾约 20 立方米，拍照取证",
    )
    zhang.act(case, "order_correction", content="立即清运", days=0)
    zhang.act(
        case,
        "submit_investigation_report",
        outcome="penalise",
        facts="倾倒建筑垃圾属实",
        penalty={"fine": 200000, "tier": "lighter"},
        complex_or_serious=True,
    )
    bureau.act(case, "approve_notice", approved=True, opinion="同意告知")
    zhang.act(case, "record_service", way="direct", on=_today(), receiver="法定代表人")
    party.act(case, "request_hearing", reason="罚款过重")
    chair.refused(case, "schedule_hearing", at=_days_ahead(3), place="一号听证室")
    chair.act(case, "schedule_hearing", at=_days_ahead(20), place="一号听证室")
    chair.refused(case, "no_show", how="absent", note="未到场")
    chair.turn_calendar(case, days=20, hours=2)
    chair.act(
        case,
        "record_hearing",
        record="调查人员提出事实、证据和建议，当事人申辩并质证",
        report="事实清楚，建议按告知内容处罚",
        attended_by=["张强", "李敏", "杭州华龙建筑工程有限公司"],
    )
    legal.act(case, "legal_review", passed=True, opinion="事实清楚、程序合法")
    bureau.act(
        case,
        "collective_discussion",
        participants=["郑立", "周建国"],
        record="一致同意",
        conclusion="罚款二十万元",
    )
    bureau.refused(
        case,
        "make_decision",
        outcome="penalise",
        penalty={"fine": 300000, "tier": "lighter"},
        reasons="加重",
    )
    bureau.act(
        case,
        "make_decision",
        outcome="penalise",
        penalty={"fine": 200000, "tier": "lighter"},
        reasons="已清运，从轻",
        publish=True,
    )
    state = zhang.act(case, "record_service", way="direct", on=_today(), receiver="法定代表人")
    _pay(state["money"]["bill"], 200000)
    _until_paid(zhang, case)
    zhang.act(case, "record_reinspection", officers=OFFICERS, corrected=True, record="已清运完毕")
    head.act(case, "close_case", opinion="已履行，结案")
    _show(head, case)


def summary_case() -> None:
    """简易程序: a shop sells outside its front again; 100 yuan on the spot, paid to the bank."""
    calendar.ahead = timedelta(0)
    print("\n简易程序 · summary procedure: SR-02")
    zhang, head = Person("officer.zhang"), Person("unit.head")
    state = zhang.file(
        {
            "procedure": "summary",
            "cause": "SR-02",
            "occurred_at": _hours_ago(0.1),
            "source": "patrol",
            "place": {"street": "凯旋街道", "address": f"凯旋路 8 号（{RUN}）"},
            "party": {
                "kind": "person",
                "name": "王小明",
                "id_no": "330102198502140005",
                "address": "杭州市上城区河坊街 100 号",
            },
            "facts": "超出门窗店外经营，责令改正后逾期未改",
            "officers": OFFICERS,
            "decision": {
                "penalty": {"fine": 100, "tier": "lighter"},
                "heard": "当事人无异议",
                "confirmed": True,
                "failed_correction": "此前已责令当日改正，复查仍在店外经营",
            },
        }
    )
    print(f"  {state['documents'][1]['number']} → {state['stage_term']}")
    _pay(state["money"]["bill"], 100)
    _until_paid(zhang, state["id"])
    head.act(state["id"], "close_case", opinion="已履行，结案")
    _show(head, state["id"])


def _pay(bill: str, amount: float) -> None:
    """The party pays at the bank; the treasury calls back."""
    url = f"{TREASURY}/bills/{bill}"
    for _ in range(50):  # the bill travels with the decision's transaction
        if httpx.get(url).is_success:
            break
        _wait()
    paid_at = calendar.now().isoformat()
    _ok(httpx.post(f"{url}/pay", json={"amount": amount, "paid_at": paid_at}))
    print(f"  treasury        paid {amount} yuan on {bill}")


def _until_paid(reader: Person, case: str) -> None:
    for _ in range(50):
        if reader.get(f"/api/cases/{case}")["money"]["owed"] == 0:
            return
        _wait()
    sys.exit("the payment did not arrive")


def _show(reader: Person, case: str) -> None:
    """The timeline and why the last deadline falls where it does."""
    for entry in reader.get(f"/api/cases/{case}/timeline")["items"]:
        print(
            f"    {entry['seq']:3} {_beijing(entry['at'])} {entry['term']} {entry['data'].get('number', '')}".rstrip()
        )
    ledger = reader.get(f"/api/cases/{case}/clocks/pay/ledger")
    print("  十五日缴款期限逐日账 · the fifteen days to pay, day by day:")
    for day in ledger["items"]:
        print(f"    {day['date']} {day['kind']:16} {day['reason']}")


def _beijing(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def _wait() -> None:
    time.sleep(0.2)


def _hours_ago(hours: float) -> str:
    return (calendar.now() - timedelta(hours=hours)).isoformat()


def _days_ahead(days: int) -> str:
    return (calendar.now() + timedelta(days=days)).isoformat()


def _today() -> str:
    return (calendar.now() + timedelta(hours=8)).date().isoformat()


if __name__ == "__main__":
    try:
        general_case()
        summary_case()
        calendar.ahead = timedelta(0)
        open_case()
    except httpx.ConnectError:
        sys.exit(f"nobody answers at {API}: is `make run` running?")
