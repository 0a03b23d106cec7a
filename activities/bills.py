"""Bills: the treasury gets them signed (行政处罚法 67; 罚款决定与罚款收缴分离实施办法 3)."""

from datetime import UTC, datetime

import httpx

from activities.courier import Parcel
from models.settings import Settings
from models.signature import sign, treasury_key
from models.timeline import canonical

_TIMEOUT = 10  # seconds for one delivery


class Bills:
    """Carries bills to the treasury, which knows each by its id."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient | None = None) -> None:
        self.key, self.treasury = treasury_key(settings), settings.treasury_address
        # A proxy may stand between us and a platform, not between us and our own machine.
        outside = settings.treasury_url is not None
        self.http = http or httpx.AsyncClient(timeout=_TIMEOUT, trust_env=outside)

    async def carry(self, parcel: Parcel) -> None:
        """Raises httpx.HTTPError where the treasury does not take it."""
        body = canonical({"id": parcel.id, **parcel.payload})
        headers = {"Content-Type": "application/json"} | sign(body, self.key, datetime.now(UTC))
        answer = await self.http.post(f"{self.treasury}/bills", content=body, headers=headers)
        answer.raise_for_status()
