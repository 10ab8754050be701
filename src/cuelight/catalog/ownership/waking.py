"""Making entities due: now, or as soon as the run that holds them has ended."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, null, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import PROCESSING
from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.tables import REFRESH_STATE
from cuelight.db import Statement, Transaction

NEVER = 2**62
"""The `due_at` of what nothing but a change makes due."""

CAUSE_COLUMNS = ("cause", "caused_at", "reconcile", "commit_sha", "author")


def due() -> Mapping[str, ColumnElement[Any]]:
    """What an UPDATE of `refresh_state` sets to make a row due at `:now`, with the cause's columns as parameters.

    A claimed row stays with its claimant, whose write sees the newer generation and makes it due again.
    """
    columns = REFRESH_STATE.c
    return {
        "generation": columns.generation + 1,
        "due_at": case((columns.claim_id.is_(None), bindparam("now")), else_=columns.due_at),
        **{name: bindparam(name) for name in CAUSE_COLUMNS},
    }


_WAKE = Statement(
    lambda words: (
        update(REFRESH_STATE)
        .where(REFRESH_STATE.c.entity_ref.in_(words.each("refs")))
        .values(**due(), result_hash=null())
    )
)


async def wake(tx: Transaction, refs: Collection[str], cause: Cause, *, delay: int = 0) -> int:
    """Have *refs* processed again, in *delay* microseconds, and written whatever comes of it; how many there are."""
    if not refs:
        return 0
    tx.notify(PROCESSING)
    return await tx.execute(_WAKE, {"refs": refs_parameter(refs), "now": tx.now() + delay, **cause.columns()})
