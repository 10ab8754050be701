"""JSON as JavaScript reads it: every number a double, and what is none an error."""

import json
from typing import Any, Final, Never

from cuelight.model.scalars import jsonable, resolve

DEEPEST: Final = 100
"""Levels of nesting."""


def parse_json(text: bytes | str) -> Any:
    """The value that *text* is; ValueError where it is none, or nested more than `DEEPEST` levels deep.

    Bytes are read as UTF-8. A number past the range of a double is null, as `JSON.stringify` has it.
    """
    decoded = text if isinstance(text, str) else text.decode("utf-8", "replace")
    try:
        value = json.loads(
            decoded.removeprefix("\ufeff"), parse_int=_number, parse_float=_number, parse_constant=_refused
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(value)
    _check_text(decoded, value)
    return value


_TOO_DEEP: Final = f"the data has more than {DEEPEST} levels of nesting; simplify it"


def _number(text: str) -> Any:
    return jsonable(resolve(text))


def _refused(word: str) -> Never:
    raise ValueError(f"{word} is not JSON; write a number or null")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [item for each in level for item in _items(each)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_text(text: str, value: Any) -> None:
    """Half a surrogate pair is no character, and nothing could be written with it."""
    if "\\u" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("the data has half of a surrogate pair; write both, or the character itself") from None
