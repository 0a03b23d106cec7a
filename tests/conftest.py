"""Failures of shared stages are told in full; no property is judged by the seconds it took."""

import hypothesis
import pytest

pytest.register_assert_rewrite(
    "tests.approvals.stage", "tests.scenarios.stage", "tests.scenarios.whole"
)
hypothesis.settings.register_profile("anjuan", deadline=None)
hypothesis.settings.load_profile("anjuan")
