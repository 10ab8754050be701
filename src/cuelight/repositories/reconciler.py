"""The worker: claims a repository that is due, asks its host what it is now, and writes the difference in one transaction."""

from collections.abc import Sequence

import structlog

from cuelight.clock import SECOND, Clock
from cuelight.db import Database
from cuelight.errors import HostDenied, HostError, HostUnavailable
from cuelight.repositories.claims import HEARTBEAT, Claim, Claims
from cuelight.repositories.inquiry import Finding, Question, inquire
from cuelight.repositories.plan import Held
from cuelight.repositories.registry import Registry
from cuelight.repositories.result import Reconcile, write
from cuelight.repositories.signals import DUE
from cuelight.repositories.statements import POSTPONE, SOURCES_OF
from cuelight.schedule import Backoff, Pump, beating
from cuelight.telemetry import Metrics

SLOTS = 8
"""Repositories that are looked at side by side."""
_BACKOFF = Backoff(first=2.0, cap=300.0)

_log = structlog.get_logger(__name__)


class Reconciler:
    """Brings repositories up to date; a `Source` for a pump."""

    name = "reconcile"

    def __init__(self, db: Database, registry: Registry, clock: Clock, metrics: Metrics) -> None:
        self._db = db
        self._registry = registry
        self._clock = clock
        self._metrics = metrics
        self._claims = Claims(db)

    async def run(self) -> None:
        """Work until cancelled."""
        await Pump(self, self._db.listen(DUE), self._clock, slots=SLOTS).run()

    async def settled(self) -> None:
        """Return once nothing is due or in hand, but for what waits for its host; somebody else must `run`."""
        while await self._claims.busy():
            await self._clock.sleep(0.05)

    async def claim(self, limit: int) -> Sequence[Claim]:
        """Claim what is due."""
        return await self._claims.take(limit)

    async def handle(self, item: Claim) -> None:
        """Reconcile one claimed repository: with the host's answer, or again later where there is none."""
        async with beating(lambda: self._claims.extend(item), HEARTBEAT):
            try:
                outcome = await self._reconcile(item)
            except HostError as error:
                outcome = await self._postpone(item, error.message, error)
            except Exception as error:  # noqa: BLE001 -- whatever it was, it is a row and is tried again
                _log.exception("reconcile_failed", repository=item.tracked.full_name)
                outcome = await self._postpone(item, f"{type(error).__name__}: {error}", error)
        self._metrics.reconciled(outcome)

    async def _reconcile(self, claim: Claim) -> str:
        started = self._clock.now()
        finding = await self._ask(claim)
        reconcile = Reconcile(claim=claim, finding=finding, started=started, answered=self._clock.now())
        return await self._db.transact(lambda tx: write(tx, reconcile, self._registry))

    async def _ask(self, claim: Claim) -> Finding:
        host = self._registry.host(claim.tracked.host)
        if host is None:
            raise HostDenied(f"no integration for {claim.tracked.host} is configured; add it under integrations")
        return await inquire(host, await self._question(claim))

    async def _question(self, claim: Claim) -> Question:
        parameters = {"repository": claim.tracked.id}
        held = [
            Held(path=row["path"], kind=row["kind"], state=row["state"], blob=row["blob"])
            for row in await self._db.read(lambda tx: tx.fetch(SOURCES_OF, parameters))
        ]
        return Question(
            tracked=claim.tracked,
            provider=self._registry.provider(claim.tracked.provider),
            held=held,
            wanted=claim.wanted,
            unread=any(signal.kind == "wanted" for signal in claim.signals),
        )

    async def _postpone(self, claim: Claim, reason: str, error: Exception) -> str:
        """Nothing is known: the signals stay open, and the host is asked again later."""
        failures = claim.tracked.attempts + 1
        asked = error.retry_after if isinstance(error, HostUnavailable) else None
        delay = max(_BACKOFF.delay(failures), asked or 0.0, 1.0)
        row = {"repository": claim.tracked.id, "claim": claim.id, "reason": reason}
        await self._db.transact(lambda tx: tx.execute(POSTPONE, {**row, "due": tx.now() + round(delay * SECOND)}))
        _log.warning(
            "reconcile_postponed",
            repository=claim.tracked.full_name,
            attempt=failures,
            retry_in=round(delay, 1),
            reason=reason,
        )
        return "postponed"
