"""The lists of the server's own API, page by page, for the verbs that print them."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from cuelight.cli.client import Client, Document, Parameters
from cuelight.cli.output import Row, note

LARGEST: Final = 500
"""Items that the server gives at a time, at most."""

Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=100_000), help="At most so many.")]


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a list; `next_cursor` asks for what may follow."""

    items: Sequence[Document]
    next_cursor: str | None = None


def first(client: Client, path: str, asked: Parameters, limit: int) -> list[Row]:
    """The first *limit* items of the list at *path*; a person is told where there are more, for which one more is asked."""
    found = list(islice(every(client, path, asked, size=min(limit + 1, LARGEST)), limit + 1))
    if len(found) > limit:
        note("there are more: raise --limit")
    return found[:limit]


def every(client: Client, path: str, asked: Parameters, *, size: int = LARGEST) -> Iterator[Row]:
    """All items of the list at *path*, asked for *size* at a time."""
    cursor: str | None = None
    while True:
        after = [("after", cursor)] if cursor else []
        page = client.get(path, [*asked, ("limit", str(size)), *after], kind=Page)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None or not page.items:
            return
