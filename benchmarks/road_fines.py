"""The whole event log of road fines, lived by the real office: how many cases and acts a second, and what became of them."""

import asyncio
import time

from tests.office import office
from tests.road_fines import traces as log
from tests.road_fines.life import LAW, live_all


async def main() -> None:
    """Print the report and the pace."""
    file = log.path()
    if not file.exists():
        print(f"无事件日志 · no event log at {file}; name its folder in ANJUAN_SHARED_DATA")
        return
    traces = list(log.read(file))
    async with office(LAW) as house:
        began = time.perf_counter()
        report = await live_all(house, traces)
        took = time.perf_counter() - began
    print(report)
    cases, acts = len(report.lives) / took, report.acts / took
    print(f"用时 took {took:.1f} s: {cases:.1f} cases/s, {acts:.1f} acts/s")


if __name__ == "__main__":
    asyncio.run(main())
