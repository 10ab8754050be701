"""`cuelight deliveries`: what hosts sent and what became of it; and sending one, as GitHub would."""

import hmac
import re
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from cuelight import __version__
from cuelight.cli.client import Client, Document
from cuelight.cli.output import note, print_list, print_one
from cuelight.cli.pages import Limit, first
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.errors import InputError, TooLargeError

app = App(name="deliveries", help="List and show webhook deliveries, or send one.")

MAX_PAYLOAD: Final = 25 * 1024**2
"""Bytes of a payload: GitHub sends no more."""
_HEADER: Final = re.compile(r"[\x20-\x7e]{1,128}")
_DELIVERIES: Final = "/api/cuelight/v1/deliveries"
_COLUMNS: Final = {
    "ID": "id",
    "RECEIVED": "receivedAt",
    "INTEGRATION": "integration",
    "EVENT": "event",
    "STATE": "state",
    "SUBJECT": "subject",
    "BYTES": "size",
}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What is around a payload."""

    event: str
    """What happened, in the host's words: push, repository, ping."""
    integration: Literal["github"] = "github"
    """Whose deliveries it is like."""
    secret: Annotated[str | None, Parameter(env_var="CUELIGHT_WEBHOOK_SECRET")] = None
    """What both sides sign with; the variable keeps it out of the list of processes."""
    delivery: str | None = None
    """The delivery's GUID [default: a new one]."""
    hook_id: str = "1"
    """The id of the webhook that it comes from."""


@app.command(name="list")
def list_(*, limit: Limit = 50, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """List deliveries, the newest first.

    For example:

        cuelight deliveries list
        cuelight deliveries list --limit 1000 -o jsonl
    """
    with Client(remote) as client:
        print_list(first(client, _DELIVERIES, (), limit), _COLUMNS, output)


@app.command
def show(
    delivery: Annotated[str, Parameter(help="The id, as `deliveries list` has it.")],
    /,
    *,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Show one delivery with its headers, its events and its body.

    For example:

        cuelight deliveries list --limit 1
        cuelight deliveries show 01JZX4Q9V2 -o json
    """
    with Client(remote) as client:
        print_one(client.get(f"{_DELIVERIES}/{quote(delivery, safe='')}", kind=Document), output)


@app.command
def send(
    file: Annotated[Path, Parameter(help="The payload; - reads standard input.", allow_leading_hyphen=True)],
    /,
    *,
    envelope: Envelope,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Send a payload to the server, signed as its host signs it, and show the answer.

    The secret is that of `events.modules.github.webhookSecret`.

    For example:

        CUELIGHT_WEBHOOK_SECRET=… cuelight deliveries send push.json --event push
        cuelight deliveries send - --event ping --secret … < ping.json
    """
    body = _payload(file)
    headers = github_headers(body, envelope)
    with Client(remote) as client:
        print_one(client.post(f"/webhooks/{envelope.integration}", body, headers), output)
    note(f"sent as {headers['x-github-delivery']}")


def github_headers(body: bytes, envelope: Envelope) -> dict[str, str]:
    """The headers that GitHub would send with *body*; InputError where one cannot be a header, or there is no secret."""
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
    if not envelope.secret:
        raise InputError("there is no secret to sign with; set CUELIGHT_WEBHOOK_SECRET, or give --secret")
    signature = hmac.digest(envelope.secret.encode(), body, "sha256").hex()
    headers = {
        "content-type": "application/json",
        "user-agent": f"GitHub-Hookshot/cuelight-{__version__}",
        "x-github-delivery": envelope.delivery or str(uuid.uuid4()),
        "x-github-event": envelope.event,
        "x-github-hook-id": envelope.hook_id,
        "x-hub-signature-256": f"sha256={signature}",
    }
    for name, value in headers.items():
        if not _HEADER.fullmatch(value):
            raise InputError(f"{value[:80]!r} cannot be the header {name}; use ASCII letters, digits and signs")
    return headers


def _payload(file: Path) -> bytes:
    """The bytes of *file*, or of standard input; InputError where they cannot be read, TooLargeError past the limit."""
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
            body = source.read(MAX_PAYLOAD + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}; name a file with the payload, or -") from error
    if len(body) > MAX_PAYLOAD:
        raise TooLargeError(f"{file} is larger than {MAX_PAYLOAD} bytes, and hosts send no more; send a smaller one")
    return body
