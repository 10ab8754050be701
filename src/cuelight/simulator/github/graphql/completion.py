"""From what a field resolved to, to what the answer says: by the field's type, as GraphQL's "value completion" has it.

Specification: https://spec.graphql.org/draft/#sec-Value-Completion
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    assert_leaf_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import is_iterable

from cuelight.simulator.github.graphql.resolvers import sound, types
from cuelight.simulator.github.graphql.steps import Complete, Path, Run, Selection, failing, filled

Select = Callable[[GraphQLObjectType], Selection]
"""The steps of a field's objects, by their type."""


class Completion:
    """Makes what completes the values of one field, which `nodes` ask for and which errors call *name*."""

    def __init__(self, schema: GraphQLSchema, name: str, nodes: list[FieldNode], select: Select) -> None:
        self._schema = schema
        self._name = name
        self._nodes = nodes
        self._select = select

    def of(self, kind: GraphQLOutputType) -> Complete:
        """Return what makes a part of the answer of a value that is to be a *kind*."""
        if is_non_null_type(kind):
            return self._present(self.of(kind.of_type))
        if is_list_type(kind):
            return self._list(kind.of_type)
        if is_object_type(kind):
            return self._object(kind)
        if is_abstract_type(kind):
            return self._abstract(kind)
        return self._leaf(assert_leaf_type(kind))

    def _present(self, complete: Complete) -> Complete:
        def present(value: Any, path: Path, run: Run) -> Any:
            completed = complete(value, path, run)
            if completed is None:
                raise TypeError(f"Cannot return null for non-nullable field {self._name}.")
            return completed

        return present

    def _leaf(self, kind: GraphQLLeafType) -> Complete:
        coerced = kind.coerce_output_value
        return lambda value, _path, _run: None if value is None else coerced(value)

    def _list(self, kind: GraphQLOutputType) -> Complete:
        item = self._item(kind)

        def listed(value: Any, path: Path, run: Run) -> Any:
            if value is None:
                return None
            if not is_iterable(value):
                raise GraphQLError(f"Expected Iterable, but did not find one for field '{self._name}'.")
            return [item(one, (path, index), run) for index, one in enumerate(value)]

        return listed

    def _item(self, kind: GraphQLOutputType) -> Complete:
        complete, fail = self.of(kind), failing(kind, self._nodes)

        def item(value: Any, path: Path, run: Run) -> Any:
            try:
                return complete(sound(value), path, run)
            except Exception as error:  # noqa: BLE001  (as in every step)
                return fail(error, path, run)

        return item

    def _object(self, kind: GraphQLObjectType) -> Complete:
        selection = self._select(kind)
        return lambda value, path, run: None if value is None else filled(selection, value, path, run)

    def _abstract(self, kind: GraphQLAbstractType) -> Complete:
        """Complete as what a value says that it is, of the types that are a *kind*."""
        selections = {one.name: self._select(one) for one in self._schema.get_possible_types(kind)}

        def concrete(value: Any, path: Path, run: Run) -> Any:
            if value is None:
                return None
            name = types(value)
            if name not in selections:
                raise GraphQLError(f"Runtime Object type '{name}' is not a possible type for '{kind}'.")
            return filled(selections[name], value, path, run)

        return concrete
