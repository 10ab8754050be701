"""What a processor of others can do beside our own."""

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.processor import Recogniser
from cuelight.catalog.processing.run import Run
from cuelight.model import InvalidEntity, Relation, Violation
from tests.unit.catalog.world import component
from tests.unit.processors.bench import Bench


class Gizmos:
    """Knows the kind Gizmo, whose spec has to have teeth, and which drive one another."""

    name = "Gizmos"

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        return entity

    async def recognise(self, entity: Entity, run: Run) -> bool:  # noqa: ARG002 -- the protocol names it
        if entity["kind"] != "Gizmo":
            return False
        if "teeth" not in entity["spec"]:
            raise InvalidEntity(Violation("gizmo", ("spec",), "a gizmo has teeth"))
        return True

    async def finish(self, entity: Entity, run: Run) -> None:
        for driven in entity["spec"].get("drives", ()):
            run.relate(Relation(run.ref, "drives", driven))


def gizmo(**spec: object) -> Entity:
    return {**component("big"), "kind": "Gizmo", "spec": spec}


def bench() -> Bench:
    return Bench(processors=[Gizmos()])


def test_a_processor_that_recognises_kinds_is_known_by_that():
    assert isinstance(Gizmos(), Recogniser)


async def test_a_kind_that_a_processor_recognises_is_accepted():
    assert (await bench().entity(gizmo(teeth=7)))["kind"] == "Gizmo"


async def test_a_processor_states_relations():
    outcome = await bench().run(gizmo(teeth=7, drives=["gizmo:default/small"]))
    assert outcome.relations == (Relation("gizmo:default/big", "drives", "gizmo:default/small"),)


async def test_a_processor_that_objects_fails_the_entity_in_backstages_words():
    assert await bench().complaint(gizmo()) == (
        "Processor Gizmos threw an error while validating the entity gizmo:default/big; "
        "caused by Error: a gizmo has teeth"
    )


async def test_a_kind_that_nobody_recognises_is_refused():
    assert "No processor recognized the entity gizmo:default/big" in await Bench().complaint(gizmo(teeth=7))
