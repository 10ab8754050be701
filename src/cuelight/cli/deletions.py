"""`cuelight deletions`: what went, what the deletion brake holds back, and deciding about either."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter

from cuelight.cli.client import Client, Document
from cuelight.cli.output import note, print_list, print_one
from cuelight.cli.pages import Limit, first
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.errors import InputError

app = App(name="deletions", help="List deletions; approve what is held back, restore what is gone.")

_DELETIONS: Final = "/api/cuelight/v1/deletions"
_COLUMNS: Final = {
    "ID": "id",
    "STATE": "state",
    "SINCE": "at",
    "PROVIDER": "provider",
    "ENTITY": "entityRef",
    "ENTITIES": "entities",
    "ORIGIN": "origin",
}

State = Literal["held", "restored", "moving", "done", "approved", "moved", "returned"]
Id = Annotated[str, Parameter(help="Ids, as `deletions list` has them.")]
Provider = Annotated[str | None, Parameter(help="Those of this provider: github-provider:default.")]
DryRun = Annotated[bool, Parameter(name="--dry-run", negative="", help="Only say what would happen.")]


@app.command(name="list")
def list_(
    *,
    state: Annotated[
        State | None, Parameter(help="Those that wait (held), that went (done, approved), and so on.")
    ] = None,
    provider: Provider = None,
    limit: Limit = 50,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """List deletions, the newest first. What is held lives on until somebody approves.

    For example:

        cuelight deletions list --state held
        cuelight deletions list --provider github-provider:default --limit 1000 -o jsonl
    """
    asked = [(name, value) for name, value in (("state", state), ("provider", provider)) if value is not None]
    with Client(remote) as client:
        print_list(first(client, _DELETIONS, asked, limit), _COLUMNS, output)


@app.command
def show(
    deletion: Annotated[str, Parameter(help="The id, as `deletions list` has it.")],
    /,
    *,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Show one deletion: why, what goes or went with it, and the entity.

    For example:

        cuelight deletions show 019b76da-0000-7000-8000-000000000000
    """
    with Client(remote) as client:
        print_one(client.get(f"{_DELETIONS}/{quote(deletion, safe='')}", kind=Document), output)


@app.command
def approve(
    *ids: Id,
    provider: Provider = None,
    everything: Annotated[
        bool, Parameter(name="--all", negative="", help="All that is held. What was restored goes by its id only.")
    ] = False,
    dry_run: DryRun = False,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Delete what is held back: with these ids, of one provider, or all of it.

    For example:

        cuelight deletions approve --provider github-provider:default --dry-run
        cuelight deletions approve 019b76da-0000-7000-8000-000000000000
    """
    given = [name for name, said in (("ids", ids), ("--provider", provider is not None), ("--all", everything)) if said]
    if not given:
        raise InputError("say which deletions to approve: their ids, or --provider, or --all")
    if len(given) > 1:
        raise InputError(f"{' and '.join(sorted(given))} do not go together; give one of them")
    chosen = {"ids": ids} if ids else {"provider": provider} if provider is not None else {"all": True}
    _decide("approve", {**chosen, "dryRun": dry_run}, output, remote)


@app.command
def restore(*ids: Id, dry_run: DryRun = False, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """Bring back what was deleted, with what went along, until a source names it or its deletion is approved again.

    For example:

        cuelight deletions restore 019b76da-0000-7000-8000-000000000000
    """
    if not ids:
        raise InputError("say which deletions to restore: their ids, as `cuelight deletions list` has them")
    _decide("restore", {"ids": ids, "dryRun": dry_run}, output, remote)


def _decide(verb: str, body: dict[str, Any], output: Form, remote: Remote) -> None:
    with Client(remote) as client:
        answer = client.post(f"{_DELETIONS}/{verb}", msgspec.json.encode(body), {"content-type": "application/json"})
    print_one(answer, output)
    if body["dryRun"]:
        note("nothing was done; leave out --dry-run to do it")
