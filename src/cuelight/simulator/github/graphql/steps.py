"""What a plan is made of: for each field of a selection a step, which resolves it, completes it and keeps its error.

All that is the same in every run is in the step: the field's names, its arguments as far as they are written out, what is
to be done with its value.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLOutputType,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    VariableValues,
    get_argument_values,
    is_non_null_type,
    located_error,
)

from cuelight.simulator.github.graphql.resolvers import resolved, snake

Path: TypeAlias = "tuple[Path, str | int] | None"
"""Where in the answer, from the inside out."""
Arguments: TypeAlias = Mapping[str, Any]
Given: TypeAlias = Callable[[VariableValues], Arguments]
Complete: TypeAlias = "Callable[[Any, Path, Run], Any]"
Fail: TypeAlias = "Callable[[Exception, Path, Run], None]"
Selection: TypeAlias = "tuple[Step, ...]"

NOTHING: Final[Arguments] = {}


class Run:
    """One run of a plan: its variables, and the errors of its fields so far."""

    def __init__(self, variables: VariableValues) -> None:
        self.variables = variables
        self.errors: list[GraphQLError] = []


class Step(Protocol):
    """One entry of an object in the answer, under its key."""

    key: str

    def value(self, source: Any, path: Path, run: Run) -> Any:
        """Return what *source*, which is at *path*, has there; GraphQLError where that must not be null and is."""
        ...


class FieldStep:
    """A field."""

    def __init__(self, key: str, field: GraphQLField, nodes: list[FieldNode], complete: Complete) -> None:
        self.key = key
        self._name = nodes[0].name.value
        self._attribute = snake(self._name)
        self._given = given(field, nodes[0])
        self._complete = complete
        self._fail = failing(field.type, nodes)

    def value(self, source: Any, path: Path, run: Run) -> Any:
        """Return the field of *source*, completed."""
        try:
            arguments = self._given(run.variables) if self._given else NOTHING
            found = resolved(source, self._name, self._attribute, arguments)
            return self._complete(found, (path, self.key), run)
        except Exception as error:  # noqa: BLE001  (whatever a field raises is an error in the answer)
            return self._fail(error, (path, self.key), run)


class TypeNameStep:
    """`__typename`."""

    def __init__(self, key: str, name: str) -> None:
        self.key = key
        self._name = name

    def value(self, source: Any, path: Path, run: Run) -> str:  # noqa: ARG002  (as of every step)
        """Return the type's name."""
        return self._name


class _Slot:
    """The place of a variable among arguments."""

    def __init__(self, variable: str) -> None:
        self.variable = variable


def filled(selection: Selection, source: Any, path: Path, run: Run) -> dict[str, Any]:
    """Return *source* as an object of the answer."""
    return {step.key: step.value(source, path, run) for step in selection}


def failing(kind: GraphQLOutputType, nodes: list[FieldNode]) -> Fail:
    """Return what becomes of an error where a *kind* was wanted: null and noted, or where null is not allowed, raised."""
    raises = is_non_null_type(kind)

    def fail(error: Exception, path: Path, run: Run) -> None:
        located = located_error(error, nodes, _outside_in(path))
        if raises:
            raise located
        run.errors.append(located)

    return fail


def given(field: GraphQLField, node: FieldNode) -> Given | None:
    """Return what tells the arguments of *field* as *node* has them, in snake case; None where it takes none."""
    if not field.args:
        return None
    plainly = partial(_plainly, field, node)
    values = [argument.value for argument in node.arguments or ()]
    if any(isinstance(value, ListValueNode | ObjectValueNode) for value in values):
        return plainly
    slots = {value.name.value: _Slot(value.name.value) for value in values if isinstance(value, VariableNode)}
    template = plainly(VariableValues({}, slots))
    variables = {name: value.variable for name, value in template.items() if isinstance(value, _Slot)}
    return partial(_slotted, template, variables, plainly) if variables else lambda _: template


def _plainly(field: GraphQLField, node: FieldNode, values: VariableValues) -> Arguments:
    return {snake(name): value for name, value in get_argument_values(field, node, values).items()}


def _slotted(template: Arguments, variables: Mapping[str, str], plainly: Given, values: VariableValues) -> Arguments:
    """Return *template* with the *variables* (argument → variable) put in; *plainly*, where one is absent or null."""
    arguments = {**template}
    for name, variable in variables.items():
        value = values.coerced.get(variable)
        if value is None:
            return plainly(values)
        arguments[name] = value
    return arguments


def _outside_in(path: Path) -> list[str | int]:
    keys: list[str | int] = []
    while path is not None:
        path, key = path
        keys.append(key)
    return keys[::-1]
