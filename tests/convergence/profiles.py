"""How many histories are played: a fixed few in CI, as many random ones as wanted with CUELIGHT_HISTORIES=2000."""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

_WANTED: Final = os.environ.get("CUELIGHT_HISTORIES")


def profile(few: int) -> settings:
    """Play *few* histories, always the same; with CUELIGHT_HISTORIES so many others, and the shortest of those that fail."""
    return settings(
        max_examples=int(_WANTED or few),
        derandomize=_WANTED is None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        deadline=None,
        print_blob=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
