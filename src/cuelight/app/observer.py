"""What the catalog engine tells of its steps, as metrics."""

import re
from collections.abc import Sequence
from typing import Final

from cuelight.catalog import Cause
from cuelight.catalog.observer import Observer
from cuelight.clock import SECOND
from cuelight.telemetry import Metrics

_DELIVERY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The id of a delivery. Every other cause says what it is before a colon (`scan:…`, `refresh:…`), or is a word."""


class MetricsObserver(Observer):
    """Counts steps; what failed is logged as well."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def processed(self, outcome: str) -> None:
        """A run of the pipeline ended."""
        self._metrics.processed(outcome)

    def stitched(self, looked_at: int, changed: int) -> None:
        """So many refs were stitched, of which so many changed."""
        self._metrics.stitched("changed", changed)
        self._metrics.stitched("unchanged", looked_at - changed)

    def visible(self, causes: Sequence[Cause], at: int) -> None:
        """Final entities that changed because of *causes*, one each, are written since *at*; deliveries alone are timed."""
        for cause in causes:
            if _is_delivery(cause):
                self._metrics.push_visible((at - cause.at) / SECOND)


def _is_delivery(cause: Cause) -> bool:
    """Whether *cause* came in as a webhook; a reconcile that nothing asked for is its own cause."""
    return cause.id != cause.reconcile and _DELIVERY.fullmatch(cause.id) is not None
