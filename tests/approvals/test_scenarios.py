"""Every scenario beside this file is one path of an application or a licence; the runner plays it over the real desk, and afterwards
register, chain and history agree.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import office as building
from tests.approvals.scenario import HERE, read
from tests.approvals.stage import Play
from tests.office import Office
from tests.scenarios import whole

pytestmark = pytest.mark.slow
FILES = sorted((HERE / "scenarios").rglob("*.yaml"))


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    async with building.office(HERE / "overlay") as opened:
        yield opened


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HERE / "scenarios").stem)
async def test_scenario(office: Office, path: Path) -> None:
    play = Play(office, path.stem, read(path))
    for case in await play.run():
        await whole.check(case)


def test_there_are_at_least_forty() -> None:
    assert len(FILES) >= 40
