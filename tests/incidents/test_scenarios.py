"""Every scenario beside this file is one path of an incident; afterwards register, chain and history agree, and somebody owned it all
along.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import office as building
from tests.incidents.stage import HERE, Play, read
from tests.office import Office
from tests.scenarios import whole

pytestmark = pytest.mark.slow
FILES = sorted((HERE / "scenarios").rglob("*.yaml"))


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    async with building.office() as opened:
        yield opened


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_scenario(office: Office, path: Path) -> None:
    case = await Play(office, path.stem, read(path)).run()
    if case is not None:
        await whole.check(case)
        assert (await case.state())["owner"]
