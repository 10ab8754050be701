"""Signals: notes on a tracked repository that say "look at it again, because of this"."""

from typing import Literal

import msgspec

from cuelight.clock import SECOND
from cuelight.db import Row, Transaction
from cuelight.repositories.statements import INSERT_SIGNAL, WAKE

DUE = "repositories"
"""The channel on which a commit wakes the workers."""

Kind = Literal["push", "scan", "wanted"]
Outcome = Literal["applied", "confirmed", "excluded", "kept", "superseded"]
"""Head and sources were written; they were right already; the filters leave it out; nothing may go because of it; the
head that a push says never showed."""
SOON = 5 * SECOND
"""After what time a repository whose host does not answer is looked at because of a new signal."""


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a repository is to be looked at. `id` is unique on it: the same signal twice is one.

    `cause` is the delivery, scan or read behind it, which came in at `caused_at`; `after` the commit that a push says.
    """

    id: str
    kind: Kind
    cause: str
    caused_at: int
    after: str | None = None


async def note(tx: Transaction, repository_id: str, signal: Signal) -> None:
    """Note *signal* on a repository and make it due; nothing changes where it was noted before."""
    row = {
        "id": signal.id,
        "repository_id": repository_id,
        "kind": signal.kind,
        "after_sha": signal.after,
        "cause": signal.cause,
        "caused_at": signal.caused_at,
        "created_at": tx.now(),
        "reconcile": None,
        "outcome": None,
        "reason": None,
        "finished_at": None,
    }
    if await tx.execute(INSERT_SIGNAL, row):
        await tx.execute(WAKE, {"repository": repository_id, "now": tx.now(), "soon": tx.now() + SOON})
        tx.notify(DUE)


def signal_of(row: Row) -> Signal:
    """The signal that *row* holds."""
    return Signal(
        id=row["id"], kind=row["kind"], cause=row["cause"], caused_at=row["caused_at"], after=row["after_sha"]
    )
