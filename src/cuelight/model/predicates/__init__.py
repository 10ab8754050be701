"""Predicates: conditions on an entity's search rows, joined by and, or and not.

What passes through: a `query` in a request's body (`parse_query`) or `filter=` parameters (`predicate_of`) become one tree
of frozen values, which the catalog turns into SQL and which a cursor can carry. Keys and values are in lower case.
"""

from cuelight.model.predicates.parser import parse_query
from cuelight.model.predicates.predicate import (
    AllOf,
    AnyOf,
    Equals,
    Has,
    Not,
    Predicate,
    StartsWith,
    leaves_of,
    levels_of,
    predicate_of,
)

__all__ = [
    "AllOf",
    "AnyOf",
    "Equals",
    "Has",
    "Not",
    "Predicate",
    "StartsWith",
    "leaves_of",
    "levels_of",
    "parse_query",
    "predicate_of",
]
