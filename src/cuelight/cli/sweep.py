"""`cuelight sweep`: ask the hosts for the heads of everything that is tracked."""

import msgspec

from cuelight.cli.client import Client
from cuelight.cli.output import print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.cli.runs import Timeout, Wait, expect_done, expect_said, follow, result_of, start


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a sweep's result as its exit status tells, in repositories."""

    asked: int
    unknown: int


def sweep(*, wait: Wait = True, timeout: Timeout = 600.0, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """Ask the hosts for the heads of everything that is tracked; what differs is looked at again.

    Exit status 7 says that they answered for none of it, or that the sweep failed.

    For example:

        cuelight sweep
        cuelight sweep --no-wait -o json
    """
    with Client(remote) as client:
        run, answer = start(client, "sweeps")
        if not wait:
            print_one(answer, output)
            return
        ended = follow(client, run, timeout)
    expect_done(ended)
    print_one(ended.result, output)
    swept = result_of(ended, Swept)
    expect_said(swept.asked - swept.unknown, swept.unknown, "repositories")
