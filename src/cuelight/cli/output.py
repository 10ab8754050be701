"""Data on standard output: a table for people, JSON, JSON lines or YAML for programs."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from cuelight.cli.parameters import Form

Row = Mapping[str, Any]

_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"
_GAP: Final = "  "
NARROWEST: Final = 40
"""Characters that a cell of a list has at least: an id or a commit is never cut."""


def print_list(items: Sequence[Row], columns: Mapping[str, str], form: Form, *, whole: bool = False) -> None:
    """Write *items*; a table has *columns*: titles, each with the path of its value (`metadata.name`).

    On a terminal the cells of a table are cut so that a row fits, unless it is to be *whole*; elsewhere nothing is cut.
    """
    if form is Form.JSONL:
        print_lines([json.dumps(item, ensure_ascii=False) for item in items])
    elif form is Form.TABLE:
        rows = [list(columns), *([_cell(at(item, path)) for path in columns.values()] for item in items)]
        print_lines(_table(rows if whole or not sys.stdout.isatty() else _fitting(rows)))
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
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _fitting(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """*rows* with their longest cells cut until a line is as wide as the terminal, or until they are `NARROWEST`."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = shutil.get_terminal_size().columns - len(_GAP) * (len(widths) - 1)
    most = max(NARROWEST, *widths)
    while most > NARROWEST and sum(min(width, most) for width in widths) > room:
        most -= 1
    return [[cell if len(cell) <= most else f"{cell[: most - 1]}…" for cell in row] for row in rows]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    header, *lines = _aligned(rows)
    return [f"{_BOLD}{header}{_PLAIN}" if _colour() else header, *lines]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _colour() -> bool:
    """Whether standard output is a terminal whose owner likes colour; see https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
