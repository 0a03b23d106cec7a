"""One builder a concept, with sensible defaults."""

from datetime import datetime, timedelta
from typing import Any

OFFICERS = ["officer.zhang", "officer.li"]
WANG = {
    "kind": "person",
    "name": "王小明",
    "id_no": "330102198502140005",
    "address": "杭州市上城区河坊街 100 号",
}
HUALONG = {
    "kind": "organisation",
    "name": "杭州华龙建筑工程有限公司",
    "id_no": "91330102MA00000009",
    "address": "杭州市上城区凯旋路 100 号",
}


def a_lead(at: datetime, **changed: Any) -> dict[str, Any]:
    """Construction waste dumped by a company the day before `at`."""
    return {
        "procedure": "general",
        "cause": "JZ-03",
        "occurred_at": (at - timedelta(days=1)).isoformat(),
        "source": "patrol",
        "place": {"street": "凯旋街道", "address": "凯旋路 100 号"},
        "party": HUALONG,
        "facts": "倾倒建筑垃圾",
        "officers": OFFICERS,
    } | changed


def a_summary_lead(at: datetime, fine: int = 100, **changed: Any) -> dict[str, Any]:
    """Business outside the shop front an hour before `at`, fined on the spot."""
    return {
        "procedure": "summary",
        "cause": "SR-02",
        "occurred_at": (at - timedelta(hours=1)).isoformat(),
        "source": "patrol",
        "place": {"street": "凯旋街道", "address": "凯旋路 8 号"},
        "party": WANG,
        "facts": "超出门窗店外经营",
        "officers": OFFICERS,
        "decision": {
            "penalty": {"fine": fine, "tier": "lighter"},
            "heard": "当事人无异议",
            "confirmed": True,
            "failed_correction": "此前责令改正，逾期未改",
        },
    } | changed


DOG_HOME = {"street": "清波街道", "address": "河坊街100号"}


def a_dog(at: datetime, **changed: Any) -> dict[str, Any]:
    """A poodle to be registered in Lishui by Wang, chipped, immune; papers attached by `materials`."""
    return {
        "city": "lishui",
        "holder_home": "own",
        "dog_name": "豆豆",
        "breed": "贵宾犬",
        "sex": "male",
        "born_on": "2024-05-01",
        "colour": "棕",
        "chip": "156000000000001",
        "immunity_no": "浙A-2026-000001",
        "immunity_from": "2026-08-01",
        "immunity_until": "2027-07-31",
        "farm_house": False,
        "service_dog": False,
    } | changed


def an_application(item: str, **changed: Any) -> dict[str, Any]:
    """By Wang, on the web."""
    return {
        "item": item,
        "applicant": WANG,
        "channel": "web",
        "truthful": True,
    } | changed
