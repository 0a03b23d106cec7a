"""What comes later from outside: a register that was away answers (最多跑一次 7), a penalty is told to the licences it counts against
(最多跑一次 33). Carried until taken, entered once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities import late_answers as known
from activities.courier import Carrier, NotTaken, Parcel
from models.acts.licence import NotePenalty
from models.acts.sharing import RecordRegisterAnswer
from models.registers import Registers
from models.sharing import Register, SharedFact
from models.timeline import hash_of
from workflows.telling import tell


@dataclass(frozen=True)
class LateAnswers:
    """Carriers of ``register`` and ``penalty_news``."""

    client: Client
    engine: AsyncEngine
    registers: Registers
    key: bytes

    def carriers(self) -> dict[str, Carrier]:
        """By kind."""
        return {"register": self.ask_again, "penalty_news": self.tell_licences}

    async def ask_again(self, parcel: Parcel) -> None:
        """Raises `NotTaken` while the register is away."""
        matter, source = parcel.id.split("/")[0], Register(parcel.payload["source"])
        key = parcel.payload.get("key") if source is Register.VACCINATION else None
        fact = await self.registers.ask(
            source,
            key or await known.party_number(self.engine, matter, self.key),
            datetime.now(UTC),
        )
        if fact.away:
            raise NotTaken(f"{source} is away")
        paper = {
            "source": source,
            "answer": fact.answer,
            "agrees": fact.found and agrees(fact, parcel.payload["expects"]),
            "data": fact.data,
        }
        await tell(self.client, matter, RecordRegisterAnswer.name, paper, parcel.id)

    async def tell_licences(self, parcel: Parcel) -> None:
        """Every living licence of the same holder and scope."""
        case = parcel.id.split("/")[0]
        paper = {
            "case": case,
            "on_day": parcel.payload["on"],
            "number": await known.decision_number(self.engine, case),
        }
        for licence in await known.licences_of_party(self.engine, case, parcel.payload["scope"]):
            await tell(self.client, licence, NotePenalty.name, paper, f"penalty:{case}")


def agrees(fact: SharedFact, expects: dict[str, str]) -> bool:
    """Whether the register says what the application said; by digests, for the outbox keeps no names."""
    said = dict(fact.data)
    if "address" in expects:
        return expects["address"] in {hash_of(one) for one in said.get("addresses", ())}
    return all(hash_of(said.get(key)) == digest for key, digest in expects.items())
