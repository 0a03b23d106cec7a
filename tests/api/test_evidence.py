"""Evidence comes in as it is, once, or not at all; who may read it reads it, and the original is never touched."""

import hashlib
import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

from models.database import Matter
from models.evidence_files import EvidenceCitation, EvidenceFile, EvidenceRead, PendingUpload
from models.settings import Settings
from tests.api.builders import a_matter, a_state
from tests.api.conftest import Keep, SignIn
from tests.api.pictures import pdf, photograph, video

pytestmark = pytest.mark.slow


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


async def brought(
    client: httpx.AsyncClient, data: bytes, name: str = "现场.jpg", media: str = "image/jpeg"
) -> httpx.Response:
    return await client.post("/api/evidence", files={"file": (name, data, media)})


def stored(settings: Settings) -> set[Path]:
    """Every file below the folder of the installation."""
    return {path for path in settings.var_dir.rglob("*") if path.is_file()}


async def files(register: AsyncEngine) -> list[Any]:
    async with register.connect() as connection:
        return list(await connection.execute(sa.select(EvidenceFile.__table__)))


# ---- in -----------------------------------------------------------------------------------------


async def test_a_photograph_is_kept_as_it_is_with_what_it_says_of_itself(sign_in: SignIn) -> None:
    zhang, data = await sign_in("officer.zhang"), photograph(shade=1)
    answer = await brought(zhang, data)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["digest"], said["size"]) == (digest(data), len(data))
    assert said["sm3"] == f"sm3:{hashlib.new('sm3', data).hexdigest()}"
    assert said["media_type"] == "image/jpeg"
    assert said["taken_at"].startswith("2026-11-24T01:30:00")  # half past nine in Hangzhou
    assert said["place"] == {"lon": 120.17, "lat": 30.24}
    assert (await zhang.get(answer.headers["Location"])).content == data
    small = Image.open(BytesIO((await zhang.get(said["thumbnail"])).content))
    assert max(small.size) == 512


async def test_a_camera_whose_clock_was_never_set_says_nothing_of_time(sign_in: SignIn) -> None:
    zhang = await sign_in("officer.zhang")
    answer = await brought(zhang, photograph(shade=9, taken="0001:01:01 00:00:00"))
    assert answer.status_code == 201
    assert "taken_at" not in answer.json()


async def test_a_form_of_many_fields_is_refused(sign_in: SignIn) -> None:
    zhang = await sign_in("officer.zhang")
    more = {f"field{n}": "x" for n in range(20)}
    files = {"file": ("a.jpg", photograph(shade=10), "image/jpeg")}
    answer = await zhang.post("/api/evidence", files=files, data=more)
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


async def test_the_offset_of_the_camera_counts(sign_in: SignIn) -> None:
    zhang = await sign_in("officer.zhang")
    answer = await brought(zhang, photograph(shade=2, offset="+00:00"))
    assert answer.json()["taken_at"].startswith("2026-11-24T09:30:00")


async def test_the_same_file_is_kept_once_whoever_brings_it(
    sign_in: SignIn, register: AsyncEngine, settings: Settings
) -> None:
    zhang, li, data = (
        await sign_in("officer.zhang"),
        await sign_in("officer.li"),
        photograph(shade=3),
    )
    first = await brought(zhang, data)
    before = stored(settings)
    second = await brought(li, data, "另一个名字.jpg")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert stored(settings) == before
    assert len(await files(register)) == 1


GOOD, BROKEN_PDF = photograph(shade=4), pdf()[:-200]
BAD = {
    "corrupted": (GOOD[: len(GOOD) // 2], "a.jpg", "image/jpeg", "损坏"),
    "broken pdf": (b"%PDF-1.7\nrubbish", "a.pdf", "application/pdf", "损坏"),
    "encrypted": (pdf("2468"), "a.pdf", "application/pdf", "加密"),
    "mislabelled by header": (pdf(), "a", "image/jpeg", "标明为 image/jpeg"),
    "mislabelled by name": (pdf(), "a.jpg", "application/octet-stream", "标明为 image/jpeg"),
    "a program": (b"\x7fELF" + bytes(100), "a.jpg", "image/jpeg", "不在可接受"),
    "a page": (b"<html><script>alert(1)</script></html>", "a.html", "text/html", "不在可接受"),
    "zero bytes": (b"", "a.jpg", "image/jpeg", "空的"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_cannot_be_verified_is_refused_and_nothing_is_kept(
    sign_in: SignIn, register: AsyncEngine, settings: Settings, case: str
) -> None:
    data, name, media, why = BAD[case]
    zhang, before = await sign_in("officer.zhang"), stored(settings)
    answer = await brought(zhang, data, name, media)
    said = answer.json()
    assert (answer.status_code, said["code"], said["field"]) == (422, "invalid", "file")
    assert why in said["detail"]
    assert said["basis"] == [{"law": "行政处罚法", "article": "46(3)"}]
    assert stored(settings) == before
    assert await files(register) == []


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "..\\..\\x.jpg", "/etc/passwd.jpg", "a\x00b.jpg", "...", ""]
)
async def test_a_name_is_words_and_never_a_path(
    sign_in: SignIn, settings: Settings, name: str
) -> None:
    zhang, outside = await sign_in("officer.zhang"), settings.var_dir.parent
    around = set(outside.iterdir())
    answer = await brought(zhang, photograph(shade=5), name or "-")
    assert answer.status_code in {200, 201}, answer.text
    assert not set(answer.json()["name"]) & set("/\\\x00")
    assert set(outside.iterdir()) == around
    places = {path.relative_to(settings.var_dir).parts[0] for path in stored(settings)}
    assert places <= {"store"}


async def test_five_gigabytes_announced_are_refused_before_they_are_read(sign_in: SignIn) -> None:
    zhang, sent = await sign_in("officer.zhang"), 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield bytes(1024)

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(5 << 30)}
    answer = await zhang.post("/api/evidence", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "image/jpeg"])
async def test_what_is_no_form_is_told_so(sign_in: SignIn, content_type: str) -> None:
    zhang = await sign_in("officer.zhang")
    answer = await zhang.post("/api/evidence", content=b"x", headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_who_may_not_bring_evidence_brings_none(sign_in: SignIn, anyone: Any) -> None:
    assert (await brought(await sign_in("treasury"), GOOD)).status_code == 403
    assert (await brought(anyone, GOOD)).status_code == 401


# ---- in parts -----------------------------------------------------------------------------------


async def _announced(client: httpx.AsyncClient, data: bytes, **more: Any) -> str:
    told = {"size": len(data), "name": "录像.mp4", "media_type": "video/mp4"} | more
    answer = await client.post("/api/evidence/uploads", json=told)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def _part(client: httpx.AsyncClient, where: str, data: bytes, at: int) -> httpx.Response:
    return await client.patch(where, content=data, headers={"Upload-Offset": str(at)})


async def test_an_upload_that_was_cut_goes_on_from_where_it_stopped(
    sign_in: SignIn, register: AsyncEngine, settings: Settings
) -> None:
    zhang, data = await sign_in("officer.zhang"), video(300_000) + os.urandom(100)
    where = await _announced(zhang, data, digest=digest(data))
    answer = await _part(zhang, where, data[:100_000], 0)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (200, "100000")
    wrong = await _part(zhang, where, data[50_000:], 50_000)
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "100000")
    assert (await zhang.head(where)).headers["Upload-Offset"] == "100000"
    done = await _part(zhang, where, data[100_000:], 100_000)
    assert (done.status_code, done.json()["digest"]) == (201, digest(data))
    assert (await zhang.get(done.headers["Location"])).content == data
    assert (await zhang.head(where)).status_code == 404
    assert not [path for path in stored(settings) if path.parent.name == "incoming"]
    async with register.connect() as connection:
        assert not (await connection.execute(sa.select(PendingUpload))).all()


async def test_what_the_line_brought_before_it_was_cut_is_kept(sign_in: SignIn) -> None:
    zhang, data = await sign_in("officer.zhang"), video(200_000)

    async def cut() -> AsyncIterator[bytes]:
        yield data[:70_000]
        raise ConnectionError

    where = await _announced(zhang, data)
    torn = await zhang.patch(where, content=cut(), headers={"Upload-Offset": "0"})
    assert torn.status_code == 503
    at = int((await zhang.head(where)).headers["Upload-Offset"])
    assert at == 70_000
    assert (await _part(zhang, where, data[at:], at)).status_code == 201


async def test_another_content_than_announced_is_refused(sign_in: SignIn) -> None:
    zhang, data = await sign_in("officer.zhang"), video(2_000)
    where = await _announced(zhang, data, digest=digest(b"another"))
    answer = await _part(zhang, where, data, 0)
    assert (answer.status_code, answer.json()["field"]) == (422, "file")
    longer = await _announced(zhang, data)
    assert (await _part(zhang, longer, data + b"more", 0)).status_code == 413


async def test_an_upload_is_its_owners(sign_in: SignIn) -> None:
    zhang, li = await sign_in("officer.zhang"), await sign_in("officer.li")
    where = await _announced(zhang, video(2_000))
    assert (await li.head(where)).status_code == 404
    assert (await _part(li, where, b"x", 0)).status_code == 404


# ---- out ----------------------------------------------------------------------------------------


async def test_originals_are_for_those_of_the_case_and_reading_is_on_record(
    sign_in: SignIn, keep: Keep, register: AsyncEngine
) -> None:
    zhang, data = await sign_in("officer.zhang"), photograph(shade=6)
    where = (await brought(zhang, data)).headers["Location"]
    head, wang = await sign_in("unit.head"), await sign_in("citizen.wang")
    for other in (head, wang, await sign_in("citizen.chen")):
        assert (await other.get(where)).status_code == 404
    await keep(Matter, a_matter("m1", stage="inquiry"))
    await keep(EvidenceCitation, {"digest": digest(data), "matter": "m1"})
    assert (await head.get(where)).content == data
    assert (await wang.get(where)).status_code == 404  # he is not told yet
    async with register.begin() as connection:
        told = a_state("m1") | {"documents": [{"kind": "notice"}]}
        await connection.execute(sa.update(Matter).values(stage="notice", state=told))
    assert (await wang.get(where)).content == data
    assert (await (await sign_in("citizen.chen")).get(where)).status_code == 404
    async with register.connect() as connection:
        read = sa.select(EvidenceRead.username).order_by(EvidenceRead.id)
        assert list(await connection.scalars(read)) == ["unit.head", "citizen.wang"]


async def test_a_file_is_handed_out_as_a_file_and_never_opened_in_place(sign_in: SignIn) -> None:
    zhang = await sign_in("officer.zhang")
    answer = await zhang.get(
        (await brought(zhang, photograph(shade=7), "现 场.jpg")).headers["Location"]
    )
    assert answer.headers["Content-Disposition"].startswith(
        "attachment; filename*=UTF-8''%E7%8E%B0"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_public_copy_is_covered_and_says_nothing_of_the_camera(sign_in: SignIn) -> None:
    zhang, data = await sign_in("officer.zhang"), photograph(shade=8, turned=6)
    where = (await brought(zhang, data)).headers["Location"]
    assert (await zhang.get(f"{where}/public")).status_code == 404
    boxes = [{"x": 10, "y": 500, "width": 100, "height": 50}]
    told = {"boxes": boxes, "reason": "遮盖号牌"}
    assert (await zhang.post(f"{where}/public", json=told)).status_code == 201
    copy = Image.open(BytesIO((await zhang.get(f"{where}/public")).content)).convert("RGB")
    assert copy.size == (480, 640)  # as it is shown
    assert not copy.getexif()
    black = copy.crop((14, 504, 106, 546))
    assert max(high for _, high in black.getextrema()) < 12  # type: ignore[misc]
    assert min(copy.getpixel((200, 200))) > 0  # type: ignore[arg-type]
    assert (await zhang.get(where)).content == data
    assert (await zhang.get(f"{where}/about")).json()["public_copies"][0]["reason"] == "遮盖号牌"
    outside = {"boxes": [{"x": 470, "y": 0, "width": 20, "height": 5}], "reason": "越界"}
    refused = await zhang.post(f"{where}/public", json=outside)
    assert (refused.status_code, refused.json()["field"]) == (422, "boxes")


async def test_only_a_picture_has_a_public_copy(sign_in: SignIn) -> None:
    zhang = await sign_in("officer.zhang")
    where = (await brought(zhang, pdf(), "a.pdf", "application/pdf")).headers["Location"]
    told = {"boxes": [{"x": 0, "y": 0, "width": 1, "height": 1}], "reason": "公开"}
    answer = await zhang.post(f"{where}/public", json=told)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_picture")
