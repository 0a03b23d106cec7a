"""Approvals over HTTP, on the server as it runs in production: what applicants, windows, kiosks and passers-by get to see and to do."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest
import sqlalchemy as sa

from activities.courier import Courier
from models.database import IdempotencyKey, Matter, Outgoing, TimelineEntry
from models.identifiers import resident_check
from models.registers import Registers
from models.situation import situation
from models.suspension import civil_day
from tests.approvals.stage import bring
from tests.builders import HUALONG, WANG, a_summary_lead
from tests.costs.desk_hours import RealOffice, real_office
from tests.office import KEY
from workflows.late_answers import LateAnswers

pytestmark = pytest.mark.slow
NEXT = count(1)
AT_ONCE_EVENTS, AT_ONCE_STATEMENTS = 30, 40


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[RealOffice]:
    async with real_office() as open_office:
        yield open_office


def today(days: int = 0) -> str:
    return (civil_day(datetime.now(UTC)) + timedelta(days=days)).isoformat()


def somebody() -> dict[str, Any]:
    """A person nobody else is."""
    first = f"3301021988{1 + next(NEXT) % 12:02}01{next(NEXT) % 1000:03}"
    return {"kind": "person", "name": "测试", "id_no": first + resident_check(first)}


async def a_file(office: RealOffice, username: str, word: str) -> str:
    """A file this person brought."""
    digest = "sha256:" + hashlib.sha256(f"{username}/{word}".encode()).hexdigest()
    await bring(office, username, digest)  # type: ignore[arg-type]
    return digest


async def a_dog_paper(
    office: RealOffice, applicant: dict[str, Any], username: str
) -> dict[str, Any]:
    """A dog of its own at a home of its own, known to the registers."""
    number = next(NEXT)
    home, no, chip = f"测试路{number}号", f"浙A-TEST-{number}", f"15600000{number:07}"
    held = office.held.records
    held["residents"][applicant["id_no"]] = {
        "name": applicant["name"],
        "local": True,
        "household": home,
    }
    held["property"][applicant["id_no"]] = {"addresses": [f"清波街道{home}"]}
    held["vaccination"][no] = {
        "valid_from": today(-5),
        "valid_to": today(300),
        "chip": chip,
        "clinic_appointed": True,
    }
    answers = {
        "city": "lishui",
        "holder_home": "own",
        "dog_name": "豆豆",
        "breed": "贵宾犬",
        "sex": "male",
        "born_on": "2024-05-01",
        "colour": "棕",
        "chip": chip,
        "immunity_no": no,
        "immunity_from": today(-5),
        "immunity_until": today(300),
        "farm_house": False,
        "service_dog": False,
    }
    item = office.counter.catalogue.item("DOG-01")
    needed = situation(item, answers, "person").materials
    asked = [m.id for m in needed if m.source is None]
    return {
        "item": "DOG-01",
        "answers": answers,
        "applicant": applicant,
        "channel": "web",
        "place": {"street": "清波街道", "address": home},
        "materials": [{"material": m, "digest": await a_file(office, username, m)} for m in asked],
        "truthful": True,
    }


def a_stack(**changed: Any) -> dict[str, Any]:
    """A permit that takes a person to decide: goods on a road side."""
    number = next(NEXT)
    answers = {
        "purpose": "moving",
        "goods": "packed",
        "on_road": False,
        "place": f"测试路{number}号",
        "area": 18,
        "from_day": today(3),
        "to_day": today(9),
    }
    return {
        "item": "AP-01",
        "answers": answers,
        "applicant": WANG,
        "channel": "web",
        "truthful": True,
    } | changed


# ---- asking before filing


async def test_anybody_may_look_an_item_up_and_get_the_list_of_his_situation(
    office: RealOffice,
) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(office.app), base_url="http://anjuan.test"
    ) as anyone:
        items = (await anyone.get("/api/items")).json()["items"]
        assert len(items) >= 24
        found = (await anyone.get("/api/items", params={"q": "养犬"})).json()["items"]
        assert {item["code"] for item in found} >= {"DOG-01"}
        guide = (await anyone.get("/api/items/RD-01")).json()
        assert guide["basis"]
        assert guide["guide"]["visits"] == "最多一次"
        path = "/api/items/RD-01/checklist"
        asked = (await anyone.post(path, json={})).json()
        assert not asked["complete"]
        assert asked["questions"][0]["id"] == "purpose"
        answers = {
            "purpose": "loading",
            "part": "lane",
            "place": "河坊街",
            "area": 8,
            "from_day": today(3),
            "to_day": today(9),
        }
        told = (await anyone.post(path, json={"answers": answers})).json()
        assert told["complete"]
        wanted = {m["id"]: m["ask"] for m in told["materials"]}
        assert wanted == {"id_card": False, "plan": True, "traffic_plan": True}
        assert told["promised_days"] == 8
        wrong = await anyone.post(path, json={"answers": answers | {"area": 0}})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "answers.area")
        assert (await anyone.get("/api/items/XX-99")).status_code == 404


async def test_what_the_government_holds_is_shown_to_its_owner_only(office: RealOffice) -> None:
    asked = {"applicant": WANG, "answers": a_stack()["answers"]}
    async with office.visitor("citizen.wang") as wang, office.visitor("citizen.chen") as chen:
        shown = (await wang.post("/api/items/AP-01/shared", json=asked)).json()
        assert shown["shared"][0]["data"]["name"] == "王小明"
        refused = await chen.post("/api/items/AP-01/shared", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_role")
    async with office.visitor("window.clerk") as clerk:
        assert (await clerk.post("/api/items/AP-01/shared", json=asked)).is_success


# ---- filing


async def test_a_dog_is_registered_at_once_within_its_cost(office: RealOffice) -> None:
    paper = await a_dog_paper(office, WANG, "citizen.wang")
    async with office.visitor("citizen.wang") as wang, office.visitor("citizen.chen") as chen:
        before = len(office.statements)
        answer = await wang.post(
            "/api/applications", json=paper, headers={"Idempotency-Key": "dog-1"}
        )
        statements = len(office.statements) - before
        assert answer.status_code == 201, answer.text
        state = answer.json()
        assert (state["stage"], state["outcome"], state["visits"]) == ("closed", "granted", 0)
        assert statements <= AT_ONCE_STATEMENTS
        events = await _events(office, state["id"]) + await _events(
            office, state["id"] + "-licence"
        )
        assert events <= AT_ONCE_EVENTS
        number = state["licence"]["number"]
        public = (await httpx_get(office, f"/api/licences/{number}")).json()
        assert (public["status"], public["holder"]) == ("valid", "王**")
        assert "id_no" not in str(public)
        licence = state["licence"]["matter"]
        mine = (await wang.get(f"/api/licences/{licence}")).json()
        assert mine["dog"]["breed_name"]
        assert (await chen.get(f"/api/licences/{licence}")).status_code == 404
        assert (await httpx_get(office, f"/api/licences/{licence}")).status_code == 401
        documents = (await wang.get(f"/api/licences/{licence}/documents")).json()["items"]
        assert [d["kind"] for d in documents] == ["dog_licence"]
        timeline = (await wang.get(f"/api/applications/{state['id']}/timeline")).json()["items"]
        assert [e["name"] for e in timeline][:2] == ["apply", "issue_intake_slip"]


async def test_each_failed_check_has_its_answer_and_its_basis(office: RealOffice) -> None:
    paper = await a_dog_paper(office, somebody(), "citizen.wang")
    paper["applicant"] = WANG
    async with office.visitor("citizen.wang") as wang:
        answer = await wang.post("/api/applications", json=paper)
        told = answer.json()
        assert answer.status_code == 409
        assert told["basis"]
        assert "坚持申请" in told["detail"]


async def test_the_same_submission_is_one_application_however_often_it_comes(
    office: RealOffice,
) -> None:
    paper = a_stack()
    key = {"Idempotency-Key": "stack-1"}
    async with office.visitor("citizen.wang") as wang, office.visitor("window.clerk") as clerk:
        first = await wang.post("/api/applications", json=paper, headers=key)
        again = await wang.post("/api/applications", json=paper, headers=key)
        assert first.json() == again.json()
        other_key = await wang.post("/api/applications", json=paper)
        assert (other_key.status_code, other_key.json()["id"]) == (200, first.json()["id"])
        at_the_window = await clerk.post("/api/applications", json=paper | {"channel": "window"})
        assert at_the_window.json()["id"] == first.json()["id"]
        reused = await wang.post("/api/applications", json=a_stack(), headers=key)
        assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_kiosk_that_loses_its_network_and_tries_again_files_once(
    office: RealOffice,
) -> None:
    applicant = somebody()
    paper = await a_dog_paper(office, applicant, "kiosk.hall1") | {"channel": "kiosk"}
    key = {"Idempotency-Key": "kiosk-1"}
    async with office.visitor("kiosk.hall1") as kiosk:
        cut = asyncio.create_task(kiosk.post("/api/applications", json=paper, headers=key))
        await asyncio.sleep(0.05)
        cut.cancel()
        answers = [await kiosk.post("/api/applications", json=paper, headers=key) for _ in range(3)]
        assert {a.json()["id"] for a in answers if a.is_success} != set()
        ids = {a.json()["id"] for a in answers}
        assert len(ids) == 1
        mine = sa.select(sa.func.count()).where(Matter.kind == "application", Matter.id.in_(ids))
        assert (await office.counter.rows(mine))[0][0] == 1
        licences = sa.select(sa.func.count()).where(Matter.id == f"{ids.pop()}-licence")
        assert (await office.counter.rows(licences))[0][0] == 1


async def test_an_application_sent_again_is_not_refused_for_its_own_dog(
    office: RealOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first sending may be decided just after the second has looked for it."""
    paper = await a_dog_paper(office, somebody(), "kiosk.hall1") | {"channel": "kiosk"}
    key = {"Idempotency-Key": "kiosk-2"}
    async with office.visitor("kiosk.hall1") as kiosk:
        first = await kiosk.post("/api/applications", json=paper, headers=key)
        await office.counter.rows(sa.delete(IdempotencyKey).where(IdempotencyKey.key == "kiosk-2"))
        monkeypatch.setattr("api.desk.applying.live", AsyncMock(return_value=None))
        again = await kiosk.post("/api/applications", json=paper, headers=key)
    assert first.json()["outcome"] == "granted"
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])


async def test_twenty_at_once_for_one_place_in_a_home_are_one_dog(office: RealOffice) -> None:
    """One home, one household, twenty chips, all at the same moment: one is registered."""
    applicant = somebody()
    papers = []
    for _ in range(20):
        paper = await a_dog_paper(office, applicant, "window.clerk") | {"channel": "window"}
        papers.append(paper)
    for paper in papers:
        paper["place"] = papers[0]["place"]
    office.held.records["residents"][applicant["id_no"]]["household"] = "one"
    office.held.records["property"][applicant["id_no"]] = {
        "addresses": [f"清波街道{papers[0]['place']['address']}"]
    }
    async with office.visitor("window.clerk") as clerk:
        answers = await asyncio.gather(
            *(clerk.post("/api/applications", json=paper) for paper in papers)
        )
    granted = [a for a in answers if a.status_code == 201]
    assert len(granted) == 1, [a.text for a in answers if a.status_code not in (201, 409)]
    assert {a.status_code for a in answers} == {201, 409}


async def test_insisting_does_not_give_two_dogs_one_chip(office: RealOffice) -> None:
    """Nothing has failed yet, so nothing is insisted on: the claims hold all the same; and a home is one, however it is typed."""
    papers = []
    for home in ("测试巷１号", "测试巷 1 号"):
        paper = await a_dog_paper(office, somebody(), "window.clerk") | {"channel": "window"}
        paper |= {"insist": True, "place": {"street": "清波街道", "address": home}}
        papers.append(paper)
    papers[1]["answers"]["chip"] = papers[0]["answers"]["chip"]
    for paper in papers:
        office.held.records["property"][paper["applicant"]["id_no"]] = {"addresses": []}
        office.held.records["vaccination"][paper["answers"]["immunity_no"]]["chip"] = None
    async with office.visitor("window.clerk") as clerk:
        answers = await asyncio.gather(
            *(clerk.post("/api/applications", json=paper) for paper in papers)
        )
    assert sorted(a.status_code for a in answers) == [201, 409], [a.text for a in answers]


async def test_a_dog_moves_only_where_there_is_room_and_leaves_room_behind(
    office: RealOffice,
) -> None:
    first, second, third = somebody(), somebody(), somebody()
    papers = [
        await a_dog_paper(office, who, "window.clerk") | {"channel": "window"}
        for who in (first, second, third)
    ]
    async with office.visitor("window.clerk") as clerk, office.visitor("licence.approver") as boss:
        living = [(await clerk.post("/api/applications", json=p)).json() for p in papers[:2]]
        path = f"/api/licences/{living[1]['licence']['matter']}/acts"
        move = {"what": "home", "reason": "搬家", "home": papers[0]["place"]}
        full = await clerk.post(f"{path}/apply_change", json=move)
        assert (full.status_code, full.json()["field"]) == (409, "home")
        move["home"] = {"street": "湖滨街道", "address": f"搬家路{next(NEXT)}号"}
        assert (await clerk.post(f"{path}/apply_change", json=move)).is_success
        moved = await boss.post(f"{path}/decide_wish", json={"grant": True, "reasons": "属实"})
        assert moved.json()["dog"]["street"] == "湖滨街道"
        papers[2]["place"] = papers[1]["place"]
        office.held.records["property"][third["id_no"]] = {
            "addresses": [f"清波街道{papers[1]['place']['address']}"]
        }
        taken = await clerk.post("/api/applications", json=papers[2])
        assert taken.status_code == 201, taken.text
        assert taken.json()["outcome"] == "granted"


async def test_a_kiosk_neither_withdraws_nor_ends_anything(office: RealOffice) -> None:
    """It cannot tell who stands before it."""
    applicant = somebody()
    paper = await a_dog_paper(office, applicant, "kiosk.hall1") | {"channel": "kiosk"}
    async with office.visitor("kiosk.hall1") as kiosk:
        state = (await kiosk.post("/api/applications", json=paper)).json()
        licence = state["licence"]["matter"]
        cancel = await kiosk.post(
            f"/api/licences/{licence}/acts/cancel_licence", json={"ground": "given_up"}
        )
        assert cancel.json()["code"] == "not_your_role"
        printed = await kiosk.post(
            f"/api/licences/{licence}/acts/print_licence", json={"copies": 1}
        )
        assert printed.json()["prints"] == 1
        waiting = await kiosk.post(
            "/api/applications", json=a_stack(channel="kiosk", applicant=somebody())
        )
        path = f"/api/applications/{waiting.json()['id']}/acts/withdraw_application"
        assert (await kiosk.post(path, json={})).json()["code"] == "not_your_role"


async def test_a_stranger_learns_nothing_of_what_is_under_way(office: RealOffice) -> None:
    paper = a_stack()
    async with office.visitor("citizen.wang") as wang, office.visitor("citizen.chen") as chen:
        assert (await wang.post("/api/applications", json=paper)).status_code == 201
        refused = await chen.post("/api/applications", json=paper)
        assert (refused.status_code, refused.json()["field"]) == (409, "agent")


async def test_an_agent_goes_on_with_what_he_filed(office: RealOffice) -> None:
    letter = await a_file(office, "citizen.chen", "letter")
    agent = {"name": "陈洁", "id_no": "33011319901123000X", "authority": letter}
    async with office.visitor("citizen.chen") as chen, office.visitor("citizen.wang") as wang:
        mine = (await chen.post("/api/applications", json=a_stack(agent=agent))).json()
        path = f"/api/applications/{mine['id']}"
        assert (await chen.get(path)).is_success
        assert (await wang.get(path)).is_success
        assert (await chen.post(f"{path}/acts/withdraw_application", json={})).is_success
        forged = agent | {"authority": "sha256:" + "0" * 64}
        refused = await chen.post("/api/applications", json=a_stack(agent=forged))
        assert (refused.status_code, refused.json()["field"]) == (409, "agent")


async def test_a_file_somebody_else_brought_proves_nothing_and_is_not_opened(
    office: RealOffice,
) -> None:
    theirs = await a_file(office, "citizen.chen", "plan")
    paper = a_stack(materials=[{"material": "plan", "digest": theirs}])
    async with office.visitor("citizen.wang") as wang:
        refused = await wang.post("/api/applications", json=paper)
        assert (refused.status_code, refused.json()["field"]) == (422, "materials.0.digest")
        assert (await wang.get(f"/api/evidence/{theirs}")).status_code == 404


async def test_an_earlier_paper_is_offered_again(office: RealOffice) -> None:
    """A letter of authority is good for a year, and for nothing but what it is."""
    letter = await a_file(office, "firm.hualong", "authorisation")
    brought = [{"material": "authorisation", "digest": letter}]
    async with office.visitor("firm.hualong") as firm, office.visitor("window.clerk") as clerk:
        first = a_stack(applicant=HUALONG, materials=brought)
        assert (await firm.post("/api/applications", json=first)).status_code == 201
        asked = {"applicant": HUALONG, "answers": a_stack()["answers"]}
        offered = (await firm.post("/api/items/AP-01/shared", json=asked)).json()["earlier"]
        assert [one["digest"] for one in offered] == [letter]
        again = a_stack(applicant=HUALONG, channel="window", materials=brought)
        taken = await clerk.post("/api/applications", json=again)
        assert taken.status_code == 201, taken.text
        origins = {m["material"]: m["origin"] for m in taken.json()["materials"]}
        assert origins["authorisation"] == "earlier"
        as_plan = a_stack(applicant=HUALONG, materials=[{"material": "plan", "digest": letter}])
        other = (await firm.post("/api/applications", json=as_plan)).json()
        assert {m["material"]: m["origin"] for m in other["materials"]}["plan"] == "applicant"


# ---- who sees what


@pytest.mark.parametrize(
    ("username", "may"),
    [
        ("window.clerk", True),
        ("licence.reviewer", True),
        ("licence.approver", True),
        ("supervisor", True),
        ("bureau.head", True),
        ("citizen.wang", True),
        ("citizen.chen", False),
        ("firm.hualong", False),
        ("officer.zhang", False),
        ("treasury", False),
        ("dispatcher", False),
        ("admin", False),
        ("kiosk.hall1", False),
        ("camera.hub", False),
    ],
)
async def test_who_sees_an_application(office: RealOffice, username: str, may: bool) -> None:  # noqa: FBT001
    async with office.visitor("citizen.wang") as wang:
        state = (await wang.post("/api/applications", json=a_stack())).json()
    async with office.visitor(username) as visitor:
        seen = await visitor.get(f"/api/applications/{state['id']}")
        assert seen.status_code == (200 if may else 404)
        listed = (await visitor.get("/api/applications", params={"limit": 100})).json()["items"]
        assert (state["id"] in {item["id"] for item in listed}) == may


async def test_a_kiosk_sees_what_it_filed_and_nothing_else(office: RealOffice) -> None:
    async with office.visitor("kiosk.hall1") as kiosk:
        paper = a_stack(channel="kiosk", applicant=somebody())
        mine = (await kiosk.post("/api/applications", json=paper)).json()
        assert (await kiosk.get(f"/api/applications/{mine['id']}")).is_success
        listed = (await kiosk.get("/api/applications")).json()["items"]
        assert mine["id"] in {item["id"] for item in listed}
        assert all(item["officers"] == ["kiosk.hall1"] for item in listed)


async def test_who_may_not_file_is_refused(office: RealOffice) -> None:
    async with office.visitor("officer.zhang") as officer:
        refused = await officer.post("/api/applications", json=a_stack())
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_role")
    async with office.visitor("citizen.wang") as wang:
        pretends = await wang.post("/api/applications", json=a_stack(channel="window"))
        assert (pretends.status_code, pretends.json()["field"]) == (422, "channel")


# ---- drafts


async def test_a_draft_begun_at_the_kiosk_is_finished_on_the_phone(office: RealOffice) -> None:
    paper = a_stack()
    async with office.visitor("kiosk.hall1") as kiosk, office.visitor("citizen.wang") as wang:
        kept = (await kiosk.post("/api/drafts", json={"item": "AP-01"})).json()
        code = kept["code"]
        await kiosk.put(f"/api/drafts/{code}", json=paper)
        picked = (await wang.get(f"/api/drafts/{code.lower()}")).json()["draft"]
        assert picked == paper
        filed = await wang.post("/api/applications", json=picked | {"draft": code})
        assert filed.status_code == 201
        assert (await wang.get(f"/api/drafts/{code}")).status_code == 404


async def test_pickup_codes_cannot_be_guessed(office: RealOffice) -> None:
    async with office.visitor("citizen.chen") as chen:
        answers = [(await chen.get(f"/api/drafts/WRONGCODE{n:03}")).status_code for n in range(22)]
        assert answers[0] == 404
        assert answers[-1] == 429
    stored = await office.counter.rows(sa.text("select code_digest, content from drafts"))
    assert all(b"AP-01" not in row.content for row in stored)


# ---- what comes later


async def test_a_register_that_was_away_answers_later(office: RealOffice) -> None:
    office.held.away.add("residents")
    async with office.visitor("citizen.wang") as wang:
        state = (await wang.post("/api/applications", json=a_stack())).json()
        assert state["unchecked"] == ["residents"]
        assert (await _delivered(office, "register")) == 0
        office.held.away.discard("residents")
        assert (await _delivered(office, "register")) >= 1
        later = (await wang.get(f"/api/applications/{state['id']}")).json()
        assert (later["unchecked"], later["flags"]) == ([], [])


async def test_three_dog_penalties_bring_the_licence_up_for_revocation(office: RealOffice) -> None:
    keeper = somebody()
    paper = await a_dog_paper(office, keeper, "window.clerk") | {"channel": "window"}
    async with office.visitor("window.clerk") as clerk, office.visitor("licence.approver") as boss:
        state = (await clerk.post("/api/applications", json=paper)).json()
        licence = state["licence"]["matter"]
        revoke = {"ground": "penalties", "reason": "一年内三次受罚"}
        path = f"/api/licences/{licence}/acts/revoke_licence"
        assert (await boss.post(path, json=revoke)).json()["code"] == "gate_not_met"
        async with office.visitor("officer.zhang") as officer:
            for n in range(3):
                lead = a_summary_lead(datetime.now(UTC), 200, cause="QL-03", party=keeper)
                lead["party"] = keeper | {"address": "河坊街1号"}
                lead["place"] = {"street": "凯旋街道", "address": f"第{n}处"}
                filed = await officer.post("/api/cases", json=lead)
                assert filed.status_code == 201, filed.text
        assert await _delivered(office, "penalty_news") == 3
        assert (await clerk.get(f"/api/licences/{licence}")).json()["flags"] == ["revocation_due"]
        done = await boss.post(path, json=revoke)
        assert done.json()["stage"] == "revoked"
        again = await clerk.post(
            "/api/applications",
            json=await a_dog_paper(office, keeper, "window.clerk") | {"channel": "window"},
        )
        assert again.status_code == 409
        assert again.json()["code"] == "gate_not_met"


async def test_visits_are_counted_by_item(office: RealOffice) -> None:
    async with office.visitor("supervisor") as supervisor, office.visitor("citizen.wang") as wang:
        counted = (await supervisor.get("/api/statistics/visits")).json()
        stacks = next(item for item in counted["items"] if item["item"] == "AP-01")
        assert stacks["none"] > 0
        assert stacks["one"] > 0
        assert stacks["all"] == stacks["none"] + stacks["one"] + stacks["more"]
        assert counted["total"]["all"] == sum(item["all"] for item in counted["items"])
        assert (await wang.get("/api/statistics/visits")).status_code == 403


# ---- how


async def _events(office: RealOffice, matter: str) -> int:
    assert office.counter.temporal is not None
    handle = office.counter.temporal.get_workflow_handle(matter)
    return len((await handle.fetch_history()).events)


async def httpx_get(office: RealOffice, path: str) -> httpx.Response:
    """By somebody who is not signed in."""
    transport = httpx.ASGITransport(office.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://anjuan.test") as anyone:
        return await anyone.get(path)


async def _delivered(office: RealOffice, kind: str) -> int:
    """What the courier gets taken of this kind, due or not."""
    assert office.counter.temporal is not None
    engine = office.counter.engine
    registers = Registers(office.counter.settings)
    late = LateAnswers(office.counter.temporal, engine, registers, KEY)
    async with engine.begin() as connection:
        due = sa.update(Outgoing).where(Outgoing.kind == kind, Outgoing.sent_at.is_(None))
        await connection.execute(due.values(next_at=sa.func.now()))
    unsent = sa.select(sa.func.count()).where(Outgoing.kind == kind, Outgoing.sent_at.is_(None))
    before = (await office.counter.rows(unsent))[0][0]
    await Courier(engine, {kind: late.carriers()[kind]}).deliver_due()
    await registers.close()
    return int(before - (await office.counter.rows(unsent))[0][0])


async def test_nothing_personal_is_on_a_timeline(office: RealOffice) -> None:
    rows = await office.counter.rows(sa.select(TimelineEntry.data))
    assert all(WANG["id_no"] not in str(row.data) for row in rows)
