"""`cuelight sweep`: ask the hosts for the heads of everything that is tracked."""

from cuelight.cli.client import Client
from cuelight.cli.output import print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.cli.runs import Timeout, Wait, expect_done, follow, start


def sweep(*, wait: Wait = True, timeout: Timeout = 600.0, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """Ask the hosts for the heads of everything that is tracked; what differs is looked at again.

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
