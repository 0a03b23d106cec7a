"""Failures of the stage are told in full."""

import pytest

pytest.register_assert_rewrite("tests.approvals.stage", "tests.scenarios.whole")
