"""What differs between two versions of an entity, for its change log."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cuelight.model.stable import stable_json

MOST_PATHS = 100
"""Paths of one change that are worth keeping."""


def changed_paths(before: Any, after: Any, *, limit: int = MOST_PATHS) -> list[str]:
    """The dotted paths at which two JSON values differ, at most *limit* of them, in the order of `before` then `after`.

    A list is compared as a whole, and so is what one side lacks. None stands for no entity: every root field differs.
    """
    old = {} if before is None else before
    new = {} if after is None else after
    return list(islice(_changes(old, new), limit))


def _changes(before: Any, after: Any) -> Iterator[str]:
    waiting = [("", before, after)]
    while waiting:
        path, old, new = waiting.pop()
        if isinstance(old, dict) and isinstance(new, dict):
            waiting += reversed(_fields(path, old, new))
        elif old is _MISSING or new is _MISSING or stable_json(old) != stable_json(new):
            yield path


def _fields(path: str, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    prefix = f"{path}." if path else ""
    return [(prefix + key, old.get(key, _MISSING), new.get(key, _MISSING)) for key in {**old, **new}]


_MISSING = object()
