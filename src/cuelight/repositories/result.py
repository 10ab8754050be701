"""Writing what a host answered: sources, the catalog's delta, wake-ups, the head and every signal's outcome, together.

The transaction begins with compare-and-set: where the claim is no longer ours, or the head moved under us, nothing is
written, and whoever holds the repository now does the work.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.catalog import (
    Cause,
    Deferred,
    StaticLocation,
    apply,
    keys_in_use,
    location_entity,
    location_ref,
    refresh,
)
from cuelight.clock import timed_id
from cuelight.db import Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.inquiry import Content, Finding
from cuelight.repositories.plan import Plan, is_glob
from cuelight.repositories.registry import Registry, Spelling
from cuelight.repositories.signals import Outcome
from cuelight.repositories.statements import (
    DROP_SOURCE,
    DROP_WANT,
    END_SIGNAL,
    FINISH,
    HOLD,
    INSERT_RECONCILE,
    KEEP_AS,
    LET_GO,
    MARK_READ,
    PUT_SOURCE,
)
from cuelight.repositories.tracked import Tracked
from cuelight.scm import Globs


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When a reconcile began, and when its host had answered everything, in microseconds."""

    started: int
    answered: int


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a reconcile and its signals end."""

    outcome: Outcome
    reason: str


async def write(tx: Transaction, claim: Claim, finding: Finding, times: Times, registry: Registry) -> str:
    """Write *finding* for *claim*; its outcome, or `superseded` where the repository is somebody else's by now."""
    held = await tx.fetch_one(HOLD, {"repository": claim.tracked.id, "claim": claim.id})
    if held is None or held["head"] != claim.tracked.head:
        return "superseded"
    reconcile = timed_id(tx.now())
    verdict = _verdict(claim.tracked, finding)
    if finding.plan is not None:
        await _apply(tx, claim, finding, registry, _cause(claim, finding, reconcile, tx.now()))
    await tx.execute(FINISH, _row(claim, finding, verdict, tx.now()))
    await _end_signals(tx, claim, verdict, reconcile)
    await tx.execute(INSERT_RECONCILE, _record(claim, finding, verdict, times, reconcile, tx.now()))
    await tx.execute(LET_GO, {"repository": claim.tracked.id, "claim": claim.id, "now": tx.now()})
    return verdict.outcome


async def _apply(tx: Transaction, claim: Claim, finding: Finding, registry: Registry, cause: Cause) -> None:
    """Sources first, then what the catalog is told of them."""
    plan = finding.plan
    assert plan is not None  # noqa: S101 -- the caller looked
    await _write_sources(tx, claim.tracked.id, finding, plan)
    marks = [{"repository": claim.tracked.id, "file": path, "now": tx.now()} for path in claim.wanted]
    await tx.execute_many(MARK_READ, marks)
    provider = claim.tracked.provider
    if registry.provider(provider) is not None:
        added = [_deferred(provider, _page(registry, finding, path)) for path in plan.appeared]
        removed = [location_ref(_page(registry, finding, path)) for path in plan.vanished]
        if added or removed:
            await apply(tx, provider, added, removed, cause)
    keys = _keys(claim, finding, plan)
    if keys:
        await refresh(tx, keys, cause)
    await _drop_unwanted(tx, claim, _spelling(claim, finding))


async def _write_sources(tx: Transaction, repository: str, finding: Finding, plan: Plan) -> None:
    now = tx.now()
    commit = finding.commit.sha if finding.commit else None
    rows = [_source(repository, path, kind, finding.contents[path], commit) for path, kind in plan.read.items()]
    rows += [_absent(repository, path) for path in plan.absent]
    await tx.execute_many(PUT_SOURCE, [{**row, "changed_at": now} for row in rows])
    await tx.execute_many(DROP_SOURCE, [{"repository": repository, "file": path} for path in plan.gone])
    kinds = [{"repository": repository, "file": path, "as_kind": kind} for path, kind in plan.kinds.items()]
    await tx.execute_many(KEEP_AS, kinds)


def _source(repository: str, path: str, kind: str, content: Content, commit: str | None) -> dict[str, Any]:
    return {
        "repository_id": repository,
        "path": path,
        "kind": kind,
        "state": "present" if content.data is not None else "unreadable",
        "reason": content.reason,
        "blob": content.blob,
        "commit_sha": commit,
        "content": zlib.compress(content.data, 1) if content.data is not None else None,
    }


def _absent(repository: str, path: str) -> dict[str, Any]:
    return {
        "repository_id": repository,
        "path": path,
        "kind": "wanted",
        "state": "absent",
        "reason": None,
        "blob": None,
        "commit_sha": None,
        "content": None,
    }


def _deferred(provider: str, page: StaticLocation) -> Deferred:
    return Deferred(entity=location_entity(page, presence="optional"), location_key=provider)


def _page(registry: Registry, finding: Finding, path: str) -> StaticLocation:
    """The page of a descriptor: what its Location names."""
    repository, branch = finding.repository, finding.branch
    assert repository is not None  # noqa: S101 -- a plan has both
    assert branch is not None  # noqa: S101
    return StaticLocation(type="url", target=registry.urls(repository.host).blob(repository.web_url, branch, path))


def _spelling(claim: Claim, finding: Finding) -> Spelling:
    repository = finding.repository
    name = repository.full_name if repository else claim.tracked.full_name
    default = repository is None or finding.branch == repository.default_branch
    return Spelling(
        host=claim.tracked.host, full_name=name, refs=(finding.branch, None) if default else (finding.branch,)
    )


def _keys(claim: Claim, finding: Finding, plan: Plan) -> list[str]:
    """The refresh keys of everything that differs, and of the globs that stand for some of it."""
    spelling = _spelling(claim, finding)
    touched = plan.touched
    names = set(touched)
    for pattern in filter(is_glob, claim.wanted):
        globs = Globs((pattern,))
        if claim.tracked.head is None or any(globs.matches(path) for path in touched):
            names.add(pattern)
    if any(signal.kind == "wanted" for signal in claim.signals):
        names.update(claim.wanted)
    return sorted({key for name in names for key in spelling.keys(name)})


async def _drop_unwanted(tx: Transaction, claim: Claim, spelling: Spelling) -> None:
    """Forget paths that no entity names any more; the next reconcile lets their sources go."""
    if not claim.wanted or any(signal.kind == "wanted" for signal in claim.signals):
        return
    keys = {path: spelling.keys(path) for path in claim.wanted}
    used = await keys_in_use(tx, [key for spelled in keys.values() for key in spelled])
    unwanted = [path for path, spelled in keys.items() if not used.intersection(spelled)]
    await tx.execute_many(DROP_WANT, [{"repository": claim.tracked.id, "file": path} for path in unwanted])


def _verdict(tracked: Tracked, finding: Finding) -> _Verdict:
    if finding.kept is not None:
        return _Verdict(outcome="kept", reason=finding.kept)
    if finding.excluded is not None:
        stays = "; what came from it stays" if tracked.head else ""
        return _Verdict(outcome="excluded", reason=f"{finding.excluded}{stays}")
    head = finding.commit.sha if finding.commit else ""
    if finding.plan is None:
        return _Verdict(outcome="confirmed", reason=f"the host's head is {head}, which is applied")
    return _Verdict(outcome="applied", reason=f"applied {head}: {_count(finding.plan)}")


def _count(plan: Plan) -> str:
    read = sum(kind == "descriptor" for kind in plan.read.values())
    words = [
        f"{read} descriptors read" if read != 1 else "1 descriptor read",
        f"{len(plan.vanished)} gone" if plan.vanished else "",
        f"{len(plan.read) - read} other files read" if len(plan.read) > read else "",
    ]
    return ", ".join(word for word in words if word)


def _cause(claim: Claim, finding: Finding, reconcile: str, now: int) -> Cause:
    """The newest signal's cause: rows that a reconcile makes carry it."""
    newest = max(claim.signals, key=lambda signal: signal.caused_at, default=None)
    commit = finding.commit
    author = commit.author if commit else None
    return Cause(
        id=newest.cause if newest else reconcile,
        at=newest.caused_at if newest else now,
        reconcile=reconcile,
        commit=commit.sha if commit else None,
        author=(author.login or author.name) if author else None,
    )


def _row(claim: Claim, finding: Finding, verdict: _Verdict, now: int) -> Mapping[str, Any]:
    """What the repository's row becomes. Where nothing is known, what was applied stays."""
    tracked, repository, commit = claim.tracked, finding.repository, finding.commit
    name = repository.full_name if repository else tracked.full_name
    applied = commit is not None
    return {
        "repository": tracked.id,
        "claim": claim.id,
        "host_id": repository.id if repository else tracked.host_id,
        "full_name": name,
        "folded_name": name.lower(),
        "web_url": repository.web_url if repository else tracked.web_url,
        "default_branch": repository.default_branch if repository else tracked.default_branch,
        "branch": finding.branch if applied else tracked.branch,
        "status": "tracked" if applied else ("excluded" if finding.excluded and not tracked.head else tracked.status),
        "reason": None if applied else verdict.reason,
        "head": commit.sha if commit else tracked.head,
        "digest": finding.digest if applied else tracked.digest,
        "confirmed_at": now if applied else None,
    }


async def _end_signals(tx: Transaction, claim: Claim, verdict: _Verdict, reconcile: str) -> None:
    rows: Sequence[Mapping[str, Any]] = [
        {
            "signal": signal.id,
            "repository": claim.tracked.id,
            "reconcile": reconcile,
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "finished_at": tx.now(),
        }
        for signal in claim.signals
    ]
    await tx.execute_many(END_SIGNAL, rows)


def _record(  # noqa: PLR0913, PLR0917 -- one row, from everything that a reconcile is
    claim: Claim, finding: Finding, verdict: _Verdict, times: Times, reconcile: str, now: int
) -> Mapping[str, Any]:
    newest = max(claim.signals, key=lambda signal: signal.caused_at, default=None)
    return {
        "id": reconcile,
        "repository_id": claim.tracked.id,
        "cause": newest.cause if newest else None,
        "before_sha": claim.tracked.head,
        "after_sha": finding.commit.sha if finding.commit else None,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "started_at": times.started,
        "finished_at": now,
        "host_time": times.answered - times.started,
    }
