"""`cuelight entities`: what the catalog holds, over Backstage's API."""

from typing import Annotated, Final
from urllib.parse import quote

from cyclopts import App, Parameter

from cuelight.cli.client import Client, Document
from cuelight.cli.output import note, print_list, print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.cli.selection import Selection, selected
from cuelight.model import parse_ref

app = App(name="entities", help="List the catalog's entities, or get one.")

_COLUMNS: Final = {
    "KIND": "kind",
    "NAMESPACE": "metadata.namespace",
    "NAME": "metadata.name",
    "TYPE": "spec.type",
    "OWNER": "spec.owner",
    "LIFECYCLE": "spec.lifecycle",
}


EVERYTHING: Final = Selection()
"""No filter, all fields."""


@app.command(name="list")
def list_(*, selection: Selection = EVERYTHING, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """List entities, sorted by their refs, or with --query, --full-text or --order by a field.

    For example:

        cuelight entities list
        cuelight entities list --filter kind=component --filter kind=api
        cuelight entities list --full-text payment --order metadata.name,desc
        cuelight entities list --query '{"$not": {"spec.lifecycle": "production"}}'
        cuelight entities list --fields metadata.name,spec.owner -o jsonl
    """
    with Client(remote) as client:
        found = selected(client, selection)
    columns = {field: field for field in selection.projected} or _COLUMNS
    print_list(found[: selection.limit], columns, output)
    if len(found) > selection.limit:
        note(
            f"{selection.limit} entities are shown; for others: --limit, or --offset {selection.offset + selection.limit}"
        )


@app.command
def get(
    ref: Annotated[str, Parameter(help="Like component:default/artist-lookup; the namespace may be left out.")],
    /,
    *,
    output: Output = Form.YAML,
    remote: Remote = LOCAL,
) -> None:
    """Get one entity.

    For example:

        cuelight entities get component:artist-lookup
        cuelight entities get group:default/team-a -o json
    """
    parsed = parse_ref(ref)
    parts = (quote(part, safe="") for part in (parsed.kind, parsed.namespace, parsed.name))
    with Client(remote) as client:
        print_one(client.get(f"/api/catalog/entities/by-name/{'/'.join(parts)}", kind=Document), output)
