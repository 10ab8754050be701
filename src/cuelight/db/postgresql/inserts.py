"""Many rows in one step of PostgreSQL: an INSERT that says nothing of conflicts is a COPY, another takes one array a column.

Sending each row by itself costs the server and the driver several times what inserting it does; and of arrays the driver
looks at each value several times, which a COPY spares it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_VALUES: Final = re.compile(r"VALUES \((\$\d+::\w+(?:, \$\d+::\w+)*)\)")
_TARGET: Final = re.compile(r"^INSERT INTO (?P<table>\w+) \((?P<columns>[^)]*)\)")
_UPDATING: Final = re.compile(r"ON CONFLICT \((?P<keys>[^)]*)\) DO UPDATE")


class Insert:
    """An INSERT of one row, which can as well be one of many."""

    def __init__(self, sql: str, values: re.Match[str]) -> None:
        types = [each.partition("::")[2] for each in values[1].split(", ")]
        arrays = ", ".join(f"${place}::{name}[]" for place, name in enumerate(types, 1))
        self.sql = f"{sql[: values.start()]}SELECT * FROM unnest({arrays}){sql[values.end() :]}"  # noqa: S608 -- our own statement, its values in another form
        self._keys = _key_places(sql)
        self.target = None if sql[values.end() :].strip() else _target(sql)
        """Table and columns, where that and the rows are all there is to it."""

    def takes(self, rows: Sequence[Sequence[Any]]) -> bool:
        """Whether *rows* can be inserted together: no row of them is to change one that came before it."""
        keys = {tuple(row[place] for place in self._keys) for row in rows} if self._keys else rows
        return len(keys) == len(rows)


def _target(sql: str) -> tuple[str, list[str]] | None:
    """The table and the columns that *sql* inserts into."""
    found = _TARGET.match(sql)
    return None if found is None else (found["table"], [each.strip('"') for each in found["columns"].split(", ")])


def _key_places(sql: str) -> Sequence[int]:
    """Where in a row that is what a conflict is about, which an update follows; nowhere where none does."""
    target, updating = _TARGET.match(sql), _UPDATING.search(sql)
    if target is None or updating is None:
        return ()
    columns = target["columns"].split(", ")
    return [columns.index(key) for key in updating["keys"].split(", ")]


@lru_cache(maxsize=512)
def insert_of(sql: str) -> Insert | None:
    """The INSERT that *sql* is; None where it is something else, or computes its values."""
    values = _VALUES.search(sql) if sql.startswith("INSERT INTO ") else None
    if values is None or "$" in sql[values.end() :]:
        return None
    places = re.findall(r"\$(\d+)", values[0])
    return Insert(sql, values) if places == [str(place) for place in range(1, len(places) + 1)] else None


def columns_of(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """*rows* by column."""
    return [list(column) for column in zip(*rows, strict=True)]
