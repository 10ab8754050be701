"""`filter=` parameters, read into conditions on search rows.

`filter=kind=component,spec.type=service&filter=kind=group` asks for what meets both conditions of the first parameter
or the one of the second. Keys and values are compared in lower case, as the rows hold them.
"""

from collections.abc import Sequence

import msgspec

from cuelight.errors import InputError

MOST_CONDITIONS = 1_000
"""Conditions in all parameters of one request together; each of them is a subquery."""


class Condition(msgspec.Struct, frozen=True):
    """An entity has a row with `key`, and where there are `values`, with one of them. All in lower case."""

    key: str
    values: tuple[str, ...] | None = None


class Filter(msgspec.Struct, frozen=True):
    """What meets all conditions of any of the sets; there is at least one set, and none is empty."""

    any_of: tuple[tuple[Condition, ...], ...]


def parse_filters(parameters: Sequence[str]) -> Filter | None:
    """Read the values of all `filter` parameters; None where they ask for nothing.

    InputError for a statement without a key, and for more than `MOST_CONDITIONS` statements. The same key several times in one
    parameter asks for any of its values; a key that is given both bare and with values asks for the values.
    """
    if sum(parameter.count(",") + 1 for parameter in parameters) > MOST_CONDITIONS:
        raise InputError(f"Invalid filter, more than {MOST_CONDITIONS} statements; ask in several requests")
    sets = [conditions for parameter in parameters if (conditions := _conditions(parameter))]
    return Filter(tuple(sets)) if sets else None


def _conditions(parameter: str) -> tuple[Condition, ...]:
    values: dict[str, list[str] | None] = {}
    for statement in filter(None, map(str.strip, parameter.split(","))):
        key, equals, value = (part.strip() for part in statement.partition("="))
        if not key:
            raise InputError(
                f"Invalid filter, '{statement}' is not a valid statement (expected a string on the form a=b or a= or a)"
            )
        known = values.setdefault(key, None)
        if equals:
            values[key] = [*(known or ()), value.lower()]
    return tuple(Condition(key.lower(), None if asked is None else tuple(asked)) for key, asked in values.items())
