"""Because of what a row is as it is: from a delivery (or scan, or API call) down to one field of one entity."""

from typing import Any

import msgspec

from cuelight.db import Row


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was written. `id` is the delivery, scan, refresh or API call; `at` the instant that it came in.

    `reconcile` is the reconcile that made it so, `commit` the source commit, `author` who wrote that.
    """

    id: str
    at: int
    reconcile: str | None = None
    commit: str | None = None
    author: str | None = None

    def columns(self) -> dict[str, Any]:
        """The values of `tables.cause_columns`."""
        return {
            "cause": self.id,
            "caused_at": self.at,
            "reconcile": self.reconcile,
            "commit_sha": self.commit,
            "author": self.author,
        }


def cause_of(row: Row) -> Cause | None:
    """The cause that *row* carries; None where it has none."""
    if row["cause"] is None:
        return None
    return Cause(
        id=row["cause"],
        at=row["caused_at"],
        reconcile=row["reconcile"],
        commit=row["commit_sha"],
        author=row["author"],
    )
