"""What a catalog holds. Pure: no I/O, no clock, no database; JSON values in, JSON values and verdicts out.

An entity is the plain JSON object that its author wrote: unknown fields stay, and so does the order of keys. On its way
from a file to the catalog it passes through this room like this:

    text ─parse_documents─▶ entity ─check_envelope─▶ has a name ─sort_references─▶
         ─apply_policies─▶ has a namespace, well-formed fields ─validate_kind─▶ its spec fits its kind
         ─relations_of─▶ the pairs that it states ─flatten─▶ rows to search by ─stable_hash─▶ has it changed?

Whatever is wrong is an `InvalidEntity` with a `Violation` (a rule's id, the field's path, Backstage's words), or a
document's `Problem` (rule, line, column); `locate` finds a path's line once somebody must be told, and `violations_of`
finds what else is wrong.
"""

from cuelight.model.differences import changed_paths
from cuelight.model.envelope import check_entity, check_envelope
from cuelight.model.faults import replaced
from cuelight.model.filters import Condition, Filter, parse_filters
from cuelight.model.json import parse_json
from cuelight.model.kind import Kind, Reference, Relation
from cuelight.model.kinds import KINDS, kind_of, relations_of, sort_references, unknown_kind, validate_kind
from cuelight.model.locations import LocationRef, generated_name, is_script, parse_location_ref, stringify_location_ref
from cuelight.model.policy import apply_policies, with_namespace
from cuelight.model.predicates import AllOf, AnyOf, Equals, Has, Not, Predicate, StartsWith, parse_query, predicate_of
from cuelight.model.projection import Projection, parse_fields
from cuelight.model.ref import DEFAULT_NAMESPACE, Ref, parse_ref, read_ref, ref_of
from cuelight.model.search import Collision, SearchRow, SearchRows, collisions_of, flatten
from cuelight.model.stable import stable_hash, stable_json
from cuelight.model.violation import InvalidEntity, Violation
from cuelight.model.violations import violations_of
from cuelight.model.yaml import (
    DEFAULT_LIMITS,
    Document,
    Limits,
    Places,
    Position,
    Problem,
    Root,
    locate,
    parse_documents,
    parse_values,
    yaml_text,
)

__all__ = [
    "DEFAULT_LIMITS",
    "DEFAULT_NAMESPACE",
    "KINDS",
    "AllOf",
    "AnyOf",
    "Collision",
    "Condition",
    "Document",
    "Equals",
    "Filter",
    "Has",
    "InvalidEntity",
    "Kind",
    "Limits",
    "LocationRef",
    "Not",
    "Places",
    "Position",
    "Predicate",
    "Problem",
    "Projection",
    "Ref",
    "Reference",
    "Relation",
    "Root",
    "SearchRow",
    "SearchRows",
    "StartsWith",
    "Violation",
    "apply_policies",
    "changed_paths",
    "check_entity",
    "check_envelope",
    "collisions_of",
    "flatten",
    "generated_name",
    "is_script",
    "kind_of",
    "locate",
    "parse_documents",
    "parse_fields",
    "parse_filters",
    "parse_json",
    "parse_location_ref",
    "parse_query",
    "parse_ref",
    "parse_values",
    "predicate_of",
    "read_ref",
    "ref_of",
    "relations_of",
    "replaced",
    "sort_references",
    "stable_hash",
    "stable_json",
    "stringify_location_ref",
    "unknown_kind",
    "validate_kind",
    "violations_of",
    "with_namespace",
    "yaml_text",
]
