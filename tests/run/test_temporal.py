"""The flow server on this machine: tuned, and it forgets nothing."""

import json
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from run import temporal
from run.process import CannotStart, claim


async def retention_days(address: str) -> int:
    client = await Client.connect(address)
    request = DescribeNamespaceRequest(namespace="default")
    answer = await client.workflow_service.describe_namespace(request)
    return answer.config.workflow_execution_retention_ttl.ToTimedelta().days


def test_flags_are_json_and_an_extra_one_wins() -> None:
    flags = temporal.dynamic_config({**temporal.TIME_SKIPPING, "matching.enableFairness": False})
    values = dict(flag.split("=", 1) for flag in flags[1::2])
    assert set(flags[::2]) == {"--dynamic-config-value"}
    assert json.loads(values["history.timerProcessorMaxTimeShift"]) == "10ms"
    assert json.loads(values["frontend.WorkflowTimeSkippingEnabled"]) is True
    assert json.loads(values["matching.enableFairness"]) is False


@pytest.mark.slow
async def test_closed_histories_are_kept_for_ten_years() -> None:
    async with temporal.running(None) as address:
        assert await retention_days(address) == 3650


@pytest.mark.slow
async def test_a_folder_keeps_histories_over_a_restart(tmp_path: Path) -> None:
    async with temporal.running(tmp_path) as address:
        client = await Client.connect(address)
        await client.start_workflow("Anything", id="case", task_queue="nobody")
    async with temporal.running(tmp_path) as address:
        client = await Client.connect(address)
        assert (await client.get_workflow_handle("case").describe()).id == "case"


@pytest.mark.slow
async def test_extra_settings_are_taken() -> None:
    async with temporal.running(None, extra_dynamic_config=temporal.TIME_SKIPPING) as address:
        assert not await temporal.has_worker(address, "default", "anjuan")


@pytest.mark.slow
async def test_a_taken_port_names_its_setting() -> None:
    async with temporal.running(None, port := claim(0, "any")):
        with pytest.raises(CannotStart, match=rf"{port}.*ANJUAN_TEMPORAL_PORT"):
            async with temporal.running(None, port):
                pass


def test_a_missing_program_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("run.temporal.sysconfig.get_path", lambda _name: "/nowhere")
    monkeypatch.setattr("run.temporal.shutil.which", lambda _name: None)
    with pytest.raises(CannotStart, match="make setup"):
        temporal.program()
