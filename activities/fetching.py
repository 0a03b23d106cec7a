"""Files of an event: brought before, or fetched from a store we know; kept as if that account had uploaded them.

A store is named by its origin in the settings. Its name is resolved here, and the very address that was looked at is connected to: an
inner address is gone to only where the origin is named as an inner one. Nothing is redirected.
"""

import asyncio
import ipaddress
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import certifi
import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.courier import NotTaken
from activities.evidence import facts_of
from models.basis import PENALTY
from models.event import Attached, Poison
from models.keeping import Keeper, spool_folder
from models.refusal import Refused
from models.settings import Settings
from models.store import Store
from models.upload import Spool, TooLarge

LARGEST = 256 << 20  # bytes: a clip of minutes
SECONDS = 60.0  # for the whole of a file
RULE = PENALTY(41, 46)
_PORTS = {"http": 80, "https": 443}
_LATER = {408, 425, 429}  # and whatever is the store's own fault
_PIECE = 1 << 16


@dataclass(frozen=True)
class Fetching:
    """Raises `Poison` for what will never be had, `NotTaken` for what may be later."""

    engine: AsyncEngine
    chosen: Settings
    largest: int = LARGEST
    seconds: float = SECONDS

    async def kept(self, one: Attached, account: str) -> str:
        """The digest of the file, which is kept now."""
        if one.url is not None:
            return await self._fetched(_url(one.url), account)
        assert one.digest is not None  # noqa: S101 -- it has one of the two
        if one.digest not in await facts_of(self.engine, [one.digest], account):
            zh, en = "media：没有收到这个文件，请先上传", "media: upload the file first"
            raise Poison(zh, en, RULE)
        return one.digest

    async def _fetched(self, url: httpx.URL, account: str) -> str:
        address = await self._address(url)
        spool = Spool(spool_folder(self.chosen) / secrets.token_hex(16), self.largest)
        try:
            async with asyncio.timeout(self.seconds), _reading(url, address) as answer:
                _refuse_answer(answer)
                async for piece in answer.aiter_raw(_PIECE):
                    spool.write(piece)
            keeper = Keeper(self.engine, Store.of(self.chosen))
            name, kind = url.path.rsplit("/", 1)[-1], answer.headers.get("content-type")
            return str((await keeper.keep(account, spool, name, kind))[0].digest)
        except TooLarge:
            raise _too_large(self.largest) from None
        except Refused as no:
            raise Poison(f"media：{no.refusal.zh}", f"media: {no.refusal.en}", RULE) from None
        except (httpx.HTTPError, TimeoutError) as away:
            raise NotTaken(f"store: {type(away).__name__}") from None
        finally:
            spool.drop()

    async def _address(self, url: httpx.URL) -> str:
        """The address to connect to."""
        origin = f"{url.scheme}://{url.netloc.decode().lower()}"
        inner = origin in self.chosen.media_inner_origins
        if url.userinfo or not (inner or origin in self.chosen.media_origins):
            raise Poison("media：不是登记的存储", "media: not a store we know", RULE)
        if url.scheme != "https" and not (inner and self.chosen.demo):
            raise Poison("media：存储须用 https", "media: stores speak https", RULE)
        addresses = await _resolved(url.host, url.port or _PORTS[url.scheme])
        if not inner and not all(map(_outside, addresses)):
            raise Poison("media：存储指向内部地址", "media: it leads to an inner address", RULE)
        return addresses[0]


async def _resolved(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as away:
        raise NotTaken("store: its name is not known") from away
    return [str(one[4][0]) for one in found]


def _outside(address: str) -> bool:
    """Where everybody may go: not this machine, not this network, nor by an IPv4 address in the clothes of an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    plain = (ip.ipv4_mapped or ip.sixtofour or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
    return plain.is_global and not plain.is_multicast


@asynccontextmanager
async def _reading(url: httpx.URL, address: str) -> AsyncIterator[httpx.Response]:
    """The name stays in the request and the certificate; the connection goes to the address."""
    there = url.copy_with(host=address)
    headers = {"Host": url.netloc.decode(), "Accept-Encoding": "identity"}
    async with httpx.AsyncClient(verify=_trusted(), trust_env=False, timeout=10) as client:
        request = client.build_request(
            "GET", there, headers=headers, extensions={"sni_hostname": url.host}
        )
        answer = await client.send(request, stream=True)
        try:
            yield answer
        finally:
            await answer.aclose()


def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts (``SSL_CERT_FILE`` too, for an authority of the city's own), and whom browsers do."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _refuse_answer(answer: httpx.Response) -> None:
    code = answer.status_code
    if code >= httpx.codes.INTERNAL_SERVER_ERROR or code in _LATER:
        raise NotTaken(f"store: HTTP {code}")
    if code != httpx.codes.OK:  # nor is a redirect followed
        raise Poison(f"media：存储答复 {code}", f"media: the store answers {code}", RULE)


def _too_large(largest: int) -> Poison:
    return Poison(f"media：文件超过 {largest} 字节", f"media: over {largest} bytes", RULE)


def _url(said: str) -> httpx.URL:
    try:
        return httpx.URL(said)
    except httpx.InvalidURL as wrong:
        raise Poison("media：不是网址", "media: no address", RULE) from wrong
