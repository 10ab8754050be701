"""Entities that were never served, as Backstage's module "unprocessed entities" lists them.

Backstage calls everything that has no final entity pending, and finds nothing that failed. Here what failed is that of
it which processing found errors in; the rest of what is pending waits for its turn.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from cuelight.api.context import Context
from cuelight.api.entity import let_go
from cuelight.asgi import Access, Call, Query, delete, get
from cuelight.catalog.queries.unprocessed import Unprocessed, list_unprocessed
from cuelight.clock import isoformat, parse_iso

_LATEST = parse_iso("9999-12-31T00:00:00.000Z")  # for what only a change of its source makes due


class OwnedQuery(Query, frozen=True, kw_only=True):
    """`owner`: only what this one owns, as `spec.owner` is written."""

    owner: str | None = None


class FaultItem(msgspec.Struct, frozen=True, kw_only=True):
    """An error; Backstage names what it came from as well."""

    name: str
    message: str
    cause: Mapping[str, str]


class UnprocessedItem(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an entity; the names are those of Backstage's table."""

    entity_id: str
    entity_ref: str
    unprocessed_entity: msgspec.Raw
    unprocessed_hash: str
    result_hash: str | None
    location_key: str | None
    next_update_at: str
    errors: Sequence[FaultItem] | UnsetType = UNSET


class UnprocessedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The first thousand of them, by ref."""

    type: Literal["failed", "pending"]
    entities: Sequence[UnprocessedItem]


@get("/entities/unprocessed/failed", OwnedQuery, access=Access.READ)
async def failed(context: Context, call: Call[OwnedQuery, None]) -> UnprocessedAnswer:
    """What was never served because of errors."""
    found = [each for each in await list_unprocessed(context.db) if each.errors]
    return UnprocessedAnswer(type="failed", entities=_owned(found, call.query.owner))


@get("/entities/unprocessed/pending", OwnedQuery, access=Access.READ)
async def pending(context: Context, call: Call[OwnedQuery, None]) -> UnprocessedAnswer:
    """What was never served."""
    return UnprocessedAnswer(type="pending", entities=_owned(await list_unprocessed(context.db), call.query.owner))


@delete("/entities/unprocessed/delete/{entity_id}", Query, access=Access.WRITE)
async def delete_unprocessed(context: Context, call: Call[Query, None]) -> None:
    """Forget what was given; it comes back where something still names it."""
    await let_go(context, call.path["entity_id"])


ENDPOINTS = (failed, pending, delete_unprocessed)


def _owned(found: Sequence[Unprocessed], owner: str | None) -> list[UnprocessedItem]:
    return [_item(each) for each in found if owner is None or _owner(each) == owner]


def _owner(found: Unprocessed) -> Any:
    spec = msgspec.json.decode(found.unprocessed).get("spec")
    return spec.get("owner") if isinstance(spec, dict) else None


def _item(found: Unprocessed) -> UnprocessedItem:
    errors = [
        FaultItem(name=each.name, message=each.message, cause=_cause(each.name, each.message)) for each in found.errors
    ]
    return UnprocessedItem(
        entity_id=found.entity_id,
        entity_ref=found.entity_ref,
        unprocessed_entity=msgspec.Raw(found.unprocessed.encode()),
        unprocessed_hash=found.unprocessed_hash,
        result_hash=found.result_hash,
        location_key=found.location_key,
        next_update_at=isoformat(min(found.due_at, _LATEST)),
        errors=errors or UNSET,
    )


def _cause(name: str, message: str) -> Mapping[str, str]:
    return {"name": name, "message": message}
