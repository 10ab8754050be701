"""Which paths of a repository are descriptors: the globs of `catalogPath`.

`*` and `?` stay within one path segment, `**` as a whole segment stands for any number of them, `[abc]` for one of these
characters, `{a,b}` for either; a dot at a segment's start matches only where the pattern says the dot. As in minimatch,
which Backstage uses.
"""

import re
from collections.abc import Iterator, Sequence

LONGEST = 500
"""Characters of a pattern, at most."""
MOST = 64
"""Alternatives that the braces of one pattern may stand for, at most."""


class Globs:
    """Patterns, any of which may match. Made from paths relative to the repository's root; a leading slash is dropped.

    ValueError where a pattern is empty, too long, or stands for too many alternatives. Equal where its patterns are.
    """

    __slots__ = ("_patterns", "_regex")

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(pattern.lstrip("/") for pattern in patterns)
        expanded = [one for pattern in self._patterns for one in _alternatives(_checked(pattern))]
        self._regex = re.compile("|".join(f"(?:{_translated(one)})" for one in expanded) or r"(?!)")

    def matches(self, path: str) -> bool:
        """Whether *path* (relative to the repository's root) is one of them."""
        return self._regex.fullmatch(path) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._patterns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Globs) and self._patterns == other._patterns

    def __hash__(self) -> int:
        return hash(self._patterns)

    def __repr__(self) -> str:
        return f"Globs({list(self._patterns)!r})"


def _checked(pattern: str) -> str:
    if not pattern:
        raise ValueError("a path is empty; name a file, as in catalog-info.yaml or services/*/catalog-info.yaml")
    if len(pattern) > LONGEST:
        raise ValueError(f"a path has {len(pattern)} characters, and the limit is {LONGEST}")
    return pattern


def _alternatives(pattern: str) -> list[str]:
    """*pattern* without braces: every alternative that they stand for. Braces that do not pair mean themselves."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        current = waiting.pop()
        brace = re.search(r"\{([^{}]*,[^{}]*)\}", current)
        if brace is None:
            done.append(current)
        else:
            head, tail = current[: brace.start()], current[brace.end() :]
            waiting += [f"{head}{choice}{tail}" for choice in brace[1].split(",")]
        if len(done) + len(waiting) > MOST:
            raise ValueError(f"{pattern!r} stands for more than {MOST} paths; write several patterns")
    return done


def _translated(pattern: str) -> str:
    """The regular expression of one pattern without braces. No quantifier is nested in another that could overlap it."""
    segments = pattern.split("/")
    parts: list[str] = []
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            parts.append(r"(?:(?!\.)[^/]+/)*" + (r"(?!\.)[^/]+" if last else ""))
        else:
            parts.append(_segment(segment) + ("" if last else "/"))
    return "".join(parts)


def _segment(segment: str) -> str:
    guard = "" if segment.startswith(".") or not segment or segment[0] not in "*?[" else r"(?!\.)"
    body = "".join(_tokens(segment))
    return f"{guard}(?=[^/]){body}" if segment.strip("*") == "" and segment else f"{guard}{body}"


def _tokens(segment: str) -> Iterator[str]:
    position = 0
    while position < len(segment):
        character = segment[position]
        bracket = re.compile(r"\[([!^]?)([^\]/]+)\]").match(segment, position)
        if character == "*":
            position = len(segment) - len(segment[position:].lstrip("*"))
            yield "[^/]*"
            continue
        if character == "?":
            yield "[^/]"
        elif bracket:
            yield f"[{'^/' if bracket[1] else ''}{_members(bracket[2])}]"
            position = bracket.end()
            continue
        else:
            yield re.escape(character)
        position += 1


def _members(text: str) -> str:
    """The inside of a character class: ranges keep their dash, everything else means itself."""
    return re.sub(r"([\\\]^\[&~|])", r"\\\1", text)
