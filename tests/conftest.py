"""Failures of shared stages are told in full."""

import pytest

pytest.register_assert_rewrite(
    "tests.approvals.stage", "tests.scenarios.stage", "tests.scenarios.whole"
)
