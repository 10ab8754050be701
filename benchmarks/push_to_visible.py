"""How long from a push's webhook to the changed entity in the API, in a catalog of a thousand, and where that time goes.

The clock starts when the simulator begins to send the webhook and stops with the first answer by name that has the change,
asked for every 2 ms. What happened between is read afterwards from the instants that Cuelight keeps of each step, and
Cuelight's own histogram is printed beside it: that one starts when the delivery was received and ends when the final
entity was written, so it must be a little shorter, and not much.

    python -m benchmarks.push_to_visible [--entities 1000] [--pushes 100]
"""

import argparse
import math
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.api import PATIENCE, Catalog
from benchmarks.load import HOST, median, percentile
from benchmarks.metrics import Metrics
from benchmarks.processes import cuelight, free_port, simulated
from benchmarks.simulator import Simulator
from cuelight.simulator.seed import benchmark_descriptor

POLL = 0.002
PAUSE = 0.05
"""Seconds between one push's visibility and the next push."""
OWN = ("cuelight_push_to_visible_seconds", "cuelight_push_host_wait_seconds", "cuelight_push_host_lag_seconds")
"""Cuelight's own histograms. A simulated push is as old as its commit's whole second: its host lag says little."""
AGREEING = 0.5
"""What share of our mean its own must have: the rest is the way to the entry point, and to the next poll."""
PARTS = {
    "arrive": "sent, read, verified, translated, queued for the journal",
    "journal, event": "committed; the event claimed by its subscription",
    "claim": "the signal committed; the repository claimed",
    "host": "waiting for the simulated host",
    "queue": "waiting for the writer",
    "write, process": "the reconcile written, the entity processed, queued for stitching",
    "stitch, answer": "the final entity written; the next poll that sees it",
}
"""What lies between the instants: each is when a transaction began, so what a transaction takes is in the part after it."""

STEPS = """
SELECT d.received_at, e.published_at, s.created_at, r.started_at, r.host_time, r.finished_at, c.at
FROM deliveries d
JOIN events e ON e.cause = d.id
JOIN signals s ON s.cause = d.id AND s.kind = 'push'
JOIN reconciles r ON r.id = s.reconcile
JOIN changes c ON c.cause = d.id
WHERE d.guid = ?
"""
"""The instants of one delivery, in microseconds."""


class Sighting:
    """One push: when its webhook began, and when its change was seen, in microseconds."""

    def __init__(self, delivery: Mapping[str, Any], seen: int) -> None:
        answered = datetime.fromisoformat(delivery["deliveredAt"]).timestamp() * 1_000_000
        self.guid: str = delivery["guid"]
        self.began: int = round(answered - delivery["duration"] * 1_000_000)  # up to 1 ms early: deliveredAt is cut
        self.seen = seen

    @property
    def milliseconds(self) -> float:
        """From the one to the other."""
        return (self.seen - self.began) / 1000

    def parts(self, database: sqlite3.Connection) -> Sequence[float]:
        """The milliseconds of each of `PARTS`."""
        _, published, noted, started, host, written, changed = database.execute(STEPS, (self.guid,)).fetchone()
        instants = (self.began, published, noted, started, started + host, written, changed, self.seen)
        return [(after - before) / 1000 for before, after in pairwise(instants)]


def push_and_see(simulator: Simulator, catalog: Catalog, number: int) -> Sighting:
    """Push to repository *number* and wait until its Component has changed."""
    marker = f"push-{time.time_ns()}"
    text = benchmark_descriptor(number).replace("description: ", f"description: {marker} ")
    simulator.commit(f"repo-{number:05d}", {"catalog-info.yaml": text}, marker)
    until = time.monotonic() + PATIENCE
    while marker not in catalog.component(f"svc-{number:05d}")["metadata"]["description"]:
        if time.monotonic() > until:
            raise RuntimeError(f"the push to repository {number} was never seen")
        time.sleep(POLL)
    seen = time.time_ns() // 1000
    time.sleep(PAUSE)
    return Sighting(simulator.last_delivery(), seen)


def measure(options: argparse.Namespace, folder: Path) -> bool:
    """Load the catalog, push, and print; whether Cuelight's own measure agrees with ours."""
    port = free_port()
    with (
        simulated(options.entities, webhook=f"http://{HOST}:{port}/webhooks/github") as host,
        cuelight(folder, simulator=host, port=port) as process,
    ):
        simulator, catalog = Simulator(host), Catalog(process)
        catalog.wait_for(options.entities)
        time.sleep(1)
        numbers = random.Random(1).sample(range(1, options.entities + 1), options.pushes)
        sightings = [push_and_see(simulator, catalog, number) for number in numbers]
        with sqlite3.connect(f"file:{folder / 'cuelight.db'}?mode=ro", uri=True) as database:
            parts = [sighting.parts(database) for sighting in sightings]
        metrics = Metrics(process)
    times = [sighting.milliseconds for sighting in sightings]
    _print(options, times, parts)
    return _compare(times, metrics)


def _compare(times: list[float], metrics: Metrics) -> bool:
    """Print Cuelight's own histograms; whether the one of pushes has every push, and is shorter than *times*, but not much."""
    print("  Cuelight's own measure    count   mean ms    p50 ms    p95 ms   (within its buckets)")
    for name in OWN:
        own = metrics.histogram(name)
        figures = [own.mean, own.percentile(50), own.percentile(95)]
        print(
            f"    {name:34s} {own.count:4d}"
            + "".join(f" {figure * 1000:9.1f}" if own.count else "         -" for figure in figures)
        )
    own, mean = metrics.histogram(OWN[0]), math.fsum(times) / len(times)
    agrees = own.count == len(times) and AGREEING * mean <= own.mean * 1000 <= mean
    print(
        f"  they {'agree' if agrees else 'DO NOT AGREE'}: {own.mean * 1000:.1f} ms from within, {mean:.1f} ms from outside"
    )
    return agrees


def _print(options: argparse.Namespace, times: list[float], parts: Sequence[Sequence[float]]) -> None:
    p50, p95 = percentile(times, 50), percentile(times, 95)
    print(f"push to visible: {options.entities} entities, {options.pushes} pushes")
    print(f"  p50 {p50:.1f} ms   p95 {p95:.1f} ms   max {max(times):.1f} ms")
    print("  where it goes         p50 ms    p95 ms")
    for (name, meaning), column in zip(PARTS.items(), zip(*parts, strict=True), strict=True):
        print(f"    {name:16s} {median(list(column)):9.1f} {percentile(list(column), 95):9.1f}   {meaning}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=1000)
    parser.add_argument("--pushes", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cuelight-benchmark-") as folder:
        sys.exit(0 if measure(options, Path(folder)) else 1)


if __name__ == "__main__":
    main()
