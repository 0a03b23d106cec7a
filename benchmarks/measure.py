"""Closed loops, percentiles, and what the processor did meanwhile."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 16
TICK = os.sysconf("SC_CLK_TCK")

Act = Callable[[str, int], Awaitable[None]]


@dataclass
class Sample:
    """What one way of working has shown so far; `cpu` in seconds by part."""

    name: str
    act: Act
    acts: int = 3
    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ranked = sorted(self.latencies)
        return 1000 * ranked[min(int(share * len(ranked)), len(ranked) - 1)]

    def cpu_per_act(self) -> dict[str, float]:
        """In milliseconds."""
        return {part: 1000 * used / len(self.latencies) for part, used in self.cpu.items()}

    async def round(self, cases: Iterable[str], pids: dict[str, int]) -> None:
        """So many cases, AT_ONCE of them running; every act is timed by itself."""
        waiting = list(cases)
        before, begun = cpu(pids), time.perf_counter()
        await asyncio.gather(*(self._clerk(waiting) for _ in range(AT_ONCE)))
        self.seconds += time.perf_counter() - begun
        for part, used in cpu(pids).items():
            self.cpu[part] = self.cpu.get(part, 0) + used - before[part]

    async def _clerk(self, waiting: list[str]) -> None:
        while waiting:
            case = waiting.pop()
            for number in range(self.acts):
                begun = time.perf_counter()
                await self.act(case, number)
                self.latencies.append(time.perf_counter() - begun)


def cpu(pids: dict[str, int]) -> dict[str, float]:
    """Processor seconds of these processes, by name; PostgreSQL works in children of its own."""
    used = dict.fromkeys(pids, 0.0)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        for part, pid in pids.items():
            its_child = part == "postgres" and int(words[1]) == pid
            if int(process.name) == pid or its_child:
                used[part] += (int(words[11]) + int(words[12])) / TICK
    return used
