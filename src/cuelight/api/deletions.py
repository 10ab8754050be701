"""Deletions: what went, what the deletion brake holds back, and what people decide about either."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from cuelight.api.causes import CauseItem, cause_item
from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.api.providers import expect_provider
from cuelight.asgi import Access, Call, Query, get, post
from cuelight.catalog import Choice, Decision, approve, restore
from cuelight.catalog.queries import Deletion, get_deletion, list_deletions
from cuelight.clock import isoformat
from cuelight.errors import NotFoundError

State = Literal["held", "restored", "moving", "done", "approved", "moved", "returned"]
Ids = Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class DeletionWindow(Window, frozen=True, kw_only=True):
    """Of one state, of one provider, or all."""

    state: State | None = None
    provider: str | None = None


class DeletionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A deletion: `held`, `restored` and `moving` ones live on; `done`, `approved` and `moved` ones are gone.

    `origin` let go of the entity; with it go, or went, `entities` in all; `part_of` is the deletion that it went with.
    """

    id: str
    entity_ref: str
    provider: str | None
    origin: str
    state: str
    reason: str
    at: str
    ended_at: str | None
    entities: int
    part_of: str | None
    cause: CauseItem | None


class DeletionAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A deletion with the entity as it is, or was at last (null: it was never served), and what goes or went along."""

    deletion: DeletionItem
    entity: msgspec.Raw
    parts: Sequence[str]


class ApproveBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which deletions to approve: by id, all of a provider, or all there are. `dry_run` only tells what would go."""

    ids: Ids = ()
    provider: str | None = None
    all: bool = False
    dry_run: bool = False


class RestoreBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which deletions to take back. `dry_run` only tells what would come back."""

    ids: Annotated[Ids, msgspec.Meta(min_length=1)]
    dry_run: bool = False


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """So many deletions were decided about, so many entities went or came back by that; the first 100 of their refs."""

    dry_run: bool
    deletions: int
    entities: int
    refs: Sequence[str]


class _Place(msgspec.Struct, frozen=True, array_like=True):
    id: str


@get("/api/cuelight/v1/deletions", DeletionWindow, access=Access.READ)
async def deletions(context: Context, call: Call[DeletionWindow, None]) -> ItemList[DeletionItem]:
    """Deletions, newest first; 404 for a provider that there is not."""
    query = call.query
    place = read_cursor(query.after, _Place)
    before = None if place is None else place.id
    found = await list_deletions(
        context.db, limit=query.limit, state=query.state, provider=query.provider, before=before
    )
    if not found:
        await expect_provider(context, query.provider)
    more = len(found) == query.limit
    return ItemList(
        items=[_item(each) for each in found], next_cursor=write_cursor(_Place(found[-1].id)) if more else None
    )


@get("/api/cuelight/v1/deletions/{id}", Query, access=Access.READ)
async def deletion(context: Context, call: Call[Query, None]) -> DeletionAnswer:
    """One deletion, with the entity and what goes or went along."""
    found = await get_deletion(context.db, call.path["id"])
    if found is None:
        raise NotFoundError(f"there is no deletion {call.path['id']}; it may be older than 30 days")
    entity = msgspec.Raw((found.entity or "null").encode())
    return DeletionAnswer(deletion=_item(found.deletion), entity=entity, parts=found.parts)


@post("/api/cuelight/v1/deletions/approve", Query, ApproveBody, access=Access.OPERATE)
async def approve_deletions(context: Context, call: Call[Query, ApproveBody]) -> DecisionAnswer:
    """Delete what is held back; 404 for a provider that there is not."""
    body = call.body
    choice = Choice(ids=body.ids, provider=body.provider, everything=body.all)
    decision = await approve(context.db, choice, dry_run=body.dry_run)
    if not decision.deletions:
        await expect_provider(context, body.provider)
    return _decided(decision, dry_run=body.dry_run)


@post("/api/cuelight/v1/deletions/restore", Query, RestoreBody, access=Access.OPERATE)
async def restore_deletions(context: Context, call: Call[Query, RestoreBody]) -> DecisionAnswer:
    """Bring back what was deleted, until a source names it again or its deletion is approved."""
    body = call.body
    return _decided(await restore(context.db, body.ids, dry_run=body.dry_run), dry_run=body.dry_run)


ENDPOINTS = (
    deletions,
    approve_deletions,
    restore_deletions,
    deletion,
)  # verbs before ids: the first path that fits answers


def _item(found: Deletion) -> DeletionItem:
    return DeletionItem(
        id=found.id,
        entity_ref=found.entity_ref,
        provider=found.provider or None,
        origin=found.origin,
        state=found.state,
        reason=found.reason,
        at=isoformat(found.at),
        ended_at=None if found.ended_at is None else isoformat(found.ended_at),
        entities=found.entities,
        part_of=found.part_of,
        cause=None if found.cause is None else cause_item(found.cause),
    )


def _decided(decision: Decision, *, dry_run: bool) -> DecisionAnswer:
    return DecisionAnswer(dry_run=dry_run, deletions=decision.deletions, entities=decision.entities, refs=decision.refs)
