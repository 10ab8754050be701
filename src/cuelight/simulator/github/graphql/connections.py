"""GitHub's connections: a part of a list, with where it goes on."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from cuelight.simulator.github.graphql.problems import Problem

T = TypeVar("T")
LARGEST = 100


class PageInfo:
    """Where a page lies in its list."""

    def __init__(self, start: int, end: int, total: int) -> None:
        self.has_previous_page = start > 0
        self.has_next_page = end < total
        self.start_cursor = cursor(start + 1) if end > start else None
        self.end_cursor = cursor(end) if end > start else None


class Connection(Generic[T]):
    """The *first* of *items* after a cursor, each shown as *show* does. *name* is the field's, for what GitHub complains of."""

    def __init__(
        self, name: str, items: Sequence[T], show: Callable[[T], Any], *, first: int | None, after: str | None = None
    ) -> None:
        _check(name, first)
        start = position(after)
        end = min(start + (first or 0), len(items))
        self._items = items
        self._shown = items[start:end]
        self._show = show
        self.page_info = PageInfo(start, end, len(items))

    @property
    def total_count(self) -> int:
        """How many there are on all pages."""
        return len(self._items)

    def nodes(self) -> list[Any]:
        """Return what is on the page."""
        return [self._show(item) for item in self._shown]


def cursor(position: int) -> str:
    """Return the opaque name of a place in a list: after *position* items."""
    return base64.b64encode(f"cursor:v2:{position}".encode()).decode()


def position(after: str | None) -> int:
    """Return the place that a cursor names: the beginning where there is none."""
    if after is None:
        return 0
    try:
        return int(base64.b64decode(after, validate=True).decode().removeprefix("cursor:v2:"))
    except (binascii.Error, ValueError) as error:
        raise Problem("INVALID_CURSOR_ARGUMENTS", f"`{after[:100]}` does not appear to be a valid cursor.") from error


def _check(name: str, first: int | None) -> None:
    if first is None:
        words = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise Problem("MISSING_PAGINATION_BOUNDARIES", words)
    if first < 0 or first > LARGEST:
        words = f"Requesting {first} records on the `{name}` connection exceeds the `first` limit of {LARGEST} records."
        raise Problem("EXCESSIVE_PAGINATION", words)
