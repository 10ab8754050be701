"""`cuelight repos`: the repositories that are tracked, and what became of every signal on them."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from cuelight.cli.client import Client, Document
from cuelight.cli.output import Row, print_list, print_one
from cuelight.cli.pages import Limit, every, first
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.errors import ConflictError, InputError, NotFoundError

app = App(name="repos", help="List and show tracked repositories.")

_REPOSITORIES: Final = "/api/cuelight/v1/repositories"
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
        print_list(first(client, _REPOSITORIES, filters, limit), _COLUMNS, output)


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
    """The id of the repository called *name*; of several the one that is not gone, ConflictError where they are more."""
    if not name.strip():
        raise InputError("the repository's name is empty; write it like acme/shop, or give its id")
    found = [item for item in every(client, _REPOSITORIES, [("name", name)]) if _called(item, name)]
    if not found:
        raise NotFoundError(f"no repository {name} is tracked; see: cuelight repos list")
    chosen = [item for item in found if item.get("status") != "gone"] or found
    if len(chosen) > 1:
        raise ConflictError(
            f"{name} is tracked more than once; show one of them by its id: {', '.join(map(_told_apart, chosen))}"
        )
    return str(chosen[0].get("id"))


def _told_apart(item: Row) -> str:
    """What distinguishes *item* from another of its name."""
    return f"{item.get('id')} ({item.get('provider')} {item.get('branch')}, {item.get('status')})"


def _called(item: Row, name: str) -> bool:
    return str(item.get("fullName", "")).casefold() == name.casefold()
