"""Backstage's cases X8 and X9: what the entry point answers while there is much to do, and what the catalog holds afterwards."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest

from cuelight.clock import ManualClock
from cuelight.events import EventsClient, backend_class
from cuelight.integrations.github.config import ProviderSection
from cuelight.integrations.github.webhook import GitHubWebhook
from cuelight.journal import Journal
from cuelight.options import ByteSize
from cuelight.telemetry import Metrics
from cuelight.webhooks import Ingress, WebhookGateway
from cuelight.webhooks.config import IngressSection
from cuelight.webhooks.disk import Disk
from tests.database import database
from tests.integration.repositories.github import SUBSCRIPTION, Configured, GitHub, Step
from tests.integration.repositories.world import World

SECRET = "s3cret"
DESCRIPTOR = "catalog-info.yaml"


class Gate(asyncio.Event):
    """Holds whoever comes back until it is set, and says that somebody came."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.reached.set()
        return await super().wait()


class Door:
    """The entry point of a world, and the way from its journal to the repositories."""

    def __init__(self, world: World, folder: Path) -> None:
        self.github = GitHub(world)
        metrics = Metrics()
        self.events = EventsClient(world.db, backend_class("db")(world.db, world.clock), world.clock, metrics)
        self.events.subscribe(SUBSCRIPTION.id, SUBSCRIPTION.topics, world.recorder.handle)
        limits = IngressSection(minimum_free_disk=ByteSize(0))
        disk = Disk(folder, limits.minimum_free_disk, world.clock)
        journal = Journal(world.db, self.events, metrics)
        ingress = Ingress(journal, clock=world.clock, metrics=metrics, disk=disk, limits=limits)
        ingress.attach(GitHubWebhook([SECRET]))
        transport = httpx2.ASGITransport(app=WebhookGateway(_nothing_else, ingress))
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://cuelight.example")

    async def post(self, payload: Mapping[str, Any]) -> httpx2.Response:
        """Send a push to the entry point, signed."""
        body = json.dumps(payload).encode()
        headers = {
            "content-type": "application/json",
            "x-github-event": "push",
            "x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
        }
        return await self._client.post("/webhooks/github", content=body, headers=headers)

    async def hand_over(self) -> None:
        """Let the subscription handle what is in the journal."""
        await self.events.consumer(SUBSCRIPTION.id).turn(0)


async def _nothing_else(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("this path is the ingress's")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        made = Door(World(db, clock, Configured(ProviderSection(organization="test-org"))), tmp_path)
        await made.events.open()
        yield made


async def test_a_push_of_ten_megabytes_is_accepted_within_a_second_and_followed_later(door: Door):
    """X8"""
    github = door.github
    await github.begin()
    before = github.world.host.heads_at[github.id, "main"]
    docs = [Step("change", f"docs/{number:0200}.md") for number in range(50)]
    payload = github.pushed(
        [*(github.commit(docs) for _ in range(1000)), github.commit([Step("add", DESCRIPTOR)])], before
    )
    assert len(json.dumps(payload)) > 10_000_000

    began = time.perf_counter()
    answer = await door.post(payload)

    assert (answer.status_code, time.perf_counter() - began < 1) == (202, True)
    assert await github.catalog() == {}
    await door.hand_over()
    await github.world.work()
    assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-1001"}


async def test_a_delivery_is_answered_while_the_work_of_an_earlier_one_hangs(door: Door):
    """X9"""
    github = door.github
    await github.begin(DESCRIPTOR)
    host = github.world.host
    host.gate = gate = Gate()
    before = host.heads_at[github.id, "main"]
    await door.post(github.pushed([github.commit([Step("change", DESCRIPTOR)])], before))
    await door.hand_over()
    working = asyncio.create_task(github.world.work())
    async with asyncio.timeout(10):
        await gate.reached.wait()
    between = host.heads_at[github.id, "main"]

    answer = await door.post(github.pushed([github.commit([Step("change", DESCRIPTOR)])], between))

    assert (answer.status_code, working.done()) == (202, False)
    gate.set()
    await working
    await door.hand_over()
    await github.world.work()
    assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-2"}
