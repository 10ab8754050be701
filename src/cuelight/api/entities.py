"""Backstage's list of entities, as it was before queries: all of them, or a page with a link to the next.

A list that names neither limit nor offset is sent as it is read, a batch at a time, so that its length costs the server
nothing.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse

from cuelight.api.context import Context
from cuelight.api.wire import EntityParts, joined
from cuelight.asgi import JSON, Access, Answer, Call, Query, concealed_as, get, json_text
from cuelight.asgi.parameters import MAX_INTEGER, Listed
from cuelight.catalog.queries import (
    Batch,
    Listing,
    Order,
    page_of_entities,
    run_of_entities,
    runs_of_entities,
)
from cuelight.db import Database
from cuelight.errors import InputError
from cuelight.model import Projection, parse_fields, parse_filters

Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class EntityList(Query, frozen=True, kw_only=True):
    """Without limit, offset and after, all entities come at once."""

    fields: Annotated[Listed, Meta(description="Only these parts: `kind,metadata.name`.")] = ()
    limit: Annotated[Count, Meta(description="At most so many; a Link then leads to the next.")] | None = None
    filter: Annotated[
        tuple[str, ...], Meta(description="`kind=component,spec.type`: all of one parameter, and any of several.")
    ] = ()
    offset: Annotated[Count, Meta(description="Leave out so many at the beginning.")] | None = None
    after: Annotated[str, Meta(description="What a Link has; it holds limit and offset.")] | None = None
    order: Annotated[tuple[str, ...], Meta(description="`asc:field` or `desc:field`, the first one first.")] = ()


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, and what of them."""

    listing: Listing
    projection: Projection | None


class _Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page: what `after` holds."""

    limit: Count | None = None
    offset: Count | None = None


@concealed_as(lambda _: [])
@get("/entities", EntityList, access=Access.READ, answers=Answer(type=list[EntityParts]))
async def entities(context: Context, call: Call[EntityList, None]) -> Response:
    """The entities that a filter selects: all of them, or a page with a Link to the next."""
    query = call.query
    asked = _Asked(
        listing=Listing(filter=parse_filters(query.filter), orders=tuple(map(_order, query.order))),
        projection=parse_fields(query.fields),
    )
    window = _window(query)
    query_string = call.request.scope["query_string"]

    async def make() -> Response:
        if window is None:
            return await _whole(context.db, asked)
        return await _page(context.db, asked, window, query_string)

    return await context.remembered.answer(context.db, b"/entities?" + query_string, make)


ENDPOINTS = (entities,)


async def _whole(db: Database, asked: _Asked) -> Response:
    first = await run_of_entities(db, asked.listing)
    if first.after is None:
        return json_text(b"[%b]" % await joined(first.texts, asked.projection))
    batches = runs_of_entities(db, asked.listing, first)
    return StreamingResponse(_array(batches, asked.projection), headers={"Content-Type": JSON})


async def _array(batches: AsyncIterator[Batch], projection: Projection | None) -> AsyncIterator[bytes]:
    opening = b"["
    async for batch in batches:
        if batch.texts:
            yield opening + await joined(batch.texts, projection)
            opening = b","
    yield b"]"


async def _page(db: Database, asked: _Asked, window: _Window, query_string: bytes) -> Response:
    limit, offset = window.limit or MAX_INTEGER, window.offset or 0
    texts = await page_of_entities(db, asked.listing, limit=limit + 1, offset=offset)
    body = b"[%b]" % await joined(texts[:limit], asked.projection)
    if len(texts) <= limit:
        return json_text(body)
    return json_text(body, headers={"Link": _link(query_string, _Window(limit=limit, offset=offset + limit))})


def _order(parameter: str) -> Order:
    direction, colon, field = parameter.partition(":")
    if not colon or not field or direction not in ("asc", "desc"):
        raise InputError(f'Invalid order parameter "{parameter}", expected "<asc or desc>:<field name>"')
    return Order(field, descending=direction == "desc")


def _window(query: EntityList) -> _Window | None:
    """The page that *query* asks for, None where it asks for everything; what `after` says goes first."""
    if query.after is not None:
        window = _read_after(query.after)
        window = _Window(
            limit=query.limit if window.limit is None else window.limit,
            offset=query.offset if window.offset is None else window.offset,
        )
    else:
        window = _Window(limit=query.limit, offset=query.offset)
    if window.limit == 0:
        raise InputError("Invalid limit, must be greater than zero")
    return None if window == _Window() else window


def _read_after(after: str) -> _Window:
    try:
        sent = msgspec.json.decode(b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True))
    except (ValueError, msgspec.DecodeError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise InputError("Malformed after cursor, could not be parsed")
    for name, kind in (("limit", "an number"), ("offset", "a number")):  # in Backstage's words
        if not _is_count(sent.get(name, 0)):
            raise InputError(f"Malformed after cursor, {name} was not {kind}")
    return _Window(limit=sent.get("limit"), offset=sent.get("offset"))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER


def _link(query_string: bytes, following: _Window) -> str:
    """The Link to the next page; its address is relative to the plugin, as Backstage has it."""
    after = ("after", urlsafe_b64encode(msgspec.json.encode(following)).decode())
    sent = [pair for pair in parse_qsl(query_string.decode("latin-1")) if pair[0] != "offset"]
    kept = [after if pair[0] == "after" else pair for pair in sent]
    return f'</entities?{urlencode(kept if after in kept else [*kept, after])}>; rel="next"'
