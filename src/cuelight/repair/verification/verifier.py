"""The verification: asks the hosts, rebuilds what should be, compares, and where it is told to has drift looked at again.

The catalog goes on meanwhile. So a difference counts only where it is seen twice, with a pause between; what does not
stand still by the third time is reported as moving.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import structlog

from cuelight.catalog import at_rest
from cuelight.clock import Clock, isoformat
from cuelight.db import Database, Reading
from cuelight.fetch import spending
from cuelight.repair.runner import Tell
from cuelight.repair.runs import Progress, Run
from cuelight.repair.verification.differences import Facts, items
from cuelight.repair.verification.explanations import Grounds
from cuelight.repair.verification.holdings import Holding, holdings
from cuelight.repair.verification.mending import Mending
from cuelight.repair.verification.rebuilding import Engine, Rebuilding
from cuelight.repair.verification.report import LISTED, Coverage, Item, Repaired, Report, Unchecked
from cuelight.repair.verification.scratch import scratch_database
from cuelight.repair.verification.sight import Sight
from cuelight.repair.verification.survey import Survey
from cuelight.repair.verification.view import Circumstances, View, circumstances, view
from cuelight.repositories import Registry

LOOKS: Final = 3
"""How often what differs is looked at again."""
PAUSE: Final = 3.0
"""Seconds before it is: a webhook may be on its way."""

_log = structlog.get_logger(__name__)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Our side, as of one instant."""

    held: Mapping[str, Holding]
    served: View
    circumstances: Circumstances
    rested: bool
    """Whether the catalog had nothing to do."""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """One verification, with what the report leaves out: every item, and the facts behind them.

    `unlisted`: the providers whose lists could not be read, each with the reason.
    """

    started: int
    facts: Facts
    items: Sequence[Item]
    moving: frozenset[str]
    unlisted: Mapping[str, str]

    @property
    def drift(self) -> list[Item]:
        """What nothing explains."""
        return [item for item in self.items if item.explained_by is None]


class Verifier:
    """Verifies the catalog in *db*; *engine* makes the engine that rebuilds it from empty."""

    def __init__(self, db: Database, registry: Registry, clock: Clock, engine: Engine) -> None:
        self._db = db
        self._registry = registry
        self._clock = clock
        self._engine = engine

    async def verify(self, run: Run, tell: Tell) -> Report:
        """The report of *run*, with its repair where its options ask for that."""
        with spending("scan"):
            found = await self._look(tell)
            if not run.options.repair or not found.drift:
                return self._report(found)
            tell(Progress(step="repairing", seen=0, of=len(found.drift)))
            repaired = await Mending(self._db, self._registry, run.id).mend(found.facts, found.drift)
            return self._report(await self._look(tell), repaired)

    async def _look(self, tell: Tell) -> Verification:
        started = self._clock.now()
        survey = Survey(
            self._registry,
            self._clock,
            lambda seen, of: tell(Progress(step="asking the hosts", seen=seen, of=of)),
        )
        ours = await self._db.read(_snapshot)
        sights, moving, ours = await self._stand_still(survey, await survey.run(ours.held), ours)
        tell(Progress(step="rebuilding the catalog", seen=len(sights), of=len(sights)))
        async with scratch_database(self._clock) as scratch:
            rebuilding = Rebuilding(self._db, scratch, self._registry, self._clock, self._engine)
            rebuilt = await rebuilding.run(sights, ours.served)
        facts = Facts(sights=sights, rebuilt=rebuilt, held=ours.held, served=ours.served)
        found = await self._lasting(facts, ours, moving)
        return Verification(started=started, facts=facts, items=found, moving=moving, unlisted=survey.unlisted)

    async def _lasting(self, facts: Facts, ours: Snapshot, moving: frozenset[str]) -> Sequence[Item]:
        """The differences, without those of the catalog that go away while what was applied is on its way through it."""
        found = await self._compared(facts, ours, moving)
        for _ in range(LOOKS):
            if not any(_may_pass(item) for item in found):
                break
            await self._clock.sleep(PAUSE)
            now = await self._db.read(_snapshot)
            later = msgspec.structs.replace(facts, held=now.held, served=now.served)
            left = {_difference(item): item for item in await self._compared(later, now, moving)}
            again = (left.get(_difference(item)) if _may_pass(item) else item for item in found)
            found = [item for item in again if item is not None]
            if now.rested:
                break
        return found

    async def _compared(self, facts: Facts, ours: Snapshot, moving: frozenset[str]) -> Sequence[Item]:
        return await asyncio.to_thread(items, facts, self._grounds(facts, ours.circumstances, moving), moving)

    async def _stand_still(
        self, survey: Survey, sights: Sequence[Sight], ours: Snapshot
    ) -> tuple[Sequence[Sight], frozenset[str], Snapshot]:
        """Look again at what differs until it does not, or stays as it is; what still moves then, and our side at the end."""
        changed: frozenset[str] = frozenset()
        for look in range(LOOKS):
            sights = [_on(sight, ours.held) for sight in sights]
            doubtful = {sight.key: sight for sight in sights if _differs(sight)}
            if not doubtful:
                return sights, frozenset(), ours
            again = await survey.look([sight.target for sight in doubtful.values()])
            before = {_identity(sight): sight for sight in doubtful.values()}
            changed = frozenset(now.key for now in again if _changed(before[_identity(now)], now))
            newer = {_identity(sight): sight for sight in again}
            sights = [newer.get(_identity(sight), sight) for sight in sights]
            if look and not changed:
                return sights, changed, ours
            await self._clock.sleep(PAUSE)
            ours = await self._db.read(_snapshot)
        return [_on(sight, ours.held) for sight in sights], changed, ours

    def _grounds(self, facts: Facts, around: Circumstances, moving: frozenset[str]) -> Grounds:
        """By file, what is up with its repository."""
        states: dict[tuple[str, str], str] = {}
        for sight in facts.sights:
            held = sight.target.holding
            name = (
                sight.target.host,
                (sight.repository.full_name if sight.repository else sight.target.full_name).lower(),
            )
            if sight.key in moving:
                states[name] = f"its repository {sight.name} moved while it was verified"
            elif held is not None and held.waiting:
                states[name] = f"its repository {sight.name} is about to be looked at: {held.waiting} is open"
            elif sight.state == "unknown":
                states[name] = f"nothing is known of its repository {sight.name}: {sight.reason}"
        files = {*facts.served.refs, *facts.rebuilt.view.refs}
        explained = {file: states.get(self._repository_of(file)) for file in files} if states else {}
        return Grounds(
            expected=facts.rebuilt.view,
            actual=facts.served,
            rivals=facts.rebuilt.rivals,
            circumstances=around,
            files={file: reason for file, reason in explained.items() if reason},
        )

    def _repository_of(self, file: str) -> tuple[str, str]:
        place = self._registry.place(file.removeprefix("url:"))
        return (place.host, place.full_name.lower()) if place else ("", "")

    def _report(self, found: Verification, repaired: Repaired | None = None) -> Report:
        drift = found.drift
        explained = [item for item in found.items if item.explained_by is not None]
        report = Report(
            started_at=isoformat(found.started),
            finished_at=isoformat(self._clock.now()),
            digest=found.facts.digest(),
            drift_count=len(drift),
            drift=drift[:LISTED],
            explained_count=len(explained),
            explained=explained[:LISTED],
            coverage=_coverage(found),
            repaired=repaired,
        )
        _log.info("verified", drift=report.drift_count, checked=report.coverage.checked, digest=report.digest)
        return report


async def _snapshot(tx: Reading) -> Snapshot:
    return Snapshot(
        held=await holdings(tx),
        served=await view(tx),
        circumstances=await circumstances(tx),
        rested=await at_rest(tx),
    )


def _may_pass(item: Item) -> bool:
    """Whether *item* is nothing yet: what is applied takes its time until it is served."""
    return item.part in {"ref", "entity"} and item.explained_by is None


def _difference(item: Item) -> tuple[str, str, str | None, str | None]:
    return item.part, item.subject, item.expected, item.actual


def _identity(sight: Sight) -> tuple[str, str, str]:
    """Which target *sight* is of, whatever its row and branch are by now."""
    target = sight.target
    return target.provider, target.host, target.repository_id or target.full_name


def _on(sight: Sight, held: Mapping[str, Holding]) -> Sight:
    """*sight*, with what is held of it now."""
    target = sight.target
    if target.holding is not None:
        now = held.get(target.holding.tracked.id)
    else:
        identity = (target.provider, target.host, target.repository_id)
        now = next(
            (
                each
                for each in held.values()
                if (each.tracked.provider, each.tracked.host, each.tracked.host_id) == identity
            ),
            None,
        )
    return msgspec.structs.replace(sight, target=msgspec.structs.replace(target, holding=now))


def _differs(sight: Sight) -> bool:
    """Whether what is held of it is not what it should be."""
    held = sight.target.holding
    if sight.state == "unknown":
        return False
    if sight.state in {"excluded", "gone"}:
        return held is not None and not held.empty
    return held is None or (held.key, held.tracked.head, held.blobs) != (sight.key, sight.head, dict(sight.blobs))


def _changed(before: Sight, now: Sight) -> bool:
    return (before.state, before.key, before.head, before.blobs) != (now.state, now.key, now.head, now.blobs)


def _coverage(found: Verification) -> Coverage:
    sights = found.facts.sights
    unread = {sight.key: sight for sight in found.facts.rebuilt.unknown}
    unknown = [sight for sight in sights if sight.state == "unknown" and sight.key not in unread]
    unknown += unread.values()
    said = [sight for sight in sights if sight.state != "unknown" and sight.key not in unread]
    unchecked = [
        *(Unchecked(repository=provider, reason=reason) for provider, reason in found.unlisted.items()),
        *(Unchecked(repository=sight.name, reason=sight.reason or "unknown") for sight in unknown),
    ]
    return Coverage(
        checked=len(said),
        excluded=sum(sight.state == "excluded" for sight in said),
        gone=sum(sight.state == "gone" for sight in said),
        entities=len(found.facts.served.entities),
        unknown=unchecked[:LISTED],
        unknown_count=len(unchecked),
        moving=sorted(sight.name for sight in sights if sight.key in found.moving)[:LISTED],
        unlisted=tuple(found.unlisted),
    )
