"""The rows that a sweep goes through, and what it writes on them: always only where they did not move meanwhile."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, case, exists, func, literal, null, or_, select, update

from cuelight.clock import earliest_id, timed_id
from cuelight.db import Reading, Row, Statement, Transaction
from cuelight.repositories import Kind, Signal, hasten, note_all
from cuelight.repositories.statements import GRACE
from cuelight.repositories.tables import REPOSITORIES, SIGNALS, UNPROVEN
from cuelight.repositories.tracked import Tracked, tracked_of

_R = REPOSITORIES.c
_ASKED = exists(
    select(literal(1)).where(SIGNALS.c.repository_id == _R.id, SIGNALS.c.outcome.is_(None), SIGNALS.c.kind != "push")
)
"""Whether a signal waits after which the host is asked anyway; a push may be believed without asking."""
_STAND = (
    _R.id
    + " "
    + func.coalesce(_R.head, "")
    + " "
    + func.coalesce(_R.proven, "")
    + " "
    + func.coalesce(_R.reconcile, "")
)
"""What changes whenever a row moves."""
_UNMOVED = Statement(
    lambda words: (
        select(_R.id).where(_R.id.in_(words.each("ids")), _STAND.in_(words.each("stands")), ~_ASKED).order_by(_R.id)
    )
)
_BY_IDS = Statement(lambda words: select(REPOSITORIES).where(_R.id.in_(words.each("ids"))).order_by(_R.id))
_REFUTED = and_(_R.revoked_at + GRACE < bindparam("now"), _R.visibility.is_distinct_from("public"))
"""Whether an answer of now says that it may be read, whatever an event said: one that is public, anybody may."""
_CONFIRM = Statement(
    lambda words: (
        update(REPOSITORIES)
        .where(_R.id.in_(words.each("ids")), _STAND.in_(words.each("stands")))
        .values(
            proven=_R.head,
            commits=0,
            confirmed_at=bindparam("now"),
            revoked_at=case((_REFUTED, null()), else_=_R.revoked_at),
        )
    )
)


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `repositories` as it was read. `reason` is what its last look could not settle, or why it is left out.

    `unlisted`: the complete list of its provider's app lacks it.
    """

    tracked: Tracked
    reason: str | None
    reconcile: str | None
    unlisted: bool = False

    @property
    def stand(self) -> str:
        """What its row still has to be for something to be written on it."""
        tracked = self.tracked
        return f"{tracked.id} {tracked.head or ''} {tracked.proven or ''} {self.reconcile or ''}"

    @property
    def proven(self) -> bool:
        """Whether the host's own answers, and no payload, say what was applied."""
        return self.tracked.head == self.tracked.proven


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows are gone through, and as what: `kind` is that of the signals, `statement` gives their hosts and ids."""

    kind: Kind
    statement: Statement


def _ids(*conditions: Any) -> Statement:
    return Statement(select(_R.host, _R.id).where(*conditions).order_by(_R.host, _R.id))


_COSTLY = and_(_R.status == "gone", _R.host_id.is_not(None))
"""Rows whose host is asked for each by its id, as no name leads there: each is a request of its own."""
_STALE = or_(_R.confirmed_at.is_(None), _R.reconcile.is_(None), _R.reconcile < bindparam("since"))
"""Whether no look that began `since` then has settled it. A reconcile's id tells when it began."""
SWEEP = Round(
    # A candidate that is due was never looked at, and is about to be.
    kind="sweep",
    statement=_ids(or_(_R.status != "candidate", _R.due_at.is_(None)), ~_COSTLY, _STALE),
)
_ALL = "~"
"""Sorts after every id."""
GONE = Round(kind="sweep", statement=_ids(_COSTLY))
CONFIRMATION = Round(kind="confirm", statement=_ids(UNPROVEN, _R.status == "tracked", _R.reason.is_(None), ~_ASKED))


async def ids(tx: Reading, round_: Round, since: int | None = None) -> dict[str, list[str]]:
    """The rows that *round_* goes through, by host; a sweep not through those that were looked at *since* an instant."""
    found: dict[str, list[str]] = defaultdict(list)
    given = {"since": _ALL if since is None else earliest_id(since)} if round_ is SWEEP else None
    for row in await tx.fetch(round_.statement, given):
        found[row["host"]].append(row["id"])
    return found


async def watched(tx: Reading, row_ids: Sequence[str]) -> list[Watched]:
    """The rows with these ids, as they are now; without those that are gone."""
    return [_watched(row) for row in await tx.fetch(_BY_IDS, {"ids": _json(row_ids)})]


async def confirm(tx: Transaction, rows: Sequence[Watched]) -> int:
    """The host says that the head of each of *rows* is what it is: that is proven now; of how many, as others moved."""
    return await tx.execute(_CONFIRM, {**_parameters(rows), "now": tx.now()}) if rows else 0


async def signal(tx: Transaction, rows: Sequence[Watched], kind: Kind, cause: str) -> int:
    """Note a signal on *rows*, but on none that has moved or that its host is about to be asked for; on how many.

    What waits for a host that did not answer waits no longer: it has just done so.
    """
    if not rows:
        return 0
    await hasten(tx, [row.tracked.id for row in rows])
    each = f"{kind}:{timed_id(tx.now())}"  # of its own: what is begun again under its cause says it again
    unmoved = [row["id"] for row in await tx.fetch(_UNMOVED, _parameters(rows))]
    await note_all(tx, unmoved, Signal(id=each, kind=kind, cause=cause, caused_at=tx.now()))
    return len(unmoved)


def _watched(row: Row) -> Watched:
    return Watched(
        tracked=tracked_of(row),
        reason=row["reason"],
        reconcile=row["reconcile"],
        unlisted=row["unlisted_at"] is not None,
    )


def _parameters(rows: Iterable[Watched]) -> dict[str, str]:
    rows = list(rows)
    return {"ids": _json([row.tracked.id for row in rows]), "stands": _json([row.stand for row in rows])}


def _json(words: Sequence[str]) -> str:
    return msgspec.json.encode(words).decode()
