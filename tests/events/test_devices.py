"""What the law asks of a device before what it sees can be evidence (行政处罚法 41): told by day, kept by history, published."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, strategies as st

from api.demo_devices import DEVICES, load_demo_devices
from models.basis import PENALTY
from models.suspension import SHANGHAI
from tests.events.stage import Front, a_device

pytestmark = pytest.mark.slow

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
MAYBE = st.none() | DAYS


def noon(day: date) -> str:
    return datetime.combine(day, time(12), SHANGHAI).isoformat()


@given(
    on=DAYS,
    legal=MAYBE,
    technical=MAYBE,
    calibrated=st.lists(st.tuples(DAYS, DAYS).map(sorted), max_size=3),
    sign=MAYBE,
    published=MAYBE,
    basis=st.none() | st.just("道路交通安全法 114"),
    standard=st.none() | st.just("GB/T 28181"),
    causes=st.lists(st.sampled_from(["SR-01", "SR-02"]), unique=True),
    active=MAYBE,
    stopped=MAYBE,
)
def test_a_device_lacks_exactly_what_was_not_there_on_that_day(  # noqa: PLR0913, PLR0917 -- what the law asks for
    on: date,
    legal: date | None,
    technical: date | None,
    calibrated: list[list[date]],
    sign: date | None,
    published: date | None,
    basis: str | None,
    standard: str | None,
    causes: list[str],
    active: date | None,
    stopped: date | None,
) -> None:
    lived = {"active": active, "stopped": stopped if active else None}
    moves = sorted(((w, d) for w, d in lived.items() if d is not None), key=lambda move: move[1])
    device = a_device(
        legal_review=legal and {"on": legal, "document": "法审 1"},
        technical_review=technical and {"on": technical, "document": "技审 1"},
        calibrations=[{"on": a, "until": b, "certificate": "检 1"} for a, b in calibrated],
        sign_since=sign,
        published_at=published and noon(published),
        basis=basis,
        standard=standard,
        causes=causes,
        states=[{"state": s, "at": noon(d), "who": "a", "why": "b"} for s, d in moves],
    )
    running = active is not None and active <= on
    taken_out = stopped is not None and active is not None and active <= stopped <= on
    there = {
        "not_active": running and not taken_out,
        "no_legal_review": legal is not None and legal <= on,
        "no_technical_review": technical is not None and technical <= on,
        "no_basis": basis is not None,
        "no_standard": standard is not None,
        "not_calibrated": any(a <= on <= b for a, b in calibrated),
        "no_sign": sign is not None and sign <= on,
        "not_published": published is not None and published <= on,
        "other_cause": "SR-02" in causes,
    }
    lacks = device.lacks(on, "SR-02")
    assert {lack.code for lack in lacks} == {code for code, met in there.items() if not met}
    assert all(lack.zh and lack.en and lack.basis == PENALTY(41) for lack in lacks)


@given(DAYS)
def test_a_whole_device_lacks_nothing_within_its_calibration(on: date) -> None:
    assert a_device().lacks(on, "SR-02") == ()


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    device = a_device(published_at="2026-03-01T16:00:00Z")  # already the second of March here
    assert [x.code for x in device.lacks(date(2026, 3, 1), "SR-02")] == ["not_published"]
    assert device.lacks(date(2026, 3, 2), "SR-02") == ()


# ---- over HTTP


def facts(**changed: Any) -> dict[str, Any]:
    """What the administrator writes."""
    said = a_device(**changed).model_dump(mode="json")
    apart = ("states", "legal_review", "technical_review")
    return {key: value for key, value in said.items() if key not in apart}


def codes(answer: httpx.Response, cause: str = "SR-02") -> set[str]:
    return {lack["code"] for lack in answer.json()["lacks"][cause]}


async def test_a_device_becomes_good_for_evidence_paper_by_paper(house: Front) -> None:
    path = "/api/devices/cam-7"
    today = datetime.now(SHANGHAI).date().isoformat()
    async with house.visitor("admin") as admin, house.visitor("legal.reviewer") as lawyer:
        fresh = await admin.post("/api/devices", json=facts(id="cam-7", causes=["SR-02"]))
        assert (fresh.status_code, fresh.json()["state"]) == (201, "planned"), fresh.text
        again = await admin.post("/api/devices", json=facts(id="cam-7"))
        assert (again.status_code, again.json()["code"]) == (409, "device_exists")
        lacking = {"not_active", "no_legal_review", "no_technical_review"}
        assert codes(await admin.get(path)) == lacking
        for who, paper, body, gained in (
            (lawyer, "legal_review", {"on": today, "document": "法审 7"}, "no_legal_review"),
            (admin, "technical_review", {"on": today, "document": "技审 7"}, "no_technical_review"),
            (admin, "state", {"state": "active", "why": "验收合格"}, "not_active"),
        ):
            answer = await who.post(f"{path}/{paper}", json=body)
            assert answer.status_code == 200, answer.text
            lacking.remove(gained)
            assert codes(await admin.get(path)) == lacking
        past = await admin.get(path, params={"on": "2026-06-01"})
        assert codes(past) == {"not_active", "no_legal_review", "no_technical_review"}
        history = (await admin.get(f"{path}/history")).json()["items"]
    assert [(entry["what"], entry["who"]) for entry in history] == [
        ("register", "admin"),
        ("legal_review", "legal.reviewer"),
        ("technical_review", "admin"),
        ("state", "admin"),
    ]
    assert [entry["device"]["states"] == [] for entry in history] == [True, True, True, False]


async def test_a_cause_added_today_makes_no_evidence_of_what_was_seen_before(house: Front) -> None:
    async with house.visitor("admin") as admin:
        added = {k: v for k, v in facts(causes=["SR-02", "SR-01"]).items() if k != "id"}
        assert (await admin.put("/api/devices/cam-1", json=added)).status_code == 200
        today = await admin.get("/api/devices/cam-1")
        then = await admin.get("/api/devices/cam-1", params={"on": "2026-06-01"})
    assert codes(today, "SR-01") == set()
    assert list(then.json()["lacks"]) == ["SR-02"]


@pytest.mark.parametrize(
    ("username", "verb", "path", "status"),
    [
        ("officer.zhang", "GET", "/api/devices", 200),
        ("supervisor", "GET", "/api/devices/cam-1/history", 200),
        ("citizen.wang", "GET", "/api/devices", 403),
        ("camera.hub", "GET", "/api/devices/cam-1", 403),
        ("kiosk.hall1", "GET", "/api/devices", 403),
        ("officer.zhang", "POST", "/api/devices", 403),
        ("legal.reviewer", "POST", "/api/devices/cam-1/state", 403),
        ("legal.reviewer", "POST", "/api/devices/cam-1/technical_review", 403),
        ("admin", "POST", "/api/devices/cam-1/legal_review", 403),
        ("supervisor", "PUT", "/api/devices/cam-1", 403),
        ("admin", "PUT", "/api/devices/nowhere", 404),
    ],
)
async def test_who_may_do_what_with_devices(
    house: Front, username: str, verb: str, path: str, status: int
) -> None:
    async with house.visitor(username) as client:
        answer = await client.request(verb, path, json=None if verb == "GET" else {})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"site": {"street": "别处", "address": "1 号"}}, "site.street"),
        ({"unit": "nowhere"}, "unit"),
        ({"causes": ["XX-99"]}, "causes.0"),
        ({"account": "citizen.wang"}, "account"),
        ({"account": "nobody"}, "account"),
        ({"surprise": 1}, "surprise"),
        ({"sign_since": "2026-02-30"}, "sign_since"),
    ],
)
async def test_what_the_catalogue_does_not_know_is_refused(
    house: Front, changed: dict[str, Any], field: str
) -> None:
    async with house.visitor("admin") as admin:
        answer = await admin.post("/api/devices", json=facts(id="cam-7") | changed)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_a_life_goes_forward_only(house: Front) -> None:
    async with house.visitor("admin") as admin:
        for state, status in (
            ("active", 409),
            ("stopped", 200),
            ("active", 200),
            ("retired", 200),
            ("active", 409),
            ("planned", 409),
        ):
            body = {"state": state, "why": "演练"}
            answer = await admin.post("/api/devices/cam-1/state", json=body)
            assert answer.status_code == status, (state, answer.text)


async def test_a_review_of_tomorrow_is_none(house: Front) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    async with house.visitor("legal.reviewer") as lawyer:
        body = {"on": tomorrow, "document": "法审 1"}
        answer = await lawyer.post("/api/devices/cam-1/legal_review", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "on")


async def test_one_person_does_not_record_both_reviews(house: Front) -> None:
    by = {"on": "2026-01-01", "document": "法审 1", "by": "admin"}
    await house.register(a_device("cam-8", legal_review=by))
    async with house.visitor("admin") as admin:
        body = {"on": "2026-02-01", "document": "技审 1"}
        answer = await admin.post("/api/devices/cam-8/technical_review", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict_of_interest")


async def test_everybody_sees_the_sites_that_are_published_and_no_others(house: Front) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    retired = [
        {"state": state, "at": "2026-02-01T00:00:00Z", "who": "a", "why": "b"}
        for state in ("active", "retired")
    ]
    await house.register(
        a_device("hidden", published_at=None),
        a_device("soon", published_at=tomorrow),
        a_device("gone", states=retired),
    )
    transport = httpx.ASGITransport(house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://anjuan.test") as anyone:
        items = (await anyone.get("/api/sites")).json()["items"]
    assert [item["id"] for item in items] == ["cam-1", "cam-2"]
    assert items[0] == {
        "id": "cam-1",
        "name": "凯旋路口",
        "kind": "camera",
        "generated": False,
        "street": "凯旋街道",
        "address": "凯旋路 8 号",
        "lon": 120.19,
        "lat": 30.26,
        "looks_for": [house.desk.catalogue.causes["SR-02"].name],
    }


async def test_devices_are_listed_page_by_page(house: Front) -> None:
    await house.register(*(a_device(f"many-{n:03}") for n in range(120)))
    seen: list[str] = []
    async with house.visitor("officer.zhang") as officer:
        after: str | None = None
        while after is not None or not seen:
            params = {"after": after} if after else {}
            page = (await officer.get("/api/devices", params=params)).json()
            seen += [item["id"] for item in page["items"]]
            after = page["next"]
    assert seen == sorted({*seen})
    assert len(seen) == 122


async def test_the_demo_brings_devices_marked_as_generated_and_loading_twice_changes_nothing(
    house: Front,
) -> None:
    await load_demo_devices(house.engine, house.settings)
    async with house.visitor("admin") as admin:
        body = {"state": "stopped", "why": "演练"}
        assert (await admin.post("/api/devices/demo-cam-01/state", json=body)).status_code == 200
        await load_demo_devices(house.engine, house.settings)
        items = (await admin.get("/api/devices")).json()["items"]
        demo = [item for item in items if item["id"].startswith("demo-")]
        assert {item["generated"] for item in demo} == {True}
        assert len(demo) == len(DEVICES)
        assert next(item for item in demo if item["id"] == "demo-cam-01")["state"] == "stopped"
        assert codes(await admin.get("/api/devices/demo-cam-02")) == set()
        assert codes(await admin.get("/api/devices/demo-cam-03")) == {"not_calibrated"}
        assert codes(await admin.get("/api/devices/demo-cam-04")) == {"not_published"}
        assert codes(await admin.get("/api/devices/demo-cam-05")) == {
            "no_legal_review",
            "not_active",
        }
        causes = house.desk.catalogue.causes
    assert all(cause in causes for device in DEVICES for cause in device.causes)


async def test_a_calibration_does_not_end_before_it_began(house: Front) -> None:
    wrong = [{"on": "2026-02-01", "until": "2026-01-01", "certificate": "检 1"}]
    async with house.visitor("admin") as admin:
        answer = await admin.post("/api/devices", json=facts(id="cam-7") | {"calibrations": wrong})
        assert (answer.status_code, "有效期至" in answer.text) == (422, True), answer.text
        many = await admin.post(
            "/api/devices", json=facts(id="cam-7") | {"causes": ["SR-02"] * 201}
        )
        assert (many.status_code, "causes" in many.text) == (422, True), many.text
