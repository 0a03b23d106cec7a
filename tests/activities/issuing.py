"""A worker that issues one document after another, for as long as it lives: ``python -m tests.activities.issuing URL FIRST LAST``."""

import asyncio
import sys

from sqlalchemy.ext.asyncio import create_async_engine

from activities.register import Register
from models.catalogue import Catalogue
from tests.activities.changes import KEY, PLAIN, a_change
from worker import CATALOGUE


async def issue(url: str, first: int, last: int) -> None:
    """Each matter's document; those already issued change nothing."""
    register = Register(create_async_engine(url), Catalogue.load(CATALOGUE, PLAIN), KEY)
    for number in range(first, last):
        await register.save(a_change(f"killed-{number}", kind="plain_decision"))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(issue(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
