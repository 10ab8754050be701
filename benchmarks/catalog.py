"""What the catalog costs as it grows: loading it in two ways, and its usual reads while it changes ten times a second.

A generated organisation (`organisation.py`; teams = N/50, each Component with an owner, a system and two dependencies) is
loaded as one full mutation of a provider in the server's process, then read over one connection, each answer checked.
The simulated host then has one descriptor a repository (`cuelight.simulator`), up to --repositories of them. Loading
counts from when the process listens, which begins then, until the API serves them all.

    python -m benchmarks.catalog [--entities 1000 10000 100000] [--database sqlite postgresql] [--json]

Ends with status 1 where a criterion is not met. PostgreSQL is the server that CUELIGHT_TEST_POSTGRESQL names.
"""

import argparse
import asyncio
import json
import math
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.api import Catalog
from benchmarks.databases import KINDS, fresh
from benchmarks.load import lasting, load
from benchmarks.organisation import Organisation
from benchmarks.processes import Process, configuration, cuelight, free_port, running, simulated
from benchmarks.provider import PAUSE
from benchmarks.reads import READS, Question, Questions, Read

FASTEST = {"mutation": 1000.0, "simulator": 500.0}
"""Entities a second that loading has to reach."""
MOST_MEMORY = 500.0
"""Megabytes that the server may take at its peak."""
WARMING = 0.5
"""Seconds of each read before the measured ones."""
QUIET = 2.0
"""Seconds without a change after which everything that was loaded is stitched."""
AT_LEAST = 0.8
"""The share of the changes that were due during the reads and have to be in the log."""


class Latency(msgspec.Struct, frozen=True):
    """Of one kind of read: percentiles in milliseconds, how many answers a second, and how many of them were wrong."""

    p50: float
    p95: float
    rate: float
    wrong: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation of `size` on a database: entities loaded a second by the way, seconds until all were at rest, the
    reads, changes a second meanwhile, and the server's peak memory in megabytes by the way.
    """

    database: str
    size: int
    loading: Mapping[str, float]
    rest: float
    reads: Mapping[str, Latency]
    changes: float
    peaks: Mapping[str, float]


@contextmanager
def provided(folder: Path, size: int, database: str) -> Iterator[Process]:
    """Run Cuelight with an organisation of *size* in its process."""
    port = free_port()
    document = configuration(folder, port, None)
    document["backend"]["database"]["url"] = database
    config = folder / "provider.yaml"
    config.write_text(json.dumps(document), encoding="utf-8")
    arguments = ["--config", str(config), "--entities", str(size)]
    with running([sys.executable, "-m", "benchmarks.provider", *arguments], port) as process:
        yield process


class Measurement:
    """What is measured of one *size* on one kind of *database*."""

    def __init__(self, database: str, size: int, options: argparse.Namespace) -> None:
        self._database = database
        self._organisation = Organisation(size)
        self._options = options
        self._loading: dict[str, float] = {}
        self._peaks: dict[str, float] = {}

    def run(self) -> Measured:
        """All of it."""
        with self._folder() as folder, fresh(self._database, folder) as url:
            size = self._organisation.size
            with provided(folder, size, url) as process:
                rest = self._load(process)
                changes, reads = self._read(process)
                self._peaks["mutation"] = process.peak()
        if size <= self._options.repositories:
            self._simulate()
        return Measured(
            database=self._database,
            size=size,
            loading=self._loading,
            rest=rest,
            reads=reads,
            changes=changes,
            peaks=self._peaks,
        )

    def _load(self, process: Process) -> float:
        began = time.perf_counter()  # it listens, and gives what it has from now on
        catalog, organisation = Catalog(process), self._organisation
        while catalog.changes() < organisation.size:
            time.sleep(PAUSE)
        served = max(
            catalog.wait_for(count, f"kind={kind}")
            for kind, count in (
                ("component", organisation.components),
                ("system", organisation.systems),
                ("group", organisation.teams),
            )
        )
        self._loading["mutation"] = organisation.size / (served - began)
        return _at_rest(catalog) - began

    def _read(self, process: Process) -> tuple[float, Mapping[str, Latency]]:
        catalog = Catalog(process)
        before = catalog.newest_change()["sequence"]
        process.tell(signal.SIGUSR1)
        began = time.perf_counter()
        reads = {name: self._measure(process, read) for name, read in READS.items()}
        seconds = time.perf_counter() - began
        newest = catalog.newest_change()
        self._check_title(catalog, newest)
        return (newest["sequence"] - before) / seconds, reads

    def _measure(self, process: Process, read: Read) -> Latency:
        questions = Questions(self._organisation, random.Random(1))
        asked: list[Question] = []
        wrong = 0

        def request() -> bytes:
            asked[:] = [read.make(questions)]
            return asked[0].request

        def heard(body: bytes) -> None:
            nonlocal wrong
            wrong += not _is_right(asked[0], body)

        def run(seconds: float) -> Any:
            return asyncio.run(load(process.port, request, connections=1, going=lasting(seconds), heard=heard))

        run(WARMING)
        result = run(self._options.seconds)
        return Latency(result.percentile(50), result.percentile(95), result.rate, wrong + result.refused)

    def _check_title(self, catalog: Catalog, newest: Mapping[str, Any]) -> None:
        """See that the last change in the log is what is served."""
        edition = newest["cause"]["id"]
        name = newest["entityRef"].partition("/")[2]
        title = catalog.component(name)["metadata"]["title"]
        if int(title.rpartition(" ")[2]) < int(edition.rpartition(" ")[2]):
            raise RuntimeError(f"{name} is served as {title!r} after its {edition}")

    def _simulate(self) -> None:
        size = self._organisation.size
        with (
            self._folder() as folder,
            fresh(self._database, folder) as url,
            simulated(size) as host,
            cuelight(folder, simulator=host, database=url) as process,
        ):
            began = time.perf_counter()
            served = Catalog(process).wait_for(size)
            self._loading["simulator"] = size / (served - began)
            self._peaks["simulator"] = process.peak()

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="cuelight-benchmark-") as name:
            yield Path(name)


def _at_rest(catalog: Catalog) -> float:
    """When the last change was seen that loading made."""
    newest, since = -1, time.perf_counter()
    while time.perf_counter() - since < QUIET:
        found = catalog.newest_change()["sequence"]
        if found != newest:
            newest, since = found, time.perf_counter()
        time.sleep(0.1)
    return since


def _is_right(question: Question, body: bytes) -> bool:
    try:
        return question.is_right(json.loads(body))
    except (KeyError, TypeError, ValueError):
        return False


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """Something measured beside its limit."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is within its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{self.name}: {self.value:.1f} (wanted {sign} {self.limit:.0f})"


def criteria(every: Sequence[Measured]) -> Iterator[Criterion]:
    """What has to hold of *every* measured size, and of the largest beside the smallest on each database."""
    for each in every:
        where = f"{each.size:,} on {each.database}"
        for way, rate in each.loading.items():
            yield Criterion(name=f"entities/s by {way}, {where}", value=rate, limit=FASTEST[way], at_least=True)
        for way, peak in each.peaks.items():
            yield Criterion(name=f"MB at the peak after the {way}, {where}", value=peak, limit=MOST_MEMORY)
        yield Criterion(name=f"changes/s, {where}", value=each.changes, limit=AT_LEAST / PAUSE, at_least=True)
        for name, read in each.reads.items():
            yield Criterion(name=f"wrong answers {name}, {where}", value=read.wrong, limit=0)
    for small, large in _extremes(every):
        for name, ratio in _ratios(small, large).items():
            where = f"{large.size:,} beside {small.size:,} on {large.database}"
            yield Criterion(name=f"times the p95 {name}, {where}", value=ratio, limit=READS[name].limit)


def _extremes(every: Sequence[Measured]) -> Iterator[tuple[Measured, Measured]]:
    """The smallest and the largest size on each database that has two."""
    for database in dict.fromkeys(each.database for each in every):
        sizes = sorted((each for each in every if each.database == database), key=lambda each: each.size)
        if len(sizes) > 1:
            yield sizes[0], sizes[-1]


def _ratios(small: Measured, large: Measured) -> Mapping[str, float]:
    return {name: large.reads[name].p95 / small.reads[name].p95 for name in large.reads}


def _exponent(small: Measured, large: Measured, name: str) -> float:
    """The slope of the median's logarithm over the size's: 0 does not grow, 1 grows as the catalog does."""
    grown = math.log(large.reads[name].p50 / small.reads[name].p50)
    return grown / math.log(large.size / small.size)


def show(every: Sequence[Measured]) -> None:
    """Print the tables."""
    for database in dict.fromkeys(each.database for each in every):
        sizes = sorted((each for each in every if each.database == database), key=lambda each: each.size)
        print(f"\n{database}" + "".join(f"{each.size:>22,}" for each in sizes) + "   p95 grows  exponents")
        for way in FASTEST:
            rates = (f"{each.loading[way]:.0f}" if way in each.loading else "-" for each in sizes)
            print(f"  {'by ' + way + ' /s':16s}" + "".join(f"{rate:>22}" for rate in rates))
        print(f"  {'at rest s':16s}" + "".join(f"{each.rest:22.1f}" for each in sizes))
        print(f"  {'peak MB':16s}" + "".join(f"{max(each.peaks.values()):22.0f}" for each in sizes))
        print(f"  {'changes /s':16s}" + "".join(f"{each.changes:22.1f}" for each in sizes))
        for name in READS:
            _show_read(name, sizes)
    print("\n  of each read: p50 and p95 in ms; of the growth: the largest beside the smallest, and what is allowed")


def _show_read(name: str, sizes: Sequence[Measured]) -> None:
    line = f"  {name:16s}"
    for each in sizes:
        read = each.reads[name]
        line += f"{read.p50:12.2f} {read.p95:9.2f}"
    if len(sizes) > 1:
        ratio = _ratios(sizes[0], sizes[-1])[name]
        exponents = "  ".join(f"{_exponent(*pair, name):5.2f}" for pair in pairwise(sizes))
        line += f"  {ratio:5.1f} ≤ {READS[name].limit:<4.0f} {exponents}"
    print(line)


def judge(every: Sequence[Measured]) -> bool:
    """Print what falls short; whether nothing does."""
    short = [each for each in criteria(every) if not each.met]
    print("\neverything asked for is met" if not short else "\nfalls short:")
    for each in short:
        print(f"  {each}")
    return not short


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--database", choices=KINDS, nargs="+", default=list(KINDS))
    parser.add_argument("--repositories", type=int, default=10_000, help="the most that the simulated host gets")
    parser.add_argument("--seconds", type=float, default=4, help="of each read")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of tables")
    options = parser.parse_args()
    every = []
    for database in options.database:
        for size in options.entities:
            print(f"measuring {size:,} on {database}", file=sys.stderr)
            every.append(Measurement(database, size, options).run())
    if options.json:
        found = list(criteria(every))
        print(msgspec.json.encode({"measured": every, "short": [str(each) for each in found if not each.met]}).decode())
        sys.exit(0 if all(each.met for each in found) else 1)
    show(every)
    sys.exit(0 if judge(every) else 1)


if __name__ == "__main__":
    main()
