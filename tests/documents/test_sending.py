"""A document goes to the party's inbox, mailbox and phone, once each; what arrives serves it, what bounces comes back as a to-do."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from models.database import Outgoing
from models.deliveries import Delivery
from tests.builders import OFFICERS, WANG
from tests.documents.conftest import House

pytestmark = pytest.mark.slow


async def act(client: httpx.AsyncClient, case: str, name: str, **paper: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/cases/{case}/acts/{name}", json=paper)
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.json()
    return state


async def noticed(house: House, spot: str) -> str:
    """A case whose notice waits for service."""
    zhang, head = await house.as_("officer.zhang"), await house.as_("unit.head")
    now = datetime.now(UTC)
    lead = {
        "procedure": "general",
        "cause": "DQ-05",
        "occurred_at": (now - timedelta(hours=2)).isoformat(),
        "source": "patrol",
        "place": {"street": "凯旋街道", "address": spot},
        "party": WANG,
        "facts": "在禁止区域内露天烧烤",
        "officers": OFFICERS,
    }
    case = str((await zhang.post("/api/cases", json=lead)).json()["id"])
    await act(head, case, "decide_docketing", approved=True, opinion="同意立案")
    seen = {"officers": OFFICERS, "at": now.isoformat(), "record": "现场有烤炉"}
    await act(zhang, case, "record_inspection", **seen)
    await act(zhang, case, "order_correction", content="立即停止", days=0)
    penalty = {"fine": 2000, "tier": "ordinary"}
    report = {"outcome": "penalise", "facts": "经查属实", "penalty": penalty}
    await act(zhang, case, "submit_investigation_report", **report)
    await act(await house.as_("bureau.head"), case, "approve_notice", approved=True, opinion="同意")
    await house.make()
    return case


async def consented(house: House, case: str, **addresses: str) -> None:
    told = {"address": "河坊街 100 号", "electronic": True, "told": True} | addresses
    await act(await house.as_("citizen.wang"), case, "consent_electronic", **told)


async def sent(house: House, case: str, *channels: str) -> dict[str, Any]:
    """Served electronically; the state once whatever could arrive has."""
    zhang = await house.as_("officer.zhang")
    documents = (await zhang.get(f"/api/cases/{case}/documents")).json()["items"]
    notice = next(d["id"] for d in documents if d["kind"] == "notice")
    await act(zhang, case, "serve_electronically", document=notice, channels=list(channels))
    await house.deliver()
    state: dict[str, Any] = (await zhang.get(f"/api/cases/{case}")).json()
    return state


async def deliveries(house: House, case: str) -> dict[str, str]:
    zhang = await house.as_("officer.zhang")
    found = (await zhang.get(f"/api/cases/{case}/deliveries")).json()["items"]
    return {one["channel"]: one["state"] for one in found}


async def test_a_document_in_the_inbox_is_served_and_its_reading_is_on_record(house: House) -> None:
    case = await noticed(house, "收件箱")
    await consented(house, case)
    state = await sent(house, case, "portal")
    assert [paper["kind"] for paper in state["documents"]][-1] == "service"
    assert "record_service" not in [offer["name"] for offer in state["open_acts"]]
    wang, chen = await house.as_("citizen.wang"), await house.as_("citizen.chen")
    (item,) = [i for i in (await wang.get("/api/inbox")).json()["items"] if i["matter"] == case]
    assert "行政处罚事先告知书" in item["title"]
    assert (await wang.get(item["href"])).headers["Content-Type"] == "application/pdf"
    assert (await chen.get("/api/inbox")).json()["items"] == []
    assert (await chen.post(f"/api/inbox/{item['id']}/read")).status_code == 404
    first = (await wang.post(f"/api/inbox/{item['id']}/read")).json()
    assert (await wang.post(f"/api/inbox/{item['id']}/read")).json() == first
    assert await deliveries(house, case) == {"portal": "read"}


async def test_a_mail_has_the_document_and_names_nobody(house: House) -> None:
    case = await noticed(house, "邮箱")
    await consented(house, case, email="wang@example.com")
    state = await sent(house, case, "email")
    assert [paper["kind"] for paper in state["documents"]][-1] == "service"
    letter = house.letters.taken[-1]
    assert "行政处罚事先告知书" in letter["Subject"]
    (attached,) = letter.iter_attachments()
    assert attached.get_content().startswith(b"%PDF")
    body = letter.get_body()
    assert body
    assert "/verify/" in body.get_content()
    assert "王小明" not in body.get_content()
    assert "2000" not in body.get_content()


async def test_the_same_mail_again_is_known_to_be_the_same(house: House) -> None:
    from activities.courier import Parcel

    case = await noticed(house, "重发")
    await consented(house, case, email="wang@example.com")
    await sent(house, case, "email")
    async with house.engine.connect() as connection:
        mine = sa.select(Outgoing.id, Outgoing.kind, Outgoing.payload, Outgoing.attempts)
        rows = mine.where(Outgoing.matter == case, Outgoing.kind == "email")
        row = (await connection.execute(rows)).one()
    taken = len(house.letters.taken)
    await house.deliveries.mail(Parcel(*row))
    assert len(house.letters.taken) == taken  # what is known as delivered is not sent again
    # Killed between the server's answer and our books:
    async with house.engine.begin() as connection:
        await connection.execute(sa.delete(Delivery).where(Delivery.id == row.id))
    await house.deliveries.mail(Parcel(*row))
    first, second = house.letters.taken[-2:]
    assert first["Message-ID"] == second["Message-ID"]
    assert await deliveries(house, case) == {"email": "delivered"}


async def test_a_mailbox_that_does_not_exist_bounces_and_comes_back_as_a_to_do(
    house: House,
) -> None:
    case = await noticed(house, "退信")
    await consented(house, case, email="nobody@example.com")
    state = await sent(house, case, "email")
    assert state["flags"] == ["delivery_bounced"]
    assert "record_service" in [offer["name"] for offer in state["open_acts"]]
    todo = (await (await house.as_("officer.zhang")).get("/api/todo")).json()["items"]
    assert [t for t in todo if t["matter"] == case and t["act"] == "record_service"]


async def test_after_a_bounce_it_is_sent_again_to_another_address(house: House) -> None:
    case = await noticed(house, "再发")
    await consented(house, case, email="nobody@example.com")
    await sent(house, case, "email")
    timeline = (await (await house.as_("officer.zhang")).get(f"/api/cases/{case}/timeline")).text
    assert "nobody@" not in timeline
    await consented(house, case, email="wang@example.com")
    state = await sent(house, case, "email")
    assert [paper["kind"] for paper in state["documents"]][-1] == "service"


async def test_a_busy_mail_server_is_tried_again_later(house: House) -> None:
    case = await noticed(house, "忙")
    await consented(house, case, email="busy@example.com")
    await sent(house, case, "email")
    async with house.engine.connect() as connection:
        mine = sa.select(Outgoing.error, Outgoing.sent_at).where(Outgoing.matter == case)
        row = (await connection.execute(mine.where(Outgoing.kind == "email"))).one()
    assert tuple(row) == ("SMTP 451", None)
    assert await deliveries(house, case) == {}


@pytest.mark.parametrize(
    ("phone", "state"), [("13900001234", "delivered"), ("13900000000", "bounced")]
)
async def test_a_text_message_is_served_when_the_gateway_says_so(
    house: House, phone: str, state: str
) -> None:
    case = await noticed(house, f"短信{phone}")
    await consented(house, case, phone=phone)
    await sent(house, case, "sms")
    for _ in range(50):
        if (await deliveries(house, case))["sms"] == state:
            break
        await asyncio.sleep(0.1)
    assert await deliveries(house, case) == {"sms": state}
    await house.deliver()
    zhang = await house.as_("officer.zhang")
    shown = (await zhang.get(f"/api/cases/{case}")).json()
    assert shown["flags"] == ([] if state == "delivered" else ["delivery_bounced"])
    waits = "record_service" in [offer["name"] for offer in shown["open_acts"]]
    assert waits == (state == "bounced")


async def test_nobody_but_the_gateway_tells_of_deliveries(house: House) -> None:
    told = {"id": "x", "state": "delivered"}
    assert (await house.anyone().post("/api/deliveries", json=told)).status_code == 401


async def test_addresses_stand_in_the_document_and_nowhere_else(house: House) -> None:
    case = await noticed(house, "地址")
    await consented(house, case, email="wang@example.com", phone="13900001234")
    zhang = await house.as_("officer.zhang")
    state = (await zhang.get(f"/api/cases/{case}")).text
    timeline = (await zhang.get(f"/api/cases/{case}/timeline")).text
    for shown in (state, timeline):
        assert "wang@example.com" not in shown
        assert "13900001234" not in shown
