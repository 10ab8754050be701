"""What a CODEOWNERS file says: patterns of paths, each with owners, of which the last that matches counts. Pure.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
https://docs.gitlab.com/user/project/codeowners/reference/ (of which the headings of sections name owners by default)
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Self

import msgspec

MOST_RULES: Final = 20_000
"""Rules of one file; what comes after is passed over."""
LONGEST_LINE: Final = 2_000
"""Characters of one line; a longer one is passed over."""

_SECTION: Final = re.compile(r"\^?\[[^\]]*\](?:\[\d+\])?(?:\s+(.*))?")
_WORD: Final = re.compile(r"(?:\\.|[^\s\\])+")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*")
_MAIL: Final = re.compile(r"[^@]+@[^@]*\..*")


class OwnerRule(msgspec.Struct, frozen=True):
    """A pattern's segments, and who owns what it matches. `whole`: it matches files below what it matches, too."""

    segments: tuple[str, ...]
    whole: bool
    owners: tuple[str, ...]

    def matches(self, path: Sequence[str]) -> bool:
        """Whether the file at the segments *path* is meant."""
        reached = {0}
        for index, name in enumerate(path):
            reached = {state for state in _skipped(reached, self.segments) if state < len(self.segments)}
            reached = {after for state in reached for after in _after(self.segments, state, name)}
            if len(self.segments) in reached and (self.whole or index == len(path) - 1):
                return True
        return False


class OwnerRules(msgspec.Struct, frozen=True):
    """The rules of one file, in its order."""

    rules: tuple[OwnerRule, ...]

    @classmethod
    def read(cls, content: bytes) -> Self:
        """The rules in *content*; what is none is passed over, as hosts do."""
        rules = _rules(content.decode("utf-8", "replace"))
        return cls(tuple(rule for rule, _ in zip(rules, range(MOST_RULES), strict=False)))

    def owners_of(self, path: str) -> Sequence[str]:
        """Who owns the file at *path*, from the repository's root; nobody where its last rule says so, or none matches."""
        segments = path.split("/")
        return next((rule.owners for rule in reversed(self.rules) if rule.matches(segments)), ())


def owner_named(owner: str) -> str:
    """The entity that *owner* means: `@org/team` (or `@org/team/part`) a group, `@login` a user, an address what is before its `@`."""
    if owner.startswith("@"):
        _, *groups = owner.split("/")
        return groups[0] if groups else f"User:{owner[1:]}"
    return owner.partition("@")[0] if _MAIL.fullmatch(owner) else owner


def _rules(text: str) -> Iterator[OwnerRule]:
    inherited: tuple[str, ...] = ()
    for line in text.splitlines():
        stated = _COMMENT.sub("", line).strip()
        if not stated or len(line) > LONGEST_LINE:
            continue
        if section := _SECTION.fullmatch(stated):
            inherited = tuple((section[1] or "").split())
            continue
        pattern, *owners = _WORD.findall(stated)
        yield _rule(re.sub(r"\\(.)", r"\1", pattern), tuple(owners) or inherited)


def _rule(pattern: str, owners: tuple[str, ...]) -> OwnerRule:
    """A pattern with a slash before its end is anchored at the root; one with a slash at its end means a folder."""
    body = pattern.rstrip("/")
    anchored = "/" in body
    segments = [segment for segment in body.split("/") if segment]
    if pattern.endswith("/") or not body:
        segments.append("**")
    whole = segments[-1] != "*" or not anchored
    return OwnerRule(tuple(segments if anchored or not body else ["**", *segments]), whole, owners)


def _skipped(states: set[int], segments: Sequence[str]) -> set[int]:
    """*states* with those that are reached by letting `**` stand for nothing."""
    reached = set(states)
    for state in range(len(segments)):
        if state in reached and segments[state] == "**" and state + 1 < len(segments):
            reached.add(state + 1)
    return reached


def _after(segments: Sequence[str], state: int, name: str) -> Iterator[int]:
    """Where *name* leads from *state*."""
    if segments[state] == "**":
        yield state
        if state + 1 == len(segments):
            yield state + 1
    elif _fits(segments[state], name):
        yield state + 1


def _fits(pattern: str, name: str) -> bool:
    """Whether *name* is like *pattern*, in which `*` stands for any characters and `?` for one.

    Only the last `*` ever takes more, as any earlier one may keep what it took: so the time is the product of both lengths.
    """
    at = position = taken = 0
    star: int | None = None
    while position < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, taken, at = at, position, at + 1
        elif at < len(pattern) and pattern[at] in {"?", name[position]}:
            at, position = at + 1, position + 1
        elif star is not None:
            at, taken, position = star + 1, taken + 1, taken + 1
        else:
            return False
    return not pattern[at:].strip("*")
