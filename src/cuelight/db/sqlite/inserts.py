"""Many rows in few steps of SQLite.

Python's lock is let go of around every step of a statement, and has to be waited for after it. Beside a busy event loop
that wait is many times as long as inserting a row. So an INSERT takes up to 64 rows a step, in a few sizes, so that the
driver finds its text prepared.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from cuelight.db.transaction import Parameters

SIZES: Final = (64, 32, *range(16, 0, -1))
"""Rows that one step may take."""
MOST_VARIABLES: Final = 999
"""What every build of SQLite takes in one statement."""

_VALUES: Final = re.compile(r"VALUES \((?P<names>:\w+(?:, :\w+)*)\)")


class Insert:
    """An INSERT of one row, which can as well be one of several."""

    def __init__(self, sql: str, values: re.Match[str]) -> None:
        names = [name.removeprefix(":") for name in values["names"].split(", ")]
        self._names = tuple(names)
        self._values: Callable[[Parameters], Sequence[Any]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        )
        self._before, self._after = sql[: values.start()], sql[values.end() :]
        self._texts: dict[int, str] = {}
        self._most = MOST_VARIABLES // len(self._names)

    def steps(self, rows: Sequence[Parameters]) -> Iterator[tuple[str, Sequence[Any]]]:
        """Statements that insert *rows* in their order, each with its values."""
        start = 0
        while left := len(rows) - start:
            count = next(size for size in SIZES if size <= min(left, self._most))
            yield self._text(count), [*chain.from_iterable(map(self._values, rows[start : start + count]))]
            start += count

    def _text(self, rows: int) -> str:
        text = self._texts.get(rows)
        if text is None:
            one = f"({', '.join('?' * len(self._names))})"
            text = self._texts[rows] = f"{self._before}VALUES {', '.join([one] * rows)}{self._after}"
        return text


@lru_cache(maxsize=512)
def insert_of(sql: str) -> Insert | None:
    """The INSERT that *sql* is; None where it is something else, or computes its values."""
    values = _VALUES.search(sql) if sql.startswith("INSERT INTO ") else None
    return Insert(sql, values) if values and ":" not in sql[values.end() :] else None
