"""When payloads alone lead from the applied head to the next."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from cuelight.clock import SECOND
from cuelight.repositories.shortcut import LONGEST, Shortcut, shortcut
from cuelight.repositories.signals import Hint, Signal

NOW = 1_000 * SECOND


def push(came_from: str, after: str | None, *paths: str, **hint: Any) -> Signal:
    said: dict[str, Any] = {"before": came_from, "paths": paths, "commits": 1, "author": f"author of {after}"}
    facts = Hint(**said | hint)
    return Signal(id=f"{came_from}-{after}", kind="push", cause="d", caused_at=NOW, after=after, hint=facts)


def way(*signals: Signal, listed: int = 0) -> Shortcut | None:
    return shortcut("a", signals, listed=listed, now=NOW)


def test_pushes_lead_on_from_the_head_in_their_own_order():
    found = way(push("b", "c", "y"), push("a", "b", "x"))
    assert found == Shortcut(after="c", paths=frozenset({"x", "y"}), commits=2, author="author of c")


def test_a_push_that_came_twice_is_one_step():
    twice = msgspec.structs.replace(push("a", "b", "x"), id="again")
    found = way(push("a", "b", "x"), twice)
    assert found is not None
    assert found.commits == 1


ELSEWHERE: Sequence[Sequence[Signal]] = [
    [],
    [push("x", "y")],
    [push("a", "b"), push("x", "y")],
    [push("a", "b", paths=None)],
    [push("a", "b", before=None)],
    [push("a", None)],
    [push("a", "b", commits=None)],
    [push("a", "b", commits=0)],
    [push("a", "b", commits=LONGEST + 1)],
    [push("a", "b", pushed_at=NOW - 61 * SECOND)],
    [push("a", "b"), Signal(id="s", kind="sweep", cause="s", caused_at=NOW)],
]


@pytest.mark.parametrize("signals", ELSEWHERE)
def test_anything_else_is_asked_about(signals: Sequence[Signal]):
    assert shortcut("a", signals, listed=0, now=NOW) is None


def test_a_circle_ends_where_it_began():
    assert way(push("a", "b"), push("b", "a")) == Shortcut(
        after="a", paths=frozenset(), commits=2, author="author of a"
    )


def test_the_commits_since_the_last_proof_are_limited():
    assert way(push("a", "b"), listed=LONGEST) is None


def test_nothing_follows_on_no_head():
    assert shortcut(None, [push("a", "b")], listed=0, now=NOW) is None
