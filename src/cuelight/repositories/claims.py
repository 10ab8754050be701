"""Claiming repositories that are due: one worker a repository, all waiting signals at once."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
from msgspec.structs import replace

from cuelight.clock import SECOND
from cuelight.db import Database, Reading, Row, Transaction
from cuelight.repositories.plan import Held, is_glob
from cuelight.repositories.signals import Signal, signal_of
from cuelight.repositories.statements import (
    ABANDON_CLAIMS,
    APPLIED,
    BUSY,
    DUE,
    EXTEND,
    OPEN_SIGNALS,
    OPEN_SIGNALS_OF,
    SOURCES_OF,
    WANTS_OF,
)
from cuelight.repositories.tracked import Tracked, tracked_of
from cuelight.repositories.turns import BY_AGE, CLAIM

LEASE = 30 * SECOND
"""How long a claim holds without a heartbeat."""
HEARTBEAT = 10.0
"""Seconds between heartbeats."""
MOST = 500
"""Signals that one claim answers for: the newest."""
FOLLOWED = 50
"""Signals, at most, whose lists of files are of use: a longer way the fast path does not follow."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A repository in the hands of one worker, with the signals that it answers for and the paths that are wanted of it.

    `held` are its sources, `applied` those of the signals' commits that were its head before: as long as the claim holds,
    nobody else changes them.
    """

    id: str
    tracked: Tracked
    signals: Sequence[Signal]
    wanted: Sequence[str]
    unread: frozenset[str] = frozenset()
    """Those of `wanted` that were never compared with a commit."""
    taken_at: int
    """The instant of the claim: signals that were noted before and are not among `signals` are older ones."""
    since: int = 0
    """When the oldest of `signals` was noted, where there are more than one claim takes; else 0."""
    held: Sequence[Held] = ()
    applied: frozenset[str] = frozenset()

    @cached_property
    def globs(self) -> Sequence[str]:
        """Those of `wanted` that stand for several files."""
        return [path for path in self.wanted if is_glob(path)]


class Claims:
    """The claims on the repositories of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._taken = 0

    async def take(self, limit: int) -> Sequence[Claim]:
        """Claim up to *limit* repositories that are due: the most urgent, and now and then one that waits the longest."""
        if await self._db.get(DUE, {"now": self._db.now()}) is None:
            return ()
        by_age = (self._taken + limit) // BY_AGE - self._taken // BY_AGE
        # not together with others: what is noted meanwhile has to be later than the claim
        claims = await self._db.transact(lambda tx: _take(tx, limit, by_age))
        self._taken += len(claims)
        return await self._db.read(lambda tx: _informed(tx, claims)) if claims else ()

    async def busy(self) -> bool:
        """Whether a repository is due, or claimed."""
        return await self._db.get(BUSY, {"now": self._db.now()}) is not None

    async def extend(self, claim: Claim) -> None:
        """Heartbeat."""
        row = {"repository": claim.tracked.id, "claim": claim.id, "lease": self._db.now() + LEASE}
        await self._db.transact(lambda tx: tx.execute(EXTEND, row), together=True)


async def _take(tx: Transaction, limit: int, by_age: int) -> list[Claim]:
    claim_id = uuid.uuid4().hex
    turn = {"now": tx.now(), "limit": limit, "by_age": by_age, "claim": claim_id, "lease": tx.now() + LEASE}
    rows = await tx.fetch(CLAIM, turn)
    ids = [row["id"] for row in rows]
    wanted: dict[str, list[str]] = defaultdict(list)
    unread: dict[str, set[str]] = defaultdict(set)
    for row in await tx.fetch(WANTS_OF, {"ids": _json(ids)}):
        wanted[row["repository_id"]].append(row["path"])
        if row["read_at"] is None:
            unread[row["repository_id"]].add(row["path"])
    signals = await _signals(tx, ids)
    return [
        Claim(
            id=claim_id,
            tracked=tracked_of(row),
            taken_at=tx.now(),
            wanted=wanted[row["id"]],
            unread=frozenset(unread[row["id"]]),
            **_answered_for(signals[row["id"]]),
        )
        for row in rows
    ]


async def _signals(tx: Transaction, ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    """By repository the newest of the signals that wait, newest first; asked for one by one where they are many."""
    rows = await tx.fetch(OPEN_SIGNALS_OF, {"ids": _json(ids), "limit": MOST})
    if len(rows) == MOST:
        return {each: await tx.fetch(OPEN_SIGNALS, {"repository": each, "limit": MOST}) for each in ids}
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True):
        found[row["repository_id"]].append(row)
    return found


def _answered_for(rows: Sequence[Row]) -> dict[str, Any]:
    """What a claim has of the signals that wait: the newest, oldest first."""
    signals = [signal_of(row) for row in reversed(rows)]
    if len(signals) > FOLLOWED:
        signals = [replace(signal, hint=replace(signal.hint, paths=None)) for signal in signals]
    return {"signals": signals, "since": rows[-1]["created_at"] if len(rows) == MOST else 0}


async def _informed(tx: Reading, claims: Sequence[Claim]) -> list[Claim]:
    """*claims* with what is known of their repositories from before."""
    held: dict[str, list[Held]] = defaultdict(list)
    for row in await tx.fetch(SOURCES_OF, {"ids": _json([claim.tracked.id for claim in claims])}):
        held[row["repository_id"]].append(Held(**{name: row[name] for name in Held.__struct_fields__}))
    return [replace(each, held=held[each.tracked.id], applied=await _applied(tx, each)) for each in claims]


async def _applied(tx: Reading, claim: Claim) -> frozenset[str]:
    commits = sorted({signal.after for signal in claim.signals if signal.after})
    if not commits:
        return frozenset()
    rows = await tx.fetch(APPLIED, {"repository": claim.tracked.id, "commits": _json(commits)})
    return frozenset(row["after_sha"] for row in rows)


async def let_go_of_claims(db: Database) -> None:
    """Let go of every claim. Only for a process that alone holds its database, at its start: nobody else has them."""
    await db.transact(lambda tx: tx.execute(ABANDON_CLAIMS))


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(names).decode()
