"""`cuelight entities`: what the catalog holds, over Backstage's API."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from cyclopts import App, Parameter
from cyclopts.validators import Number

from cuelight.cli.client import Client, Document
from cuelight.cli.output import note, print_list, print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
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


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which entities, and what of them."""

    filter: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = ()
    """Like kind=component,spec.type=service: all of one, and any of several."""
    fields: str | None = None
    """Only these fields, parted by commas: kind,metadata.name."""
    limit: Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))] = 500
    """At most so many."""
    offset: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """Leave out so many at the beginning."""

    def parameters(self) -> list[tuple[str, str]]:
        """The same as parameters of Backstage's API; one more than the limit tells whether there are others."""
        filters = [("filter", each) for each in self.filter]
        fields = [("fields", self.fields)] if self.fields else []
        return [*filters, *fields, ("limit", str(self.limit + 1)), ("offset", str(self.offset))]

    def columns(self) -> dict[str, str]:
        """The columns of a table: the fields that were asked for, else the usual ones."""
        return {field.strip(): field.strip() for field in self.fields.split(",")} if self.fields else _COLUMNS


EVERYTHING: Final = Selection()
"""No filter, all fields."""


@app.command(name="list")
def list_(*, selection: Selection = EVERYTHING, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """List entities.

    For example:

        cuelight entities list
        cuelight entities list --filter kind=component --filter kind=api
        cuelight entities list --fields metadata.name,spec.owner -o jsonl
    """
    with Client(remote) as client:
        found = client.get("/api/catalog/entities", selection.parameters(), kind=list[Document])
    print_list(found[: selection.limit], selection.columns(), output)
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
