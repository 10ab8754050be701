"""What somebody let go of: who did, under which provider it counts, what goes with it; and the rows that tell of it.

One row an entity that is deleted (its tombstone), and one a root that is held back, with all that lives by it:

moving     alive: something with the same cause is still to be processed, and may name it again
held       alive: too much would go, so somebody has to approve
restored   alive: somebody brought it back, until a source names it again or somebody approves its deletion
done       deleted
approved   deleted because somebody approved
moved      deleted, and counted by nobody: what it named lives on elsewhere
returned   held back until a source named it again
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import entities_among, held_source, holds_among, providers_among, refs_parameter
from cuelight.catalog.ownership.scene import lineage
from cuelight.catalog.ownership.waking import CAUSE_COLUMNS
from cuelight.catalog.tables import DELETIONS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.clock import isoformat, timed_id
from cuelight.db import Reading, Row, Statement, Transaction

API = "api"
"""The origin of a deletion that a person asked for."""

_SAID = ("id", "provider", "origin", "state", "reason", "at", "ended_at", "entities", "part_of", *CAUSE_COLUMNS)
_COPIED = ("entity_ref", "unprocessed", "unprocessed_hash", "location_key")
_RECORD = Statement(
    lambda words: words.insert(DELETIONS).from_select(
        [*_SAID, *_COPIED],
        select(
            *(bindparam(name, type_=DELETIONS.c[name].type) for name in _SAID),
            *(REFRESH_STATE.c[name] for name in _COPIED),
        ).where(REFRESH_STATE.c.entity_ref == bindparam("ref")),
    )
)
_REFER = Statement(lambda words: words.insert(REFRESH_REFERENCES).on_conflict_do_nothing())
_UNREFER = Statement(
    lambda words: delete(REFRESH_REFERENCES).where(REFRESH_REFERENCES.c.source.in_(words.each("sources")))
)
_BECOME = Statement(
    update(DELETIONS)
    .where(DELETIONS.c.id == bindparam("deletion"))
    .values({name: bindparam(name) for name in ("state", "reason", "ended_at", "entities")})
)
_FORGET = Statement(
    lambda words: delete(DELETIONS).where(DELETIONS.c.id.in_(words.each("ids")), DELETIONS.c.state == "moving")
)
_END = Statement(
    update(DELETIONS)
    .where(DELETIONS.c.id == bindparam("deletion"))
    .values({name: bindparam(name) for name in ("state", "reason", "ended_at")})
)
_PROVIDER = Statement(
    lambda words: select(DELETIONS.c.provider).where(DELETIONS.c.id.in_(words.each("ids"))).order_by(DELETIONS.c.id)
)


Shares = Mapping[str, Sequence[str]]
"""By root, what goes with it, itself first."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """`origin` let go of the roots in `shares`. `announced`: see `release`."""

    provider: str
    origin: str
    shares: Shares
    cause: Cause
    announced: int = 0

    @property
    def refs(self) -> set[str]:
        """All that goes."""
        return {ref for share in self.shares.values() for ref in share}


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a departure: the state of its rows, and why."""

    state: str
    reason: str


def named_again(source: str) -> Judgement:
    """How a deletion ends whose entity *source* names."""
    return Judgement(state="returned", reason=f"{source} names it")


async def provider_of(tx: Reading, source: str) -> str:
    """Under which provider it counts that *source* lets go of something: the first by name of those above it."""
    above = {source}.union(*(await lineage(tx, entities_among([source]))).values())
    if names := providers_among(above):
        return min(names)
    row = await tx.fetch_one(_PROVIDER, {"ids": refs_parameter(holds_among(above))})
    return "" if row is None else str(row["provider"])


async def keep(tx: Transaction, departure: Departure, judgement: Judgement) -> None:
    """Record what is held back, each root on its own, and keep it alive by that."""
    rows = list(_roots(tx, departure, judgement, ended_at=None))
    await tx.execute_many(_RECORD, rows)
    await tx.execute_many(_REFER, ({"source": held_source(row["id"]), "target_ref": row["ref"]} for row in rows))


async def bury(tx: Transaction, departure: Departure, judgement: Judgement) -> None:
    """Record what is about to be deleted: a row for each root, and for what goes with it."""
    roots = list(_roots(tx, departure, judgement, ended_at=tx.now()))
    await tx.execute_many(_RECORD, roots)
    await tx.execute_many(_RECORD, (part for row in roots for part in _parts(row, departure.shares[row["ref"]])))


async def bury_held(tx: Transaction, rows: Sequence[Row], shares: Shares, judgement: Judgement, cause: Cause) -> None:
    """Record that what was held back under *rows* is about to be deleted, with what goes along."""
    roots = [_again(row, judgement, tx.now(), shares[row["entity_ref"]]) for row in rows]
    await tx.execute_many(_BECOME, map(_becoming, roots))
    parts = (part for root in roots for part in _parts({**root, **cause.columns()}, shares[root["ref"]]))
    await tx.execute_many(_RECORD, parts)


async def hold_back(tx: Transaction, rows: Sequence[Row], shares: Shares, judgement: Judgement) -> None:
    """Make *rows*, which only moved, wait for approval."""
    roots = (_again(row, judgement, None, shares[row["entity_ref"]]) for row in rows)
    await tx.execute_many(_BECOME, map(_becoming, roots))


async def drop(tx: Transaction, ids: Iterable[str]) -> None:
    """Let go of what these deletions keep alive."""
    await tx.execute(_UNREFER, {"sources": refs_parameter(map(held_source, ids))})


async def called_off(tx: Transaction, ids: Collection[str], judgement: Judgement) -> None:
    """End these deletions, which hold nothing back any more, as *judgement* says; what only moved leaves no row."""
    if not ids:
        return
    said = {"state": judgement.state, "reason": judgement.reason, "ended_at": tx.now()}
    await tx.execute(_FORGET, {"ids": refs_parameter(ids)})
    await tx.execute_many(_END, ({**said, "deletion": each} for each in ids))


def _roots(
    tx: Reading, departure: Departure, judgement: Judgement, *, ended_at: int | None
) -> Iterator[dict[str, Any]]:
    said = {
        "provider": departure.provider,
        "origin": departure.origin,
        "state": judgement.state,
        "reason": judgement.reason,
        "at": tx.now(),
        "ended_at": ended_at,
        **departure.cause.columns(),
    }
    for ref, share in departure.shares.items():
        root = {**said, "id": timed_id(tx.now()), "ref": ref, "entities": len(share), "part_of": None}
        yield {**root, "reason": _told(root)}


def _parts(root: Mapping[str, Any], share: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What goes with *root*: it lived by that alone."""
    said = {**root, "entities": 1, "part_of": root["id"], "reason": f"it lived by {root['ref']} alone"}
    return ({**said, "id": timed_id(root["ended_at"]), "ref": ref} for ref in share[1:])


def _again(row: Row, judgement: Judgement, ended_at: int | None, share: Sequence[str]) -> dict[str, Any]:
    """What is recorded in *row*, judged anew."""
    kept = {name: row[name] for name in ("id", "provider", "origin", "at")}
    said = {**kept, "ref": row["entity_ref"], "entities": len(share), "ended_at": ended_at}
    root = {**said, "state": judgement.state, "reason": judgement.reason}
    return {**root, "reason": _told(root)}


def _becoming(root: Mapping[str, Any]) -> dict[str, Any]:
    return {"deletion": root["id"], **{name: root[name] for name in ("state", "reason", "ended_at", "entities")}}


def _told(root: Mapping[str, Any]) -> str:
    """Why *root* is in its state; of what is held back, everything that whoever is to approve it asks."""
    if root["state"] != "held":
        return str(root["reason"])
    others = f", and of {root['entities'] - 1} with it," if root["entities"] > 1 else ""
    return (
        f"{root['origin']} let go of {root['ref']}{others} at {isoformat(root['at'])}, but {root['reason']}; it stays "
        f"until a source names it again, or someone approves: cuelight deletions approve {root['id']}"
    )
