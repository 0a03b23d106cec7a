"""Every scenario beside this file is one path of an incident; afterwards register, chain and history agree, and somebody owned it all
along.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import office as building
from tests.incidents.stage import HERE, Play, read, second_handler
from tests.office import Office
from tests.scenarios import whole

pytestmark = pytest.mark.slow
REPORTER, PHONE = "刘上报", "13900008888"
FILES = sorted((HERE / "scenarios").rglob("*.yaml"))


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    async with building.office() as opened:
        await second_handler(opened)
        yield opened


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_scenario(office: Office, path: Path) -> None:
    case = await Play(office, path.stem, read(path)).run()
    if case is not None:
        await whole.check(case)
        said = repr([entry.data for entry in await case.timeline()]) + repr(await case.state())
        assert REPORTER not in said
        assert PHONE not in said
