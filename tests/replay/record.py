"""Record what every path leaves in Temporal: ``make histories``. Run it when a procedure is new or walks a new path.

Kept as it lies there, sealed with the test key; without the answers, which replay does not read, and the names of machines.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.approvals.scenario import HERE
from tests.office import Case, office
from tests.replay.paths import PATHS

TRIALS = HERE / "overlay"
HISTORIES = Path(__file__).parent / "histories"
_NOT_REPLAYED = {"identity", "outcome", "taskId", "requestId", "protocolInstanceId"}


async def record(names: list[str]) -> None:
    """Walk these paths, or all, and keep their histories."""
    HISTORIES.mkdir(exist_ok=True)
    async with office(TRIALS) as open_office:
        for name in names or PATHS:
            case = await PATHS[name](open_office, name)
            print(f"  ✓ {name:<32} {await _keep(case, name)} kB")  # noqa: T201 -- a command


async def _keep(case: Case, name: str) -> int:
    history = json.loads((await case.handle.fetch_history()).to_json())
    text = json.dumps(slim(history), ensure_ascii=False, indent=1) + "\n"
    (HISTORIES / f"{name}.json").write_text(text)
    return len(text) // 1024


def slim(value: Any) -> Any:
    """Without what replay does not read."""
    if isinstance(value, dict):
        return {key: slim(inner) for key, inner in value.items() if key not in _NOT_REPLAYED}
    return [slim(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:]))
