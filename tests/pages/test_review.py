"""Captures are reviewed without a mouse, and nothing is asked of anybody outside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from models.capturing import Camera
from tests.api.pictures import photograph
from tests.costs.desk_hours import PASSWORD, RealOffice
from tests.non_contact.test_captures import camera, ids, in_the_register, sent, take

pytestmark = pytest.mark.slow
assert camera  # a fixture


@pytest.fixture
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """Every request that would leave the house is a failure."""
    outside: list[str] = []
    opened = await browser.new_page(locale="zh-CN", viewport={"width": 1280, "height": 800})
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith(address) else outside.append(asked.url),
    )
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    await opened.close()
    assert outside == []
    assert faults == []


async def waiting(office: RealOffice, camera: Camera, count: int) -> list[str]:
    """So many captures of different plates, with a picture each."""
    async with office.visitor("camera.hub") as hub:
        files = {"file": ("a.jpg", photograph(), "image/jpeg")}
        picture = (await hub.post("/api/evidence", files=files)).json()["digest"]
    known = ids(camera)[:count]
    for n, one in enumerate(known):
        captured = sent(30 - n, value=f"浙A1000{n}")
        await in_the_register(office, await take(office, captured, one, camera, picture))
    return known


async def signed_in(page: Page, address: str, who: str) -> None:
    await page.goto(f"{address}/review")
    await page.get_by_role("textbox", name="账号 User").fill(who)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.keyboard.press("Enter")


async def test_a_queue_is_worked_off_by_keyboard(
    office: RealOffice, address: str, page: Page, camera: Camera, tmp_path: Path
) -> None:
    await waiting(office, camera, 3)
    await signed_in(page, address, "officer.zhang")
    await expect(page.locator("#count")).to_contain_text("共 3 条")
    await expect(page.locator("#pictures img")).to_have_js_property("naturalWidth", 640)
    await page.screenshot(path=tmp_path / "review.png")
    await page.keyboard.press("p")
    await expect(page.get_by_role("alert")).to_contain_text("执法人员不得少于两人")
    await page.get_by_label("另一名执法人员账号").fill("officer.li")
    await page.locator("#what").focus()
    await page.keyboard.press("j")
    await expect(page.locator("#count")).to_contain_text("第 2 条")
    await page.keyboard.press("r")
    await page.keyboard.press("2")
    await expect(page.get_by_role("alert")).to_contain_text("未通过：画面不完整")
    await page.keyboard.press("k")
    await page.keyboard.press("p")
    await expect(page.get_by_role("alert")).to_contain_text("已通过")
    await expect(page.locator("#count")).to_contain_text("共 1 条")
    await page.keyboard.press("p")
    await expect(page.get_by_text("没有待审核的记录")).to_be_visible()


async def test_on_a_phone_nothing_runs_over_the_edge(
    office: RealOffice, address: str, page: Page, camera: Camera, tmp_path: Path
) -> None:
    await waiting(office, camera, 1)
    await page.set_viewport_size({"width": 390, "height": 844})
    await signed_in(page, address, "officer.zhang")
    await expect(page.locator("#pass")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    heights = await page.eval_on_selector_all(
        "#work button:visible", "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    await page.screenshot(path=tmp_path / "phone.png")


async def test_who_has_no_queue_sees_none(page: Page, address: str) -> None:
    await signed_in(page, address, "citizen.wang")
    await expect(page.get_by_text("没有待审核的记录")).to_be_visible()


async def test_a_wrong_password_is_said(page: Page, address: str) -> None:
    await page.goto(f"{address}/review")
    await page.get_by_role("textbox", name="账号 User").fill("officer.zhang")
    await page.get_by_label("密码").fill("-")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).not_to_be_empty()
    await expect(page.locator("#door")).to_be_visible()
