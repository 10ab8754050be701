"""What a processor is: a step in the pipeline that turns an entity as given into what it is.

A processor sees one entity at a time, on a snapshot: it awaits nothing but its `Run` (on SQLite it runs on a reader's
thread, where awaiting anything else is an error) and changes nothing but what it returns or tells the run. So
processing never waits for a network, and can always be done again.
"""

from typing import Protocol

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.run import Run


class Processor(Protocol):
    """A step of the pipeline, with a part before the entity is validated and a part after."""

    @property
    def name(self) -> str:
        """As problems name it: `AnnotateLocationEntityProcessor`."""
        ...

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with what this step adds; before it is validated. What is passed in is left as it is."""
        ...

    async def finish(self, entity: Entity, run: Run) -> None:
        """Tell *run* what follows from the valid *entity*: further entities, problems, files it depends on."""
        ...
