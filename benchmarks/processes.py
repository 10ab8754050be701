"""The processes that are measured: each is started with a folder of its own, awaited until it listens, and ended."""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.load import HOST
from benchmarks.payloads import SECRET

TOKEN = "benchmark-token"
STARTING = 300.0
"""Seconds that a process may take until it listens: seeding thousands of repositories counts."""

ENDING = 20.0


class Process:
    """A running program and where it listens."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 -- open for as long as the process
        self._popen = subprocess.Popen(command, stdout=self._words, stderr=self._words)
        self.pid = self._popen.pid
        self.port = port
        self.started = time.perf_counter()

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://{HOST}:{self.port}"

    def megabytes(self) -> float:
        """Its resident memory now (Linux)."""
        return self._memory("VmRSS:")

    def peak(self) -> float:
        """The most that its resident memory has been (Linux)."""
        return self._memory("VmHWM:")

    def _memory(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1]) / 1024

    def listens(self) -> bool:
        """Whether it takes connections; RuntimeError where it has ended instead."""
        if self._popen.poll() is not None:
            self._words.seek(0)
            said = self._words.read().decode(errors="replace")
            raise RuntimeError(f"process {self.pid} ended with status {self._popen.returncode}: {said[-2000:]}")
        with socket.socket() as attempt:
            return attempt.connect_ex((HOST, self.port)) == 0

    def tell(self, signal: int) -> None:
        """Send it *signal*."""
        self._popen.send_signal(signal)

    def send(self, signal: int) -> None:
        """Send it *signal*, of which it ends."""
        self.tell(signal)
        self._popen.wait(ENDING)

    def end(self) -> None:
        """Tell it to stop, and wait."""
        self._popen.terminate()
        try:
            self._popen.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._words.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[Process]:
    """Run *command*, which listens on *port*, for as long as the context lasts."""
    process = Process(command, port)
    try:
        while not process.listens():
            if time.perf_counter() - process.started > STARTING:
                raise RuntimeError(f"{command[0]} did not listen within {STARTING:.0f} seconds")
            time.sleep(0.005)
        yield process
    finally:
        process.end()


@contextmanager
def cuelight(
    folder: Path,
    *,
    role: str = "all",
    simulator: Process | None = None,
    port: int | None = None,
    database: str | None = None,
) -> Iterator[Process]:
    """Run Cuelight over a fresh database in *folder* or at the URL *database*, with *simulator* as github.com, on *port*
    or any free one.
    """
    port = port or free_port()
    config = folder / f"{role}.yaml"
    document = configuration(folder, port, simulator)
    if database is not None:
        document["backend"]["database"]["url"] = database
    config.write_text(json.dumps(document), encoding="utf-8")
    command = str(Path(sys.executable).with_name("cuelight"))
    arguments = ["--config", str(config), "--role", role, "--log-level", "warning"]
    with running([command, "serve", *arguments], port) as process:
        yield process


@contextmanager
def simulated(repositories: int, webhook: str | None = None) -> Iterator[Process]:
    """Run a simulated host with *repositories*, whose pages are github.com's; webhooks go to *webhook*."""
    port = free_port()
    arguments = ["--port", str(port), "--repositories", str(repositories), "--token", TOKEN]
    arguments += ["--web-base", "https://github.com"]
    if webhook is not None:
        arguments += ["--webhook", webhook, "--secret", SECRET]
    with running([sys.executable, "-m", "cuelight.simulator", *arguments], port) as process:
        yield process


def configuration(folder: Path, port: int, simulator: Process | None) -> dict[str, Any]:
    """Cuelight's configuration: its defaults, but for where everything is."""
    base = simulator.address if simulator else "http://127.0.0.1:9"
    document: dict[str, Any] = {
        "backend": {"listen": {"port": port}, "database": {"url": f"sqlite:///{folder / 'cuelight.db'}"}},
        "integrations": {"github": [{"host": "github.com", "apiBaseUrl": base, "token": TOKEN}]},
        "events": {"modules": {"github": {"webhookSecret": SECRET}}},
    }
    if simulator:
        document["catalog"] = {
            "providers": {"github": {"organization": "acme"}},
            "rules": [{"allow": ["Component", "API", "System", "Domain", "Resource", "Group", "User", "Location"]}],
        }
    return document
