"""Every scenario beside this file is one path of the statute; the runner plays it over the real desk."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.office import Office
from tests.scenarios import whole
from tests.scenarios.scenario import HERE, Scenario, defaults, read
from tests.scenarios.stage import Play

SCENARIOS = sorted(HERE.glob("*/**/*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: str(path.relative_to(HERE))[:-5])
async def test_scenario(office: Office, path: Path) -> None:
    play = Play(office, path.stem, read(path))
    for case in await play.run():
        await whole.check(case)


def test_file_names_are_unique() -> None:
    """A scenario's matters and place are named after its file."""
    assert len({path.stem for path in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"steps": [{"don": "close_case"}]},
        {"steps": [{"see": {"stages": "closed"}}]},
        {"steps": [{"do": "close_case", "refused": {"code": "invalid", "article": 1}}]},
        {"steps": [{}]},
    ],
)
def test_what_is_not_understood_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Scenario.model_validate({"title": "-", "law": ["-"], **wrong})


def test_every_usual_paper_is_an_act() -> None:
    from models import acts
    from models.act import ACTS

    assert acts
    assert set(defaults().papers) <= set(ACTS)
