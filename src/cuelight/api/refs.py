"""Backstage's batch of entities: those of these refs, in this order, null for what there is not."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.api.wire import EntityParts, joined
from cuelight.asgi import Access, Answer, Call, Query, concealed_as, json_text, post
from cuelight.catalog.queries import entities_by_refs
from cuelight.model import parse_fields, parse_filters, parse_query

Refs = Annotated[tuple[str, ...], msgspec.Meta(max_length=10_000)]


class RefsFilter(Query, frozen=True, kw_only=True):
    """Of what is named only that which meets one of these."""

    filter: tuple[str, ...] = ()


class RefsBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whole refs in lower case: what is written otherwise names nothing. `fields` and `query` are as in queries."""

    unread: ClassVar[str] = (
        "Malformed request body (did you remember to specify an application/json content type?), "
        'Validation error: Required at "entityRefs"'
    )

    entity_refs: Refs
    fields: tuple[str, ...] = ()
    query: dict[str, Any] | UnsetType = UNSET


class BatchAnswer(msgspec.Struct, frozen=True):
    """As many items as refs."""

    items: Sequence[EntityParts | None]


@concealed_as(lambda call: BatchAnswer([None] * len(call.body.entity_refs)))
@post("/entities/by-refs", RefsFilter, RefsBody, access=Access.READ, answers=Answer(type=BatchAnswer))
async def entities_with_refs(context: Context, call: Call[RefsFilter, RefsBody]) -> Response:
    """The entities of these refs."""
    body = call.body
    projection = parse_fields(exact=body.fields)
    query = None if body.query is UNSET else parse_query(body.query, in_batch=True)
    asked = parse_filters(call.query.filter)
    texts = await entities_by_refs(context.db, body.entity_refs, filter=asked, query=query)
    return json_text(b'{"items":[%b]}' % await joined(texts, projection))


ENDPOINTS = (entities_with_refs,)
