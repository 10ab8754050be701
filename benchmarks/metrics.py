"""What a process says of itself on /metrics: read once, as histograms and sums."""

import http.client
import math
from collections.abc import Mapping, Sequence

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.load import HOST
from benchmarks.processes import Process


class Histogram:
    """A histogram without labels: `count` observations, `total` their sum, and how many were at most each bound."""

    def __init__(self, count: float, total: float, bounds: Sequence[tuple[float, float]]) -> None:
        self.count = int(count)
        self.total = total
        self._bounds = sorted(bounds)

    @property
    def mean(self) -> float:
        """The mean; nan of none."""
        return self.total / self.count if self.count else math.nan

    def percentile(self, percent: float) -> float:
        """The *percent*th percentile as Prometheus estimates it: even within its bucket; nan of none."""
        rank = self.count * percent / 100
        below, floor = 0.0, 0.0
        for bound, count in self._bounds:
            if count >= rank and count > below:
                return floor if math.isinf(bound) else floor + (bound - floor) * (rank - below) / (count - below)
            below, floor = count, bound
        return math.nan


class Metrics:
    """The metrics of *process* at this moment."""

    def __init__(self, process: Process) -> None:
        connection = http.client.HTTPConnection(HOST, process.port, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        self._samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def histogram(self, name: str) -> Histogram:
        """The histogram *name*, which has no labels."""
        bounds = [(float(each.labels["le"]), each.value) for each in self._samples if each.name == f"{name}_bucket"]
        return Histogram(self.value(f"{name}_count"), self.value(f"{name}_sum"), bounds)

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples called *name* that have these *labels*."""
        return sum(each.value for each in self._samples if each.name == name and _has(each.labels, labels))

    def by(self, name: str, label: str) -> Mapping[str, float]:
        """The samples called *name*, summed by *label*."""
        found: dict[str, float] = {}
        for each in self._samples:
            if each.name == name and label in each.labels:
                found[each.labels[label]] = found.get(each.labels[label], 0.0) + each.value
        return found


def _has(given: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(given.get(name) == value for name, value in wanted.items())
