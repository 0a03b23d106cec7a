"""The whole file leaves as one bundle, and whoever holds it checks it without us: one byte changed anywhere is found."""

import asyncio
import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto.x509 import Certificate

from activities.bundling import MAKE, Bundling
from activities.courier import Courier
from forms.bundle_check import checked
from forms.proof import read_roots
from models.catalogue import Catalogue
from tests.api.pictures import photograph
from tests.builders import a_summary_lead
from tests.documents.conftest import House
from tests.documents.test_sending import act, noticed
from tests.forms.seals import tool
from worker import CATALOGUE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


async def _bundled(house: House) -> None:
    bundling = Bundling(house.engine, Catalogue.load(CATALOGUE), house.settings, house.printing)
    courier = Courier(house.engine, {MAKE: bundling.carry})
    while await courier.deliver_due():
        pass


async def taken(house: House, client: httpx.AsyncClient, case: str) -> bytes:
    """Asked for, made in the background, and taken."""
    first = await client.get(f"/api/cases/{case}/file")
    assert first.status_code in {200, 202}, first.text
    await house.make()
    await _bundled(house)
    answer = await client.get(f"/api/cases/{case}/file")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture(scope="module")
async def case(house: House) -> str:
    """A case with a photograph, and a document that was declared void."""
    known = await noticed(house, "案卷包")
    zhang, head = await house.as_("officer.zhang"), await house.as_("unit.head")
    files = {"file": ("现场.jpg", photograph(shade=99), "image/jpeg")}
    digest = (await zhang.post("/api/evidence", files=files)).json()["digest"]
    await act(
        zhang,
        known,
        "issue_document",
        kind="assistance",
        fields={
            "requested_agency": "上城区市场监督管理局",
            "matter": "查询",
            "basis": "行政处罚法第二十六条",
            "period": "十五日",
        },
    )
    documents = (await zhang.get(f"/api/cases/{known}/documents")).json()["items"]
    letter = next(d["id"] for d in documents if d["kind"] == "assistance")
    await act(head, known, "void_document", document=letter, reason="内容有误")
    photo = {"kind": "audio_visual", "title": "现场照片", "digest": digest}
    await act(zhang, known, "add_evidence", **photo)
    return known


@pytest.fixture(scope="module")
async def bundle(house: House, case: str) -> bytes:
    return await taken(house, await house.as_("officer.zhang"), case)


@pytest.fixture(scope="module")
def roots(house: House) -> list[Certificate]:
    return read_roots(house.settings.seal_roots)


def bad(data: bytes, roots: list[Certificate], tmp_path: Path) -> list[str]:
    """What a check finds wrong."""
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    return [step.en for step in checked(path, roots) if not step.good]


def rewritten(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The bundle with its files changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, content in files.items():
            new.writestr(name, content)
    return out.getvalue()


async def test_it_waits_in_the_open_until_it_is_made(house: House) -> None:
    zhang = await house.as_("officer.zhang")
    lead = a_summary_lead(datetime.now(UTC), place={"street": "凯旋街道", "address": "进度"})
    known = (await zhang.post("/api/cases", json=lead)).json()["id"]
    first = await zhang.get(f"/api/cases/{known}/file")
    assert (first.status_code, first.json()["state"]) == (202, "queued")
    await _bundled(house)  # its documents are not printed yet
    assert (await zhang.get(f"/api/cases/{known}/file")).status_code == 202
    await house.make()


async def test_it_holds_the_file_in_order_and_passes_its_check(
    house: House, bundle: bytes, roots: list[Certificate], tmp_path: Path
) -> None:
    assert await asyncio.to_thread(bad, bundle, roots, tmp_path) == []
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        names = file.namelist()
        documents = json.loads(file.read("documents.json"))
        (tmp_path / "whole.pdf").write_bytes(file.read("案卷.pdf"))
    assert [d["kind"] for d in documents][:2] == ["lead", "docketing"]
    assert {d["kind"]: d["status"] for d in documents}["assistance"] == "void"
    assert len([name for name in names if name.startswith("evidence/")]) == 1
    text = await asyncio.to_thread(_text, tmp_path / "whole.pdf")
    for said in (
        "卷宗封面",
        "卷内目录",
        "证据目录",
        "已作废",
        "王小明",
        "立案审批表",
        "事先告知书",
    ):
        assert said in text, said


def _text(path: Path) -> str:
    ran = subprocess.run([tool("pdftotext"), path, "-"], capture_output=True, check=True)
    return ran.stdout.decode()


async def test_the_same_version_is_bundled_once(house: House, case: str, bundle: bytes) -> None:
    zhang, li = await house.as_("officer.zhang"), await house.as_("officer.li")
    assert await taken(house, zhang, case) == bundle
    assert await taken(house, li, case) == bundle


async def test_anybody_checks_it_from_the_command_line(
    house: House, bundle: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(bundle)
    command = (sys.executable, "-m", "anjuan", "check-bundle", str(path))
    trusted = ("--roots", str(house.settings.seal_roots))
    good = await asyncio.create_subprocess_exec(*command, *trusted, cwd=ROOT)
    assert await good.wait() == 0
    stranger = await asyncio.create_subprocess_exec(*command, cwd=ROOT)  # trusts nobody
    assert await stranger.wait() == 1


async def test_openssl_agrees_on_the_signature(house: House, bundle: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        file.extractall(tmp_path)
    words = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "manifest.p7s",
        "-content",
        "manifest.json",
    ]
    trust = ["-CAfile", str(house.settings.seal_roots), "-purpose", "any", "-out", "/dev/null"]
    ran = await asyncio.create_subprocess_exec(tool("openssl"), *words, *trust, cwd=tmp_path)
    assert await ran.wait() == 0


def _swap(files: dict[str, bytes]) -> None:
    first, second = [name for name in files if name.startswith("documents/")][:2]
    files[first], files[second] = files[second], files[first]


def _reorder(files: dict[str, bytes]) -> None:
    entries = json.loads(files["timeline.json"])
    entries[1], entries[2] = entries[2], entries[1]
    files["timeline.json"] = json.dumps(entries).encode()


def _forge(files: dict[str, bytes]) -> None:
    """All digests fit again; only the signature does not."""
    import hashlib

    files["documents.json"] = files["documents.json"].replace(b'"void"', b'"valid"')
    manifest = json.loads(files["manifest.json"])
    for listed in manifest["files"]:
        data = files[listed["name"]]
        listed |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    files["manifest.json"] = json.dumps(manifest).encode()


TAMPERED: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "documents swapped": _swap,
    "entries reordered": _reorder,
    "a document taken out": lambda files: files.pop(
        next(n for n in files if n.startswith("documents/"))
    ),
    "evidence taken out": lambda files: files.pop(
        next(n for n in files if n.startswith("evidence/"))
    ),
    "a file added": lambda files: files.update({"documents/999-more.pdf": b"%PDF"}),
    "a path that leads out": lambda files: files.update({"../../x": b"x"}),
    "the signature taken out": lambda files: files.pop("manifest.p7s"),
    "the status forged": _forge,
}


@pytest.mark.parametrize("how", TAMPERED)
async def test_tampering_is_found(
    bundle: bytes, roots: list[Certificate], tmp_path: Path, how: str
) -> None:
    changed = rewritten(bundle, TAMPERED[how])
    assert await asyncio.to_thread(bad, changed, roots, tmp_path)


async def test_one_byte_changed_in_any_file_is_found(
    bundle: bytes, roots: list[Certificate], tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        names = [name for name in file.namelist() if name != "certificates.pem"]
    chance = random.Random(3)
    for name in [*chance.sample(names, 6), "timeline.json", "manifest.json", "manifest.p7s"]:

        def flip(files: dict[str, bytes], name: str = name) -> None:
            data = bytearray(files[name])
            data[chance.randrange(len(data))] ^= 1
            files[name] = bytes(data)

        changed = rewritten(bundle, flip)
        assert await asyncio.to_thread(bad, changed, roots, tmp_path), name


async def test_the_partys_bundle_holds_what_is_for_the_party(
    house: House, case: str, roots: list[Certificate], tmp_path: Path
) -> None:
    wang = await house.as_("citizen.wang")
    data = await taken(house, wang, case)
    assert await asyncio.to_thread(bad, data, roots, tmp_path) == []
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        kinds = {d["kind"] for d in json.loads(file.read("documents.json"))}
        assert "notice" in kinds
        assert not kinds & {"lead", "docketing", "report"}
        assert not [name for name in file.namelist() if name.startswith("evidence/")]
    for stranger in ("citizen.chen", "treasury"):
        other = await house.as_(stranger)
        assert (await other.get(f"/api/cases/{case}/file")).status_code in {403, 404}
