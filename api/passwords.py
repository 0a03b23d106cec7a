"""Passwords: argon2id, as many at a time as the machine can bear."""

import asyncio
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

AT_ONCE = 4  # each takes 64 MiB and a core for about 0.15 s


class Passwords:
    """Hash and verify. Costs are argon2-cffi's; tests take the cheapest."""

    def __init__(self, time_cost: int = 3, memory_cost: int = 65536, parallelism: int = 4) -> None:
        hasher = Argon2Hasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism)
        self._hash = PasswordHash((hasher,))
        self._turn = asyncio.Semaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """A salted hash to store."""
        return self._hash.hash(password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; without a stored one takes as long and says no."""
        async with self._turn:
            fits = await asyncio.to_thread(self._hash.verify, password, stored or self._nobody)
        return fits and stored is not None

    @cached_property
    def _nobody(self) -> str:
        return self.hash("nobody's password")
