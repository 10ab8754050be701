"""`cuelight scan`: discover everything anew."""

from cuelight.cli.client import Client
from cuelight.cli.output import print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.cli.runs import Timeout, Wait, expect_done, follow, start


def scan(*, wait: Wait = True, timeout: Timeout = 3600.0, output: Output = Form.TABLE, remote: Remote = LOCAL) -> None:
    """List all repositories of every provider; each is looked at again, and those that are missing are asked for.

    Exit status 7 says that the list of some provider could not be read; nothing is deleted because of that.

    For example:

        cuelight scan
        cuelight scan --no-wait -o json
    """
    with Client(remote) as client:
        run, answer = start(client, "scans")
        if not wait:
            print_one(answer, output)
            return
        ended = follow(client, run, timeout)
    if ended.result is not None:
        print_one(ended.result, output)
    expect_done(ended)
