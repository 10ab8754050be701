"""How long from a push's webhook to the changed entity in the API, in a catalog of a thousand, and where that time goes.

The clock starts when the simulator begins to send the webhook and stops with the first answer by name that has the change,
asked for every 2 ms. What happened between is read afterwards from the instants that Cuelight keeps of each step.

    python -m benchmarks.push_to_visible [--entities 1000] [--pushes 100]
"""

import argparse
import http.client
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.catalog import PATIENCE, Catalog
from benchmarks.load import HOST, median, percentile
from benchmarks.processes import TOKEN, Process, cuelight, free_port, simulated
from cuelight.simulator.seed import benchmark_descriptor

POLL = 0.002
PAUSE = 0.05
"""Seconds between one push's visibility and the next push."""
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
JOIN signals s ON s.cause = d.id
JOIN reconciles r ON r.id = s.reconcile
JOIN changes c ON c.cause = d.id
WHERE d.guid = ?
"""
"""The instants of one delivery, in microseconds."""


class Simulator:
    """The simulated host's control."""

    def __init__(self, process: Process) -> None:
        self._connection = http.client.HTTPConnection(HOST, process.port, timeout=30)

    def push(self, number: int, marker: str) -> None:
        """Commit repository *number*'s descriptor with *marker* in it, and have the webhook sent."""
        text = benchmark_descriptor(number).replace("description: ", f"description: {marker} ")
        body = json.dumps({"files": {"catalog-info.yaml": text}, "message": marker})
        self._ask("POST", f"/_simulator/repos/acme/repo-{number:05d}/commits", body)

    def last_delivery(self) -> Mapping[str, Any]:
        """The webhook that was sent last."""
        delivery: Mapping[str, Any] = self._ask("GET", "/_simulator/deliveries")["items"][0]
        return delivery

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text)


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
    simulator.push(number, marker)
    until = time.monotonic() + PATIENCE
    while marker not in catalog.component(f"svc-{number:05d}")["metadata"]["description"]:
        if time.monotonic() > until:
            raise RuntimeError(f"the push to repository {number} was never seen")
        time.sleep(POLL)
    seen = time.time_ns() // 1000
    time.sleep(PAUSE)
    return Sighting(simulator.last_delivery(), seen)


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Load the catalog, push, and print."""
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
    _print(options, [sighting.milliseconds for sighting in sightings], parts)


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
        measure(options, Path(folder))


if __name__ == "__main__":
    main()
