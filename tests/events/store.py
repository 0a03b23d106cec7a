"""A store of files over real HTTP, on this machine, with bad manners on request."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route


@dataclass
class OutsideStore:
    """``asked``: the paths it was asked for, with the name it was called by."""

    files: dict[str, bytes]
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/{path}"

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.asked.append((path, request.headers["host"]))
        if path.isdigit():
            return Response(status_code=int(path))
        if path == "away.jpg":
            return RedirectResponse(self.url("a.jpg", "localhost"))
        if path == "slow.jpg":
            return StreamingResponse(self._dripping(), media_type="image/jpeg")
        if path in self.files:
            return Response(self.files[path], media_type="application/octet-stream")
        return Response(status_code=404)

    async def _dripping(self) -> AsyncIterator[bytes]:
        while True:
            yield b"\xff"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def outside_store(
    files: dict[str, bytes], certificate: Path | None = None
) -> AsyncIterator[OutsideStore]:
    store = OutsideStore(files)
    app = Starlette(routes=[Route("/{path:path}", store.answer)])
    tls = {"ssl_certfile": str(certificate), "ssl_keyfile": str(certificate)} if certificate else {}
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off", **tls)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers nothing else
        await asyncio.sleep(0.01)
    store.port = server.servers[0].sockets[0].getsockname()[1]
    yield store
    server.should_exit = server.force_exit = True
    await serving


def a_certificate(folder: Path, name: str) -> Path:
    """Of itself, for that name; the key beside it in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    assert ssl.create_default_context(cafile=str(path))
    return path
