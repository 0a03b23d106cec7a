"""Every recorded history replays: a running case must not notice that its procedure was changed."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from models.case_file import CaseFile
from models.change import Start
from tests.office import KEY
from tests.replay.paths import PATHS
from worker import WORKFLOWS, runner
from workflows.client import data_converter
from workflows.summary_penalty import SummaryPenalty

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
ADVICE = """{name}: a case that walked this path before could not go on with the procedure as it is now.
Put what changed behind workflow.patched("…") so that older cases keep the old line (see CONTRIBUTING.md),
and add a history of the new line with `make histories`. Never record this one anew to make it pass, unless no version
that walked it was ever released."""


def history_of(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text())


def replayer(*workflows: type) -> Replayer:
    return Replayer(
        workflows=workflows, data_converter=data_converter(KEY), workflow_runner=runner()
    )


def procedure_of(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


@workflow.defn(name="summary_penalty", sandboxed=False)
class Hasty(SummaryPenalty):
    """As somebody might change it who forgets the cases that run already."""

    @workflow.init
    def __init__(self, file: CaseFile, start: Start) -> None:
        super().__init__(file, start)

    @workflow.run
    async def run(self, file: CaseFile, start: Start) -> str:
        await workflow.sleep(timedelta(days=1))
        return await super().run(file, start)


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_a_recorded_case_replays(file: Path) -> None:
    result = await replayer(*WORKFLOWS).replay_workflow(
        history_of(file), raise_on_replay_failure=False
    )
    if result.replay_failure:
        pytest.fail(f"{ADVICE.format(name=file.stem)}\n\n{result.replay_failure}", pytrace=False)


def test_every_procedure_has_a_history() -> None:
    recorded = {procedure_of(history_of(file)) for file in HISTORIES}
    known = {workflow._Definition.must_from_class(procedure).name for procedure in WORKFLOWS}
    assert known <= recorded, "walk it in tests/replay/paths.py, then `make histories`"


def test_every_path_is_recorded() -> None:
    assert set(PATHS) <= {file.stem for file in HISTORIES}, "record it: `make histories`"


async def test_a_thoughtless_change_is_caught() -> None:
    old = next(file for file in HISTORIES if file.stem == "summary")
    with pytest.raises(NondeterminismError):
        await replayer(Hasty).replay_workflow(history_of(old))
