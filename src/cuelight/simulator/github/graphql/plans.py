"""A query made ready to be run: what schema and document say of each of its fields is looked up once, not in every run.

graphql-core asks both anew at every field of every object, which is most of what an answer about a hundred repositories
costs. A `Plan` keeps the outcome as steps, and answers as graphql-core does. What it is not made for is left to
graphql-core: directives, introspection, several operations (`plan_of` returns None), variables that don't fit (`run` does).

Specification: https://spec.graphql.org/draft/#sec-Execution
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_variable_values,
    is_abstract_type,
)

from cuelight.simulator.github.graphql.completion import Completion
from cuelight.simulator.github.graphql.steps import FieldStep, Run, Selection, Step, TypeNameStep, filled

TYPE_NAME: Final = "__typename"
WRONG_VARIABLES: Final = 50
"""Variables that don't fit, after which no more are looked at: graphql-core's own."""

Fragments = Mapping[str, FragmentDefinitionNode]


class Beyond(Exception):
    """A document has something that plans are not made for."""


class Plan:
    """One operation of a document, ready to be run. Safe to use from several threads."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Fragments) -> None:
        self.name = operation.name.value if operation.name else None
        self._schema = schema
        self._variables = operation.variable_definitions or ()
        if schema.query_type is None or operation.operation != OperationType.QUERY or operation.directives:
            raise Beyond
        self._root = _Planner(schema, fragments).selection(schema.query_type, [operation.selection_set])

    def run(self, root: Any, variables: Mapping[str, Any]) -> ExecutionResult | None:
        """Return what the operation finds from *root* on; None where the *variables* don't fit it."""
        values = get_variable_values(self._schema, self._variables, dict(variables), max_errors=WRONG_VARIABLES)
        if isinstance(values, list):
            return None
        run = Run(values)
        try:
            data = filled(self._root, root, None, run)
        except GraphQLError as error:
            return ExecutionResult(None, [*run.errors, error])
        return ExecutionResult(data, run.errors or None)


class _Planner:
    """Makes the steps of one document, each once."""

    def __init__(self, schema: GraphQLSchema, fragments: Fragments) -> None:
        self._schema = schema
        self._fragments = fragments
        self._steps: dict[tuple[str | int, ...], Step] = {}

    def selection(self, parent: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Selection:
        """Return the steps of *sets*, taken together, of an object that is a *parent*."""
        fields: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for one in sets:
            for node in self._fields(parent, one, seen):
                key = node.alias or node.name
                fields.setdefault(key.value, []).append(node)
        return tuple(self._step(parent, key, nodes) for key, nodes in fields.items())

    def _fields(self, parent: GraphQLObjectType, nodes: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        """Yield the fields of *nodes* that a *parent* has, those of fragments too, but of none a second time."""
        for node in nodes.selections:
            if node.directives:
                raise Beyond
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if self._is_a(parent, node.type_condition):
                    yield from self._fields(parent, node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                fragment = self._fragments[node.name.value]
                if self._is_a(parent, fragment.type_condition):
                    seen.add(node.name.value)
                    yield from self._fields(parent, fragment.selection_set, seen)

    def _is_a(self, parent: GraphQLObjectType, condition: NamedTypeNode | None) -> bool:
        if condition is None or condition.name.value == parent.name:
            return True
        kind = self._schema.get_type(condition.name.value)
        return is_abstract_type(kind) and self._schema.is_sub_type(kind, parent)

    def _step(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Step:
        known: tuple[str | int, ...] = parent.name, *map(id, nodes)
        if known not in self._steps:
            self._steps[known] = self._made(parent, key, nodes)
        return self._steps[known]

    def _made(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == TYPE_NAME:
            return TypeNameStep(key, parent.name)
        if name not in parent.fields:
            raise Beyond
        field, sets = parent.fields[name], [node.selection_set for node in nodes if node.selection_set]
        complete = Completion(self._schema, f"{parent}.{name}", nodes, lambda kind: self.selection(kind, sets))
        return FieldStep(key, field, nodes, complete.of(field.type))


def plan_of(schema: GraphQLSchema, document: DocumentNode) -> Plan | None:
    """Return how to run *document*, which is valid; None where plans are not made for it."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    try:
        return Plan(schema, operations[0], fragments) if len(operations) == 1 else None
    except (Beyond, GraphQLError, RecursionError):
        return None
