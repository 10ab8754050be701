"""The scan: the full discovery. Every repository of every provider's owner is signalled, page by page.

A list that was read to its end also tells what is no longer in it. That alone deletes nothing: what is missing is signalled
as missing, and its host is asked for it by its id before anything follows.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import msgspec
import structlog

from cuelight.clock import timed_id
from cuelight.db import Database, Transaction
from cuelight.errors import HostDenied, HostError
from cuelight.fetch import spending
from cuelight.repair.sweep import Sweeper
from cuelight.repositories import (
    Hint,
    Kind,
    Registry,
    Signal,
    Stake,
    note,
    settled,
    signal_locations,
    stakes,
    track,
)
from cuelight.repositories.signals import NO_HINT
from cuelight.repositories.stakes import relist, unlist
from cuelight.scm import Host, Provider, Repository

CHUNK = 100
"""Repositories that are signalled in one transaction."""

_log = structlog.get_logger(__name__)


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan came to: repositories listed, signalled, and missing from complete lists; providers that could not be
    scanned, each with the reason.
    """

    listed: int = 0
    signalled: int = 0
    missing: int = 0
    failed: Mapping[str, str] = {}

    def plus(self, other: "ScanReport") -> "ScanReport":
        """Both together."""
        return ScanReport(
            listed=self.listed + other.listed,
            signalled=self.signalled + other.signalled,
            missing=self.missing + other.missing,
            failed={**self.failed, **other.failed},
        )


Progress = Callable[[ScanReport], None]
"""Hears how far a scan is."""


class Scanner:
    """Scans the providers of *registry*.

    With *sweeper*, repositories of which only the head may be new are left to it: a hundred of them are one request.
    """

    def __init__(self, db: Database, registry: Registry, sweeper: Sweeper | None = None) -> None:
        self._db = db
        self._registry = registry
        self._sweeper = sweeper

    async def scan(self, progress: Progress | None = None, *, cause: str | None = None) -> ScanReport:
        """Scan every provider, and whatever locations name. Signals carry *cause*, the id of this scan.

        Nothing follows from a list that could not be read to its end, but that it is to be read again.
        """
        report = ScanReport()
        cause = cause or f"scan:{timed_id(self._db.now())}"
        for provider in self._registry.providers:
            try:
                report = report.plus(await self._scan_provider(provider, cause))
            except Exception as error:  # noqa: BLE001 -- whatever it was, the other providers are scanned all the same
                reason = str(error) or type(error).__name__
                report = report.plus(ScanReport(failed={provider.name: reason}))
                _log.warning("scan_interrupted", provider=provider.name, reason=reason)
            if progress:
                progress(report)
        await signal_locations(self._db, cause)
        if self._sweeper is not None:
            await self._sweeper.sweep(cause)
        return report

    async def _scan_provider(self, provider: Provider, cause: str) -> ScanReport:
        """Signal every repository that *provider* takes, or took. HostError where the list could not be read to its end."""
        host = self._registry.host(provider.host)
        if host is None:
            raise HostError(f"provider {provider.name} names host {provider.host}, which integrations lacks")
        with spending("scan"):
            report = await _Discovery(self._db, provider, cause, every=self._sweeper is None).run(host)
        _log.info("scanned", provider=provider.name, **msgspec.structs.asdict(report))
        return report


class _Discovery:
    """One reading of one provider's list; *every* repository of it is signalled, or only those that are news.

    Its signals have ids of their own: a scan that is begun again under its id tells what went meanwhile.
    """

    def __init__(self, db: Database, provider: Provider, cause: str, *, every: bool) -> None:
        self._db = db
        self._every = every
        self._provider = provider
        self._cause = cause
        self._id = timed_id(db.now())
        self._listed: set[str] = set()
        self._revoked: set[str] = set()
        self._nonpublic: set[str] = set()
        self._signalled = 0

    async def run(self, host: Host) -> ScanReport:
        """Signal what is listed while it is read, and what is missing at the end."""
        began = self._db.now()
        held = await self._db.read(lambda tx: stakes(tx, self._provider))
        own = {stake.host_id for stake in held if stake.provider == self._provider.name}
        self._revoked = {stake.host_id for stake in held if stake.revoked_at is not None}
        chunk: list[Repository] = []
        async for repository in host.repositories(self._provider.scope):
            self._listed.add(repository.id)
            if repository.visibility not in {None, "public"}:
                self._nonpublic.add(self._circle(repository.full_name))
            if self._provider.excluded(repository) is None or repository.id in own:
                chunk.append(repository)
            if len(chunk) == CHUNK:
                await self._signal(chunk)
                chunk = []
        await self._signal(chunk)
        missing = await self._miss([stake for stake in held if stake.first_seen_at <= began])
        return ScanReport(listed=len(self._listed), signalled=self._signalled, missing=missing)

    def _circle(self, full_name: str) -> str:
        """Whose private repositories are hidden together: those of one installation of an app, or all of the list."""
        return full_name.partition("/")[0].lower() if self._provider.scope.app is not None else ""

    async def _signal(self, repositories: Sequence[Repository]) -> None:
        async def work(tx: Transaction) -> int:
            left = set() if self._every else await settled(tx, self._provider, repositories) - self._revoked
            news = [repository for repository in repositories if repository.id not in left]
            for repository in news:
                branch = self._provider.selection.branch_of(repository)
                tracked = await track(tx, self._provider.name, repository, branch)
                await note(tx, tracked, self._sign("scan", NO_HINT))
            await relist(tx, self._provider, [repository.id for repository in repositories])
            return len(news)

        self._signalled += await self._db.transact(work)

    async def _miss(self, held: Sequence[Stake]) -> int:
        """Signal what is held and not listed; how many repositories those are."""
        lost = [stake for stake in held if stake.host_id not in self._listed]
        if lost and not self._listed:
            raise HostDenied(
                f"{self._provider.host} lists no repository at all for {self._provider.name}, of which {len(lost)} are "
                "known; nothing is deleted because of that: check the access of the token or app"
            )
        hidden = [stake for stake in lost if stake.nonpublic and self._circle(stake.full_name) not in self._nonpublic]
        if hidden:
            _log.warning(
                "private_repositories_hidden",
                provider=self._provider.name,
                repositories=len(hidden),
                reason="the list has no private repository any more; these are kept: check the access of the token or app",
            )
        await self._note_missing(lost, {stake.id for stake in hidden})
        return len({stake.host_id for stake in lost})

    async def _note_missing(self, lost: Sequence[Stake], hidden: Collection[str]) -> None:
        """Signal *lost* as missing, and those that are only *hidden* as to be looked at."""
        announced = Counter[str]()
        for stake in lost:
            if stake.id not in hidden and stake.revoked_at is None:
                announced[stake.provider] += stake.descriptors
        for start in range(0, len(lost), CHUNK):
            part = lost[start : start + CHUNK]
            signs = {
                stake.id: self._sign("scan", NO_HINT)
                if stake.id in hidden
                else self._sign("missing", Hint(announced=announced[stake.provider]))
                for stake in part
            }
            await self._db.transact(partial(self._lose, lost=part, signs=signs))

    async def _lose(self, tx: Transaction, lost: Sequence[Stake], signs: Mapping[str, Signal]) -> None:
        for stake in lost:
            if stake.provider == self._provider.name and self._provider.scope.app is not None:
                await unlist(tx, stake.id)
            await note(tx, stake.id, signs[stake.id])

    def _sign(self, kind: Kind, hint: Hint) -> Signal:
        signal_id = f"{self._cause}:{kind}:{self._id}"
        return Signal(id=signal_id, kind=kind, cause=self._cause, caused_at=self._db.now(), hint=hint)
