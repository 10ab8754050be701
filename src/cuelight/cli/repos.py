"""`cuelight repos`: the repositories that are tracked, and what became of every signal on them."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number

from cuelight.cli.client import Client, Document, Parameters
from cuelight.cli.output import Row, note, print_list, print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.errors import ConflictError, NotFoundError

app = App(name="repos", help="List and show tracked repositories.")

_REPOSITORIES: Final = "/api/cuelight/v1/repositories"
_PAGE: Final = 500
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COLUMNS: Final = {
    "NAME": "fullName",
    "BRANCH": "branch",
    "STATUS": "status",
    "HEAD": "head",
    "CONFIRMED": "confirmedAt",
    "DUE": "dueAt",
    "PROVIDER": "provider",
    "REASON": "reason",
}

Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=100_000), help="At most so many.")]


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a list; `next_cursor` asks for what follows."""

    items: Sequence[Document]
    next_cursor: str | None = None


@app.command(name="list")
def list_(
    *,
    provider: Annotated[str | None, Parameter(help="Of this provider: github-provider:default.")] = None,
    status: Annotated[
        Literal["candidate", "tracked", "excluded", "gone"] | None, Parameter(help="In this status.")
    ] = None,
    limit: Limit = 500,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """List tracked repositories by name.

    For example:

        cuelight repos list
        cuelight repos list --status excluded -o jsonl
    """
    filters = [(name, value) for name, value in (("provider", provider), ("status", status)) if value]
    with Client(remote) as client:
        print_list(list(_pages(client, filters, limit)), _COLUMNS, output)


@app.command
def show(
    repository: Annotated[str, Parameter(help="Its name, acme/shop, or the id that `repos list -o json` has.")],
    /,
    *,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Show one repository with its signals, the last looks at it, and its files.

    For example:

        cuelight repos show acme/shop
        cuelight repos show acme/shop -o yaml
    """
    with Client(remote) as client:
        row_id = repository if _ID.fullmatch(repository) else _find(client, repository)
        print_one(client.get(f"{_REPOSITORIES}/{quote(row_id, safe='')}", kind=Document), output)


def _find(client: Client, name: str) -> str:
    """The id of the repository called *name*; ConflictError where several branches of it are tracked."""
    found = [item for item in _pages(client, [("name", name)], _PAGE) if _called(item, name)]
    if not found:
        raise NotFoundError(f"no repository {name} is tracked; see: cuelight repos list")
    if len(found) > 1:
        several = ", ".join(f"{item.get('id')} ({item.get('provider')} {item.get('branch')})" for item in found)
        raise ConflictError(f"{name} is tracked more than once; show one of them by its id: {several}")
    return str(found[0].get("id"))


def _called(item: Row, name: str) -> bool:
    return str(item.get("fullName", "")).casefold() == name.casefold()


def _pages(client: Client, filters: Parameters, limit: int) -> Iterator[Row]:
    """At most *limit* repositories, page by page."""
    cursor: str | None = None
    while limit > 0:
        parameters = [*filters, ("limit", str(min(limit, _PAGE))), *([("after", cursor)] if cursor else [])]
        page = client.get(_REPOSITORIES, parameters, kind=Page)
        yield from page.items
        limit -= len(page.items)
        cursor = page.next_cursor
        if cursor is None or not page.items:
            return
    if cursor is not None:
        note("there are more: raise --limit")
