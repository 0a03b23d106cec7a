"""The store keeps bytes under their digest, in a folder and in S3 alike."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from models.settings import Settings
from models.store import Damaged, NotStored, Store, digest_of


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    if request.param == "folder":
        return Store.of(Settings(var_dir=tmp_path))
    endpoint = request.getfixturevalue("s3")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    _bucket(endpoint)
    return Store.of(Settings(store_url="s3://anjuan/files"))


def _bucket(endpoint: str) -> None:
    import httpx

    httpx.put(f"{endpoint}/anjuan", trust_env=False).raise_for_status()


async def test_what_is_put_is_found_under_its_digest(store: Store) -> None:
    digest = await store.put("案卷".encode())
    assert digest == digest_of("案卷".encode())
    assert await store.get(digest) == "案卷".encode()
    assert await store.size(digest) == 6


async def test_the_same_bytes_are_kept_once(store: Store) -> None:
    assert await store.put(b"twice") == await store.put(b"twice")


async def test_a_large_file_comes_back_in_pieces(store: Store, tmp_path: Path) -> None:
    data = os.urandom(12 << 20)
    path = tmp_path / "large"
    path.write_bytes(data)
    await store.put_file(path, digest_of(data))
    pieces = [piece async for piece in store.stream(digest_of(data))]
    assert len(pieces) > 1
    assert b"".join(pieces) == data


async def test_what_nobody_put_is_not_there(store: Store) -> None:
    missing = digest_of(b"never put")
    assert await store.size(missing) is None
    with pytest.raises(NotStored):
        await store.get(missing)


@pytest.mark.parametrize("name", ["../../x", "sha256:../x", "sha256:" + "A" * 64, ""])
async def test_nothing_but_a_digest_names_an_object(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        await store.get(name)


async def test_a_damaged_object_is_told(tmp_path: Path) -> None:
    store = Store.of(Settings(var_dir=tmp_path))
    digest = await store.put(b"as it was")
    (kept,) = (path for path in (tmp_path / "store").rglob("*") if path.is_file())
    kept.write_bytes(b"as it is!")
    with pytest.raises(Damaged):
        await store.get(digest)
    with pytest.raises(Damaged):
        await store.put(b"as it was")
