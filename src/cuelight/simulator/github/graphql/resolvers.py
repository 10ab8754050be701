"""How a field of the schema is found on a node: under its name in snake case, as an attribute or as a method."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from graphql import GraphQLResolveInfo


def fields(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Return a field of *source*, as graphql-core asks for it."""
    given = {snake(name): value for name, value in arguments.items()}
    return resolved(source, info.field_name, snake(info.field_name), given)


def resolved(source: Any, name: str, attribute: str, given: Mapping[str, Any]) -> Any:
    """Return the key *name* of a mapping, else the *attribute*, or what a method of that name returns for what is *given*."""
    if isinstance(source, dict):
        return sound(source[name])
    value = getattr(source, attribute)
    return sound(value(**given) if callable(value) else value)


def sound(value: Any) -> Any:
    """Return *value*; raise it where it is an error, which stands for its own place in the answer."""
    if isinstance(value, Exception):
        raise value
    return value


def types(source: Any, *_: Any) -> str:
    """Return the type of *source* where the schema leaves it open."""
    name: str = source.typename
    return name


@cache
def snake(name: str) -> str:
    """Return a name of the schema as Python spells it: `nameWithOwner` becomes `name_with_owner`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
