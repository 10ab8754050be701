"""A simulated host in this process, spoken to as a client does; and somebody who receives its webhooks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from cuelight.clock import ManualClock
from cuelight.simulator import Settings, Simulator, application, running
from cuelight.simulator.server import listen, listening
from tests.integration.simulator.receiver import Receiver

FILES = {"catalog-info.yaml": b"kind: Component\n", "docs/index.md": b"# Docs\n", "docs/deep/er/note.txt": b"deep\n"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def simulator(tmp_path: Path, clock: ManualClock) -> Iterator[Simulator]:
    simulator = Simulator(Settings(root=tmp_path / "host"), clock=clock)
    simulator.host.create("acme/booking", files=FILES)
    yield simulator
    simulator.close()


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application(simulator, "http://host.example"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://host.example") as client:
        yield client


@pytest.fixture
async def address(simulator: Simulator) -> AsyncIterator[str]:
    async with running(simulator) as address:
        yield address


@pytest.fixture
async def receiver(simulator: Simulator) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    listener = listen("127.0.0.1", 0)
    async with listening(receiver, listener):
        simulator.subscribe(f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/github", "a secret")
        yield receiver
