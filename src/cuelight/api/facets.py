"""Backstage's facets: which values a field has, each in how many entities."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.asgi import Access, Answer, Call, Query, concealed_as, get, json_answer, post
from cuelight.catalog.queries import Facet, facets_of
from cuelight.errors import InputError
from cuelight.model import parse_filters, parse_query

Names = Annotated[tuple[str, ...], msgspec.Meta(max_length=100)]


class FacetQuery(Query, frozen=True, kw_only=True):
    """Which fields (`facet=kind&facet=metadata.tags`), in which entities."""

    facet: Names
    filter: tuple[str, ...] = ()


class FacetBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which fields, in the entities that meet the predicate `query`."""

    facets: Names
    query: dict[str, Any] | UnsetType = UNSET


class FacetsAnswer(msgspec.Struct, frozen=True):
    """For each field as it was asked for, its values in their order."""

    facets: Mapping[str, Sequence[Facet]]


@concealed_as(lambda call: FacetsAnswer(dict.fromkeys(call.query.facet, ())))
@get("/entity-facets", FacetQuery, access=Access.READ, answers=Answer(type=FacetsAnswer))
async def facets(context: Context, call: Call[FacetQuery, None]) -> Response:
    """The values of fields, in the entities that meet a filter."""

    async def make() -> Response:
        asked = parse_filters(call.query.filter)
        found = await facets_of(context.db, call.query.facet, filter=asked, columns=context.columns)
        return json_answer(FacetsAnswer(found))

    return await context.remembered.answer(context.db, b"/entity-facets?" + call.request.scope["query_string"], make)


@concealed_as(lambda call: FacetsAnswer(dict.fromkeys(call.body.facets, ())))
@post("/entity-facets", Query, FacetBody, access=Access.READ)
async def facets_by_predicate(context: Context, call: Call[Query, FacetBody]) -> FacetsAnswer:
    """The values of fields, in the entities that meet a predicate."""
    body = call.body
    names = tuple(filter(None, body.facets))
    if not names:
        raise InputError("Missing or empty facets parameter")
    query = None if body.query is UNSET else parse_query(body.query)
    return FacetsAnswer(await facets_of(context.db, names, query=query, columns=context.columns))


ENDPOINTS = (facets, facets_by_predicate)
