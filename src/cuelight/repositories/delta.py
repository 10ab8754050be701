"""Telling the catalog what a reconcile found: descriptors that came and went, and files that changed."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from cuelight.catalog import (
    Cause,
    Deferred,
    StaticLocation,
    add,
    apply,
    keys_in_use,
    location_entity,
    location_ref,
    refresh,
)
from cuelight.db import Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.inquiry import Finding
from cuelight.repositories.plan import Plan, matching
from cuelight.repositories.registry import Registry, Spelling
from cuelight.repositories.statements import BY_NAMES, DROP_WANTS, SOURCES_OF, TAKEN_OVER, WANTS_OF

LOOKED_AT = 5_000
"""Wanted paths, at most, of which one reconcile asks whether an entity still names them."""


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """The pages of descriptors, by path: until now, and from now on."""

    before: Mapping[str, str] = {}
    after: Mapping[str, str] = {}

    @property
    def moved(self) -> Mapping[str, str]:
        """The descriptors that stay, and have another page from now on."""
        return {path: page for path, page in self.after.items() if self.before.get(path, page) != page}

    @property
    def new(self) -> Sequence[str]:
        """The pages that there were not."""
        return sorted({*self.after.values()}.difference(self.before.values()))

    @property
    def lost(self) -> set[str]:
        """The pages that are no more."""
        return {*self.before.values()}.difference(self.after.values())


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What a reconcile found, for the catalog."""

    claim: Claim
    finding: Finding
    cause: Cause
    pages: Pages

    @property
    def plan(self) -> Plan:
        """The difference, where there is one."""
        assert self.finding.plan is not None  # noqa: S101 -- the caller looked
        return self.finding.plan

    @property
    def repository(self) -> str:
        """The id of the row that it is about."""
        return self.claim.tracked.id

    @property
    def provider(self) -> str:
        """The name of the provider that the row belongs to."""
        return self.claim.tracked.provider


async def tell(tx: Transaction, news: Sequence[News], registry: Registry) -> Mapping[str, int]:
    """Have the catalog follow *news*, which have plans; by repository, how many entities the brake keeps from going."""
    await _wake(tx, [(each.cause, _keys(each)) for each in news])  # first: what is due may take over what is let go of
    provided = [each for each in news if registry.provider(each.provider) is not None]
    await _add(tx, [each for each in provided if not each.pages.lost])
    return {each.repository: await _apply(tx, each) for each in provided if each.pages.lost}


async def _wake(tx: Transaction, keys: Sequence[tuple[Cause, Collection[str]]]) -> None:
    """Have those processed that have some of these keys, because of what stands beside them."""
    every = set[str]().union(*(each for _, each in keys))
    used = await keys_in_use(tx, sorted(every)) if every else set()
    for cause, each in keys:
        await refresh(tx, sorted(used.intersection(each)), cause)


async def _add(tx: Transaction, news: Sequence[News]) -> None:
    """Have the catalog take what *news* have that was not there."""
    added: dict[str, list[tuple[Deferred, Cause]]] = defaultdict(list)
    for each in news:
        added[each.provider] += [(_deferred(each.provider, page), each.cause) for page in each.pages.new]
    for provider, entities in added.items():
        await add(tx, provider, entities)


async def tell_of_wants(tx: Transaction, claim: Claim, finding: Finding, cause: Cause) -> None:
    """Wake who named files that were never looked up, or asks about all that were; once a reconcile, before `tell`."""
    names = set(claim.unread)
    if claim.tracked.head is None:
        names.update(claim.globs)
    if any(signal.kind == "wanted" for signal in claim.signals):
        names.update(claim.wanted)
    await refresh(tx, sorted(_keys_of(names, spellings(claim, finding))), cause)


async def tell_of_names(tx: Transaction, news: Sequence[News]) -> None:
    """Wake who asked for files that will not come, and who asked for what has another name, or another branch, by now.

    *news* have all that differs. What went is another's to answer for, where one bears the name by now.
    """
    asked = await _asked_by_name(tx, [each for each in news if each.finding.commit and each.claim.tracked.head is None])
    for each in news:
        keys = await _keys_of_names(tx, each, asked.get(each.repository, ()))
        await refresh(tx, sorted(keys), each.cause)


async def _keys_of_names(tx: Transaction, news: News, asked: Collection[str]) -> set[str]:
    """The keys of who is to be woken; *asked* are the paths that were asked of others by the name."""
    claim, finding = news.claim, news.finding
    now = spellings(claim, finding)
    both = [*now, _by_name(claim)]
    touched = finding.plan.touched if finding.plan else ()
    if finding.commit is None:
        return _keys_of([*claim.wanted, *touched], both)
    keys = _keys_of(asked, now)
    if _address(claim, finding) != _old_address(claim):
        keys |= _keys_of([*await _paths(tx, news.repository), *touched], both)
    return keys


def _address(claim: Claim, finding: Finding) -> tuple[str | None, ...]:
    """By what the files of the branch are named."""
    repository = finding.repository or claim.tracked.as_repository()
    return (repository.full_name, finding.branch, repository.default_branch)


def _old_address(claim: Claim) -> tuple[str | None, ...]:
    tracked = claim.tracked
    return (tracked.full_name, tracked.branch, tracked.default_branch)


def _by_name(claim: Claim) -> Spelling:
    """By which names the row was known until now."""
    tracked = claim.tracked
    refs = tuple({tracked.branch, tracked.default_branch, None})
    return Spelling(host=tracked.host, full_name=tracked.full_name, refs=refs)


def _keys_of(paths: Iterable[str], named: Iterable[Spelling]) -> set[str]:
    spelled = list(named)
    return {key for path in paths for each in spelled for key in each.keys(path)}


async def _paths(tx: Transaction, repository: str) -> set[str]:
    """Every path that is held of *repository*, or that an entity named in it."""
    one = {"ids": _json([repository])}
    held, wants = await tx.fetch(SOURCES_OF, one), await tx.fetch(WANTS_OF, one)
    return {row["path"] for row in (*held, *wants)}


async def _asked_by_name(tx: Transaction, news: Sequence[News]) -> Mapping[str, Collection[str]]:
    """What was asked of other rows by the names that these have: of one that is gone, it is theirs to answer. By repository."""
    names = {each.repository: _Name(each.claim.tracked.host, _full_name(each).lower()) for each in news}
    bearers = await _bearers(tx, {*names.values()})
    others = {repository: bearers.get(name, set()) - {repository} for repository, name in names.items()}
    wanted: dict[str, set[str]] = defaultdict(set)
    if ids := sorted(set[str]().union(*others.values())):
        for row in await tx.fetch(WANTS_OF, {"ids": _json(ids)}):
            wanted[row["repository_id"]].add(row["path"])
    return {repository: set[str]().union(*(wanted[each] for each in ids)) for repository, ids in others.items()}


class _Name(NamedTuple):
    """A name in lower case, on a host."""

    host: str
    name: str


async def _bearers(tx: Transaction, names: Collection[_Name]) -> Mapping[_Name, set[str]]:
    """The ids of the rows that have each of *names*, or are asked for by it."""
    found: dict[_Name, set[str]] = defaultdict(set)
    for host in sorted({each.host for each in names}):
        some = _json(sorted(each.name for each in names if each.host == host))
        for row in await tx.fetch(BY_NAMES, {"host": host, "names": some}):
            for name in (row["folded_name"], row["asked_name"]):
                found[_Name(host, name)].add(row["id"])
    return found


def _full_name(news: News) -> str:
    return (news.finding.repository or news.claim.tracked.as_repository()).full_name


def pages(claim: Claim, finding: Finding, registry: Registry) -> Pages:
    """The pages of the descriptors that *finding* is about: a renamed repository or branch gives them new ones."""
    tracked, repository, plan = claim.tracked, finding.repository, finding.plan
    if plan is None:
        return Pages()
    urls = registry.urls(tracked.host)
    branch = tracked.branch or finding.branch or ""
    before = {path: page or urls.blob(tracked.web_url, branch, path) for path, page in plan.before.items()}
    if repository is None or finding.branch is None:
        return Pages(before=before)
    after = {path: urls.blob(repository.web_url, finding.branch, path) for path in plan.after}
    return Pages(before=before, after=after)


async def _apply(tx: Transaction, news: News) -> int:
    """Have the catalog take what is new, and let go of what was lost."""
    claim, announced = (
        news.claim,
        max(news.plan.announced, *(signal.hint.announced for signal in news.claim.signals), 0),
    )
    lost = news.pages.lost - await _taken_over(tx, claim, news.pages.lost)
    added = [_deferred(news.provider, page) for page in news.pages.new]
    removed = [location_ref(_location(page)) for page in sorted(lost)]
    if not added and not removed:
        return 0
    applied = await apply(tx, news.provider, added, removed, news.cause, announced=announced)
    return applied.held


async def _taken_over(tx: Transaction, claim: Claim, lost: Collection[str]) -> set[str]:
    """Those of the pages *lost* that are another repository's by now, which took over the name that this one had."""
    if not lost:
        return set()
    parameters = {
        "pages": msgspec.json.encode(sorted(lost)).decode(),
        "repository": claim.tracked.id,
        "provider": claim.tracked.provider,
    }
    return {row["page"] for row in await tx.fetch(TAKEN_OVER, parameters)}


def _location(page: str) -> StaticLocation:
    return StaticLocation(type="url", target=page)


def _deferred(provider: str, page: str) -> Deferred:
    return Deferred(entity=location_entity(_location(page), presence="optional"), location_key=provider)


def spellings(claim: Claim, finding: Finding) -> Sequence[Spelling]:
    """Under which names entities know the files of this branch from now on: its own, and that by which it was asked for."""
    tracked, repository = claim.tracked, finding.repository
    name = repository.full_name if repository else tracked.full_name
    branch = finding.branch or tracked.branch
    default = repository is None or branch == repository.default_branch
    refs = (branch, None) if default else (branch,)
    return [
        Spelling(host=tracked.host, full_name=each, refs=refs)
        for each in dict.fromkeys([name.lower(), tracked.asked_name or name.lower()])
    ]


def _keys(news: News) -> set[str]:
    """The refresh keys of everything that differs, and of the globs that stand for some of it."""
    touched = news.plan.touched
    globs = [pattern for pattern in news.claim.globs if matching(touched, pattern)]
    return _keys_of({*touched, *globs}, spellings(news.claim, news.finding))


async def drop_unwanted(tx: Transaction, claim: Claim, finding: Finding) -> None:
    """Forget paths that no entity names any more; the next reconcile lets their sources go. Of very many, some are looked at."""
    if not claim.wanted or claim.unread or any(signal.kind == "wanted" for signal in claim.signals):
        return
    named = spellings(claim, finding)
    some = claim.wanted if len(claim.wanted) <= LOOKED_AT else random.sample(claim.wanted, LOOKED_AT)
    keys = {path: _keys_of([path], named) for path in some}
    used = await keys_in_use(tx, sorted(set().union(*keys.values())))
    unwanted = [path for path, spelled in keys.items() if not used.intersection(spelled)]
    files = msgspec.json.encode(unwanted).decode()
    await tx.execute(DROP_WANTS, {"repository": claim.tracked.id, "files": files})


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(names).decode()
