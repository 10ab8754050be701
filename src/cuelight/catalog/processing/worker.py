"""The processing worker: claims due entities in batches, runs the pipeline beside the event loop, writes the outcomes.

What an entity names at its first look is run along with it, and written with it if nobody has those refs: the way of a
new file is one claim and one transaction shorter, and each of its rows written once less.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from cuelight.catalog.channels import DONE
from cuelight.catalog.observer import Observer
from cuelight.catalog.processing.claiming import claim_due
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.run import Surroundings
from cuelight.catalog.processing.subject import Subject, newcomer
from cuelight.catalog.processing.writing import Register
from cuelight.catalog.reader import Reader
from cuelight.catalog.rules import Rules
from cuelight.db import Database, Reading, Transaction

BATCH = 200
"""Entities that are claimed, and run on one snapshot, together."""
WEIGHT = 200
"""Entities and children that are written in one transaction, so that it stays under 20 ms."""
FEW = 20
"""Entities that are run along with the one that names them."""


class Finished(msgspec.Struct, frozen=True):
    """A subject with what its run came to, an error where the run itself broke; and the runs of what it names."""

    subject: Subject
    outcome: Outcome | Exception
    newcomers: Sequence[tuple[Subject, Outcome]] = ()

    @property
    def weight(self) -> int:
        """What it is to write."""
        children = len(self.outcome.children) if isinstance(self.outcome, Outcome) else 0
        return 1 + children + len(self.newcomers)


class Worker:
    """The `Source` of the processing pump: an item is a batch of claimed entities."""

    name = "processing"

    def __init__(self, db: Database, pipeline: Pipeline, reader: Reader, rules: Rules, register: Register) -> None:
        self._db = db
        self._pipeline = pipeline
        self._reader = reader
        self._rules = rules
        self._register = register
        self.observer = Observer()
        """Told of each outcome."""

    async def claim(self, limit: int) -> Sequence[Sequence[Subject]]:
        """Claim what is due, in up to *limit* batches."""
        subjects = await self._db.transact(lambda tx: claim_due(tx, limit * BATCH), together=True)
        return [subjects[start : start + BATCH] for start in range(0, len(subjects), BATCH)]

    async def handle(self, batch: Sequence[Subject]) -> None:
        """Run the pipeline for each of *batch*, and write what came of it."""
        finished = await self._db.read(lambda tx: self._run(tx, batch))
        for together in _portions(finished):
            await self._write(together)

    async def _run(self, tx: Reading, batch: Sequence[Subject]) -> list[Finished]:
        reader = await self._reader.ahead(tx, _named_by(batch))
        around = Surroundings(tx, reader, self._rules)
        return [await self._finished(subject, around) for subject in batch]

    async def _finished(self, subject: Subject, around: Surroundings) -> Finished:
        outcome = await self._outcome(subject, around)
        named = [(each, await self._outcome(each, around)) for each in _newcomers(subject, outcome)]
        good = [(each, found) for each, found in named if isinstance(found, Outcome)]
        return Finished(subject, outcome, good)

    async def _outcome(self, subject: Subject, around: Surroundings) -> Outcome | Exception:
        try:
            return await self._pipeline.process(subject, around)
        except Exception as error:  # noqa: BLE001 -- one entity's failure is its own
            return error

    async def _write(self, together: Sequence[Finished]) -> None:
        try:
            ends = await self._db.transact(lambda tx: self._write_all(tx, together))
        except Exception as error:  # noqa: BLE001 -- whose it is shows when each is written alone
            await self._part(together, error)
        else:
            for end in ends:
                self.observer.processed(end)

    async def _part(self, together: Sequence[Finished], error: Exception) -> None:
        """Write each alone, so that what one of them breaks on is its own; give back the one that is left."""
        if len(together) > 1:
            for each in together:
                await self._write([each])
            return
        if together[0].newcomers:  # it may be one of them: they can as well be processed later, each for itself
            await self._write([msgspec.structs.replace(together[0], newcomers=())])
            return
        subject = together[0].subject
        self.observer.failed(self.name, subject.ref, error)
        await self._db.transact(lambda tx: self._register.give_back(tx, subject))

    async def _write_all(self, tx: Transaction, together: Sequence[Finished]) -> Sequence[str]:
        tx.notify(DONE)
        newcomers = [run for each in together for run in each.newcomers]
        return await self._register.write_all(tx, [_run_of(each) for each in together], newcomers)


def _named_by(batch: Sequence[Subject]) -> Collection[str]:
    """Addresses that the Locations of *batch* name, and so will be asked for: not all of them, and not too many."""
    specs = (each.entity.get("spec") for each in batch if each.entity.get("kind") == "Location")
    targets = (spec.get("target") for spec in specs if isinstance(spec, dict))
    return {target for target in targets if isinstance(target, str) and target.startswith("https:")}


def _run_of(finished: Finished) -> tuple[Subject, Outcome]:
    """The subject and its outcome; what the run raised, where it broke."""
    if isinstance(finished.outcome, Exception):
        raise finished.outcome
    return finished.subject, finished.outcome


def _newcomers(subject: Subject, outcome: Outcome | Exception) -> Iterable[Subject]:
    """What *subject* names at its first look, where that is little: most often nobody has these refs."""
    if subject.known or isinstance(outcome, Exception) or len(outcome.children) > FEW:
        return ()
    return map(newcomer, outcome.children)


def _portions(finished: Sequence[Finished]) -> Iterator[Sequence[Finished]]:
    """*finished* in order, cut so that each part weighs little, or is a single one."""
    part: list[Finished] = []
    weight = 0
    for each in finished:
        if part and weight + each.weight > WEIGHT:
            yield part
            part, weight = [], 0
        part.append(each)
        weight += each.weight
    if part:
        yield part
