"""Many changes in one step of PostgreSQL: an UPDATE or a DELETE of rows that are told by what they equal is joined with one
array a parameter.

Each change by itself would be a message of its own, and as much work again around it as is in it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_CHANGE: Final = re.compile(
    r"(?:UPDATE (?P<updated>\w+) SET (?P<set>.+)|DELETE FROM (?P<emptied>\w+)) WHERE (?P<where>.+)", re.DOTALL
)
_EQUALS: Final = re.compile(r"\w+\.(?P<column>\w+) = \$(?P<place>\d+)::\w+")
_ASSIGNED: Final = re.compile(r"(?:^|, )\"?(\w+)\"?=(?! )")
_TYPED: Final = re.compile(r"\$(\d+)::(\w+)")
_PARAMETER: Final = re.compile(r"\$(\d+)(?:::\w+)?")
_COMPUTED: Final = ("SELECT", "RETURNING", " OR ")


class Change:
    """An UPDATE or DELETE for one row of parameters, which can as well be one for many."""

    def __init__(self, found: re.Match[str], types: Sequence[str], keys: Sequence[int]) -> None:
        arrays = ", ".join(f"${place}::{name}[]" for place, name in enumerate(types, 1))
        names = ", ".join(f"p{place}" for place in range(1, len(types) + 1))
        given = f"unnest({arrays}) AS given({names}) WHERE {_joined(found['where'])}"
        if found["updated"]:
            self.sql = f"UPDATE {found['updated']} SET {_joined(found['set'])} FROM {given}"  # noqa: S608 -- our own statement, in another form
        else:
            self.sql = f"DELETE FROM {found['emptied']} USING {given}"  # noqa: S608 -- as above
        self._keys = keys

    def takes(self, rows: Sequence[Sequence[Any]]) -> bool:
        """Whether *rows* can be done together: no two of them are about the same row of the table."""
        return len({tuple(row[place] for place in self._keys) for row in rows}) == len(rows)


def _joined(sql: str) -> str:
    return _PARAMETER.sub(r"given.p\1", sql)


@lru_cache(maxsize=512)
def change_of(sql: str) -> Change | None:
    """The change that *sql* is; None where it is something else, or what it changes is not told by what that equals."""
    found = _CHANGE.fullmatch(sql)
    if found is None or any(word in sql for word in _COMPUTED):
        return None
    types = {int(place): name for place, name in _TYPED.findall(sql)}
    if types.keys() != {int(place) for place in _PARAMETER.findall(sql)}:
        return None  # one whose type only its surroundings tell
    keys = _keys(found["where"], assigned=_ASSIGNED.findall(found["set"] or ""))
    return Change(found, [types[place] for place in sorted(types)], keys) if keys else None


def _keys(where: str, *, assigned: Sequence[str]) -> Sequence[int]:
    """Where among the parameters are those that tell a row, and go on doing so; nowhere where others do, too."""
    asked = [each for each in where.split(" AND ") if "$" in each]
    equal = [found for each in asked if (found := _EQUALS.fullmatch(each)) is not None]
    if len(equal) < len(asked):
        return ()
    return [int(each["place"]) - 1 for each in equal if each["column"] not in assigned]
