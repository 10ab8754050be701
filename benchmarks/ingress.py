"""How many deliveries the entry point takes, beside the least that a durable entry point can be.

Each contender is a process of its own with a fresh database on the same disk; the rounds are interleaved, since a
machine's mood changes by the minute: the ratios say more than the rates.

    python -m benchmarks.ingress [--rounds 5] [--seconds 4] [--connections 1 16 64] [--only rates|loading]
"""

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import uvloop

from benchmarks.api import Catalog
from benchmarks.load import Result, lasting, load, median
from benchmarks.payloads import Deliveries
from benchmarks.processes import Process, cuelight, free_port, running, simulated
from cuelight.clock import SystemClock
from cuelight.db import open_database

SIZE = 10_000
"""Bytes of a delivery's body."""
WARMING = 0.7
"""Seconds of load before the measured ones."""
LOADING_CONNECTIONS = 16
Contender = Callable[[Path], AbstractContextManager[Process]]


@contextmanager
def reference(kind: str, folder: Path) -> Iterator[Process]:
    """Run a reference program over a fresh database in *folder*."""
    database = folder / "reference.db"
    if kind == "rows":
        uvloop.run(_make_schema(database))
    port = free_port()
    arguments = [kind, "--database", str(database), "--port", str(port)]
    with running([sys.executable, "-m", "benchmarks.references", *arguments], port) as process:
        yield process


async def _make_schema(database: Path) -> None:
    await (await open_database(f"sqlite:///{database}", SystemClock())).close()


CONTENDERS: Mapping[str, Contender] = {
    "bare": lambda folder: reference("bare", folder),
    "rows": lambda folder: reference("rows", folder),
    "ingress": lambda folder: cuelight(folder, role="ingress"),
    "all": cuelight,
}


def measure(contender: Contender, connections: int, seconds: float) -> Result:
    """Load a fresh process of *contender* with *connections*."""
    with tempfile.TemporaryDirectory(prefix="cuelight-benchmark-") as folder, contender(Path(folder)) as process:
        _load(process, connections, WARMING)
        return _load(process, connections, seconds)


def _load(process: Process, connections: int, seconds: float) -> Result:
    return uvloop.run(load(process.port, deliveries(), connections=connections, going=lasting(seconds)))


def deliveries() -> Deliveries:
    """Pushes to 200 repositories, with the ids that the simulator has for them: its owner's is 1."""
    return Deliveries({f"repo-{number:05d}": number + 1 for number in range(1, 201)}, size=SIZE)


def rates(options: argparse.Namespace) -> None:
    """Measure and print every contender at every number of connections."""
    print(f"accepted deliveries of {SIZE // 1000} KB a second: medians of {options.rounds} interleaved rounds")
    for connections in options.connections:
        found: dict[str, list[Result]] = defaultdict(list)
        names = list(CONTENDERS)
        for number in range(options.rounds):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                found[name].append(measure(CONTENDERS[name], connections, options.seconds))
        _print_rates(connections, found)


def _print_rates(connections: int, found: Mapping[str, Sequence[Result]]) -> None:
    print(f"\n{connections} connections        /s    p50 ms    p99 ms   of bare   of rows   refused")
    for name in CONTENDERS:
        results = found[name]
        figures = [median([r.rate for r in results]), *(median([r.percentile(p) for r in results]) for p in (50, 99))]
        shares = [_share(results, found[other]) for other in ("bare", "rows")]
        refused = sum(r.refused for r in results)
        print(
            f"  {name:14s} {figures[0]:8.0f} {figures[1]:9.2f} {figures[2]:9.2f} {shares[0]:8.0%} {shares[1]:9.0%} {refused:9d}"
        )


def _share(results: Sequence[Result], others: Sequence[Result]) -> float:
    """The median of the ratios of rounds: both of a ratio were measured within the same half minute."""
    return median([mine.rate / other.rate for mine, other in zip(results, others, strict=True)])


def while_loading(options: argparse.Namespace) -> None:
    """Measure the same connections of one process while its catalog is loaded, and then while it is not."""
    with tempfile.TemporaryDirectory(prefix="cuelight-benchmark-") as name, simulated(options.entities) as simulator:
        with cuelight(Path(name), simulator=simulator) as process:
            busy = uvloop.run(_busy(process, options.entities))
            idle = [_load(process, LOADING_CONNECTIONS, options.seconds) for _ in range(3)][1:]
        print(f"\n{LOADING_CONNECTIONS} connections, role all, {options.entities} entities")
        _print_phase("while they are loaded", [busy])
        _print_phase("nothing loading", idle)
        ratio = busy.percentile(99) / median([result.percentile(99) for result in idle])
        print(f"  p99 grows {ratio:.1f} times; all were there after {busy.seconds:.1f} s")


async def _busy(process: Process, entities: int) -> Result:
    """The load from the process's start until *entities* are there."""
    loaded = asyncio.create_task(asyncio.to_thread(Catalog(process).wait_for, entities))
    result = await load(process.port, deliveries(), connections=LOADING_CONNECTIONS, going=lambda: not loaded.done())
    await loaded
    return result


def _print_phase(name: str, results: Sequence[Result]) -> None:
    figures = [median([r.percentile(p) for r in results]) for p in (50, 99)]
    rate, refused = median([r.rate for r in results]), sum(r.refused for r in results)
    print(f"  {name:24s} {rate:7.0f} /s   p50 {figures[0]:7.2f} ms   p99 {figures[1]:7.2f} ms   refused {refused}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--entities", type=int, default=1000)
    parser.add_argument("--only", choices=["rates", "loading"])
    options = parser.parse_args()
    if options.only != "loading":
        rates(options)
    if options.only != "rates":
        while_loading(options)


if __name__ == "__main__":
    main()
