"""Processors of a third party, as tests need them."""

from collections.abc import Callable

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.run import Run


class Flaky:
    """Throws for as long as `broken`."""

    name = "Flaky"

    def __init__(self) -> None:
        self.broken = True

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        if self.broken and entity["kind"] == "Component":
            raise RuntimeError("the wind")
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing."""


class Renaming:
    """Gives every entity another name."""

    name = "Renaming"

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        return {**entity, "metadata": {**entity["metadata"], "name": "other"}}

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing."""


class Meanwhile:
    """Changes something once a Location was read and before that is written: what was committed then woke nobody."""

    name = "Meanwhile"

    def __init__(self) -> None:
        self.change: Callable[[], object] = lambda: None

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:  # noqa: ARG002
        if entity["kind"] == "Location":
            self.change()
