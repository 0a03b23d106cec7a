"""How fast one account may send: a store of so many that fills again by so many a second (令牌桶). Each process counts for itself."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

BURST = 60  # seconds' worth may come at once


@dataclass
class Pace:
    """``per_second``: what comes back each second."""

    per_second: int
    now: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait_for(self, account: str, count: int) -> int:
        """Take so many; 0 where they are there, else the seconds until they are, and nothing is taken."""
        most, now = float(self.per_second * BURST), self.now()
        left, since = self._left.get(account, (most, now))
        left = min(most, left + (now - since) * self.per_second)
        short = min(count, most) - left
        self._left[account] = (left if short > 0 else left - count, now)
        return math.ceil(short / self.per_second) if short > 0 else 0
