"""`python -m cuelight.simulator`: a simulated code host in a process of its own, for tests, benchmarks and trying things.

Prints one JSON line once it listens, `{"address": …, "owner": …, "repositories": …}`, and runs until SIGINT or SIGTERM.
"""

import asyncio
import contextlib
import gc
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter

from cuelight.errors import CuelightError
from cuelight.simulator import Hook, Knobs, Settings, Simulator, running
from cuelight.simulator.seed import seed_benchmark, seed_demo

app = App(name="python -m cuelight.simulator", help="A simulated code host over real Git repositories.")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Options:
    """The command line."""

    root: Path | None = None
    """The folder that holds everything; without it, a temporary one."""
    host: str = "127.0.0.1"
    """Where to listen."""
    port: int = 0
    """0 takes a free port."""
    owner: str = "acme"
    """The organisation."""
    webhook: list[str] | None = None
    """Where webhooks go; repeatable."""
    secret: str | None = None
    """What webhooks are signed with."""
    token: str | None = None
    """What the API, Git and the control ask for."""
    seed: Literal["demo", "none"] = "none"
    """What to begin with."""
    repositories: int = 0
    """How many repositories of one Component the benchmark's organisation has."""
    base_url: str | None = None
    """The address by which clients reach it, where that is another than where it listens."""
    web_base: str | None = None
    """What every html_url begins with: https://github.com makes pages look like GitHub's."""
    latency: float = 0.0
    """Seconds by which each answer is late."""
    rate_limit: int = 1_000_000
    """API requests an hour."""


@app.default
async def serve(options: Annotated[Options, Parameter(name="*")] = Options()) -> None:
    """Run a simulated code host until it is told to stop."""
    with contextlib.ExitStack() as stack:
        root = options.root or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cuelight-simulator-")))
        simulator = Simulator(
            _settings(options, root), knobs=Knobs(latency=options.latency, rate_limit=options.rate_limit)
        )
        stack.callback(simulator.close)
        _seed(options, simulator)
        # What is there from the start stays: the garbage collector need not go through it again.
        gc.freeze()
        async with running(simulator, host=options.host, port=options.port) as address:
            _say({"address": address, "owner": options.owner, "repositories": len(simulator.host.repositories())})
            await _told_to_stop()


def main() -> int:
    """Run the command; a configuration error is one line and its exit status."""
    try:
        app()
    except CuelightError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _settings(options: Options, root: Path) -> Settings:
    urls = options.webhook or []
    hooks = tuple(Hook(url=url, secret=options.secret, id=number) for number, url in enumerate(urls, 1))
    return Settings(root=root, base_url=options.base_url, web_base=options.web_base, token=options.token, hooks=hooks)


def _seed(options: Options, simulator: Simulator) -> None:
    simulator.host.add_owner(options.owner)
    if options.seed == "demo":
        seed_demo(simulator.host, options.owner)
    seed_benchmark(simulator.host, options.repositories, options.owner)


def _say(document: dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
