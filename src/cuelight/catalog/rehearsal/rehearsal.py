"""The walk: an entity, then what it names, depth first, each through the pipeline until nothing is missing."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import Entity, decode, uid_of
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.run import Surroundings
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.rehearsal.gathering import Gatherer, Memory, NoSnapshot
from cuelight.catalog.rules import Rules
from cuelight.db.transaction import drive
from cuelight.errors import InputError, TimedOut
from cuelight.model import check_envelope, ref_of

CAUSE = Cause(id="rehearsal", at=0)
AT_ONCE = 8
"""Rehearsals at a time; others wait."""
MOST_ROUNDS = 50
"""Runs of one entity, each of which asked for more: a file that names a file that names a file."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much one rehearsal may take: entities, files, Locations above one another, seconds."""

    entities: int = 5_000
    files: int = 2_000
    depth: int = 32
    seconds: float = 60.0


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that went through the pipeline, and what came of it. `depth` counts the Locations above it."""

    ref: str
    depth: int
    outcome: Outcome

    @property
    def entity(self) -> Entity | None:
        """What it would be; None where it failed."""
        return None if self.outcome.processed is None else decode(self.outcome.processed)


class Rehearsal:
    """Rehearses with *pipeline* under *rules*; *gatherer* gives each rehearsal where it reads from, and a memory of its own."""

    def __init__(
        self, pipeline: Pipeline, rules: Rules, gatherer: Callable[[], Gatherer], *, bounds: Bounds | None = None
    ) -> None:
        self._pipeline = pipeline
        self._rules = rules
        self._gatherer = gatherer
        self._bounds = bounds or Bounds()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def alone(self, entity: Entity) -> Rehearsed:
        """Rehearse *entity*, with both managed-by annotations, and nothing that it names. Errors as in `tree`."""
        async with aclosing(self.tree(entity)) as tree:
            return await anext(tree)

    async def tree(self, entity: Entity, *, levels: int | None = None) -> AsyncGenerator[Rehearsed, None]:
        """Rehearse *entity* and everything below it, or so many *levels* of that.

        Of its children the last comes first, each with all below it. What is named twice comes twice, what is below it once.
        `InvalidEntity` where it is not even an envelope; InputError past a bound, TimedOut past the time.
        """
        check_envelope(entity)
        async with self._slots:
            async for rehearsed in self._walk(entity, levels):
                yield rehearsed

    async def _walk(self, entity: Entity, levels: int | None) -> AsyncGenerator[Rehearsed, None]:
        memory = Memory(self._gatherer())
        around = Surroundings(NoSnapshot(), memory, self._rules)
        waiting = [(0, _subject(entity, ref_of(entity)))]
        clock = asyncio.get_running_loop()
        until = clock.time() + self._bounds.seconds
        count = 0
        seen: set[str] = set()
        while waiting:
            depth, subject = waiting.pop()
            count += 1
            self._check(count, depth)
            outcome = await self._within(until - clock.time(), self._complete(subject, around, memory))
            if subject.ref not in seen and depth != levels:
                waiting += ((depth + 1, _subject(decode(child.body), child.ref)) for child in outcome.children)
            seen.add(subject.ref)
            yield Rehearsed(ref=subject.ref, depth=depth, outcome=outcome)

    def _check(self, count: int, depth: int) -> None:
        if count > self._bounds.entities:
            raise InputError(f"it leads to more than {self._bounds.entities} entities; rehearse a part of it")
        if depth > self._bounds.depth:
            raise InputError(f"Locations name one another more than {self._bounds.depth} deep; is there a circle?")

    async def _within(self, seconds: float, run: Awaitable[Outcome]) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await run
        except TimeoutError:
            raise TimedOut(
                f"not everything could be read within {self._bounds.seconds:g} seconds; try a part of it"
            ) from None

    async def _complete(self, subject: Subject, around: Surroundings, memory: Memory) -> Outcome:
        """The outcome of *subject* once everything that it asks for is known."""
        for _ in range(MOST_ROUNDS):
            outcome = await asyncio.to_thread(drive, self._pipeline.process(subject, around))
            missing = memory.missing()
            if not missing:
                return outcome
            if memory.held + len(missing) > self._bounds.files:
                raise InputError(f"it leads to more than {self._bounds.files} files; rehearse a part of it")
            await memory.complete()
        raise InputError(f"{subject.ref} names files that name files, more than {MOST_ROUNDS} deep; is there a circle?")


def _subject(entity: Entity, ref: str) -> Subject:
    return Subject(entity_id=uid_of(ref), ref=ref, entity=entity, generation=0, attempts=0, claim="", cause=CAUSE)
