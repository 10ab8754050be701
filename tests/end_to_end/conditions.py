"""What a test does to a simulated code host besides pushing: what is wrong with it, what it was asked, what it loses."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.end_to_end.world import OWNER, TOKEN, CodeHost


class Conditions:
    """The control of one code host."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def strike(self, **faults: Any) -> None:
        """Put *faults* into force."""
        await self._done("PATCH", "faults", json=faults)

    async def mend(self) -> None:
        """End every fault."""
        await self._done("DELETE", "faults")

    async def delete(self, name: str) -> None:
        """Delete `acme/name`; the webhook is lost."""
        await self._done("DELETE", f"repos/{OWNER}/{name}", params={"webhook": "false"})

    async def forget(self) -> None:
        """Count requests from nothing again."""
        await self._done("DELETE", "requests")

    async def asked(self) -> Mapping[str, int]:
        """How many requests were answered, by kind."""
        kinds: Mapping[str, int] = (await self._done("GET", "requests")).json()["kinds"]
        return kinds

    async def _done(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return (await self._client.request(method, f"/_simulator/{path}", **more)).raise_for_status()


@asynccontextmanager
async def conditions(host: CodeHost) -> AsyncIterator[Conditions]:
    """The control of *host*."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(
        base_url=host.program.address, headers=headers, trust_env=False, timeout=30
    ) as client:
        yield Conditions(client)
