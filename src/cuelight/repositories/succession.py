"""A repository that went over to another provider: who has it lets go of it only once the catalog has it from the other one.

So what it holds is never absent: the catalog hears of what comes before what goes, and has processed that. Which of the two
is looked at first is chance, and who takes it may not even track it: where no event told of the transfer, this is how it
comes to know.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, func, select

from cuelight.catalog import Cause
from cuelight.catalog.ownership import busy
from cuelight.db import Reading, Row, Statement, Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.inquiry import Finding
from cuelight.repositories.registry import Registry
from cuelight.repositories.signals import Signal, note
from cuelight.repositories.stakes import unlist
from cuelight.repositories.statements import BY_HOST_IDS, OPEN_KINDS
from cuelight.repositories.tables import RECONCILES
from cuelight.repositories.tracked import track
from cuelight.repositories.verdicts import PATIENCE
from cuelight.scm import Provider, Repository

_C = RECONCILES.c
_APPLIED = Statement(
    select(_C.id, _C.cause)
    .where(_C.repository_id == bindparam("repository"), _C.outcome == "applied")
    .order_by(_C.started_at.desc())
    .limit(3)
)
"""What the catalog was last told of a repository: the first look, and those for what entities then named."""
_PUT_OFF = Statement(
    select(func.min(_C.finished_at).label("at")).where(
        _C.repository_id == bindparam("repository"), _C.started_at >= bindparam("since"), _C.reason == bindparam("why")
    )
)


async def await_successor(tx: Transaction, claim: Claim, finding: Finding, registry: Registry) -> Finding:
    """*finding*; where it empties a repository that another provider takes, put off until the catalog has it from there.

    For a minute at most, counted from the first time that it was put off: an event may have waited for long before.
    """
    repository = finding.repository
    if not (finding.excluded and finding.plan and repository and claim.signals):
        return finding
    for provider in _takers(claim, repository, registry):
        await _have_looked_at(tx, provider, repository, claim)
        if await _is_waited_for(tx, provider, repository):
            later = _postponed(finding, provider)
            return later if await _may_wait(tx, claim, later) else finding
    return finding


def _takers(claim: Claim, repository: Repository, registry: Registry) -> Sequence[Provider]:
    """The providers, besides that of *claim*, that take *repository*."""
    others = (each for each in registry.providers if each.name != claim.tracked.provider)
    return [each for each in others if each.host == claim.tracked.host and each.excluded(repository) is None]


async def _have_looked_at(tx: Transaction, provider: Provider, repository: Repository, claim: Claim) -> None:
    """See that *provider*, where it has nothing of *repository*, looks at it: once for each claim that is put off."""
    rows = await _rows(tx, provider, repository)
    if any(row["head"] is not None or row["due_at"] is not None for row in rows):
        return
    row_id = await track(tx, provider.name, repository, provider.selection.branch_of(repository))
    if not rows and provider.scope.app is not None:
        await unlist(tx, row_id)  # whether the app is installed there, only its host can say
    first = claim.signals[0]
    again = Signal(id=f"{first.id}:moved", kind="repository", cause=first.cause, caused_at=first.caused_at)
    await note(tx, row_id, again)


async def _is_waited_for(tx: Reading, provider: Provider, repository: Repository) -> bool:
    """Whether *provider* is about to look at *repository*, or the catalog to process what it found there."""
    for row in await _rows(tx, provider, repository):
        if await _is_looked_at(tx, row) or await _is_processed(tx, row):
            return True
    return False


async def _is_looked_at(tx: Reading, row: Row) -> bool:
    """Whether the first look at the repository of *row* is due, or one at what its entities name."""
    if row["due_at"] is None or row["head"] is None:
        return row["due_at"] is not None
    waiting = await tx.fetch(OPEN_KINDS, {"repository": row["id"], "since": 0, "ids": "[]"})
    return any(each["kind"] == "wanted" for each in waiting)


async def _is_processed(tx: Reading, row: Row) -> bool:
    """Whether something is still to be processed that the catalog was told of the repository of *row*."""
    for each in await tx.fetch(_APPLIED, {"repository": row["id"]}):
        if await busy(tx, Cause(id=each["cause"] or each["id"], at=0, reconcile=each["id"])):
            return True
    return False


async def _rows(tx: Reading, provider: Provider, repository: Repository) -> Sequence[Row]:
    """What *provider* tracks of *repository*: one row, or none."""
    ids = msgspec.json.encode([repository.id]).decode()
    found = await tx.fetch(BY_HOST_IDS, {"host": provider.host, "ids": ids})
    return [row for row in found if row["provider"] == provider.name]


def _postponed(finding: Finding, successor: Provider) -> Finding:
    """*finding*, which takes everything away, put off until *successor* has it."""
    reason = f"{finding.excluded}; what came from it stays until {successor.name} has looked at it"
    return Finding(kept=reason, postponed=True)


async def _may_wait(tx: Reading, claim: Claim, later: Finding) -> bool:
    """Whether it has not been put off as in *later* for long."""
    since = min(signal.caused_at for signal in claim.signals)
    row = await tx.fetch_one(_PUT_OFF, {"repository": claim.tracked.id, "since": since, "why": later.kept})
    return row is None or row["at"] is None or tx.now() - row["at"] < PATIENCE
