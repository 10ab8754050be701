"""Data on standard output: a table for people, JSON, JSON lines or YAML for programs."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from cuelight.cli.parameters import Form

Row = Mapping[str, Any]

_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"
WIDEST: Final = 80
"""Characters of a cell in a table; the other forms cut nothing."""


def print_list(items: Sequence[Row], columns: Mapping[str, str], form: Form) -> None:
    """Write *items*; a table has *columns*: titles, each with the path of its value (`metadata.name`)."""
    if form is Form.JSONL:
        print_lines([json.dumps(item, ensure_ascii=False) for item in items])
    elif form is Form.TABLE:
        print_lines(_table(list(columns), [[_cell(at(item, path)) for path in columns.values()] for item in items]))
    else:
        print_one(list(items), form)


def print_one(value: Any, form: Form) -> None:
    """Write *value*; a table has a line for each scalar in it, by its path."""
    match form:
        case Form.JSON:
            print_lines([json.dumps(value, ensure_ascii=False, indent=2)])
        case Form.JSONL:
            print_lines([json.dumps(value, ensure_ascii=False)])
        case Form.YAML:
            sys.stdout.write(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
        case Form.TABLE:
            print_lines(_aligned([[path, _cell(leaf)] for path, leaf in leaves(value)]))


def print_lines(lines: Sequence[str]) -> None:
    """Write *lines*."""
    for line in lines:
        print(line)


def note(message: str) -> None:
    """Tell a person something that is no data, on standard error."""
    print(message, file=sys.stderr)


def at(item: Any, path: str) -> Any:
    """What is at *path* of *item*; a key may hold dots itself. None where there is nothing."""
    if not path:
        return item
    if not isinstance(item, Mapping):
        return None
    keys = [key for key in item if path == key or path.startswith(f"{key}.")]
    longest = max(keys, key=len, default=None)
    return None if longest is None else at(item[longest], path[len(longest) + 1 :])


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every scalar within *value* with its path; what is empty counts as one."""
    if isinstance(value, Mapping) and value:
        below = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]
    elif isinstance(value, list) and value:
        below = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return [(path, value)]
    return [leaf for place, item in below for leaf in leaves(item, place)]


def _cell(value: Any) -> str:
    """*value* in one line that a terminal cannot take for a command."""
    if value is None or value in ([], {}):
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    header, *lines = _aligned([titles, *rows])
    return [f"{_BOLD}{header}{_PLAIN}" if _colour() else header, *lines]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _colour() -> bool:
    """Whether standard output is a terminal whose owner likes colour; see https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
