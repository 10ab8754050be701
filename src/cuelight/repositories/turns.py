"""Whose turn it is: what came by an event before what a scan goes through, and nobody is left waiting for ever."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ClauseElement, Select, bindparam, case, func, select, union_all, update

from cuelight.db import Statement
from cuelight.db.statements import Words
from cuelight.fetch import Purpose
from cuelight.repositories.tables import REPOSITORIES

_PURPOSES: Final[Mapping[str, Purpose]] = {
    "confirm": "confirmation",
    "sweep": "sweep",
    "scan": "scan",
    "missing": "scan",
    "verify": "scan",
}
_URGENT_FIRST: Final[tuple[Purpose, ...]] = ("events", "confirmation", "sweep", "scan")

BY_AGE: Final = 4
"""One of so many claims goes to whoever is due for the longest time, however urgent the others are."""

_R = REPOSITORIES.c


def urgency(kinds: Iterable[str]) -> int | None:
    """How urgent signals of these *kinds* are together, from 0 (events) to 3 (scans); None where there are none."""
    return min((_URGENT_FIRST.index(_PURPOSES.get(kind, "events")) for kind in kinds), default=None)


def purpose(kinds: Iterable[str]) -> Purpose:
    """What a host is asked for because of signals of these *kinds*: the most urgent of what they say."""
    return _URGENT_FIRST[urgency(kinds) or 0]


def _oldest(words: Words, urgent: int | None) -> Select[Any]:
    """Those so *urgent* that became due first: one seek in the index, however many are due or wait for their hosts.

    None is the urgency of what became due before there were any.
    """
    due = words.skip_locked(
        select(_R.id, func.coalesce(_R.urgency, 0).label("urgency"), _R.due_at)
        .where(_R.urgency == urgent, _R.due_at <= bindparam("now"), _R.lease_until <= bindparam("now"))
        .order_by(_R.due_at)
        .limit(bindparam("limit"))
    )
    return select(due.subquery())


def _claim(words: Words) -> ClauseElement:
    """At first as many as go *by_age*: those that became due first. Then the most urgent."""
    due = union_all(*(_oldest(words, urgent) for urgent in (None, *range(len(_URGENT_FIRST))))).subquery()
    aged = select(due, func.row_number().over(order_by=due.c.due_at).label("place")).subquery()
    first = case((aged.c.place <= bindparam("by_age"), 0), else_=1)
    turns = select(aged.c.id).order_by(first, aged.c.urgency, aged.c.due_at).limit(bindparam("limit"))
    return (
        update(REPOSITORIES)
        .where(_R.id.in_(words.once(turns)))
        .values(claim_id=bindparam("claim"), lease_until=bindparam("lease"))
        .returning(*REPOSITORIES.c)
    )


CLAIM = Statement(_claim)
