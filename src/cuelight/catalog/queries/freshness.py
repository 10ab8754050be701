"""How long it took from a delivery's coming in until its change was visible. What repair found out by itself is left out:
when that happened nobody knows.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select

from cuelight.catalog.tables import CHANGES
from cuelight.db import Database, Statement

SAMPLE = 500
"""Changes that are looked at: the newest."""


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles in microseconds over `changes` changes; None where there was none."""

    changes: int
    p50: int | None = None
    p95: int | None = None
    p99: int | None = None


LAGS = Statement(
    select((CHANGES.c.at - CHANGES.c.caused_at).label("lag"))
    .where(
        CHANGES.c.caused_at.is_not(None),
        CHANGES.c.cause.not_like("%:%"),  # of every other cause its kind is told before a colon, or it is a word
        CHANGES.c.cause != "configuration",
        CHANGES.c.cause.is_distinct_from(CHANGES.c.reconcile),
    )
    .order_by(CHANGES.c.sequence.desc())
    .limit(bindparam("limit"))
)


async def measure_freshness(db: Database, *, newest: int = SAMPLE) -> Freshness:
    """Percentiles over the *newest* changes that have a cause."""
    rows = await db.read(lambda tx: tx.fetch(LAGS, {"limit": newest}))
    lags = sorted(max(0, row["lag"]) for row in rows)
    if not lags:
        return Freshness(changes=0)
    return Freshness(changes=len(lags), p50=_percentile(lags, 50), p95=_percentile(lags, 95), p99=_percentile(lags, 99))


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that *percent* of all values do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
