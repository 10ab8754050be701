"""Texts, made ready for libyaml, and its events.

libyaml speaks YAML 1.1 in four ways that texts in the wild meet: it breaks lines at U+0085, U+2028 and U+2029; it
refuses tabs on lines that are blank otherwise, or hold a comment; it refuses the surrogate pairs of JSON's escapes;
it reads no character beyond its printable set. The first is hidden from it. Of the next two, the line that it stops
at is mended, and reading begins again. The last is a problem with a position.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import yaml

from cuelight.model.yaml.problem import Limits, Position, Problem, Unreadable

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile(r"\r\n?|\n")

# YAML 1.2 takes these for ordinary characters. They travel as private ones of the last plane.
_FOREIGN_BREAKS = re.compile("[\x85\u2028\u2029]")
_DISGUISE = {0x85: 0x10FFE0, 0x2028: 0x10FFE1, 0x2029: 0x10FFE2}
RESTORE = {disguise: char for char, disguise in _DISGUISE.items()}
"""For `str.translate`: the characters that `prepare` disguised."""

_BLANK = re.compile(r"[ \t]*(?:#[^\r\n]*)?[\r\n]*")
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def prepare(text: bytes | str, limits: Limits) -> str:
    """Decode *text* and make it fit for libyaml; `Unreadable` where it is too long or holds a forbidden character."""
    if len(text) > limits.characters:
        message = f"the file is larger than {limits.characters} characters; split it, or exclude it from discovery"
        raise Unreadable(Problem("yaml-limit", message, 1, 1))
    decoded = text if isinstance(text, str) else text.decode("utf-8", "replace")
    decoded = decoded.removeprefix("\ufeff")
    if unprintable := _UNPRINTABLE.search(decoded):
        raise Unreadable(_forbidden(decoded, unprintable.start()))
    if _FOREIGN_BREAKS.search(decoded):
        decoded = decoded.translate(_DISGUISE)
    return decoded if decoded.endswith("\n") else f"{decoded}\n"  # the last line of a block scalar ends, too


def below(text: str, line: int) -> str:
    """A prepared text from *line* (from 1) on."""
    breaks = itertools.islice(_LINE_BREAK.finditer(text), line - 2, None) if line > 1 else ()
    return text[next((each.end() for each in breaks), len(text) if line > 1 else 0) :]


def mend(text: str, problem: Problem) -> str | None:
    """A prepared text whose line at *problem* means the same and is one that libyaml reads; None where it is just wrong."""
    if problem.rule != "yaml-syntax":
        return None
    lines = text.splitlines(keepends=True)
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    mended = _PAIR.sub(_joined, line.expandtabs() if _BLANK.fullmatch(line) else line)
    if mended == line:
        return None
    return "".join((*lines[: problem.line - 1], mended, *lines[problem.line :]))


def attempts(text: str, limits: Limits) -> int:
    """How often *text* may be read anew while lines are mended: until it cost as much as the largest text does."""
    return 1 + limits.characters // (len(text) + 1)


def events(text: str) -> Iterator[yaml.Event]:
    """The events of a prepared text, from libyaml; `Unreadable` at its first syntax error."""
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax(error)) from None
    except yaml.YAMLError as error:
        raise Unreadable(Problem("yaml-syntax", str(error), 1, 1)) from None


def position(event: yaml.Event) -> Position:
    """Where *event* begins."""
    return _position(event.start_mark)


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    context = f" {error.context}" if error.context else ""
    if error.context_mark and error.problem:
        context += f" that began at line {error.context_mark.line + 1}"
    at = _position(error.problem_mark or error.context_mark)
    return Problem("yaml-syntax", f"{error.problem or 'not YAML'}{context}", *at)


def _forbidden(text: str, offset: int) -> Problem:
    before = _LINE_BREAK.split(text[:offset])
    code = ord(text[offset])
    hint = "; save the file as UTF-8" if code == 0 else "; remove it or write it as an escape in double quotes"
    return Problem("yaml-syntax", f"character U+{code:04X} is not allowed{hint}", len(before), len(before[-1]) + 1)


def _joined(match: re.Match[str]) -> str:
    """The escape of the one character that a surrogate pair's two escapes stand for."""
    high, low = int(match[2], 16), int(match[3], 16)
    return f"{match[1]}\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"
