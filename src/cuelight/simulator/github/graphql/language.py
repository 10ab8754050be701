"""The schema, and the documents that were sent: both are parsed and checked once, and made ready to be run."""

import threading
from collections import OrderedDict
from importlib import resources
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from cuelight.simulator.github.graphql.plans import plan_of
from cuelight.simulator.github.graphql.resolvers import fields, types

KEPT: Final = 200
"""Documents that are remembered."""
TOKENS: Final = 50_000
"""Words of a document, at most."""


class Prepared:
    """A document that is valid, ready to be run. Safe to use from several threads."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._plan = plan_of(schema, document)

    def name(self, operation: str | None) -> str | None:
        """Return the name of the operation that is run where *operation* is asked for, as far as it has one."""
        definitions = self._document.definitions
        names = [one.name.value for one in definitions if isinstance(one, OperationDefinitionNode) and one.name]
        return operation if operation in names else names[0] if len(names) == 1 else None

    def run(self, root: Any, variables: dict[str, Any] | None, operation: str | None) -> ExecutionResult:
        """Return what it finds from *root* on."""
        if self._plan is not None and operation in {None, self._plan.name}:
            planned = self._plan.run(root, variables or {})
            if planned is not None:
                return planned
        return execute_sync(
            self._schema,
            self._document,
            root_value=root,
            variable_values=variables,
            operation_name=operation,
            field_resolver=fields,
            type_resolver=types,
        )


class Language:
    """What may be asked. Safe to use from several threads."""

    def __init__(self) -> None:
        text = resources.files("cuelight.simulator.github.graphql").joinpath("schema.graphql").read_text("utf-8")
        self.schema: GraphQLSchema = build_schema(text)
        self._known: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = threading.Lock()

    def prepared(self, text: str) -> Prepared:
        """Return *text* as a document, or raise GraphQLError where it is not a query of this schema."""
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        document = Prepared(self.schema, self._checked(text))
        with self._lock:
            self._known[text] = document
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return document

    def _checked(self, text: str) -> DocumentNode:
        document = parse(text, max_tokens=TOKENS)
        errors: list[GraphQLError] = validate(self.schema, document, max_errors=1)
        if errors:
            raise errors[0]
        return document
