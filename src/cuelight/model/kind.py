"""What a kind of entity is: its name and versions, the shape of its spec, and the relations that its fields state."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cuelight.errors import InputError
from cuelight.model.ref import DEFAULT_NAMESPACE, read_ref, ref_of
from cuelight.model.shapes import Fault, Shape, record, text
from cuelight.model.violation import InvalidEntity, Violation

BACKSTAGE_VERSIONS = ("backstage.io/v1alpha1", "backstage.io/v1beta1")
"""The API versions in which Backstage's own kinds may be written."""

_NO_SPEC = Fault((), "must have required property 'spec'", "missingProperty: spec")


class Relation(msgspec.Struct, frozen=True):
    """One directed relation; `source` and `target` are lower-case refs."""

    source: str
    type: str
    target: str


class Reference(msgspec.Struct, frozen=True):
    """A field of a spec that names other entities, and the pair of relation types that it states.

    `default_kind` None: the reference must say its kind. The default namespace is the entity's own.
    """

    field: str
    default_kind: str | None
    forward: str
    reverse: str

    def targets(self, entity: Mapping[str, Any]) -> Iterator[str]:
        """The ref of each entity that *entity* names here; `InvalidEntity` (rule `relation`) at one that is no ref."""
        value = entity["spec"].get(self.field)
        if not value:
            return
        namespace = entity["metadata"].get("namespace") or DEFAULT_NAMESPACE
        if not isinstance(value, list):
            yield self._target(value, ("spec", self.field), namespace)
            return
        for index, item in enumerate(value):
            yield self._target(item, ("spec", self.field, index), namespace)

    def _target(self, value: Any, path: tuple[str | int, ...], namespace: str) -> str:
        try:
            return str(read_ref(value, default_kind=self.default_kind, default_namespace=namespace))
        except InputError as error:
            malformed = "was not on the form" in error.message
            name = "TypeError" if malformed else "Error"
            raise InvalidEntity(Violation("relation", path, error.message, name)) from None


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of entity.

    `spec` is the shape of its spec. `type`: only those of this `spec.type`, which have a shape of their own. `opt_in`:
    accepted only where a caller names its `key`, as it is a module of Backstage.
    """

    name: str
    type: str | None = None
    api_versions: tuple[str, ...] = BACKSTAGE_VERSIONS
    spec: Shape
    references: tuple[Reference, ...] = ()
    opt_in: bool = False

    @property
    def key(self) -> str:
        """What it is known by: `Template`, or with a type `API/mcp-server`."""
        return self.name if self.type is None else f"{self.name}/{self.type}"

    def check(self, entity: Mapping[str, Any]) -> None:
        """Raise `InvalidEntity` (rule `kind-schema`) for the first fault of *entity*'s spec."""
        fault = self.spec(entity["spec"]) if "spec" in entity else _NO_SPEC
        if fault is None:
            return
        located = fault if fault is _NO_SPEC else fault.below("spec")
        raise InvalidEntity(Violation("kind-schema", located.path, str(located), "TypeError"))

    def relations_of(self, entity: Mapping[str, Any]) -> list[Relation]:
        """What *entity*'s fields state, each relation in both directions, without repetitions."""
        source = ref_of(entity)
        found: dict[Relation, None] = {}
        for reference in self.references:
            for target in reference.targets(entity):
                found[Relation(source, reference.forward, target)] = None
                found[Relation(target, reference.reverse, source)] = None
        return list(found)


PROFILE = record(dict.fromkeys(("displayName", "email", "picture"), text))
"""How a person or a group presents itself."""

OWNER = Reference("owner", "Group", "ownedBy", "ownerOf")
SYSTEM = Reference("system", "System", "partOf", "hasPart")
DEPENDENCIES = (
    Reference("dependsOn", None, "dependsOn", "dependencyOf"),
    Reference("dependencyOf", None, "dependencyOf", "dependsOn"),
)
"""The fields that several kinds share, with the relations that they state."""
