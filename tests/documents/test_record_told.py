"""Whoever a camera recorded hears of it on his phone and in his inbox, with the code by which anybody he trusts can look it up."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from models.capture import Captured, Site, in_sample
from models.capturing import Camera
from models.catalogue import Catalogue
from models.lead import Place
from models.lookup import shown
from models.person import Actor, Role
from tests.api.builders import KEY
from tests.documents.conftest import House
from tests.documents.test_notices import texts
from tests.office import MEDIA
from worker import CATALOGUE
from workflows.capturing import Capturing

pytestmark = pytest.mark.slow
PHONE = "13900004444"
WANG = {"kind": "person", "name": "王小明", "id_no": "330102198502140005", "phone": PHONE}


async def a_capture(house: House) -> tuple[str, str]:
    """Its case and its id; of a spot, so that somebody has to find out who it was."""
    taking = Capturing(house.temporal, house.engine, Catalogue.load(CATALOGUE), house.settings)
    known = next(one for n in count() if not in_sample(one := f"告知/{n}", 10, KEY))
    site = Site(device="SC-9", name="-", published="-", legal_review="-", technical_review="-")
    place = Place(street="凯旋街道", address="告知路9号")
    hub = Actor(username="camera.hub", name="视频接入平台", roles=(Role.DEVICE,))
    captured = Captured.model_validate(
        {
            "cause": "SR-02",
            "taken_at": datetime.now(UTC) - timedelta(minutes=9),
            "object": "spot",
            "value": "门前",
            "facts": "店外经营",
        },
        strict=False,
    )
    camera = Camera(site=site, place=place, unit="kaixuan")
    matter = await taking.take(captured, known, (MEDIA,), camera, hub, datetime.now(UTC))
    await house.temporal.get_workflow_handle(matter).execute_update("opened", id="opened")
    return matter, known


async def test_the_party_is_told_at_once_and_looks_it_up(house: House) -> None:
    matter, known = await a_capture(house)
    acts = f"/api/cases/{matter}/acts"
    zhang, head = await house.as_("officer.zhang"), await house.as_("unit.head")
    passed = {"capture": known, "passed": True, "officers": ["officer.zhang", "officer.li"]}
    for who, act, paper in (
        (zhang, "review_capture", passed),
        (zhang, "identify_party", {"party": WANG, "how": "走访"}),
        (head, "decide_docketing", {"approved": True, "opinion": "同意"}),
    ):
        answer = await who.post(f"{acts}/{act}", json=paper)
        assert answer.status_code == 200, answer.text
    state = answer.json()
    code = shown(state["lookup"])
    await house.deliver()
    told = await texts(house, PHONE)
    assert len(told) == 2  # to put it right, and what was recorded
    assert all(code in text and "王小明" not in text for text in told)
    wang = await house.as_("citizen.wang")
    inbox = (await wang.get("/api/inbox")).json()["items"]
    titles = {one["title"].partition("（")[0] for one in inbox if one["matter"] == matter}
    assert titles == {"监控记录违法告知书", "责令"}
    looked = await house.anyone().get(f"/api/violations/{code}")
    assert looked.json()["captures"][0]["facts"] == "店外经营"
    await house.make()
    notice = next(d["id"] for d in state["documents"] if d["kind"] == "record_notice")
    page = await wang.get(f"/api/documents/{notice}", headers={"Accept": "text/html"})
    assert code in page.text
