"""RFC 3161 timestamps: an authority vouches that the signature existed at that time."""

import httpx
from asn1crypto.tsp import TimeStampReq, TimeStampResp
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

PATIENCE = 10.0  # seconds
HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}


class Authority(TimeStamper):
    """A timestamp authority reached over HTTP. Whatever it answers wrongly is a `TimestampRequestError`."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url = url

    async def async_request_tsa_response(self, req: TimeStampReq) -> TimeStampResp:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as client:
                answer = await client.post(self.url, content=req.dump(), headers=HEADERS)
                answer.raise_for_status()
            response = TimeStampResp.load(answer.content, strict=True)
            _ = response.native  # read to the end while it is still the authority's fault
        except (httpx.HTTPError, ValueError, TypeError) as wrong:
            raise TimestampRequestError(f"{self.url}: {wrong!r}") from wrong
        return response
