"""Reports from elsewhere: each line of a list becomes an incident, by our own clock and rules; what cannot be is quarantined, none is lost.
Loaded twice, it is there once.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities import quarantine
from models.change import Start
from models.incident_file import IncidentFile
from models.person import Actor, Role
from models.report_list import Line, Quarantine
from workflows.opening import PATIENCE, begin

AT_ONCE = 20
IMPORT = Actor(username="import", name="外来上报迁入", roles=(Role.SYSTEM,))


@dataclass
class Tally:
    """What became of a list."""

    loaded: int = 0
    known: int = 0
    quarantined: list[Quarantine] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Lines in all."""
        return self.loaded + self.known + len(self.quarantined)

    def said(self) -> str:
        """For whoever loaded it."""
        out = len(self.quarantined)
        return "\n".join(
            [
                f"读入 {self.read} 行：新载入 {self.loaded}，已有 {self.known}，隔离 {out}",
                f"read {self.read}: loaded {self.loaded}, known {self.known}, quarantined {out}",
                *(f"  第 {line.number} 行 {line.key}：{line.why}" for line in self.quarantined),
            ]
        )


@dataclass(frozen=True)
class Loading:
    """Where reports are loaded to; ``key`` seals what is quarantined."""

    client: Client
    engine: AsyncEngine
    queue: str
    key: bytes

    async def load(self, lines: Iterable[Line | Quarantine]) -> Tally:
        """All of them, some at a time."""
        every = list(lines)
        files = [line.file for line in every if isinstance(line, Line)]
        tally = Tally(quarantined=[line for line in every if isinstance(line, Quarantine)])
        await quarantine.keep(self.engine, self.key, tally.quarantined)
        known = await quarantine.registered(self.engine, [file.id for file in files])
        tally.known, tally.loaded = len(known), len(files) - len(known)
        turn = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._start(file, turn) for file in files if file.id not in known))
        return tally

    async def _start(self, file: IncidentFile, turn: asyncio.Semaphore) -> None:
        async with turn:
            try:
                opened = await begin(self.client, self.queue, file, "外来上报", Start(filer=IMPORT))
                await opened.result(rpc_timeout=PATIENCE)
            except WorkflowAlreadyStartedError:
                return  # it has run and is closed; the register learns nothing new
