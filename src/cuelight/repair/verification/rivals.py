"""Who else has a say in the rebuilt catalog: those that lost a ref there, and providers that are configured no more."""

from collections.abc import Collection, Iterable, Mapping

import msgspec
from sqlalchemy import bindparam, select, update

from cuelight.catalog import Cause
from cuelight.catalog.locations import CONFIGURED
from cuelight.catalog.ownership.waking import wake
from cuelight.catalog.registered import STORE
from cuelight.catalog.tables import CONFLICTS, REFRESH_STATE
from cuelight.db import Row, Statement, Transaction
from cuelight.repair.verification.view import View, file_of
from cuelight.repositories import LOCATIONS, Registry

_LOST = Statement(
    select(CONFLICTS.c.entity_ref, CONFLICTS.c.unprocessed, CONFLICTS.c.unprocessed_hash, CONFLICTS.c.location_key)
    .where(CONFLICTS.c.source.like("entity:%"))
    .order_by(CONFLICTS.c.entity_ref, CONFLICTS.c.source)
)
_SAY = Statement(
    update(REFRESH_STATE)
    .where(REFRESH_STATE.c.entity_ref == bindparam("ref"))
    .values(
        unprocessed=bindparam("document"),
        unprocessed_hash=bindparam("digest"),
        location_key=bindparam("location"),
    )
)


async def give_the_word(tx: Transaction, served: View, cause: Cause) -> Collection[str]:
    """Make each ref that another claimant has in *served* what that one says of it; which refs those are."""
    said: dict[str, Mapping[str, str | None]] = {}
    for row in await tx.fetch(_LOST):
        ours = served.entities.get(row["entity_ref"])
        if ours is not None and file_of(msgspec.json.decode(row["unprocessed"])) == file_of(ours):
            said.setdefault(row["entity_ref"], _word(row))
    await tx.execute_many(_SAY, said.values())
    await wake(tx, said.keys(), cause)
    return said.keys()


def left_over(given: Iterable[Row], registry: Registry) -> dict[str, str]:
    """Ref → provider, of what only providers that the configuration has no more have *given*."""
    givers: dict[str, set[str]] = {}
    for row in given:
        givers.setdefault(row["entity_ref"], set()).add(row["source"].removeprefix("provider:"))
    known = {CONFIGURED, LOCATIONS, STORE, *(provider.name for provider in registry.providers)}
    return {ref: min(names) for ref, names in givers.items() if not names & known}


def _word(row: Row) -> Mapping[str, str | None]:
    return {
        "ref": row["entity_ref"],
        "document": row["unprocessed"],
        "digest": row["unprocessed_hash"],
        "location": row["location_key"],
    }
