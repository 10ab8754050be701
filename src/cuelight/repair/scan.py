"""The scan: the full discovery. Every repository of every provider's owner is signalled, page by page."""

from collections.abc import Sequence

import structlog

from cuelight.clock import Clock, timed_id
from cuelight.db import Database, Transaction
from cuelight.errors import HostError
from cuelight.repositories import Registry, Signal, note, signal_locations, track
from cuelight.schedule import Backoff
from cuelight.scm import Provider, Repository

CHUNK = 100
"""Repositories that are signalled in one transaction."""
_BACKOFF = Backoff(first=2.0, cap=300.0)

_log = structlog.get_logger(__name__)


class Scanner:
    """Scans the providers of *registry*."""

    def __init__(self, db: Database, registry: Registry) -> None:
        self._db = db
        self._registry = registry

    async def scan(self) -> Sequence[str]:
        """Scan every provider, and whatever locations name; the names of the providers that could not be scanned.

        Nothing follows from a list that could not be read to its end, but that it is to be read again.
        """
        failed = []
        for provider in self._registry.providers:
            try:
                count = await self.scan_provider(provider)
            except Exception as error:  # noqa: BLE001 -- whatever it was, the other providers are scanned all the same
                failed.append(provider.name)
                _log.warning("scan_interrupted", provider=provider.name, reason=str(error) or type(error).__name__)
            else:
                _log.info("scanned", provider=provider.name, repositories=count)
        await signal_locations(self._db, f"scan:{timed_id(self._db.now())}")
        return failed

    async def scan_until_done(self, clock: Clock) -> None:
        """Scan, and again with growing pauses, until every provider was scanned."""
        failures = 0
        while await self.scan():
            failures += 1
            await clock.sleep(_BACKOFF.delay(failures))

    async def scan_provider(self, provider: Provider) -> int:
        """Signal every repository that *provider* takes; how many. HostError where the list could not be read to its end."""
        host = self._registry.host(provider.host)
        if host is None:
            raise HostError(f"provider {provider.name} names host {provider.host}, which integrations lacks")
        scan = f"scan:{timed_id(self._db.now())}"
        count = 0
        chunk: list[Repository] = []
        async for repository in host.repositories(provider.owner):
            if provider.excluded(repository) is None:
                chunk.append(repository)
            if len(chunk) == CHUNK:
                count += await self._signal(provider, chunk, scan)
                chunk = []
        return count + await self._signal(provider, chunk, scan)

    async def _signal(self, provider: Provider, repositories: Sequence[Repository], scan: str) -> int:
        async def work(tx: Transaction) -> None:
            for repository in repositories:
                branch = provider.selection.branch_of(repository)
                tracked = await track(tx, provider.name, repository, branch)
                await note(tx, tracked, Signal(id=scan, kind="scan", cause=scan, caused_at=tx.now()))

        await self._db.transact(work)
        return len(repositories)
