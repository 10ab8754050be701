"""The schema, and the documents that were sent: both are parsed and checked once."""

import re
import threading
from collections import OrderedDict
from functools import cache
from importlib import resources
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)

KEPT: Final = 200
"""Documents that are remembered."""
TOKENS: Final = 50_000
"""Words of a document, at most."""


class Language:
    """What may be asked. Safe to use from several threads."""

    def __init__(self) -> None:
        text = resources.files("cuelight.simulator.github.graphql").joinpath("schema.graphql").read_text("utf-8")
        self.schema: GraphQLSchema = build_schema(text)
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._lock = threading.Lock()

    def document(self, text: str) -> DocumentNode:
        """Return *text* parsed, or raise GraphQLError where it is not a query of this schema."""
        with self._lock:
            known = self._documents.get(text)
            if known is not None:
                self._documents.move_to_end(text)
                return known
        document = self._checked(text)
        with self._lock:
            self._documents[text] = document
            while len(self._documents) > KEPT:
                self._documents.popitem(last=False)
        return document

    def _checked(self, text: str) -> DocumentNode:
        document = parse(text, max_tokens=TOKENS)
        errors: list[GraphQLError] = validate(self.schema, document, max_errors=1)
        if errors:
            raise errors[0]
        return document


def fields(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Return a field of *source*: a key of a mapping, else an attribute, or what a method returns for the arguments."""
    if isinstance(source, dict):
        return source[info.field_name]
    value = getattr(source, snake(info.field_name))
    return value(**{snake(name): given for name, given in arguments.items()}) if callable(value) else value


def types(source: Any, *_: Any) -> str:
    """Return the type of *source* where the schema leaves it open."""
    name: str = source.typename
    return name


@cache
def snake(name: str) -> str:
    """Return a name of the schema as Python spells it: `nameWithOwner` becomes `name_with_owner`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
