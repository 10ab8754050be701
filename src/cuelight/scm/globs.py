"""Which paths of a repository are descriptors: the globs of `catalogPath`.

`*` and `?` stay within one path segment, `**` as a whole segment stands for any number of them, `{a,b}` for either;
dot files match only where the pattern says the dot, as in minimatch, which Backstage uses.

`[abc]`, `[a-z]` and `[!abc]` stand for one character, a backslash takes the next character as it is. What else minimatch knows
(`!` before a pattern, `+(a|b)`, `{1..3}`) is taken literally: no `catalogPath` needs it.

A pattern is translated so that matching never backtracks over what it has matched (every `*` is an atomic group that ends
at the first place where what follows it fits, which is as good as any other): the time is at most the product of both lengths.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from cuelight.errors import InputError

LONGEST = 1024
"""Characters of a pattern."""
BRACES, ALTERNATIVES = 16, 64
"""Opening braces of a pattern, and the patterns that they stand for; past either, its braces are taken literally."""

_SEGMENT: Final = "[^/]"
_NOT_HIDDEN: Final = r"(?!\.)"
_MAGIC: Final = frozenset("*?[]{}\\")


class Globs:
    """Several patterns, any of which may match. Equal where the patterns are; InputError for one that can match nothing."""

    __slots__ = ("_patterns", "_regex")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(_checked(pattern.removeprefix("/")) for pattern in patterns)
        plain = (one for pattern in self._patterns for one in _alternatives(pattern))
        self._regex = re.compile("|".join(map(_path, plain)) or r"(?!)", re.DOTALL)

    def matches(self, path: str) -> bool:
        """Whether *path* (from the repository's root, without a leading slash) is one of those meant."""
        return self._regex.fullmatch(path) is not None

    @property
    def names(self) -> tuple[str, ...] | None:
        """The only paths that match; None where there may be others than those that the patterns spell out."""
        return self._patterns if all(map(is_name, self._patterns)) else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._patterns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Globs) and self._patterns == other._patterns

    def __hash__(self) -> int:
        return hash(self._patterns)

    def __repr__(self) -> str:
        return f"Globs({self._patterns!r})"


def is_name(path: str) -> bool:
    """Whether *path* is that of one file, as Git spells it, and stands for no other."""
    return not _MAGIC.intersection(path) and all(segment not in {"", ".", ".."} for segment in path.split("/"))


def _checked(pattern: str) -> str:
    if not pattern:
        raise InputError("an empty pattern names no file; name one, such as catalog-info.yaml")
    if len(pattern) > LONGEST:
        raise InputError(f"the pattern {pattern[:40]}… is longer than {LONGEST} characters; shorten it")
    return pattern


def _alternatives(pattern: str) -> list[str]:
    """The patterns without braces that *pattern* stands for."""
    if pattern.count("{") > BRACES:
        return [pattern]
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        one = waiting.pop()
        choice = _first_choice(one)
        if choice is None:
            done.append(one)
        else:
            before, options, after = choice
            waiting += [before + option + after for option in options]
        if len(done) + len(waiting) > ALTERNATIVES:
            return [pattern]
    return done


def _first_choice(pattern: str) -> tuple[str, list[str], str] | None:
    """The first braces of *pattern* that hold a choice: what is before them, the options, what is after."""
    for start in (index for index, character in _unescaped(pattern) if character == "{"):
        edges = _edges(pattern, start)
        if len(edges) > 2:
            options = [pattern[left + 1 : right] for left, right in itertools.pairwise(edges)]
            return pattern[:start], options, pattern[edges[-1] + 1 :]
    return None


def _edges(pattern: str, start: int) -> list[int]:
    """Where the braces that open at *start* open, part and close; nothing where they never close."""
    edges, depth = [], 0
    for index, character in _unescaped(pattern[start:]):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if index == 0 or depth == 0 or (character == "," and depth == 1):
            edges.append(start + index)
        if depth == 0:
            return edges
    return []


def _unescaped(pattern: str) -> Iterator[tuple[int, str]]:
    """The characters of *pattern*, with their places, that no backslash takes literally."""
    index = 0
    while index < len(pattern):
        if pattern[index] == "\\":
            index += 2
            continue
        yield index, pattern[index]
        index += 1


def _path(pattern: str) -> str:
    """A regular expression for the whole paths that *pattern* (without braces) means.

    The segments between two `**` are one run. Leading folders are skipped only until the run fits for the first time.
    """
    runs: list[list[str]] = [[]]
    for segment in pattern.split("/"):
        if segment == "**":
            runs.append([])
        else:
            runs[-1].append(_segment(segment))
    folders = rf"(?:{_NOT_HIDDEN}{_SEGMENT}++/)*?"
    first, *later = ["/".join(run) for run in runs]
    if not later:
        return first
    *middle, last = later
    skipped = "".join(f"(?>{folders}{run}/)" for run in middle if run)
    end = f"(?:{_NOT_HIDDEN}{_SEGMENT}++/)*{last or _NOT_HIDDEN + _SEGMENT + '++'}"
    return f"{first}/{skipped}{end}" if first else skipped + end


def _segment(pattern: str) -> str:
    """A regular expression for the names that one segment of a pattern means."""
    if not pattern:
        return r"(?!)"
    parts = list(_tokens(pattern))
    stars = [index for index, part in enumerate(parts) if part == "*"]
    hides = parts[0] in {"*", _SEGMENT} or parts[0].startswith(("[", "(?!"))
    guard = _NOT_HIDDEN if hides else ""
    if not stars:
        return guard + "".join(parts)
    edges = [*stars, len(parts)]
    pieces = ["".join(parts[left + 1 : right]) for left, right in itertools.pairwise(edges)]
    *middle, last = pieces
    skipped = "".join(f"(?>{_SEGMENT}*?{piece})" for piece in middle if piece)
    alone = "+" if len(stars) == len(parts) else "*"
    return f"{guard}{''.join(parts[: stars[0]])}{skipped}{_SEGMENT}{alone}{last}"


def _tokens(pattern: str) -> Iterator[str]:
    """The parts of one segment as regular expressions of one character each; `*` for itself."""
    index = 0
    while index < len(pattern):
        character = pattern[index]
        if character == "[" and (end := _class_end(pattern, index)) is not None:
            yield _class(pattern[index + 1 : end])
            index = end
        elif character == "\\" and index + 1 < len(pattern):
            index += 1
            yield re.escape(pattern[index])
        else:
            yield {"*": "*", "?": _SEGMENT}.get(character, re.escape(character))
        index += 1


def _class_end(pattern: str, start: int) -> int | None:
    """Where the class that begins at *start* ends; None where it does not, and is no class."""
    first = start + 2 if pattern[start + 1 : start + 2] in {"!", "^"} else start + 1
    end = pattern.find("]", first + 1)
    return end if end > 0 else None


def _class(inner: str) -> str:
    """A class as a regular expression: the characters of *inner*, with ranges, or after `!` all others."""
    negated = inner[:1] in {"!", "^"}
    ranges = re.findall(r"(.)-(.)|(.)", inner[1:] if negated else inner, re.DOTALL)
    members = [
        re.escape(single) if single else f"{re.escape(low)}-{re.escape(high)}"
        for low, high, single in ranges
        if single or low <= high
    ]
    if not members:
        return _SEGMENT if negated else r"(?!)"
    return f"[^/{''.join(members)}]" if negated else f"(?!/)[{''.join(members)}]"
