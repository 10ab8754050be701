"""Signals: notes on a tracked repository that say "look at it again, because of this"."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from cuelight.clock import SECOND
from cuelight.db import Row, Transaction
from cuelight.repositories.statements import HASTEN, INSERT_SIGNAL, NOTED, WAKE
from cuelight.repositories.turns import urgency

DUE = "repositories"
"""The channel on which a commit wakes the workers."""

Kind = Literal["push", "repository", "scan", "missing", "sweep", "confirm", "wanted", "refresh", "verify"]
"""What said so: a push, an event about the repository itself, a scan that listed it, a scan whose complete list lacks it,
a sweep that saw another head, a confirmation that did, an entity that names a file, a person, a verification."""
Outcome = Literal["applied", "confirmed", "excluded", "emptied", "kept", "superseded"]
"""Head and sources were written; they were right already; the filters leave it out; it is gone, and what came from it
goes; nothing may go because of it; the head that a push says never showed."""
SOON = 5 * SECOND
"""After what time a repository whose host does not answer is looked at because of a new signal."""
LARGEST = 64 * 1024
"""Bytes of a hint; of a larger one the list of files is left out, and the host is asked for the difference."""


class Hint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a signal says besides: never the truth, only what may save a question.

    Of a push: the commit `before`, its `paths` where the sender lists all of them, how many `commits` it lists, when
    it was `pushed_at`, and the last commit's `author`. `gone`: an event names the removal of the repository. Of `missing`: how many
    descriptors the same list `announced` as gone, over all repositories of the provider.
    """

    before: str | None = None
    paths: tuple[str, ...] | None = None
    commits: int | None = None
    pushed_at: int | None = None
    author: str | None = None
    gone: bool = False
    announced: int = 0


NO_HINT = Hint()


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a repository is to be looked at. `id` is unique on it: the same signal twice is one.

    `cause` is the delivery, scan or read behind it, which came in at `caused_at`; `after` the commit that a push says.
    Of one that was claimed, `revoked` and `unlisted` are what is remembered of its repository: an event said that access
    to it was revoked; the complete list of its provider's app lacks it.
    """

    id: str
    kind: Kind
    cause: str
    caused_at: int
    after: str | None = None
    hint: Hint = NO_HINT
    revoked: bool = False
    unlisted: bool = False


async def note(tx: Transaction, repository_id: str, signal: Signal) -> None:
    """Note *signal* on a repository and make it due; nothing changes where it was noted before."""
    if await tx.execute(INSERT_SIGNAL, _row(repository_id, signal, tx.now())):
        await _wake(tx, [repository_id], signal)


async def note_all(tx: Transaction, repository_ids: Sequence[str], signal: Signal) -> None:
    """As `note` of *signal* on each of these repositories; not beside other transactions, as it looks before it writes."""
    given = {"signal": signal.id, "ids": msgspec.json.encode(repository_ids).decode()}
    noted = {row["repository_id"] for row in await tx.fetch(NOTED, given)}
    news = [each for each in dict.fromkeys(repository_ids) if each not in noted]
    await tx.execute_many(INSERT_SIGNAL, [_row(each, signal, tx.now()) for each in news])
    await _wake(tx, news, signal)


async def _wake(tx: Transaction, repository_ids: Sequence[str], signal: Signal) -> None:
    """Make these repositories due because of *signal*, which is new to them."""
    if not repository_ids:
        return
    due = {"now": tx.now(), "soon": tx.now() + SOON, "urgent": urgency([signal.kind])}
    await tx.execute(WAKE, {"ids": msgspec.json.encode(repository_ids).decode(), **due})
    tx.notify(DUE)


def _row(repository_id: str, signal: Signal, now: int) -> dict[str, Any]:
    return {
        "id": signal.id,
        "repository_id": repository_id,
        "kind": signal.kind,
        "after_sha": signal.after,
        "hint": _written(signal.hint),
        "cause": signal.cause,
        "caused_at": signal.caused_at,
        "created_at": now,
        "reconcile": None,
        "outcome": None,
        "reason": None,
        "finished_at": None,
    }


def _written(hint: Hint) -> str | None:
    if hint == NO_HINT:
        return None
    text = msgspec.json.encode(hint)
    return (text if len(text) <= LARGEST else msgspec.json.encode(msgspec.structs.replace(hint, paths=None))).decode()


async def hasten(tx: Transaction, repository_ids: Sequence[str]) -> None:
    """Look soon at those of these repositories whose host did not answer for a while, and does now."""
    ids = msgspec.json.encode(repository_ids).decode()
    if await tx.execute(HASTEN, {"ids": ids, "soon": tx.now() + SOON}):
        tx.notify(DUE)


def signal_of(row: Row) -> Signal:
    """The signal that *row* holds, with what is remembered of its repository."""
    return Signal(
        id=row["id"],
        kind=row["kind"],
        cause=row["cause"],
        caused_at=row["caused_at"],
        after=row["after_sha"],
        hint=msgspec.json.decode(row["hint"], type=Hint) if row["hint"] else NO_HINT,
        revoked=row["revoked_at"] is not None,
        unlisted=row["unlisted_at"] is not None,
    )
