"""Whoever reports an incident hears of it in his inbox and on his phone, and looks it up with his code; his name is nowhere to be read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.database import Matter
from models.secrets import unseal
from tests.api.builders import KEY
from tests.documents.conftest import House

pytestmark = pytest.mark.slow


def a_report(spot: str, **changed: Any) -> dict[str, Any]:
    return {
        "channel": "web",
        "place": {"street": "凯旋街道", "address": spot},
        "seen_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        "description": "人行道破损",
    } | changed


async def texts(house: House, phone: str) -> list[str]:
    """What the gateway of the sandbox took for this phone."""
    answer = await house.deliveries.http.get(f"{house.settings.sms_address}/messages")
    return [one["text"] for one in answer.json() if one["to"] == phone]


async def test_a_citizen_is_told_in_his_inbox_and_by_text_message(house: House) -> None:
    wang, dispatcher = await house.as_("citizen.wang"), await house.as_("dispatcher")
    reporter = {"name": "刘上报", "phone": "13900007777"}
    state = (
        await wang.post("/api/incidents", json=a_report("告知路1号", reporter=reporter))
    ).json()
    path = f"/api/incidents/{state['id']}"
    await dispatcher.post(f"{path}/acts/reject_report", json={"reason": "现场未发现"})
    await house.deliver()
    mine = [i for i in (await wang.get("/api/inbox")).json()["items"] if i["matter"] == state["id"]]
    assert [item["title"] for item in mine] == [
        "您上报的问题不予立案（现场未发现）",
        "已收到您的上报，等待受理",
    ]
    assert {item["href"] for item in mine} == {path}
    told = await texts(house, "13900007777")
    assert len(told) == 2
    code = state["lookup"]
    assert all("-".join((code[:4], code[4:8], code[8:])) in text for text in told)
    assert not any("刘上报" in text for text in told)


async def test_the_reporter_is_sealed(house: House) -> None:
    clerk, supervisor = await house.as_("dispatcher"), await house.as_("supervisor")
    reporter = {"name": "刘上报", "phone": "13900006666"}
    paper = a_report("密封路1号", channel="phone", reporter=reporter)
    state = (await clerk.post("/api/incidents", json=paper)).json()
    path = f"/api/incidents/{state['id']}"
    for shown in (path, f"{path}/timeline", "/api/incidents"):
        text = (await supervisor.get(shown)).text
        assert state["id"] in text
        assert "刘上报" not in text
        assert "13900006666" not in text
    async with house.engine.connect() as connection:
        mine = sa.select(Matter.party_secret).where(Matter.id == state["id"])
        sealed = (await connection.execute(mine)).scalar_one() or b""
    assert "刘上报".encode() not in sealed
    assert json.loads(unseal(sealed, KEY)) == reporter


async def test_whoever_has_the_code_reads_the_stage_and_words_and_nothing_else(
    house: House,
) -> None:
    officer = await house.as_("officer.zhang")
    paper = a_report("查询路1号", channel="patrol")
    state = (await officer.post("/api/incidents", json=paper)).json()
    code, anyone = state["lookup"], house.anyone()
    expected = {
        "stage": "collected",
        "zh": "已收到您的上报，等待受理",
        "en": "Received; waiting to be looked at",
    }
    for said in (code, code.lower(), f"{code[:4]}-{code[4:8]}-{code[8:]}"):
        answer = await anyone.get(f"/api/incidents/lookup/{said}")
        assert answer.json() == expected
    other = code[:-1] + ("0" if code[-1] != "0" else "1")
    for wrong in (other, "x", state["id"]):
        assert (await anyone.get(f"/api/incidents/lookup/{wrong}")).status_code == 404
