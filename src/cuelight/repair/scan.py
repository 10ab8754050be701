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
from cuelight.errors import CuelightError, HostDenied, HostError
from cuelight.fetch import spending
from cuelight.repair.listed import Listed
from cuelight.repair.sweep import Sweeper
from cuelight.repositories import (
    LOCATIONS,
    Hint,
    Kind,
    Registry,
    Signal,
    Stake,
    note,
    note_all,
    settled,
    signal_locations,
    stakes,
    track_all,
)
from cuelight.repositories.signals import NO_HINT
from cuelight.repositories.stakes import announced_before, relist, told_since, unlist
from cuelight.repositories.turns import urgency
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

    async def scan(
        self, progress: Progress | None = None, *, cause: str | None = None, only: Collection[str] | None = None
    ) -> ScanReport:
        """Scan every provider, and whatever locations name; *only* those providers, where that is given.

        Signals carry *cause*, the id of this scan. Nothing follows from a list that could not be read to its
        end, but that it is to be read again.
        """
        report, began = ScanReport(), self._db.now()
        cause = cause or f"scan:{timed_id(self._db.now())}"
        for provider in self._registry.providers:
            if only is not None and provider.name not in only:
                continue
            try:
                report = report.plus(await self._scan_provider(provider, cause))
            except Exception as error:  # noqa: BLE001 -- whatever it was, the other providers are scanned all the same
                report = report.plus(ScanReport(failed={provider.name: _failure(provider, error)}))
            if progress:
                progress(report)
        if only is None:
            await signal_locations(self._db, cause)
        if self._sweeper is not None and (only is None or len(report.failed) < len(only)):
            await self._sweeper.sweep(cause, since=began)
        return report

    async def _scan_provider(self, provider: Provider, cause: str) -> ScanReport:
        """Signal every repository that *provider* takes, or took. HostError where the list could not be read to its end."""
        host = self._registry.host(provider.host)
        if host is None:
            raise HostError(f"provider {provider.name} names host {provider.host}, which integrations lacks")
        with spending("scan"):
            report = await self._discovery(provider, cause).run(host)
        _log.info("scanned", provider=provider.name, **msgspec.structs.asdict(report))
        return report

    def _discovery(self, provider: Provider, cause: str) -> "_Discovery":
        alike = [
            each for each in self._registry.providers if (each.host, each.scope) == (provider.host, provider.scope)
        ]
        concerned = frozenset({LOCATIONS, *(each.name for each in alike)})
        return _Discovery(self._db, provider, cause, concerned=concerned, every=self._sweeper is None)


class _Discovery:
    """One reading of one provider's list; *every* repository of it is signalled, or only those that are news.

    What the list lacks is missing to the providers that are *concerned*: those whose lists are the same, and locations. Its
    signals have ids of their own: a scan that is begun again under its id tells what went meanwhile.
    """

    def __init__(self, db: Database, provider: Provider, cause: str, *, concerned: frozenset[str], every: bool) -> None:
        self._db = db
        self._every = every
        self._provider = provider
        self._cause = cause
        self._concerned = concerned
        self._id = timed_id(db.now())
        self._began = db.now()
        self._listed = Listed(provider.scope)
        self._signalled = 0

    async def run(self, host: Host) -> ScanReport:
        """Signal what is listed while it is read, and what is missing at the end."""
        found = await self._db.read(lambda tx: stakes(tx, self._provider))
        held = [stake for stake in found if stake.provider in self._concerned]
        own = {stake.host_id for stake in held if stake.provider == self._provider.name}
        chunk: list[Repository] = []
        async for repository in host.repositories(self._provider.scope):
            if not self._listed.hear(repository):
                continue
            if self._provider.excluded(repository) is None or repository.id in own:
                chunk.append(repository)
            if len(chunk) == CHUNK:
                await self._signal(chunk)
                chunk = []
        await self._signal(chunk)
        missing = await self._miss([stake for stake in held if stake.first_seen_at <= self._began])
        return ScanReport(listed=len(self._listed.ids), signalled=self._signalled, missing=missing)

    async def _signal(self, repositories: Sequence[Repository]) -> None:
        async def work(tx: Transaction) -> int:
            back = await relist(tx, self._provider, [repository.id for repository in repositories], self._began)
            left = set() if self._every else await settled(tx, self._provider, repositories) - back
            news = [repository for repository in repositories if repository.id not in left]
            branches = [(repository, self._provider.selection.branch_of(repository)) for repository in news]
            signal = self._sign("scan", NO_HINT)
            tracked = await track_all(tx, self._provider.name, branches, urgent=urgency([signal.kind]))
            await note_all(tx, tracked, signal)
            return len(news)

        self._signalled += await self._db.transact(work)

    async def _miss(self, held: Sequence[Stake]) -> int:
        """Signal what is held and not listed; how many repositories those are."""
        lost = [stake for stake in held if stake.host_id not in self._listed.ids]
        if lost and not self._listed.ids:
            raise HostDenied(
                f"{self._provider.host} lists no repository at all for {self._provider.name}, of which {len(lost)} are "
                "known; nothing is deleted because of that: check the access of the token or app"
            )
        if hidden := sum(map(self._is_hidden, lost)):
            _log.warning(
                "private_repositories_hidden",
                provider=self._provider.name,
                repositories=hidden,
                reason="the list has no private repository any more; these are kept: check the access of the token or app",
            )
        await self._note_missing(lost)
        return len({stake.host_id for stake in lost})

    def _is_hidden(self, stake: Stake) -> bool:
        return self._listed.hides(stake.full_name, stake.visibility)

    def _may_go(self, stake: Stake) -> bool:
        """Whether something may follow: what access was revoked to stays, but for what an app's list decides of."""
        decided = self._provider.scope.app is not None and not stake.nonpublic
        return not self._is_hidden(stake) and (decided or stake.revoked_at is None)

    async def _note_missing(self, lost: Sequence[Stake]) -> None:
        """Signal *lost* as missing, each with how much of its provider goes: what was announced before a kill included."""
        announced = Counter[str]()
        for stake in filter(self._may_go, lost):
            announced[stake.provider] += stake.descriptors
        announced |= await self._db.read(lambda tx: announced_before(tx, self._cause))
        for start in range(0, len(lost), CHUNK):
            await self._db.transact(partial(self._lose, lost=lost[start : start + CHUNK], announced=announced))

    async def _lose(self, tx: Transaction, lost: Sequence[Stake], announced: Mapping[str, int]) -> None:
        """Those that are only hidden, or of which an event told while the list was read, are just to be looked at."""
        told = await told_since(tx, [stake.id for stake in lost], self._began)
        for stake in lost:
            is_own = stake.provider == self._provider.name and self._provider.scope.app is not None
            if is_own and stake.id not in told:
                await unlist(tx, stake.id)
            is_missing = stake.id not in told and not self._is_hidden(stake)
            hint = Hint(announced=announced.get(stake.provider, 0)) if is_missing else NO_HINT
            await note(tx, stake.id, self._sign("missing" if is_missing else "scan", hint))

    def _sign(self, kind: Kind, hint: Hint) -> Signal:
        signal_id = f"{self._cause}:{kind}:{self._id}"
        return Signal(id=signal_id, kind=kind, cause=self._cause, caused_at=self._db.now(), hint=hint)


def _failure(provider: Provider, error: Exception) -> str:
    """A sentence for a person. What others than us say in their errors is not meant for one, and stays in the log."""
    if isinstance(error, CuelightError):
        _log.warning("scan_interrupted", provider=provider.name, reason=error.message)
        return error.message
    _log.error("scan_failed", provider=provider.name, exc_info=error)
    return f"the scan failed with {type(error).__name__}; the log tells more"
