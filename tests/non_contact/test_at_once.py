"""What comes at the same moment, over HTTP: one review each, one objection at a time, no case that waits for nobody; and who was taken
for the party is nobody else's business.
"""

import asyncio
from typing import Any

import pytest

from models.capturing import Camera
from tests.api.pictures import photograph
from tests.costs.desk_hours import RealOffice
from tests.non_contact.test_captures import camera, ids, in_the_register, office, queue, sent, take

pytestmark = pytest.mark.slow
assert camera
assert office  # fixtures
OFFICERS = ["officer.zhang", "officer.li"]
PASS = {"passed": True, "officers": OFFICERS}
CHEN = {"kind": "person", "name": "陈洁", "id_no": "33011319901123000X", "address": "凯旋路8号"}


async def act(
    office: RealOffice,
    matter: str,
    name: str,
    who: str,
    **paper: Any,
) -> tuple[int, dict[str, Any]]:
    """One request of its own."""
    async with office.visitor(who) as person:
        answer = await person.post(f"/api/cases/{matter}/acts/{name}", json=paper)
        return answer.status_code, answer.json()


async def must(
    office: RealOffice,
    matter: str,
    name: str,
    who: str,
    **paper: Any,
) -> dict[str, Any]:
    status, state = await act(office, matter, name, who, **paper)
    assert status == 200, state
    return state


async def docketed(office: RealOffice, camera: Camera, known: str) -> str:
    matter = await take(office, sent(30), known, camera)
    await in_the_register(office, matter)
    await must(office, matter, "review_capture", "officer.zhang", capture=known, **PASS)
    yes = {"approved": True, "opinion": "同意"}
    await must(office, matter, "decide_docketing", "unit.head", **yes)
    return matter


async def moves_on(office: RealOffice, matter: str) -> None:
    """It still takes a paper."""
    await must(office, matter, "add_note", "officer.zhang", text="备注")


async def test_three_objections_at_once_are_one(
    office: RealOffice,
    camera: Camera,
) -> None:
    matter = await docketed(office, camera, ids(camera)[0])
    objecting = (
        act(office, matter, "object_not_mine", "citizen.wang", statement=f"{n}") for n in range(3)
    )
    answers = await asyncio.gather(*objecting)
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    await must(office, matter, "answer_objection", "legal.reviewer", upheld=False, answer="不成立")
    fine = {"fine": 100, "tier": "ordinary"}
    await must(office, matter, "propose_penalty", "officer.zhang", facts="违停", penalty=fine)


async def test_two_captures_rejected_at_once_end_the_case(
    office: RealOffice,
    camera: Camera,
) -> None:
    first, second, *_ = ids(camera)
    matter = await take(office, sent(30), first, camera)
    await in_the_register(office, matter)
    assert await take(office, sent(20), second, camera) == matter
    no = {"passed": False, "reason": "模糊"}
    await asyncio.gather(
        act(office, matter, "review_capture", "officer.zhang", capture=first, **no),
        act(office, matter, "review_capture", "officer.li", capture=second, **no),
    )
    for known in (first, second):  # who was refused comes again
        await act(office, matter, "review_capture", "officer.li", capture=known, **no)
    row = await in_the_register(office, matter)
    assert (row.stage, row.outcome) == ("closed", "not_docketed")


async def test_one_capture_passed_by_two_at_once_is_evidence_once(
    office: RealOffice,
    camera: Camera,
) -> None:
    first, second, *_ = ids(camera)
    matter = await docketed(office, camera, first)
    await take(office, sent(20), second, camera)
    answers = await asyncio.gather(
        act(office, matter, "review_capture", "officer.zhang", capture=second, **PASS),
        act(office, matter, "review_capture", "officer.li", capture=second, **PASS),
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    row = await in_the_register(office, matter)
    assert len(row.state["evidence"]) == 2
    await moves_on(office, matter)


async def test_what_nobody_looked_at_leaves_the_queue_with_its_case(
    office: RealOffice,
    camera: Camera,
) -> None:
    first, second, third, *_ = ids(camera)
    matter = await docketed(office, camera, first)
    assert await take(office, sent(20), second, camera) == matter
    await must(office, matter, "withdraw_case", "bureau.head", reason="立案有误")
    async with office.visitor("officer.zhang") as zhang:
        assert second not in {one["id"] for one in await queue(zhang)}
    assert await take(office, sent(10), third, camera) != matter


async def test_a_picture_nobody_passed_is_no_evidence_by_another_way(
    office: RealOffice,
    camera: Camera,
) -> None:
    first, second, *_ = ids(camera)
    async with office.visitor("camera.hub") as hub:
        files = {"file": ("a.jpg", photograph(shade=33), "image/jpeg")}
        picture = (await hub.post("/api/evidence", files=files)).json()["digest"]
    matter = await docketed(office, camera, first)
    await take(office, sent(20), second, camera, picture)
    paper = {"kind": "audio_visual", "title": "照片", "digest": picture}
    status, refusal = await act(office, matter, "add_evidence", "officer.zhang", **paper)
    assert (status, refusal["basis"][0]["article"]) == (409, "41(2)")


async def test_the_party_reads_nothing_of_who_was_taken_for_it_before(
    office: RealOffice,
    camera: Camera,
) -> None:
    matter = await docketed(office, camera, ids(camera)[0])
    sold = {"statement": "王小明已卖车"}
    before = (await must(office, matter, "object_not_mine", "citizen.wang", **sold))["lookup"]
    yes = {"upheld": True, "another": True, "answer": "属实"}
    await must(office, matter, "answer_objection", "legal.reviewer", **yes)
    named = {"party": CHEN, "how": "走访"}
    state = await must(office, matter, "identify_party", "officer.zhang", **named)
    assert state["lookup"] != before
    async with office.visitor("citizen.chen") as chen:
        page = await chen.get(f"/api/cases/{matter}")
        timeline = await chen.get(f"/api/cases/{matter}/timeline")
        documents = (await chen.get(f"/api/cases/{matter}/documents")).json()["items"]
        for text in (page.text, timeline.text):
            assert "王小明" not in text
            assert "citizen.wang" not in text
        assert [one["kind"] for one in documents] == ["record_notice"]
        every = [one["id"] for one in state["documents"]]
        readable = [(await chen.get(f"/api/documents/{one}")).status_code for one in every]
        assert readable.count(404) == len(every) - 1
    async with office.visitor("citizen.wang") as wang:
        assert (await wang.get(f"/api/cases/{matter}")).status_code == 404
