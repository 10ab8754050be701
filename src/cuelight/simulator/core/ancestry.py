"""How commits descend from one another: their ancestors, and where two histories met last."""

from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush

from cuelight.errors import TooLargeError
from cuelight.simulator.core import limits
from cuelight.simulator.core.objects import CommitFacts, Objects


def ancestors(objects: Objects, tips: Iterable[str]) -> set[str]:
    """Return *tips* and everything that they descend from; TooLargeError past the limit of a walk."""
    seen = set(tips)
    waiting = deque(seen)
    while waiting:
        fresh = set(objects.commit(waiting.popleft()).parents) - seen
        _bound(seen)
        seen |= fresh
        waiting.extend(fresh)
    return seen


def beyond(objects: Objects, tip: str, old: set[str]) -> tuple[list[CommitFacts], set[str]]:
    """Return the commits reachable from *tip* without passing *old*, parents first, and those of *old* where it stopped."""
    ordered: list[CommitFacts] = []
    edge: set[str] = set()
    done: set[str] = set()
    stack = [tip]
    while stack:
        sha = stack[-1]
        if sha in old or sha in done:
            edge |= {sha} & old
            stack.pop()
            continue
        facts = objects.commit(sha)
        ahead = [parent for parent in facts.parents if parent not in done and parent not in old]
        edge |= old.intersection(facts.parents)
        if ahead:
            stack.extend(ahead)
            continue
        done.add(sha)
        _bound(done)
        ordered.append(facts)
        stack.pop()
    return ordered, edge


def merge_base(objects: Objects, one: str, other: str) -> str | None:
    """Return the best common ancestor of two commits; None where their histories never met."""
    common = ancestors(objects, [one]) & ancestors(objects, [other])
    passed = {parent for sha in common for parent in objects.commit(sha).parents}
    return min(common - passed, default=None)


def newest(objects: Objects, tip: str, most: int) -> list[CommitFacts]:
    """Return up to *most* commits from *tip* on: none before one that follows it; of several, the latest committed first."""
    waiting = [(-objects.commit(tip).committed_at, 0, tip)]
    seen = {tip}
    walked: list[CommitFacts] = []
    while waiting and len(walked) < most:
        facts = objects.commit(heappop(waiting)[2])
        walked.append(facts)
        for sha in facts.parents:
            if sha not in seen:
                seen.add(sha)
                heappush(waiting, (-objects.commit(sha).committed_at, len(seen), sha))
    return walked


def _bound(seen: set[str]) -> None:
    """Raise TooLargeError where a walk has come too far."""
    if len(seen) > limits.WALK:
        raise TooLargeError(f"the history has more than {limits.WALK} commits, too many to walk")
