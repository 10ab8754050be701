"""The observer hears of each final entity that was written, and because of what."""

from collections.abc import Sequence

from cuelight.catalog import Cause
from cuelight.catalog.observer import Observer
from tests.unit.catalog.world import ROOT, World, component, location, yaml


class Witness(Observer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.causes: list[str] = []

    def visible(self, causes: Sequence[Cause], at: int) -> None:  # noqa: ARG002 -- the protocol names it
        self.causes += [cause.id for cause in causes]


async def test_each_final_entity_that_changes_is_told_with_its_cause(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"), component("ship"))
    await catalog.give(location())
    witness = Witness()
    catalog.engine.observe(witness)
    await catalog.write(ROOT, yaml(component("pay", type="new"), component("ship")), name="turn")
    assert witness.causes == ["turn"]


async def test_what_is_stitched_to_what_it_was_is_not_told(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    witness = Witness()
    catalog.engine.observe(witness)
    await catalog.touch(ROOT, name="turn")
    assert witness.causes == []
