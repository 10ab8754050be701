"""`cuelight refresh`: have an entity looked at again, and say what came of it."""

import time
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from cuelight.cli.client import Client, Document
from cuelight.cli.output import note, print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.clock import SystemClock
from cuelight.errors import ServiceUnavailableError, TimedOut
from cuelight.model import parse_ref

_REFRESHES: Final = "/api/cuelight/v1/refreshes"
LONGEST: Final = 10.0
"""Seconds that one look at the server waits there."""
PAUSE: Final = 0.1
"""Seconds between looks: a server that is busy does not let us wait there."""

Seconds = Annotated[float, Parameter(validator=Number(gt=0, lte=3600), help="With --wait: at most so many seconds.")]


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the server says of a refresh."""

    id: str
    repository: str
    state: str
    outcome: str | None
    reason: str | None
    unanswered: int
    at_rest: bool
    requested_at: str
    finished_at: str | None


def refresh(
    ref: Annotated[str, Parameter(help="Like component:default/artist-lookup; the namespace may be left out.")],
    /,
    *,
    wait: Annotated[bool, Parameter(negative="", help="Return once the catalog has done what follows.")] = False,
    timeout: Seconds = 60.0,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> None:
    """Have an entity looked at again: its repository at its host, and itself.

    With --wait the outcome is printed, and why it is so. The exit status is then 0 where the host answered, 7 where it did
    not and what is known stays, and 8 where the time was up before.

    For example:

        cuelight refresh component:artist-lookup
        cuelight refresh component:artist-lookup --wait --timeout 10
    """
    with Client(remote) as client:
        asked = _ask(client, str(parse_ref(ref)))
        if not wait:
            print_one(asked, output)
            return
        if asked.get("repositoryId") is None:
            print_one(asked, output)
            note("no repository stands behind it: it is processed from what the catalog holds")
            return
        found = _watch(client, str(asked.get("id")), timeout)
    print_one({**asked, **msgspec.to_builtins(found)}, output)
    _judge(found, timeout)


def _ask(client: Client, ref: str) -> Document:
    body = msgspec.json.encode({"entityRef": ref})
    return client.post(_REFRESHES, body, {"content-type": "application/json"})


def _watch(client: Client, refresh_id: str, timeout: float) -> Progress:
    """What has become of it once it is done, or after *timeout* seconds."""
    clock = SystemClock()
    until = clock.monotonic() + timeout
    while True:
        left = max(0.0, until - clock.monotonic())
        wait = [("wait", f"{min(left, LONGEST):.3f}")]
        found = client.get(f"{_REFRESHES}/{quote(refresh_id, safe='')}", wait, kind=Progress)
        if found.at_rest or left <= 0:
            return found
        time.sleep(min(left, PAUSE))


def _judge(found: Progress, timeout: float) -> None:
    """Raise what the exit status is to say, where *found* is not well."""
    if found.outcome == "kept":
        raise ServiceUnavailableError(f"what is known of {found.repository} stays: {found.reason}")
    if found.outcome is None and found.unanswered:
        raise ServiceUnavailableError(
            f"nothing is known of {found.repository} yet, and it is tried again: {found.reason}"
        )
    if not found.at_rest:
        raise TimedOut(f"{found.repository} was not done with after {timeout:g} seconds; give it longer: --timeout")
