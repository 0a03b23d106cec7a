"""A decision made on the street is on paper at once: sealed, read by those it concerns, checked by anybody."""

import asyncio
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from forms.proof import check, read_roots
from tests.builders import a_summary_lead
from tests.documents.conftest import House
from tests.forms.seals import VALID, flipped, pdfsig, tool

pytestmark = pytest.mark.slow

Papers = dict[str, dict[str, Any]]


async def filed(house: House, **changed: Any) -> str:
    """A summary case by Zhang against Wang; its id."""
    zhang = await house.as_("officer.zhang")
    answer = await zhang.post("/api/cases", json=a_summary_lead(datetime.now(UTC), **changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def papers(client: httpx.AsyncClient, case: str) -> Papers:
    """What the reader finds on file, by kind."""
    listed = await client.get(f"/api/cases/{case}/documents")
    assert listed.status_code == 200, listed.text
    return {paper["kind"]: paper for paper in listed.json()["items"]}


@pytest.fixture(scope="module")
async def case(house: House) -> str:
    known = await filed(
        house,
        place={"street": "凯旋街道", "address": "凯旋路 8 号（喆堃昇赟祎玥䶮店旁，占地 3㎡）"},
    )
    await house.make()
    return known


async def test_a_document_that_is_not_made_yet_says_come_again(house: House) -> None:
    zhang, case = await house.as_("officer.zhang"), await filed(house, occurred_at=_minutes_ago(9))
    decision = (await papers(zhang, case))["summary"]
    assert (decision["digest"], decision["status"]) == (None, "valid")
    answer = await zhang.get(decision["href"])
    assert (answer.status_code, answer.json()["code"]) == (503, "not_made_yet")
    assert answer.headers["Retry-After"]
    await house.make()
    assert (await zhang.get(decision["href"])).status_code == 200


def _minutes_ago(minutes: int) -> str:
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() - 60 * minutes, UTC).isoformat()


async def test_the_decision_is_a_sealed_pdf_that_says_what_the_law_asks_for(
    house: House, case: str, tmp_path: Path
) -> None:
    zhang = await house.as_("officer.zhang")
    decision = (await papers(zhang, case))["summary"]
    assert decision["sealed"]
    answer = await zhang.get(decision["href"], headers={"Accept": "application/pdf"})
    assert answer.headers["Content-Type"] == "application/pdf"
    text = _text(answer.content, tmp_path)
    for said in (
        *("王小明", decision["number"], "100元（人民币壹佰元整）", "喆堃昇赟祎玥䶮", "㎡"),
        *("应当先", "上城区人民政府", "行政复议", "上城区人民法院"),
    ):
        assert said in text, said


def _text(pdf: bytes, folder: Path) -> str:
    (folder / "paper.pdf").write_bytes(pdf)
    ran = subprocess.run(
        [tool("pdftotext"), "-raw", folder / "paper.pdf", "-"], capture_output=True, check=True
    )
    return ran.stdout.decode().replace("\n", "")


async def test_it_is_read_as_a_page_too(house: House, case: str) -> None:
    zhang = await house.as_("officer.zhang")
    href = (await papers(zhang, case))["summary"]["href"]
    answer = await zhang.get(href, headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "当场行政处罚决定书" in answer.text
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert "file://" not in answer.text
    assert (await zhang.get(href, headers={"Accept": "image/png"})).status_code == 406


async def test_what_did_not_change_is_not_sent_again(house: House, case: str) -> None:
    zhang = await house.as_("officer.zhang")
    href = (await papers(zhang, case))["summary"]["href"]
    etag = (await zhang.get(href)).headers["ETag"]
    again = await zhang.get(href, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_document_is_made_once_however_often_it_is_ordered(house: House, case: str) -> None:
    from activities.courier import Parcel

    zhang = await house.as_("officer.zhang")
    before = await papers(zhang, case)
    for order in await house.orders():
        await house.printing.carry(Parcel(order.id, order.kind, order.payload, 1))
    assert await papers(zhang, case) == before


# ---- who reads --------------------------------------------------------------------------------


async def test_the_party_reads_what_is_made_out_to_him_and_no_more(house: House, case: str) -> None:
    zhang, wang = await house.as_("officer.zhang"), await house.as_("citizen.wang")
    office, mine = await papers(zhang, case), await papers(wang, case)
    assert "lead" in office
    assert "lead" not in mine
    assert (await wang.get(mine["summary"]["href"])).status_code == 200
    assert (await wang.get(office["lead"]["href"])).status_code == 404


@pytest.mark.parametrize("stranger", ["citizen.chen", "firm.hualong", "treasury", "admin"])
async def test_a_stranger_finds_nothing(house: House, case: str, stranger: str) -> None:
    zhang, other = await house.as_("officer.zhang"), await house.as_(stranger)
    href = (await papers(zhang, case))["summary"]["href"]
    assert (await other.get(href)).status_code == 404
    assert (await other.get(f"/api/cases/{case}/documents")).status_code in {403, 404}
    assert (await house.anyone().get(href)).status_code == 401


async def test_the_supervisor_audits_the_file(house: House, case: str) -> None:
    zhang, supervisor = await house.as_("officer.zhang"), await house.as_("supervisor")
    for paper in (await papers(zhang, case)).values():
        assert (await supervisor.get(paper["href"])).status_code == 200


# ---- who checks -------------------------------------------------------------------------------


async def token(house: House, document: str) -> str:
    """What the QR code holds."""
    import sqlalchemy as sa

    from models.database import Document

    async with house.engine.connect() as connection:
        mine = sa.select(Document.token).where(Document.id == document)
        return str((await connection.execute(mine)).scalar_one())


async def test_anybody_checks_a_document_by_its_code_and_learns_no_name(
    house: House, case: str
) -> None:
    zhang, anyone = await house.as_("officer.zhang"), house.anyone()
    decision = (await papers(zhang, case))["summary"]
    address = f"/verify/{await token(house, decision['id'])}"
    facts = (await anyone.get(address)).json()
    assert (facts["number"], facts["status"]) == (decision["number"], "valid")
    assert facts["organ"] == "杭州市上城区综合行政执法局"
    assert facts["digest"] == decision["digest"]
    page = await anyone.get(address, headers={"Accept": "text/html"})
    assert "有效" in page.text
    assert decision["number"] in page.text
    for answer in (str(facts), page.text):
        assert "王小明" not in answer


async def test_a_code_that_is_not_ours_finds_nothing(house: House, case: str) -> None:
    anyone, zhang = house.anyone(), await house.as_("officer.zhang")
    lead = (await papers(zhang, case))["lead"]
    for unknown in ("abcdefghijklmnopqrstuvwxyz", "%00", await token(house, lead["id"])):
        assert (await anyone.get(f"/verify/{unknown}")).status_code == 404


async def test_anybody_checks_a_file_and_one_byte_changed_is_found(
    house: House, case: str, tmp_path: Path
) -> None:
    zhang, anyone = await house.as_("officer.zhang"), house.anyone()
    decision = await sealed(zhang, case)
    assert VALID in pdfsig(decision, tmp_path / "ours.pdf")
    roots = read_roots(house.settings.seal_roots)
    assert (await asyncio.to_thread(check, decision, roots)).good
    said = (await _sent(anyone, decision)).json()
    assert (said["file"]["intact"], said["file"]["trusted"]) == (True, True)
    assert said["file"]["demo"]
    assert said["document"]["status"] == "valid"
    changed = flipped(decision, len(decision) // 2)
    said = (await _sent(anyone, changed)).json()
    assert not (said["file"]["intact"] and said["file"]["trusted"])
    assert said["file"]["problems"]
    assert said["document"] is None
    assert VALID not in pdfsig(changed, tmp_path / "changed.pdf")


async def test_a_file_is_checked_on_a_page_too(house: House, case: str) -> None:
    zhang, anyone = await house.as_("officer.zhang"), house.anyone()
    files = {"file": ("decision.pdf", await sealed(zhang, case), "application/pdf")}
    page = await anyone.post("/verify", files=files, headers={"Accept": "text/html"})
    assert "印章有效，文件未被改动" in page.text
    assert "演示印章，无法律效力" in page.text


async def test_what_is_no_pdf_is_said_to_be_none(house: House) -> None:
    said = (await _sent(house.anyone(), b"rubbish")).json()
    assert [problem["en"] for problem in said["file"]["problems"]] == ["not a readable PDF"]


async def _sent(client: httpx.AsyncClient, pdf: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/pdf"}
    return await client.post("/verify", content=pdf, headers=headers)


async def sealed(zhang: httpx.AsyncClient, case: str) -> bytes:
    """The decision as it was sealed."""
    return (await zhang.get((await papers(zhang, case))["summary"]["href"])).content
