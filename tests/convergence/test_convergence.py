"""Promise 3: whatever happens to deliveries, workers and processes, one later signal a repository ends without drift."""

import pytest
from hypothesis import given

from tests.convergence.happenings import Story
from tests.convergence.playing import drift_after
from tests.convergence.profiles import profile
from tests.convergence.strategies import stories


@pytest.mark.slow
@profile(few=120)
@given(story=stories(24))
async def test_one_later_signal_ends_without_drift_whatever_happened(story: Story):
    assert await drift_after(story) == []
