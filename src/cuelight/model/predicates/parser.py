"""`query`: the predicate language of Backstage's POST operations.

`{"$all": […]}`, `{"$any": […]}`, `{"$not": …}`, or an object of fields, all of which must match: a field's matcher is a
text, number or truth, `{"$exists": …}`, `{"$in": […]}`, `{"$hasPrefix": …}` or `{"$contains": …}`.
https://github.com/backstage/backstage/tree/master/packages/filter-predicates
"""

from collections.abc import Mapping
from typing import Any

from cuelight.errors import InputError
from cuelight.model.filters import MOST_CONDITIONS
from cuelight.model.predicates.grammar import check
from cuelight.model.predicates.predicate import AllOf, AnyOf, Equals, Has, Leaf, Not, Predicate, StartsWith
from cuelight.model.predicates.relation import related
from cuelight.model.predicates.values import is_primitive, text_of, written

MOST_LEVELS = 32
"""How deep a query may be nested."""
MOST_VALUES = 10_000
"""Values in all lists of one query together."""


_MALFORMED = "Malformed request body (did you remember to specify an application/json content type?),"


def parse_query(value: Any, *, in_batch: bool = False) -> Predicate:
    """Read a decoded `query`; InputError, in Backstage's words, where it is none, or past a limit.

    For a batch of entities (*in_batch*) Backstage reads the whole body at once, and says so.
    """
    _limit(value)
    checked = check(value, whole=_MALFORMED, path=("query",)) if in_batch else check(value)
    if not isinstance(checked, Mapping):
        raise InputError("Query must be an object")
    return _predicate(checked)


def _limit(value: Any) -> None:
    """Refuse what is too deep or too large before anything else looks at it."""
    level, conditions, values = [value], 0, 0
    for _ in range(2 * MOST_LEVELS):
        level = [item for each in level if isinstance(each, dict | list) for item in _items(each)]
        conditions += sum(len(each) for each in level if isinstance(each, dict))
        values += sum(len(each) for each in level if isinstance(each, list))
        if not level:
            break
    if level:
        raise InputError(f"Invalid query: it is nested more than {MOST_LEVELS} levels deep; write it flatter")
    if conditions > 2 * MOST_CONDITIONS or values > MOST_VALUES:
        raise InputError(
            f"Invalid query: more than {MOST_CONDITIONS} conditions or {MOST_VALUES} values; ask in several requests"
        )


def _items(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _predicate(value: Any) -> Predicate:
    if not isinstance(value, Mapping):
        raise InputError(
            "Invalid filter predicate: top-level primitive values are not supported. "
            f'Wrap the value in a field expression, e.g. {{ "kind": {written(value)} }}'
        )
    if "$not" in value:
        return Not(_predicate(value["$not"]))
    if "$all" in value:
        return AllOf(tuple(map(_predicate, value["$all"])))
    if "$any" in value:
        return AnyOf(tuple(map(_predicate, value["$any"])))
    fields = [_field(key.lower(), matcher) for key, matcher in value.items()]
    return fields[0] if len(fields) == 1 else AllOf(tuple(fields))


def _field(key: str, matcher: Any) -> Predicate:
    if is_primitive(matcher):
        return Equals(key, (text_of(matcher),))
    operator, operand = next(iter(matcher.items()))
    if operator == "$exists":
        return Has(key) if operand else Not(Has(key))
    if operator == "$in":
        return Equals(key, tuple(dict.fromkeys(map(text_of, operand))))
    if operator == "$hasPrefix":
        return StartsWith(key, operand.lower())
    return _contained(key, operand)


def _contained(key: str, operand: Any) -> Leaf:
    if is_primitive(operand):
        return Equals(key, (text_of(operand),))
    if key == "relations":
        return related(operand)
    raise InputError(f'Object form of $contains is not supported for field "{key}"')
