"""How fresh an entity is: from which commit, confirmed by its host when, and what holds it up."""

import msgspec

from cuelight.api.context import Context
from cuelight.asgi import Access, Call, Query, get
from cuelight.clock import SECOND, isoformat
from cuelight.errors import NotFoundError
from cuelight.model import Ref
from cuelight.repositories.freshness import EntityFreshness, FileSource, LastChange, freshness_of_ref, freshness_of_uid


class EntitySource(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The file that an entity was read from. Where no configured host has its address, only `url` is known."""

    url: str
    host: str | None
    repository: str | None
    branch: str | None
    path: str | None


class SecondsItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """From a cause's coming in to its change's being written; of that, waiting for the host, and the rest."""

    total: float | None
    host: float | None
    ours: float | None


class LastChangeItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The last change of the entity that is served: `cause` is the id of the delivery, scan, refresh or call."""

    at: str
    cause: str | None
    caused_at: str | None
    commit: str | None
    author: str | None
    seconds: SecondsItem


class FreshnessAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How fresh an entity is.

    `commit` is the one at which its file became what it is, `head` the commit that is applied, `provenHead` the last that
    the host itself stands for (it follows `head` within a minute). `lag` is in seconds since `confirmedAt`, when the host
    last said so. `signalsWaiting` counts what is on its way. `reason` says why the entity may not be as its file is now.
    """

    entity_ref: str
    source: EntitySource | None
    commit: str | None
    head: str | None
    proven_head: str | None
    confirmed_at: str | None
    lag: float | None
    signals_waiting: int
    reason: str | None
    last_change: LastChangeItem | None


@get("/api/cuelight/v1/entities/by-name/{kind}/{namespace}/{name}/freshness", Query, access=Access.READ)
async def freshness_by_name(context: Context, call: Call[Query, None]) -> FreshnessAnswer:
    """How fresh an entity is; the parts of its name may be in any case."""
    kind, namespace, name = (call.path[part] for part in ("kind", "namespace", "name"))
    found = await freshness_of_ref(context.db, context.registry, str(Ref(kind, namespace, name)))
    if found is None:
        raise NotFoundError(f"No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'")
    return _answer(found)


@get("/api/cuelight/v1/entities/by-uid/{uid}/freshness", Query, access=Access.READ)
async def freshness_by_uid(context: Context, call: Call[Query, None]) -> FreshnessAnswer:
    """How fresh an entity is, by its `metadata.uid`."""
    found = await freshness_of_uid(context.db, context.registry, call.path["uid"])
    if found is None:
        raise NotFoundError(f"No entity with uid {call.path['uid']}")
    return _answer(found)


ENDPOINTS = (freshness_by_name, freshness_by_uid)


def _answer(found: EntityFreshness) -> FreshnessAnswer:
    backing = found.backing
    return FreshnessAnswer(
        entity_ref=found.entity_ref,
        source=None if backing.source is None else _source(backing.source),
        commit=backing.commit,
        head=backing.head,
        proven_head=backing.proven,
        confirmed_at=_instant(backing.confirmed_at),
        lag=_seconds(found.lag),
        signals_waiting=backing.waiting,
        reason=backing.reason,
        last_change=None if found.last_change is None else _last_change(found.last_change),
    )


def _source(source: FileSource) -> EntitySource:
    return EntitySource(**msgspec.structs.asdict(source))


def _last_change(change: LastChange) -> LastChangeItem:
    return LastChangeItem(
        at=isoformat(change.at),
        cause=change.cause,
        caused_at=_instant(change.caused_at),
        commit=change.commit,
        author=change.author,
        seconds=SecondsItem(total=_seconds(change.total), host=_seconds(change.host), ours=_seconds(change.ours)),
    )


def _instant(instant: int | None) -> str | None:
    return None if instant is None else isoformat(instant)


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / SECOND
