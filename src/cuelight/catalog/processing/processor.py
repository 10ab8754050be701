"""What a processor is: a step in the pipeline that turns an entity as given into what it is.

A processor sees one entity at a time, on a snapshot: it awaits nothing but its `Run` (on SQLite it runs on a reader's
thread, where awaiting anything else is an error) and changes nothing but what it returns or tells the run. So
processing never waits for a network, and can always be done again.
"""

from typing import Protocol, runtime_checkable

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.run import Run


class Processor(Protocol):
    """A step of the pipeline, with a part before the entity is validated and a part after.

    Whatever a part raises fails the entity, which keeps its last good version: `InvalidEntity` says that its author has to
    act, `StillUnread` that a file is waited for; for anything else the entity is tried again later.
    """

    @property
    def name(self) -> str:
        """As problems name it, and `catalog.processorOptions`: `AnnotateLocationEntityProcessor`."""
        ...

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with what this step adds; before it is validated. What is passed in is left as it is."""
        ...

    async def finish(self, entity: Entity, run: Run) -> None:
        """Tell *run* what follows from the valid *entity*: further entities, relations, problems, files it depends on."""
        ...


@runtime_checkable
class Recogniser(Protocol):
    """What a processor has beside its steps where it knows kinds of its own."""

    async def recognise(self, entity: Entity, run: Run) -> bool:
        """Whether *entity*, which keeps the rules that all kinds share, is of a kind known here.

        `InvalidEntity` where it is, and breaks that kind's rules.
        """
        ...
