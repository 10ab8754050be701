"""What we hold of every tracked branch: its row, its sources without their content, and whether something waits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from cuelight.db import Reading, Row, Statement
from cuelight.repair.picture import branch_key
from cuelight.repositories import LOCATIONS
from cuelight.repositories.tables import REPOSITORIES, SIGNALS, SOURCES, WANTS
from cuelight.repositories.tracked import Tracked, tracked_of

_ROWS = Statement(select(REPOSITORIES).order_by(REPOSITORIES.c.id))
_SOURCES = Statement(
    select(SOURCES.c.repository_id, SOURCES.c.path, SOURCES.c.kind, SOURCES.c.state, SOURCES.c.blob).order_by(
        SOURCES.c.repository_id, SOURCES.c.path
    )
)
_WANTS = Statement(select(WANTS.c.repository_id, WANTS.c.path).order_by(WANTS.c.repository_id, WANTS.c.path))
_OPEN = Statement(
    select(SIGNALS.c.repository_id, SIGNALS.c.kind, SIGNALS.c.cause)
    .where(SIGNALS.c.outcome.is_(None))
    .order_by(SIGNALS.c.created_at)
)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source as stored, without its content: see `repositories.tables`."""

    path: str
    kind: str
    state: str
    blob: str | None


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A tracked branch. `wants` are paths that entities name; `waiting` says which signal is still open, where one is.

    `revoked`: an event said that access to it was revoked, and no answer has refuted that.
    """

    tracked: Tracked
    reason: str | None
    sources: Mapping[str, Source]
    wants: Sequence[str]
    waiting: str | None
    revoked: bool = False

    @property
    def key(self) -> str:
        """What tells it from every other: its provider and its branch."""
        return holding_key(self.tracked.provider, self.tracked.host, self.tracked.host_id, self.tracked.branch)

    @property
    def blobs(self) -> dict[str, str]:
        """Path → blob of the files that are held."""
        return {path: held.blob for path, held in self.sources.items() if held.blob is not None}

    @property
    def empty(self) -> bool:
        """Whether nothing is held of it."""
        return self.tracked.head is None and not self.blobs

    @property
    def by_location(self) -> bool:
        """Whether only a location names it."""
        return self.tracked.provider == LOCATIONS


def holding_key(provider: str, host: str, host_id: str | None, branch: str | None) -> str:
    """The key of a tracked branch in the pictures of a verification."""
    return f"{provider} {branch_key(host, host_id or '', branch or '')}"


async def holdings(tx: Reading) -> dict[str, Holding]:
    """Everything that is tracked, by the ids of the rows."""
    sources: dict[str, dict[str, Source]] = defaultdict(dict)
    for row in await tx.fetch(_SOURCES):
        sources[row["repository_id"]][row["path"]] = _source(row)
    wants: dict[str, list[str]] = defaultdict(list)
    for row in await tx.fetch(_WANTS):
        wants[row["repository_id"]].append(row["path"])
    waiting = {row["repository_id"]: f"a {row['kind']} of {row['cause']}" for row in await tx.fetch(_OPEN)}
    return {
        row["id"]: Holding(
            tracked=tracked_of(row),
            reason=row["reason"],
            sources=sources.get(row["id"], {}),
            wants=tuple(wants.get(row["id"], ())),
            waiting=waiting.get(row["id"]),
            revoked=row["revoked_at"] is not None,
        )
        for row in await tx.fetch(_ROWS)
    }


def _source(row: Row) -> Source:
    return Source(path=row["path"], kind=row["kind"], state=row["state"], blob=row["blob"])
