"""Load on the entry point: deliveries of many kinds, signed here, and a ledger of those that were answered 202."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from tests.end_to_end.signing import Delivery, delivery, push, signed

LARGE = 200_000
"""Bytes of a body that the ingress treats as a large one."""
EVENTS = ("issues", "ping", "star", "workflow_run")


class Ledger:
    """What was answered: id of the sender → id of ours (None: not told). `open` was sent, and nobody knows what became of it."""

    def __init__(self) -> None:
        self.accepted: dict[str, str | None] = {}
        self.sent: dict[str, Delivery] = {}
        self.open: set[str] = set()

    def note(self, guid: str, delivery_id: str) -> None:
        """Note a 202; the same delivery never gets two ids."""
        assert self.accepted.setdefault(guid, delivery_id) == delivery_id
        self.open.discard(guid)


class Load:
    """Sends deliveries to *address* while it is `up`. Pushes are about *repositories*, or about some that nobody has."""

    def __init__(self, address: str, repositories: Sequence[Mapping[str, Any]], chance: random.Random) -> None:
        self._address = address
        self._repositories = [*repositories, {"id": 999_999, "full_name": "elsewhere/unknown"}]
        self._chance = chance
        self.ledger = Ledger()
        self.up = asyncio.Event()
        self.over = False
        self.in_flight = 0

    async def run(self) -> None:
        """One sender, until it is `over`: one request after the other, as fast as they are answered."""
        async with self._client() as client:
            while not self.over:
                await self._send(client, self._next())
                await self.up.wait()

    def end(self) -> None:
        """Let every sender finish what it is at."""
        self.over = True
        self.up.set()

    async def settle(self) -> None:
        """Send again what was never answered, as a host does that was told to."""
        async with self._client() as client:
            for guid in sorted(self.ledger.open):
                await self._send(client, self.ledger.sent[guid])
        assert not self.ledger.open

    async def _send(self, client: httpx2.AsyncClient, one: Delivery) -> None:
        self.in_flight += 1
        try:
            answer = await client.post("/webhooks/github", content=one.body, headers=dict(one.headers))
        except httpx2.TransportError:
            if one.guid not in self.ledger.accepted:
                self.ledger.open.add(one.guid)
            return
        finally:
            self.in_flight -= 1
        assert answer.status_code == 202, answer.text
        assert answer.json()["outcome"] in {"accepted", "doubled"}
        self.ledger.note(one.guid, answer.json()["id"])

    def _next(self) -> Delivery:
        kind = self._chance.random()
        if kind < 0.1 and self.ledger.sent:
            return self._chance.choice(list(self.ledger.sent.values())[-200:])
        made = self._push() if kind < 0.8 else self._event()
        self.ledger.sent[made.guid] = made
        return made

    def _push(self) -> Delivery:
        repository = self._chance.choice(self._repositories)
        padding = "x" * LARGE if self._chance.random() < 0.02 else ""
        body = push(repository, before=self._sha(), after=self._sha(), note=padding)
        return signed(delivery(body, guid=self._guid()))

    def _event(self) -> Delivery:
        body = b'{"zen":"%d"}' % self._chance.getrandbits(60)
        return signed(delivery(body, event=self._chance.choice(EVENTS), guid=self._guid()))

    def _sha(self) -> str:
        return f"{self._chance.getrandbits(160):040x}"

    def _guid(self) -> str:
        return f"{self._chance.getrandbits(128):032x}"

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self._address, trust_env=False, timeout=30)
