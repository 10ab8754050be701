"""The shape of a payload, and that of the real ones: every key with its JSON types."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.corpus import corpus


def kind(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]


def shape(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key of *value* with its JSON type."""
    yield path, kind(value)
    for key, below in value.items() if isinstance(value, dict) else ():
        yield from shape(below, f"{path}.{key}")
    for below in value if isinstance(value, list) else ():
        yield from shape(below, f"{path}[]")


def real_shape(*patterns: str) -> dict[str, set[str]]:
    """Keys and types of all the payloads of the corpus that *patterns* name."""
    found: dict[str, set[str]] = defaultdict(set)
    for pattern in patterns:
        for path in corpus("payloads", "github").glob(pattern):
            for key, name in shape(json.loads(path.read_bytes())):
                found[key].add(name)
    return found
