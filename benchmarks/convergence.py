"""Whatever happens to the webhooks, the catalog ends right: how soon, and what it costs.

Hundreds of repositories change at random while webhooks are lost, doubled and delayed out of order, the host answers a
share of all requests badly, and Cuelight is killed and started again. After the last change it has one sweep interval and
half a minute. The clock stops when every head is applied and every entity follows. Then the host is well again, and it is
decided by `cuelight verify`, which repairs nothing, and by a second Cuelight that scans the same host from an empty
database: both must end with the same catalog, of which the digests are printed. The deletion brake is off: nobody approves.

    python -m benchmarks.convergence [--repositories 300] [--changes 2000] [--kills 10] [--sweep 30] [--delay 60]
"""

import argparse
import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.api import Catalog
from benchmarks.changes import Changes, Repository
from benchmarks.load import HOST
from benchmarks.metrics import Metrics
from benchmarks.processes import Process, configuration, free_port, running, simulated
from benchmarks.simulator import OWNER, Simulator
from cuelight.clock import SystemClock
from cuelight.db import open_database
from cuelight.repair import Picture, compare, digest, picture_of_catalog
from cuelight.simulator.seed import benchmark_descriptor

GRACE = 30.0
"""Seconds beside one sweep interval that the catalog has after the last change."""
PACE = 0.05
"""Seconds between two changes, at least."""
SHOWN = 10
"""Differences that are printed."""
LOST, DOUBLED, BAD = 0.3, 0.2, 0.05
SOON = 1_000_000
"""Microseconds within which something becomes due that counts as to be done now."""
LEFT = """
SELECT (SELECT count(*) FROM stitch_queue)
     + (SELECT count(*) FROM refresh_state WHERE claim_id IS NOT NULL OR due_at <= :soon)
"""
"""Entities that are still to be processed or stitched."""


class Outcome(msgspec.Struct, kw_only=True):
    """What is printed; times in seconds, counted from the last change."""

    repositories: int
    changes: Mapping[str, int]
    kills: int
    webhooks: Mapping[str, int]
    allowed: float
    converged: float | None
    drift: int
    unknown: int
    digest: str
    digest_from_empty: str
    differences: Sequence[str]
    requests_by_purpose: Mapping[str, int]
    requests_by_kind: Mapping[str, int]

    @property
    def right(self) -> bool:
        """Whether all that is asked for was reached."""
        in_time = self.converged is not None and self.converged <= self.allowed
        return in_time and not self.drift and not self.unknown and self.digest == self.digest_from_empty


class Server:
    """A Cuelight in *folder* that is killed and started again, with what it has asked its host for."""

    def __init__(self, folder: Path, simulator: Process, options: argparse.Namespace, port: int) -> None:
        self.port = port
        self.database = folder / "cuelight.db"
        self._config = folder / "app-config.json"
        document = configuration(folder, port, simulator)
        document["repair"] = {"sweepInterval": f"{options.sweep}s"}
        document["catalog"]["deletionBrake"] = False
        document["catalog"]["providers"]["github"]["catalogPath"] = "**/catalog-info.yaml"
        self._config.write_text(json.dumps(document), encoding="utf-8")
        self._command = str(Path(sys.executable).with_name("cuelight"))
        self._earlier: Counter[str] = Counter()
        self._latest: Mapping[str, float] = {}
        self._stack = ExitStack()
        self.process = self._start()

    def _start(self) -> Process:
        arguments = ["serve", "--config", str(self._config), "--log-level", "error"]
        return self._stack.enter_context(running([self._command, *arguments], self.port))

    def kill(self) -> None:
        """SIGKILL, and start again."""
        self.look()
        self.process.send(signal.SIGKILL)
        self._stack.close()
        self._earlier.update({purpose: round(count) for purpose, count in self._latest.items()})
        self.process = self._start()

    def look(self) -> None:
        """Read what it asked for since its start; after a kill nobody can."""
        self._latest = Metrics(self.process).by("cuelight_host_request_seconds_count", "purpose")

    def requests(self) -> Mapping[str, int]:
        """Requests to the host by purpose; those of the moments before each kill are not in it."""
        self.look()
        return dict(self._earlier + Counter({purpose: round(count) for purpose, count in self._latest.items()}))

    def verify(self) -> Mapping[str, Any]:
        """The report of `cuelight verify`."""
        command = [self._command, "verify", "-o", "json", "--server", self.process.address]
        done = subprocess.run(command, capture_output=True, check=False, timeout=600)
        if done.returncode not in {0, 1}:
            raise RuntimeError(f"verify ended with {done.returncode}: {done.stderr.decode()[-500:]}")
        report: Mapping[str, Any] = json.loads(done.stdout)
        return report

    def close(self) -> None:
        """Stop it."""
        self._stack.close()


def converged(server: Server, simulator: Simulator) -> bool:
    """Whether every head is applied, and every entity follows. (Pushes of commits that are gone may be waited for still.)"""
    state = simulator.ask("GET", f"/_simulator/state?owner={OWNER}")["repositories"]
    expected = {
        str(each["id"]): each["branches"][each["default_branch"]]
        for each in state
        if not each["archived"] and each["default_branch"] in each["branches"]
    }
    with sqlite3.connect(f"file:{server.database}?mode=ro", uri=True) as database:
        heads = dict(database.execute("SELECT host_id, head FROM repositories"))
        (left,) = database.execute(LEFT, {"soon": time.time_ns() // 1000 + SOON}).fetchone()
    applied = {repository: head for repository, head in heads.items() if head is not None}
    return applied == expected and left == 0


def play(options: argparse.Namespace, server: Server, changes: Changes, simulator: Simulator) -> float | None:
    """Make every change, and kill in between; how many seconds after the last the catalog was right, None if never."""
    kills = {round((each + 0.5) * options.changes / options.kills) for each in range(options.kills)}
    for number in range(options.changes):
        began = time.monotonic()
        changes.one()
        if number in kills:
            server.kill()
            _note(f"killed after {number + 1} changes, and started again")
        time.sleep(max(0.0, PACE - (time.monotonic() - began)))
    last = time.monotonic()
    _note(f"{options.changes} changes made")
    while time.monotonic() - last < 4 * (options.sweep + GRACE):
        if converged(server, simulator):
            return time.monotonic() - last
        time.sleep(0.5)
    return None


@contextmanager
def ill(simulator: Simulator, options: argparse.Namespace) -> Iterator[None]:
    """Let the host be as bad as it is to be, and then well again."""
    faults = {"seed": options.seed, "lost": LOST, "doubled": DOUBLED, "delayed": 1, "reordered": 1}
    faults |= {"delay": options.delay, "share": BAD, "hold": 1, "retry_after": 1}
    simulator.ask("PATCH", "/_simulator/faults", faults)
    yield
    simulator.ask("PATCH", "/_simulator/faults", {"share": 0})


def measure(options: argparse.Namespace, folder: Path) -> Outcome:
    """Play it, and find out how it ended."""
    port = free_port()
    with ExitStack() as stack:
        host = stack.enter_context(simulated(options.repositories, webhook=f"http://{HOST}:{port}/webhooks/github"))
        simulator = Simulator(host)
        server = Server(_made(folder / "tried"), host, options, port)
        stack.callback(server.close)
        Catalog(server.process).wait_for(options.repositories)
        _note(f"{options.repositories} repositories loaded")
        simulator.ask("DELETE", "/_simulator/requests")
        changes = Changes(simulator, _repositories(options.repositories), random.Random(options.seed))
        with ill(simulator, options):
            seconds = play(options, server, changes, simulator)
        requests = server.requests()
        kinds = simulator.ask("GET", "/_simulator/requests")["kinds"]
        _note("converged" if seconds is not None else "did not converge")
        report = server.verify()
        _note("verified")
        fresh = Server(_made(folder / "fresh"), host, options, free_port())
        stack.callback(fresh.close)
        _wait_until(lambda: converged(fresh, simulator))
        webhooks = Counter(_answer(each) for each in _deliveries(simulator))
    tried, empty = asyncio.run(_picture(server.database)), asyncio.run(_picture(fresh.database))
    return Outcome(
        repositories=options.repositories,
        changes=changes.made,
        kills=options.kills,
        webhooks=webhooks,
        allowed=options.sweep + GRACE,
        converged=seconds,
        drift=report["driftCount"],
        unknown=report["coverage"]["unknownCount"],
        digest=digest(tried),
        digest_from_empty=digest(empty),
        differences=[
            f"{one.part} {one.subject}: {one.expected} → {one.actual}" for one in compare(empty, tried)[:SHOWN]
        ],
        requests_by_purpose=requests,
        requests_by_kind=kinds,
    )


async def _picture(database: Path) -> Picture:
    db = await open_database(f"sqlite:///{database}", SystemClock())
    try:
        return await picture_of_catalog(db)
    finally:
        await db.close()


def _deliveries(simulator: Simulator) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = simulator.ask("GET", "/_simulator/deliveries")["items"]
    return found


def _answer(delivery: Mapping[str, Any]) -> str:
    """What became of a webhook, in a word."""
    return "not taken" if "failed" in str(delivery["status"]) else str(delivery["status"])


def _note(what: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def _wait_until(there: Any, patience: float = 300.0) -> None:
    until = time.monotonic() + patience
    while not there():
        if time.monotonic() > until:
            raise RuntimeError(f"the second Cuelight was not there after {patience:.0f} seconds")
        time.sleep(0.5)


def _repositories(count: int) -> list[Repository]:
    return [
        Repository(f"repo-{number:05d}", number, {"catalog-info.yaml": benchmark_descriptor(number)})
        for number in range(1, count + 1)
    ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _print(outcome: Outcome) -> None:
    changes = ", ".join(f"{count} {kind}" for kind, count in outcome.changes.items() if count)
    print(f"convergence: {outcome.repositories} repositories, {outcome.kills} kills; {changes}")
    print(f"  webhooks by answer: {dict(outcome.webhooks)} (of the last that the simulator remembers)")
    when = "never" if outcome.converged is None else f"{outcome.converged:.1f} s"
    print(f"  converged {when} after the last change; allowed {outcome.allowed:.0f} s")
    print(f"  drift {outcome.drift}, unknown {outcome.unknown}")
    print(f"  digest            {outcome.digest}")
    print(f"  … scan from empty {outcome.digest_from_empty}")
    for difference in outcome.differences:
        print(f"    {difference}")
    print(f"  requests by purpose: {dict(outcome.requests_by_purpose)}")
    print(f"  requests by kind:    {dict(outcome.requests_by_kind)}")
    print(f"  {'right' if outcome.right else 'NOT RIGHT'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=300)
    parser.add_argument("--changes", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--sweep", type=float, default=30.0, help="seconds between two sweeps")
    parser.add_argument("--delay", type=float, default=60.0, help="seconds within which webhooks are reordered")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cuelight-benchmark-") as folder:
        outcome = measure(options, Path(folder))
    if options.json:
        print(msgspec.json.encode(outcome).decode())
    else:
        _print(outcome)
    sys.exit(0 if outcome.right else 1)


if __name__ == "__main__":
    main()
