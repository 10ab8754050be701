"""`cuelight locations`: what is registered, over Backstage's API."""

from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter

from cuelight.cli.client import Client, Document
from cuelight.cli.output import note, print_list, print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.cli.targets import mended
from cuelight.errors import InputError, NotFoundError
from cuelight.model.weburl import is_url

app = App(name="locations", help="List, register and unregister locations.")

_LOCATIONS: Final = "/api/catalog/locations"
_JSON: Final = {"content-type": "application/json"}
_COLUMNS: Final = {"ID": "id", "TYPE": "type", "TARGET": "target", "ENTITY": "entityRef"}
_ENTITIES: Final = {
    "KIND": "kind",
    "NAMESPACE": "metadata.namespace",
    "NAME": "metadata.name",
    "FROM": "metadata.annotations.backstage.io/managed-by-location",
}

DryRun = Annotated[bool, Parameter(name="--dry-run", negative="", help="Only say what would happen.")]


class Listed(msgspec.Struct, frozen=True):
    """A location as the list has it."""

    data: Document


class Registration(msgspec.Struct, frozen=True):
    """What the server says of a location that was registered, or tried out."""

    location: Document
    entities: list[Document]
    exists: bool = False


@app.command(name="list")
def list_(*, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """List registered locations; those of the configuration are not registered.

    For example:

        cuelight locations list
        cuelight locations list -o jsonl
    """
    with Client(remote) as client:
        print_list(_listed(client), _COLUMNS, output)


@app.command
def add(
    target: Annotated[str, Parameter(help="The URL of a descriptor; it may hold globs.")],
    /,
    *,
    refresh: Annotated[
        bool, Parameter(negative="", help="Have what is registered already looked at again, instead of failing.")
    ] = False,
    dry_run: DryRun = False,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Register a location. With --dry-run the entities are printed that it would bring.

    The exit status is 2 where it cannot be registered, and 6 where it is already.

    For example:

        cuelight locations add https://github.com/acme/shop/blob/main/catalog-info.yaml --dry-run
        cuelight locations add https://github.com/acme/shop/blob/main/catalog-info.yaml
    """
    if not is_url(target):
        raise InputError(f"{target} is no URL, which is what a server can read; to check a file: cuelight validate")
    asked = [name for name, wanted in (("dryRun=true", dry_run), ("onConflict=refresh", refresh)) if wanted]
    path = f"{_LOCATIONS}?{'&'.join(asked)}" if asked else _LOCATIONS
    with Client(remote) as client:
        answer = _registered(client, path, target)
    if dry_run:
        print_list(answer.entities, _ENTITIES, output)
        known = " It is registered already." if answer.exists else ""
        note(f"nothing was done; leave out --dry-run to do it.{known}")
    else:
        print_one(answer.location, output)


@app.command
def remove(
    *locations: Annotated[str, Parameter(help="Ids, as `locations list` has them, or targets.")],
    dry_run: DryRun = False,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Unregister locations: what lives by them alone is deleted at once.

    For example:

        cuelight locations remove https://github.com/acme/shop/blob/main/catalog-info.yaml --dry-run
        cuelight locations remove 5f0c0d6e-7a53-4a41-9a3c-2b8a5a1f8f10
    """
    if not locations:
        raise InputError(
            "say which locations to unregister: their ids or targets, as `cuelight locations list` has them"
        )
    with Client(remote) as client:
        known = _listed(client)
        chosen = [_chosen(known, each) for each in locations]
        for location in () if dry_run else chosen:
            client.delete(f"{_LOCATIONS}/{quote(str(location['id']), safe='')}")
    print_list(chosen, _COLUMNS, output)
    if dry_run:
        note("nothing was done; leave out --dry-run to do it")


def _registered(client: Client, path: str, target: str) -> Registration:
    try:
        answer = client.post(path, msgspec.json.encode({"type": "url", "target": target}), _JSON)
    except InputError as error:
        raise mended(error, target) from None
    return client.understood(answer, Registration)


def _listed(client: Client) -> list[Document]:
    return [each.data for each in client.get(_LOCATIONS, kind=list[Listed])]


def _chosen(known: list[Document], named: str) -> Document:
    """The location whose id or target is *named*; NotFoundError where there is none."""
    found = next((each for each in known if named in {each.get("id"), each.get("target")}), None)
    if found is None:
        raise NotFoundError(f"no registered location has the id or the target {named}; see: cuelight locations list")
    return found
