"""Backstage's queries: filter, predicate, full text and order, page by page with cursors that go both ways.

A cursor holds the whole question, so whatever comes along with it is left aside, but for `limit` and `fields`. It is
one of ours, and no JSON: a client of Backstage would take that for a reason to change from GET to POST.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.api.entities import Count
from cuelight.api.wire import EntityParts, joined
from cuelight.asgi import Access, Answer, Call, Query, concealed_as, get, json_text, post
from cuelight.asgi.parameters import MAX_INTEGER, Listed
from cuelight.catalog.queries import FullText, Order, Part, QueryPage, Question, continue_query, query_entities
from cuelight.errors import InputError
from cuelight.model import Projection, parse_fields, parse_filters, parse_query

USUAL = 200
"""Entities of a page where nobody says how many."""
MOST = 10_000
"""Entities of a page; a client that follows the cursors gets them all."""

Number = Annotated[float, msgspec.Meta(le=MAX_INTEGER)]
Strings = tuple[str, ...]
Counting = Annotated[
    str, msgspec.Meta(pattern="^(include|exclude)$", extra_json_schema={"enum": ["include", "exclude"]})
]
"""A Literal would be named in the order of the alphabet, and not in Backstage's."""


class EntityQuery(Query, frozen=True, kw_only=True):
    """A cursor holds the whole question: beside it, only `limit` and `fields` are looked at."""

    fields: Annotated[Listed, Meta(description="Only these parts: `kind,metadata.name`.")] = ()
    limit: Annotated[Count, Meta(description="Entities of a page; 0 only counts them.")] = USUAL
    offset: Annotated[Count, Meta(description="Leave out so many at the beginning.")] = 0
    order_field: Annotated[
        Strings,
        Meta(description="`field,asc` or `field,desc`; what lacks the field is left out. Only the first counts."),
    ] = ()
    cursor: Annotated[str, Meta(description="`nextCursor` or `prevCursor` of an answer.")] | None = None
    filter: Annotated[
        Strings, Meta(description="`kind=component,spec.type`: all of one parameter, and any of several.")
    ] = ()
    total_items: Annotated[
        Literal["include", "exclude"], Meta(description="Whether all pages are counted, which costs time.")
    ] = "include"
    full_text_filter_term: Annotated[str, Meta(description="What holds this text, in any case.")] | None = None
    full_text_filter_fields: Annotated[
        Listed, Meta(description="Where it is looked for; by default the field of the order, else `metadata.uid`.")
    ] = ()


class OrderBody(msgspec.Struct, frozen=True, kw_only=True):
    """A field, and which way."""

    field: str
    order: Literal["asc", "desc"]


class FullTextBody(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and the fields to look for it in: by default the one that the answer is ordered by."""

    term: str | UnsetType = UNSET
    fields: Strings | UnsetType = UNSET


class QueryBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of `POST /entities/by-query`; `query` is a predicate (`{"$all": [{"kind": "component"}, {"$not": {…}}]}`)."""

    cursor: str | UnsetType = UNSET
    limit: Number = USUAL
    offset: Number = 0
    order_by: tuple[OrderBody, ...] = ()
    full_text_filter: FullTextBody | UnsetType = UNSET
    fields: Strings = ()
    total_items: Counting = "include"
    query: dict[str, Any] | UnsetType = UNSET


class PageInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Cursors to the pages before and after; what there is not is left out."""

    next_cursor: str | UnsetType = UNSET
    prev_cursor: str | UnsetType = UNSET


class QueryAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A page; `total_items` is 0 where it was not to be counted."""

    items: Sequence[EntityParts]
    total_items: int
    page_info: PageInfo


NOTHING: Final = QueryAnswer(items=(), total_items=0, page_info=PageInfo())


@concealed_as(lambda _: NOTHING)
@get("/entities/by-query", EntityQuery, access=Access.READ, answers=Answer(type=QueryAnswer))
async def query(context: Context, call: Call[EntityQuery, None]) -> Response:
    """A page of the entities that meet a filter and hold a text."""
    key = b"/entities/by-query?" + call.request.scope["query_string"]
    return await context.remembered.answer(context.db, key, lambda: _queried(context, call.query))


@concealed_as(lambda _: NOTHING)
@post("/entities/by-query", Query, QueryBody, access=Access.READ, answers=Answer(type=QueryAnswer))
async def query_by_predicate(context: Context, call: Call[Query, QueryBody]) -> Response:
    """A page of the entities that meet a predicate and hold a text."""
    asked = call.body
    projection = parse_fields(asked.fields)
    limit, offset = _limit(_whole(asked.limit, "limit")), _whole(asked.offset, "offset")
    if asked.cursor is not UNSET:
        return await _answer(
            await continue_query(context.db, _given(asked.cursor), limit=limit, columns=context.columns), projection
        )
    question = Question(
        query=None if asked.query is UNSET else parse_query(asked.query),
        full_text=_text(asked.full_text_filter),
        order=Order(asked.order_by[0].field, descending=asked.order_by[0].order == "desc") if asked.order_by else None,
    )
    part = Part(limit=limit, offset=offset, counted=asked.total_items == "include")
    return await _answer(await query_entities(context.db, question, part, columns=context.columns), projection)


ENDPOINTS = (query_by_predicate, query)


async def _queried(context: Context, asked: EntityQuery) -> Response:
    projection = parse_fields(asked.fields)
    if asked.cursor is not None:
        return await _answer(
            await continue_query(context.db, asked.cursor, limit=_limit(asked.limit), columns=context.columns),
            projection,
        )
    text = None
    if asked.full_text_filter_term is not None:
        text = FullText(asked.full_text_filter_term, _parts(asked.full_text_filter_fields))
    question = Question(filter=parse_filters(asked.filter), full_text=text, order=_order_of(asked.order_field))
    part = Part(limit=_limit(asked.limit), offset=asked.offset, counted=asked.total_items == "include")
    return await _answer(await query_entities(context.db, question, part, columns=context.columns), projection)


async def _answer(page: QueryPage, projection: Projection | None) -> Response:
    around = PageInfo(
        next_cursor=UNSET if page.next is None else page.next,
        prev_cursor=UNSET if page.previous is None else page.previous,
    )
    items = await joined(page.texts, projection)
    return json_text(b'{"items":[%b],"totalItems":%d,"pageInfo":%b}' % (items, page.total, msgspec.json.encode(around)))


def _order_of(parameters: Sequence[str]) -> Order | None:
    """The first of *parameters*, which are all looked at: Backstage sorts by one field alone."""
    orders = [_order(parameter) for parameter in parameters]
    return orders[0] if orders else None


def _order(parameter: str) -> Order:
    field, comma, rest = parameter.partition(",")
    direction = rest.partition(",")[0]
    if comma and direction not in ("asc", "desc"):
        raise InputError("Invalid order field order, must be asc or desc")
    return Order(field, descending=direction == "desc")


def _parts(parameters: Sequence[str]) -> Strings:
    """The values of a parameter that lists them, however they were sent."""
    return tuple(part for parameter in parameters for each in parameter.split(",") if (part := each.strip()))


def _text(asked: FullTextBody | UnsetType) -> FullText | None:
    if asked is UNSET or asked.term is UNSET:
        return None
    return FullText(asked.term, () if asked.fields is UNSET else asked.fields)


def _given(cursor: str) -> str:
    if not cursor:
        raise InputError("Cursor cannot be empty")
    return cursor


def _limit(asked: int) -> int:
    return min(asked, MOST)


def _whole(number: float, name: str) -> int:
    if number < 0:
        raise InputError(f"request/body/{name} must be >= 0")
    return int(number)
