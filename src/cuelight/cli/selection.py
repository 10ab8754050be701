"""Which entities `cuelight entities list` is to show, and how the catalog API is asked for them.

Where only filters are given, that is its plain list, which comes in the order of refs. A predicate, a text or an order
makes a query of it, which is read page by page.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from cuelight.cli.client import Client, Document
from cuelight.errors import InputError
from cuelight.model import parse_filters
from cuelight.model.filters import Condition

_ENTITIES: Final = "/api/catalog/entities"
_QUERIES: Final = "/api/catalog/entities/by-query"
_JSON: Final = {"content-type": "application/json"}
LARGEST: Final = 1000
"""Entities that are asked for at a time."""
_SEARCHED: Final = ("metadata.name", "metadata.title", "metadata.description", "metadata.tags")
"""Where a text is looked for, unless fields are named."""
_ORDER: Final = "metadata.name"
"""What a query is sorted by, unless a field is named: every entity has it."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which entities, and what of them."""

    filter: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = ()
    """Like kind=component,spec.type=service: all of one, and any of several."""
    query: str | None = None
    """A predicate in JSON: {"spec.type": {"$in": ["service", "website"]}}."""
    full_text: str | None = None
    """Only those that hold this text, in any case."""
    full_text_fields: str | None = None
    """Where to look for it, parted by commas [default: name, title, description and tags]."""
    order: str | None = None
    """A field to sort by, and which way: metadata.name or spec.type,desc. What lacks it is left out."""
    fields: str | None = None
    """Only these fields, parted by commas: kind,metadata.name."""
    limit: Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))] = 500
    """At most so many."""
    offset: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """Leave out so many at the beginning."""

    @property
    def projected(self) -> list[str]:
        """The fields that are asked for."""
        return _parts(self.fields)


def selected(client: Client, selection: Selection) -> list[Document]:
    """The entities of *selection*, with one more than its limit where there are more. InputError for one that is none."""
    if selection.full_text_fields and not selection.full_text:
        raise InputError("--full-text-fields says where to look for a text; give it with --full-text")
    if selection.query is None and selection.full_text is None and selection.order is None:
        return client.get(_ENTITIES, _parameters(selection), kind=list[Document])
    return list(islice(_queried(client, selection), selection.limit + 1))


class _PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    next_cursor: str | None = None


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    items: Sequence[Document]
    page_info: _PageInfo


def _parameters(selection: Selection) -> list[tuple[str, str]]:
    filters = [("filter", each) for each in selection.filter]
    fields = [("fields", selection.fields)] if selection.fields else []
    return [*filters, *fields, ("limit", str(selection.limit + 1)), ("offset", str(selection.offset))]


def _queried(client: Client, selection: Selection) -> Iterator[Document]:
    """All entities of a query, a page at a time."""
    every_page: Document = {"limit": min(selection.limit + 1, LARGEST)}
    if selection.projected:
        every_page["fields"] = selection.projected
    asked = _question(selection)
    while True:
        answer = client.post(_QUERIES, msgspec.json.encode({**every_page, **asked}), _JSON)
        page = client.understood(answer, _Page)
        yield from page.items
        if page.page_info.next_cursor is None:
            return
        asked = {"cursor": page.page_info.next_cursor}


def _question(selection: Selection) -> Document:
    field, direction = _order(selection.order)
    question: Document = {
        "query": _all_of([*_predicate(selection.query), *_as_predicate(selection.filter)]),
        "orderBy": [{"field": field, "order": direction}],
        "offset": selection.offset,
        "totalItems": "exclude",
    }
    if selection.full_text is not None:
        searched = _parts(selection.full_text_fields) or _SEARCHED
        question["fullTextFilter"] = {"term": selection.full_text, "fields": searched}
    return question


def _order(order: str | None) -> tuple[str, str]:
    field, comma, direction = (_ORDER if order is None else order).partition(",")
    if not field or (comma and direction not in {"asc", "desc"}):
        raise InputError(f"--order is {order!r}; write it like metadata.name or metadata.name,desc")
    return field, direction or "asc"


def _all_of(predicates: Sequence[Document]) -> Document:
    """What meets all of *predicates*; a single one stays as it is, for the server's words on it."""
    return predicates[0] if len(predicates) == 1 else {"$all": predicates}


def _predicate(query: str | None) -> Sequence[Document]:
    if query is None:
        return []
    try:
        read: Any = json.loads(query)
    except ValueError as error:
        raise InputError(f'--query is no JSON: {error}; write it like \'{{"kind": "component"}}\'') from error
    if not isinstance(read, dict):
        raise InputError('--query is no JSON object; write it like \'{"kind": "component"}\'')
    return [read]


def _as_predicate(filters: Sequence[str]) -> Sequence[Document]:
    """*filters* as a predicate, which is all that a query takes."""
    asked = parse_filters(filters)
    if asked is None:
        return []
    return [{"$any": [{"$all": [_matching(each) for each in conditions]} for conditions in asked.any_of]}]


def _matching(condition: Condition) -> Document:
    return {condition.key: {"$exists": True} if condition.values is None else {"$in": list(condition.values)}}


def _parts(listed: str | None) -> list[str]:
    return [part for each in (listed or "").split(",") if (part := each.strip())]
