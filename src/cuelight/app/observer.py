"""What the catalog engine tells of its steps, as metrics."""

from cuelight.catalog.observer import Observer
from cuelight.telemetry import Metrics


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
