"""The kinds that the catalog knows: a file each, found by listing this package.

To add a kind is to add a file with a `KIND` in it. A kind is known by its name (in its own case) and API version
together, and some by their `spec.type` as well; what none of these is known for is another processor's to recognise.
"""

import importlib
import pkgutil
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from cuelight.model.kind import Kind, Relation
from cuelight.model.ref import ref_of
from cuelight.model.violation import InvalidEntity, Violation


def _listed() -> Mapping[str, Kind]:
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return MappingProxyType({module.KIND.key: module.KIND for module in modules})


KINDS = _listed()
"""Every kind of this package by its key."""

SORTED_FIELDS = ("providesApis", "consumesApis", "dependsOn", "dependencyOf", "memberOf", "children", "members")
"""The lists of references that are sorted before validation, whatever the kind."""


def kind_of(entity: Mapping[str, Any], *, opted_in: Collection[str] = ()) -> Kind | None:
    """The kind that *entity* declares, by name and API version, or None. Opt-in kinds count where *opted_in* names them."""
    kind = _of_its_type(entity) if opted_in else None
    if kind is None or kind.key not in opted_in:
        kind = KINDS.get(entity["kind"])
    if kind is None or entity["apiVersion"] not in kind.api_versions:
        return None
    return None if kind.opt_in and kind.key not in opted_in else kind


def _of_its_type(entity: Mapping[str, Any]) -> Kind | None:
    spec = entity.get("spec")
    kind = KINDS.get(f"{entity['kind']}/{spec.get('type')}") if isinstance(spec, dict) else None
    return kind if kind is not None and entity["apiVersion"] in kind.api_versions else None


def validate_kind(entity: Mapping[str, Any], *, opted_in: Collection[str] = ()) -> bool:
    """Whether *entity* is of a known kind; `InvalidEntity` (rule `kind-schema`) where it is and its spec is wrong.

    The entity has passed `check_entity` or the policies, which look at everything but the spec's fields.
    """
    kind = kind_of(entity, opted_in=opted_in)
    if kind is None:
        return False
    kind.check(entity)
    return True


def unknown_kind(entity: Mapping[str, Any]) -> InvalidEntity:
    """The error of an entity that nothing recognises (rule `unknown-kind`)."""
    message = (
        f"No processor recognized the entity {ref_of(entity)} as valid, possibly caused by a foreign kind or apiVersion"
    )
    return InvalidEntity(Violation("unknown-kind", ("kind",), message, "InputError"))


def relations_of(entity: Mapping[str, Any], *, opted_in: Collection[str] = ()) -> list[Relation]:
    """The relations that *entity* states, each in both directions; none where its kind is unknown.

    The entity has passed `validate_kind`. `InvalidEntity` (rule `relation`) where a field holds no ref: above all
    `dependsOn` without a kind, which fails the whole entity.
    """
    kind = kind_of(entity, opted_in=opted_in)
    return kind.relations_of(entity) if kind else []


def sort_references(entity: dict[str, Any]) -> dict[str, Any]:
    """*entity* with its lists of references in order; itself where they are already, else a copy."""
    spec = entity.get("spec")
    if not isinstance(spec, dict):
        return entity
    changed = {field: ordered for field in SORTED_FIELDS if (ordered := _ordered(spec.get(field))) is not None}
    return {**entity, "spec": {**spec, **changed}} if changed else entity


def _ordered(values: Any) -> list[str] | None:
    """*values* sorted by UTF-16 code units, as JavaScript sorts; None where they are in order or not all strings."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return None
    ordered = sorted(values, key=lambda value: value.encode("utf-16-be", "surrogatepass"))
    return ordered if ordered != values else None
