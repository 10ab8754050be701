"""`cuelight runs`: the sweeps, scans and verifications that were asked for, and what they came to."""

from typing import Annotated, Final, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from cuelight.cli.client import Client, Document
from cuelight.cli.output import print_list, print_one
from cuelight.cli.pages import Limit, first
from cuelight.cli.parameters import LOCAL, Form, Output, Remote

app = App(name="runs", help="List and show sweeps, scans and verifications.")

_RUNS: Final = "/api/cuelight/v1/runs"
_COLUMNS: Final = {
    "ID": "id",
    "KIND": "kind",
    "STATE": "state",
    "BY": "askedBy",
    "REQUESTED": "requestedAt",
    "FINISHED": "finishedAt",
    "ERROR": "error",
}


@app.command(name="list")
def list_(
    *,
    kind: Annotated[Literal["sweep", "scan", "verify"] | None, Parameter(help="Of this kind.")] = None,
    limit: Limit = 50,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """List runs, the newest first.

    For example:

        cuelight runs list
        cuelight runs list --kind scan -o jsonl
    """
    asked = [("kind", kind)] if kind else []
    with Client(remote) as client:
        print_list(first(client, _RUNS, asked, limit), _COLUMNS, output)


@app.command
def show(
    run: Annotated[str, Parameter(help="The id, as `runs list` has it.")],
    /,
    *,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Show one run: how far it is, or what it came to.

    For example:

        cuelight runs show 019b76da-0000-7000-8000-000000000000
    """
    with Client(remote) as client:
        print_one(client.get(f"{_RUNS}/{quote(run, safe='')}", kind=Document), output)
