"""The fast path: pushes that follow on what is applied, and name every file that they change, spare the question. Pure.

What a payload says is a hint all the same. It moves the head, and what is read is read from the host at that commit; but
only the host's own answer proves the head (`repair` asks for many at once, within a minute). That answer says too whether
the commits since the last proven one follow each other in a straight line: a merge can change files that no payload lists.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from cuelight.clock import SECOND
from cuelight.repositories.signals import Signal

LONGEST: Final = 50
"""Commits since the last proven one, at most: so many the host is asked about later."""
YOUNG: Final = 60 * SECOND
"""A push that is older than this comes late; what it follows on may have been left behind."""


class Shortcut(msgspec.Struct, frozen=True, kw_only=True):
    """Where pushes lead: the commit, every file that differs, how many commits that is, and who wrote the last."""

    after: str
    paths: frozenset[str]
    commits: int
    author: str | None


def shortcut(head: str | None, signals: Sequence[Signal], *, listed: int, now: int) -> Shortcut | None:
    """The way from *head* along all of *signals*; None where it does not lead over each of them.

    *listed* are the commits that payloads list already between the last proven commit and *head*.
    """
    if head is None or not signals or not all(_is_plain(signal, now) for signal in signals):
        return None
    steps = _chain(head, {signal.hint.before: signal for signal in signals})
    commits = listed + sum(step.hint.commits or 0 for step in steps)
    reached = {step.after for step in steps}
    if not steps or commits > LONGEST or any(signal.after not in reached for signal in signals):
        return None
    last = steps[-1]
    assert last.after is not None  # noqa: S101 -- a plain push leads somewhere
    paths = frozenset(path for step in steps for path in step.hint.paths or ())
    return Shortcut(after=last.after, paths=paths, commits=commits, author=last.hint.author)


def _is_plain(signal: Signal, now: int) -> bool:
    """Whether *signal* is a push that names all its files, where it came from and went to, and that comes in time."""
    hint = signal.hint
    told = hint.before is not None and signal.after is not None and hint.paths is not None and bool(hint.commits)
    return signal.kind == "push" and told and (hint.pushed_at is None or now - hint.pushed_at < YOUNG)


def _chain(head: str, steps: Mapping[str | None, Signal]) -> list[Signal]:
    """The pushes that follow each other from *head* on."""
    chain: list[Signal] = []
    at: str | None = head
    seen: set[str | None] = set()
    while at in steps and at not in seen:
        seen.add(at)
        chain.append(steps[at])
        at = steps[at].after
    return chain


def reached(signals: Iterable[Signal], commits: AbstractSet[str]) -> AbstractSet[str]:
    """*commits*, and what the pushes among *signals* say was there before each of them: none of that is to come."""
    before: dict[str, set[str]] = defaultdict(set)
    for signal in signals:
        if signal.kind == "push" and signal.after is not None and signal.hint.before is not None:
            before[signal.after].add(signal.hint.before)
    known, edge = set(commits), list(commits)
    while edge:
        fresh = before.pop(edge.pop(), set()) - known
        known |= fresh
        edge.extend(fresh)
    return known


def unseen(signals: Sequence[Signal], commits: AbstractSet[str]) -> Sequence[Signal]:
    """The pushes among *signals*, the last that came in first, whose commit is none of *commits* and none before these."""
    known = reached(signals, commits)
    return [
        signal
        for signal in reversed(signals)
        if signal.kind == "push" and signal.after is not None and signal.after not in known
    ]


def newest_push(signals: Iterable[Signal]) -> Signal | None:
    """The push that came in last."""
    pushes = [signal for signal in signals if signal.kind == "push"]
    return max(pushes, key=lambda signal: signal.caused_at, default=None)
