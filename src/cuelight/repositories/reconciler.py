"""The worker: claims a repository that is due, asks its host what it is now, and writes the difference in one transaction."""

import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog

from cuelight.clock import SECOND, Clock, timed_id
from cuelight.db import Database, Transaction
from cuelight.errors import CuelightError, HostError, HostUnavailable
from cuelight.fetch import spending
from cuelight.repositories.claims import HEARTBEAT, Claim, Claims
from cuelight.repositories.desk import Desk
from cuelight.repositories.endings import Reconcile
from cuelight.repositories.inquiry import Finding, Question, inquire
from cuelight.repositories.pace import measure_pushes
from cuelight.repositories.plan import Plan
from cuelight.repositories.registry import Registry
from cuelight.repositories.result import LOST, Written, write_part
from cuelight.repositories.signals import DUE, SOON
from cuelight.repositories.statements import OPEN_KINDS, POSTPONE
from cuelight.repositories.succession import await_successor
from cuelight.repositories.turns import purpose
from cuelight.repositories.writings import Writings
from cuelight.schedule import Backoff, Pump, beating
from cuelight.telemetry import Metrics

SLOTS = 96
"""Repositories that are looked at side by side."""
PART = 200
"""Files of a difference that are written in one transaction, which so takes at most some 20 ms."""
_BACKOFF = Backoff(first=2.0, cap=300.0)
_SPREAD = 2.0
"""Seconds over which those come back whom a host has asked to wait."""

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
        self._writings = Writings(db, registry)
        self._desks: dict[str, Desk] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        await Pump(self, self._db.listen(DUE), self._clock, slots=SLOTS).run()

    async def settled(self) -> None:
        """Return once nothing is due or in hand, but for what waits for its host; somebody else must `run`."""
        while await self.busy():
            await self._clock.sleep(0.05)

    async def busy(self) -> bool:
        """Whether something is due or in hand; what waits for its host is neither."""
        return await self._claims.busy()

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
                outcome = await self._postpone(item, _explained(error), error)
        self._metrics.reconciled(outcome)

    async def _reconcile(self, claim: Claim) -> str:
        started = self._clock.now()
        question = self._question(claim)
        with spending(purpose(signal.kind for signal in claim.signals)):
            finding = await self._ask(claim, question)
        if finding.excluded and finding.plan:
            finding = await self._db.transact(
                partial(await_successor, claim=claim, finding=finding, registry=self._registry)
            )
        head = claim.tracked.head
        whole = Reconcile(
            id=timed_id(started),
            claim=claim,
            finding=finding,
            applied=question.applied | ({head} if head else set()),
            started=started,
            answered=self._clock.now(),
        )
        written = await self._write(whole)
        measure_pushes(self._metrics, written.ended, whole.answered - whole.started)
        return written.outcome

    async def _write(self, reconcile: Reconcile) -> Written:
        """In one transaction with others, or where that would hold others up for long, in several of which each counts."""
        plan = reconcile.finding.plan
        *earlier, last = plan.parts(PART) if plan else [None]
        held_back = 0
        for part in earlier:
            held = await self._db.transact(partial(write_part, reconcile=_of(reconcile, part), registry=self._registry))
            if held is None:
                return LOST
            held_back += held
        end = msgspec.structs.replace(_of(reconcile, last), whole=plan, held_back=held_back)
        return await self._writings.write(end)

    async def _ask(self, claim: Claim, question: Question) -> Finding:
        name = claim.tracked.host
        host = self._registry.host(name)
        if host is None:
            return Finding(kept=f"host {name} is no longer in the configuration; what came from it stays")
        desk = self._desks.setdefault(name, Desk(host))
        return await inquire(host, desk.look, question)

    def _question(self, claim: Claim) -> Question:
        return Question(
            tracked=claim.tracked,
            provider=self._registry.provider(claim.tracked.provider),
            held=claim.held,
            wanted=claim.wanted,
            unread=claim.unread,
            signals=claim.signals,
            applied=claim.applied,
            now=self._db.now(),
        )

    async def _postpone(self, claim: Claim, reason: str, error: Exception) -> str:
        """Nothing is known: the signals stay open, and the host is asked again later."""
        asked = error.retry_after if isinstance(error, HostUnavailable) else None
        before = claim.tracked.attempts
        failures = before + 1 if asked is None else max(before, 1)  # who says when to come back needs no growing pauses
        delay = _BACKOFF.delay(failures) if asked is None else asked + random.uniform(0, _SPREAD)
        row = {
            "repository": claim.tracked.id,
            "claim": claim.id,
            "reason": reason,
            "failures": failures,
            "delay": round(max(delay, 1.0) * SECOND),
        }
        await self._db.transact(partial(_write_postponed, claim=claim, row=row))
        _log.warning(
            "reconcile_postponed",
            repository=claim.tracked.full_name,
            attempt=failures,
            retry_in=round(delay, 1),
            reason=reason,
        )
        return "postponed"


async def _write_postponed(tx: Transaction, claim: Claim, row: Mapping[str, Any]) -> None:
    """What came in meanwhile does not wait for the pause of what was asked: its own answer may come at once."""
    known = _json([signal.id for signal in claim.signals])
    fresh = await tx.fetch(OPEN_KINDS, {"repository": claim.tracked.id, "since": claim.taken_at, "ids": known})
    delay = min(row["delay"], SOON) if fresh else row["delay"]
    await tx.execute(POSTPONE, {**row, "due": tx.now() + delay})


def _explained(error: Exception) -> str:
    """A sentence for a person. What others than us say in their errors is not meant for one, and stays in the log."""
    if isinstance(error, CuelightError):
        return error.message
    return (
        f"looking at it failed with {type(error).__name__}; nothing changes, it is tried again, and the log tells more"
    )


def _of(reconcile: Reconcile, part: Plan | None) -> Reconcile:
    """*reconcile* with nothing but *part* of what it found."""
    return msgspec.structs.replace(reconcile, finding=msgspec.structs.replace(reconcile.finding, plan=part))


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(names).decode()
