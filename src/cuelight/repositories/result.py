"""Writing what hosts answered: sources, the catalog's delta, wake-ups, heads and every signal's outcome, together.

The transaction begins with compare-and-set: where a claim is no longer ours, or the head moved under us, nothing of it is
written, and whoever holds the repository now does the work.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cuelight.catalog import Cause
from cuelight.db import Transaction
from cuelight.repositories.contents import Content
from cuelight.repositories.delta import News, drop_unwanted, pages, tell, tell_of_names, tell_of_wants
from cuelight.repositories.endings import Ending, Reconcile, end
from cuelight.repositories.plan import Kind
from cuelight.repositories.registry import Registry
from cuelight.repositories.signals import Signal
from cuelight.repositories.stakes import list_again
from cuelight.repositories.statements import DROP_SOURCE, HOLD, KEEP_AS, MARK_READ, PUT_PAGE, PUT_SOURCE, UNSETTLE
from cuelight.repositories.verdicts import verdict, waiting


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a reconcile, and the signals that it put an end to."""

    outcome: str
    ended: Sequence[Signal] = ()


LOST: Final = Written(outcome="superseded")
"""The repository is somebody else's by now: nothing was written."""


def is_plain(reconcile: Reconcile) -> bool:
    """Whether nothing goes because of *reconcile*, nor has another name: several such do not get in each other's way."""
    finding, tracked = reconcile.finding, reconcile.claim.tracked
    repository = finding.repository
    if finding.commit is None or repository is None or (finding.plan and finding.plan.lost):
        return False
    now = (repository.full_name, repository.web_url, repository.default_branch, finding.branch)
    return now == (tracked.full_name, tracked.web_url, tracked.default_branch, tracked.branch)


async def write_part(tx: Transaction, reconcile: Reconcile, registry: Registry) -> int | None:
    """Write the part of a large difference that *reconcile* has; how many entities the brake held back, None where it is
    somebody else's by now.

    Until the last part was written (`write_all`), the row says that its sources are between two commits: whoever takes it up
    after a kill looks at the whole tree, and goes on from there.
    """
    claim = reconcile.claim
    if not await _ours(tx, [reconcile]):
        return None
    await tx.execute(UNSETTLE, {"repository": claim.tracked.id, "claim": claim.id})
    return (await _apply(tx, [reconcile], registry)).get(claim.tracked.id, 0)


async def write_all(tx: Transaction, reconciles: Sequence[Reconcile], registry: Registry) -> list[Written]:
    """Write what *reconciles* found, each of another repository; several only where all are plain (`is_plain`).

    Nothing is written of one whose repository is somebody else's by now.
    """
    mine = await _ours(tx, reconciles)
    held_back = await _conclude(tx, mine, registry)
    endings = [_ending(each, held_back.get(each.claim.tracked.id, 0), tx.now()) for each in mine]
    await tell_of_names(tx, [_news(_whole(each), registry, tx.now()) for each in mine])
    for each in mine:
        if each.finding.granted:
            await list_again(tx, each.claim.tracked.id, each.started)
    await end(tx, endings)
    written = {each.reconcile.id: Written(outcome=each.verdict.outcome, ended=each.ended) for each in endings}
    return [written.get(each.id, LOST) for each in reconciles]


async def _ours(tx: Transaction, reconciles: Sequence[Reconcile]) -> list[Reconcile]:
    """Those of *reconciles* whose claims hold, and whose heads are what they were."""
    ids = msgspec.json.encode([each.claim.tracked.id for each in reconciles]).decode()
    now = {row["id"]: (row["claim_id"], row["head"]) for row in await tx.fetch(HOLD, {"ids": ids})}
    return [each for each in reconciles if now.get(each.claim.tracked.id) == (each.claim.id, each.claim.tracked.head)]


def _ending(reconcile: Reconcile, held_back: int, now: int) -> Ending:
    claim = reconcile.claim
    return Ending(
        reconcile=reconcile,
        verdict=verdict(claim.tracked, _whole(reconcile).finding, reconcile.held_back + held_back),
        open=waiting(claim.signals, reconcile.finding, reconcile.applied, now),
    )


def _whole(reconcile: Reconcile) -> Reconcile:
    """*reconcile* with all of its difference, where it has the last part of one."""
    if reconcile.whole is None:
        return reconcile
    finding = msgspec.structs.replace(reconcile.finding, plan=reconcile.whole)
    return msgspec.structs.replace(reconcile, finding=finding)


async def _apply(tx: Transaction, reconciles: Sequence[Reconcile], registry: Registry) -> Mapping[str, int]:
    """Sources first, then what the catalog is told of them; by repository, how many entities the brake held back.

    Each of *reconciles* has a plan.
    """
    news = [_news(each, registry, tx.now()) for each in reconciles]
    await _write_sources(tx, news)
    return await tell(tx, news, registry)


async def _conclude(tx: Transaction, reconciles: Sequence[Reconcile], registry: Registry) -> Mapping[str, int]:
    """Apply the last parts, or all there is, and see to what is wanted, of which there may be as many as files."""
    planned = [each for each in reconciles if each.finding.plan is not None]
    for each in planned:
        if each.claim.unread:
            files = msgspec.json.encode(sorted(each.claim.unread)).decode()
            await tx.execute(MARK_READ, {"repository": each.claim.tracked.id, "files": files, "now": tx.now()})
        await tell_of_wants(tx, each.claim, each.finding, _cause(each, tx.now()))
    held_back = await _apply(tx, planned, registry)
    for each in planned:
        await drop_unwanted(tx, each.claim, each.finding)
    return held_back


async def _write_sources(tx: Transaction, news: Sequence[News]) -> None:
    """Sources as they are from now on, before the catalog hears of them."""
    await tx.execute_many(PUT_SOURCE, [row for each in news for row in _put(each, tx.now())])
    await tx.execute_many(DROP_SOURCE, [_file(each, path) for each in news for path in each.plan.gone])
    kinds = [{**_file(each, path), "as_kind": kind} for each in news for path, kind in each.plan.kinds.items()]
    await tx.execute_many(KEEP_AS, kinds)
    paged = [{**_file(each, path), "as_page": page} for each in news for path, page in _paged(each).items()]
    await tx.execute_many(PUT_PAGE, paged)


def _put(news: News, now: int) -> list[dict[str, Any]]:
    """The sources that were read, and those that are wanted and not there."""
    contents, after, cause = news.finding.contents, news.pages.after, news.cause
    said = {
        "repository_id": news.claim.tracked.id,
        "commit_sha": cause.commit,
        "reconcile": cause.reconcile,
        "changed_at": now,
    }
    rows = [{**_source(path, kind, contents[path]), "page": after.get(path)} for path, kind in news.plan.read.items()]
    rows += [_absent(path) for path in news.plan.absent]
    return [{**row, **said} for row in rows]


def _paged(news: News) -> Mapping[str, str]:
    """The pages that sources have from now on which are the same otherwise."""
    after = news.pages.after
    return {**news.pages.moved, **{path: after[path] for path in news.plan.kinds if path in after}}


def _file(news: News, path: str) -> dict[str, str]:
    return {"repository": news.claim.tracked.id, "file": path}


def _source(path: str, kind: Kind, content: Content) -> dict[str, Any]:
    return {
        "path": path,
        "kind": kind,
        "state": "unreadable" if content.reason is not None else "present",
        "reason": content.reason,
        "blob": content.blob,
        "content": content.packed,
    }


def _absent(path: str) -> dict[str, Any]:
    absent = {"path": path, "kind": "wanted", "state": "absent"}
    return {**absent, "reason": None, "blob": None, "content": None, "page": None}


def _news(reconcile: Reconcile, registry: Registry, now: int) -> News:
    """What the catalog hears of *reconcile*."""
    claim, finding = reconcile.claim, reconcile.finding
    return News(claim=claim, finding=finding, cause=_cause(reconcile, now), pages=pages(claim, finding, registry))


def _cause(reconcile: Reconcile, now: int) -> Cause:
    """The newest signal's cause: rows that a reconcile makes carry it."""
    newest, commit = reconcile.newest, reconcile.finding.commit
    author = commit.author if commit else None
    return Cause(
        id=newest.cause if newest else reconcile.id,
        at=newest.caused_at if newest else now,
        reconcile=reconcile.id,
        commit=commit.sha if commit else None,
        author=(author.login or author.name) if author else None,
    )
