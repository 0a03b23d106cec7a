"""Files of an event: brought before, or fetched from a store we know, and then as if the device had uploaded them; no way leads inside."""

import ipaddress
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

from activities.courier import NotTaken
from activities.fetching import Fetching, _outside
from models.event import Attached, Poison
from models.evidence_files import EvidenceBringer, EvidenceFile
from models.settings import Settings
from models.store import Store, digest_of
from tests.api.pictures import photograph
from tests.events.stage import HUB, OTHER, TYPE, Front, Noted, a_device, an_event
from tests.events.store import OutsideStore, a_certificate, outside_store
from tests.events.test_taking_in import send

pytestmark = pytest.mark.slow

PHOTO = photograph()
SECONDS = 0.5


@pytest.fixture(scope="module")
async def store() -> AsyncIterator[OutsideStore]:
    files = {"a.jpg": PHOTO, "a.png": PHOTO, "text.jpg": b"hello", "empty.jpg": b""}
    async with outside_store(files) as open_store:
        yield open_store


def fetching(house: Front, **chosen: Any) -> Fetching:
    """With settings changed."""
    return Fetching(house.engine, house.settings.model_copy(update=chosen), seconds=SECONDS)


def known(store: OutsideStore, **more: Any) -> dict[str, Any]:
    """The store is one of ours, inside."""
    return {"media_inner_origins": (store.url("").rstrip("/"),), **more}


async def handled(house: Front, *media: dict[str, str], **chosen: Any) -> Any:
    """The row of one event with these files, and what its handler got."""
    noted = Noted([])
    async with house.visitor(HUB) as hub:
        await send(hub, an_event(1, data={"media": list(media)}))
    settings = house.settings.model_copy(update=chosen)
    await replace(house, desk=replace(house.desk, chosen=settings)).drained({TYPE: noted.handle})
    (row,) = await house.rows()
    return row, [event.media for event in noted.seen]


async def forget(house: Front) -> None:
    async with house.engine.begin() as connection:
        for table in (EvidenceFile, EvidenceBringer):
            await connection.execute(sa.delete(table))


async def test_a_file_that_was_uploaded_before_comes_with_the_event(house: Front) -> None:
    await forget(house)
    async with house.visitor(HUB) as hub:
        brought = await hub.post("/api/evidence", files={"file": ("a.jpg", PHOTO, "image/jpeg")})
        assert brought.status_code == 201, brought.text
    digest = brought.json()["digest"]
    row, media = await handled(house, {"digest": digest})
    assert (row.status, media) == ("done", [(digest,)])


async def test_naming_a_digest_gives_no_right_to_a_file_of_another(house: Front) -> None:
    await forget(house)
    await house.register(a_device("river-1", account=OTHER))
    async with house.visitor(OTHER) as other:
        await other.post("/api/evidence", files={"file": ("a.jpg", PHOTO, "image/jpeg")})
    row, media = await handled(house, {"digest": digest_of(PHOTO)})
    assert (row.status, media) == ("poison", [])
    assert "upload the file first" in row.reason["en"]


async def test_a_fetched_file_is_as_if_the_device_had_uploaded_it(
    house: Front, store: OutsideStore
) -> None:
    await forget(house)
    async with house.visitor(HUB) as hub:
        upload = await hub.post("/api/evidence", files={"file": ("a.jpg", PHOTO, "image/jpeg")})
        uploaded = await _rows(house)
        await forget(house)
        row, media = await handled(house, {"url": store.url("a.jpg")}, **known(store))
        assert (row.status, row.reason, media) == ("done", None, [(upload.json()["digest"],)])
        assert await _rows(house) == uploaded
        about = await hub.get(f"/api/evidence/{media[0][0]}/about")
        assert about.json() == upload.json() | {"public_copies": []}
    assert await Store.of(house.settings).get(media[0][0]) == PHOTO
    assert not list((house.settings.var_dir / "incoming").iterdir())


async def _rows(house: Front) -> list[dict[str, Any]]:
    """Without their moments."""
    async with house.engine.connect() as connection:
        return [
            {k: v for k, v in row._mapping.items() if k not in {"kept_at", "at"}}
            for table in (EvidenceFile, EvidenceBringer)
            for row in await connection.execute(sa.select(table.__table__))
        ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("away.jpg", "307"),
        ("404", "404"),
        ("403", "403"),
        ("206", "206"),
        ("text.jpg", "not accepted"),
        ("empty.jpg", "empty"),
        ("a.png", "labelled image/png"),
    ],
)
async def test_what_will_never_be_a_file_of_evidence_is_said(
    house: Front, store: OutsideStore, path: str, words: str
) -> None:
    asked = len(store.asked)
    with pytest.raises(Poison) as no:
        await fetching(house, **known(store)).kept(Attached(url=store.url(path)), HUB)
    assert words in no.value.en
    assert len(store.asked) == asked + 1, "a redirect was followed"


async def test_what_is_no_address_is_said(house: Front, store: OutsideStore) -> None:
    with pytest.raises(Poison, match="不是网址"):
        await fetching(house, **known(store)).kept(Attached(url="http://[::1"), HUB)


@pytest.mark.parametrize("path", ["500", "503", "429"])
async def test_a_store_that_is_unwell_is_asked_again_later(
    house: Front, store: OutsideStore, path: str
) -> None:
    row, media = await handled(house, {"url": store.url(path)}, **known(store))
    assert (row.status, row.attempts, media) == ("waiting", 1, [])
    assert path in row.reason["en"]


async def test_a_file_over_the_limit_is_dropped_while_it_comes(
    house: Front, store: OutsideStore
) -> None:
    small = replace(fetching(house, **known(store)), largest=len(PHOTO) - 1)
    with pytest.raises(Poison) as no:
        await small.kept(Attached(url=store.url("a.jpg")), HUB)
    assert str(len(PHOTO) - 1) in no.value.en
    assert not list((house.settings.var_dir / "incoming").iterdir())


async def test_a_store_that_drips_is_left(house: Front, store: OutsideStore) -> None:
    begun = time.monotonic()
    with pytest.raises(NotTaken):
        await fetching(house, **known(store)).kept(Attached(url=store.url("slow.jpg")), HUB)
    assert time.monotonic() - begun < SECONDS * 10


@pytest.mark.parametrize(
    ("url", "origins", "words"),
    [
        ("https://elsewhere.example/a.jpg", {}, "not a store"),
        (
            "https://store.example.evil.example/a.jpg",
            {"media_origins": ("https://store.example",)},
            "not a store",
        ),
        (
            "https://store.example@127.0.0.1/a.jpg",
            {"media_origins": ("https://127.0.0.1",)},
            "not a store",
        ),
        (
            "https://store.example:8443/a.jpg",
            {"media_origins": ("https://store.example",)},
            "not a store",
        ),
        ("http://store.example/a.jpg", {"media_origins": ("http://store.example",)}, "https"),
        (
            "http://127.0.0.1/a.jpg",
            {"media_inner_origins": ("http://127.0.0.1",), "demo": False},
            "https",
        ),
        ("https://localhost/a.jpg", {"media_origins": ("https://localhost",)}, "inner"),
        ("https://127.0.0.1/a.jpg", {"media_origins": ("https://127.0.0.1",)}, "inner"),
        ("https://2130706433/a.jpg", {"media_origins": ("https://2130706433",)}, "inner"),
        ("https://[::1]/a.jpg", {"media_origins": ("https://[::1]",)}, "inner"),
        (
            "https://[::ffff:10.0.0.1]/a.jpg",
            {"media_origins": ("https://[::ffff:10.0.0.1]",)},
            "inner",
        ),
        (
            "https://169.254.169.254/latest",
            {"media_origins": ("https://169.254.169.254",)},
            "inner",
        ),
    ],
)
async def test_no_way_leads_inside(
    house: Front, url: str, origins: dict[str, Any], words: str
) -> None:
    with pytest.raises(Poison) as no:
        await fetching(house, **origins).kept(Attached(url=url), HUB)
    assert words in no.value.en


@given(st.ip_addresses())
def test_only_addresses_of_everybody_are_outside(address: Any) -> None:
    inner = address.is_private or address.is_loopback or address.is_link_local
    assert not (_outside(str(address)) and (inner or address.is_multicast))


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_an_inner_address_in_other_clothes_is_still_inner(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for dressed in (f"::ffff:{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"):
        assert not _outside(dressed)


@pytest.mark.parametrize(("name", "taken"), [("localhost", True), ("store.example", False)])
async def test_the_certificate_is_asked_for_by_name_and_must_bear_it(
    house: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, taken: bool
) -> None:
    certificate = a_certificate(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with outside_store({"a.jpg": PHOTO}, certificate) as store:
        origin = store.url("", "localhost", "https").rstrip("/")
        one = Attached(url=f"{origin}/a.jpg")
        asked = fetching(house, media_inner_origins=(origin,), demo=False)
        if taken:
            assert await asked.kept(one, HUB) == digest_of(PHOTO)
            assert store.asked == [("a.jpg", f"localhost:{store.port}")]
        else:
            with pytest.raises(NotTaken):
                await asked.kept(one, HUB)


def test_origins_are_read_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_MEDIA_ORIGINS", "https://A.example, https://b.example:8443")
    assert Settings().media_origins == ("https://a.example", "https://b.example:8443")
    monkeypatch.setenv("ANJUAN_MEDIA_ORIGINS", "https://a.example/path")
    with pytest.raises(ValueError, match="host"):
        Settings()
