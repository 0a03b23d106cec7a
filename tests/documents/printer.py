"""A courier that prints for as long as it lives; its settings come from the environment: ``python -m tests.documents.printer``."""

import asyncio

from sqlalchemy.ext.asyncio import create_async_engine

from activities.courier import Courier
from activities.documents import MAKE
from activities.printing import Printing
from models.catalogue import Catalogue
from models.settings import settings
from worker import CATALOGUE


async def main() -> None:
    engine = create_async_engine(str(settings().database_url))
    printing = Printing(engine, Catalogue.load(CATALOGUE), settings())
    await Courier(engine, {MAKE: printing.carry}).run()


if __name__ == "__main__":
    asyncio.run(main())
