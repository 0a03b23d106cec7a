"""The page on which captures are reviewed by keyboard (行政处罚法 41(2))."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from api.pages import page_of

router = APIRouter(prefix="/review", tags=["captures"])

SCRIPT = Path(__file__).parent / "pages" / "review.js"
# What is usually wrong with a record; the act itself takes any words.
REASONS: tuple[dict[str, Any], ...] = (
    {"zh": "号牌或者对象无法辨认", "en": "plate or object not legible"},
    {"zh": "画面不完整或者被遮挡", "en": "incomplete or covered"},
    {"zh": "时间、地点与设备不符", "en": "time or place do not fit the device"},
    {"zh": "不能证明违法事实", "en": "does not show the act"},
    {"zh": "有正当理由（避让、抢险等）", "en": "excused: giving way, emergency"},
    {"zh": "同一违法行为已经立案", "en": "the same act is a case already"},
)


@router.get("", response_model=None)
async def review() -> Response:
    """审核监控记录的页面。 / The page; it asks for the queue by itself, as whoever is signed in."""
    return page_of("review.html", scripted=True, reasons=REASONS)


@router.get("/review.js", response_model=None, include_in_schema=False)
async def script() -> Response:
    """What the page does."""
    return FileResponse(SCRIPT, media_type="text/javascript")
